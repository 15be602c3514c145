//! Writes data to stdout and to files. A reader that closes the pipe early (`| head`) is no error.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::Path,
};

use super::{errors::system_kind, exit::CliError};
use crate::store::{self, RealDisk};

/// Passes a buffered stdout to `write`. If the pipe is closed, writing stops silently and counts as a success.
pub(super) fn to_stdout(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), CliError> {
    quiet_when_closed(to_writer(io::stdout().lock(), write))
}

/// Passes a buffered writer to `write`, for the file at `path`, which is created or truncated.
pub(super) fn to_file(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), CliError> {
    File::create(path).and_then(|file| to_writer(file, write)).map_err(|error| {
        CliError::unwritten(format!("cannot write `{}`", path.display()), &error)
            .hint("check that the folder exists, is writable and has free space")
    })
}

/// Replaces the file at `path` in one step; a pipe or device is written directly.
pub(super) fn to_whole_file(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    match fs::metadata(path) {
        Ok(found) if !found.is_file() => to_file(path, |out| out.write_all(bytes)),
        _ => store::write_atomically(&RealDisk, path, bytes).map_err(|error| {
            CliError::from(error)
                .hint("check that the folder of that file exists, is writable and has free space")
        }),
    }
}

fn to_writer(target: impl Write, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut buffer = BufWriter::new(target);
    let outcome = write(&mut buffer).and_then(|()| buffer.flush());
    // After an error, dropping the writer must not write the buffer again.
    _ = buffer.into_parts();
    outcome
}

/// Ignores that the reader has closed the pipe.
fn quiet_when_closed(outcome: io::Result<()>) -> Result<(), CliError> {
    match outcome {
        Err(error) if system_kind(&error) != io::ErrorKind::BrokenPipe => {
            Err(CliError::unwritten("cannot write to stdout", &error)
                .hint("check where stdout is redirected to, or use `-o FILE` if the command has this option"))
        }
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
        assert_eq!(error.code, 5);
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
        assert_eq!(write(io::ErrorKind::StorageFull).unwrap_err().code, 5);
    }

    #[test]
    fn everything_written_arrives() {
        let mut text = Vec::new();
        to_writer(&mut text, |out| (0..10_000).try_for_each(|number| writeln!(out, "{number}"))).unwrap();
        assert_eq!(String::from_utf8(text).unwrap().lines().count(), 10_000);
    }
}
