//! What goes to stdout: data and answers. A reader that has seen enough (`| head`) is no error.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::Path,
    process,
};

use super::exit::CliError;

/// Hands `write` a buffered stdout. A closed pipe ends the writing quietly, as a success.
///
/// # Errors
/// When stdout cannot be written for any other reason, such as a full disk.
pub fn to_stdout(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), CliError> {
    quiet_when_closed(to_writer(io::stdout().lock(), write))
}

/// Hands `write` a file that takes the place of the one at `path` once it is whole: at no moment is there half of it.
///
/// # Errors
/// When it cannot be written.
pub fn to_file(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), CliError> {
    let outcome = match fs::metadata(path) {
        // A pipe or a device stays what it is.
        Ok(found) if !found.is_file() => File::create(path).and_then(|file| to_writer(file, write)),
        _ => replace(path, write),
    };
    outcome.map_err(|error| {
        CliError::input(format!("cannot write `{}`: {error}", path.display()))
            .hint("check that the folder exists, may be written and has room")
    })
}

fn replace(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    // Where it is a link, what it leads to.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let Some(name) = path.file_name() else { return Err(io::ErrorKind::IsADirectory.into()) };
    let partial = path.with_file_name(format!(".{}.{}.partial", name.to_string_lossy(), process::id()));
    let outcome = File::create(&partial).and_then(|file| {
        to_writer(&file, write)?;
        file.sync_all()?;
        fs::rename(&partial, &path)
    });
    if outcome.is_err() {
        _ = fs::remove_file(&partial);
    }
    outcome
}

fn to_writer(target: impl Write, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut buffer = BufWriter::new(target);
    let outcome = write(&mut buffer).and_then(|()| buffer.flush());
    // After an error the buffer must not be written again when it is dropped.
    _ = buffer.into_parts();
    outcome
}

/// Whether nobody reads any more; the CSV writer wraps what it is told.
fn is_closed(error: &io::Error) -> bool {
    let wrapped = error.get_ref().and_then(|inner| inner.downcast_ref::<csv::Error>());
    let kind = match wrapped.map(csv::Error::kind) {
        Some(csv::ErrorKind::Io(inner)) => inner.kind(),
        _ => error.kind(),
    };
    kind == io::ErrorKind::BrokenPipe
}

fn quiet_when_closed(outcome: io::Result<()>) -> Result<(), CliError> {
    match outcome {
        Err(error) if !is_closed(&error) => Err(CliError::input(format!("cannot write to stdout: {error}"))
            .hint("look at where the output is sent to, or use `-o FILE` where there is one")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fails every write with one kind of error.
    struct Failing(io::ErrorKind);

    impl Write for Failing {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_closed_pipe_is_success_and_a_full_disk_is_not() {
        let write = |kind| quiet_when_closed(to_writer(Failing(kind), |out| writeln!(out, "text")));
        assert_eq!(write(io::ErrorKind::BrokenPipe), Ok(()));
        let error = write(io::ErrorKind::StorageFull).unwrap_err();
        assert_eq!(error.code(), 1);
        assert!(error.to_string().starts_with("error: cannot write to stdout\n"), "{error}");
    }

    #[test]
    fn a_closed_pipe_is_success_by_way_of_csv_too() {
        let rows = |out: &mut dyn Write| -> io::Result<()> {
            let mut writer = csv::Writer::from_writer(out);
            (0..100_000).try_for_each(|number| writer.write_record([number.to_string()]))?;
            writer.flush()
        };
        let write = |kind| quiet_when_closed(to_writer(Failing(kind), |out| rows(out)));
        assert_eq!(write(io::ErrorKind::BrokenPipe), Ok(()));
        assert_eq!(write(io::ErrorKind::StorageFull).unwrap_err().code(), 1);
    }

    #[test]
    fn a_file_is_replaced_when_it_is_whole_and_not_before() {
        let folder = tempfile::tempdir().unwrap();
        let [path, link] = ["list.csv", "link.csv"].map(|name| folder.path().join(name));
        to_file(&path, |out| writeln!(out, "first")).unwrap();
        let failed = to_file(&path, |out| {
            out.write_all(&vec![b'x'; 100_000])?;
            assert_eq!(fs::read_to_string(&path).unwrap(), "first\n");
            Err(io::ErrorKind::StorageFull.into())
        });
        assert!(failed.unwrap_err().to_string().contains("list.csv"));
        assert_eq!(fs::read_to_string(&path).unwrap(), "first\n");
        std::os::unix::fs::symlink("list.csv", &link).unwrap();
        to_file(&link, |out| writeln!(out, "second")).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "second\n");
        assert!(link.is_symlink());
        to_file(Path::new("/dev/null"), |out| writeln!(out, "nowhere")).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing is left behind");
        assert!(to_file(folder.path(), |_| Ok(())).is_err());
    }

    #[test]
    fn everything_written_arrives() {
        let mut text = Vec::new();
        to_writer(&mut text, |out| (0..10_000).try_for_each(|number| writeln!(out, "{number}"))).unwrap();
        assert_eq!(String::from_utf8(text).unwrap().lines().count(), 10_000);
    }
}
