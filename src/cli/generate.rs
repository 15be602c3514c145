//! `plaudit generate`: a synthetic data set with known truth, written to a folder.

use std::{fs, path::Path};

use super::{args::GenerateArgs, exit::CliError, output};
use crate::{
    generate::{self, GenerateConfig},
    ids::offset64,
    words::{bytes, counted, harmless},
};

/// Writes the data set; refuses a folder that has anything in it.
///
/// # Errors
/// When the folder is in use or cannot be written.
pub(super) fn run(args: &GenerateArgs) -> Result<(), CliError> {
    refuse_used(&args.output)?;
    let files = generate::generate(&config(args)).files();
    let mut total = 0;
    for (name, contents) in &files {
        write(&args.output.join(name), contents)?;
        total += offset64(contents.len());
    }
    output::to_stdout(|out| {
        let folder = harmless(&args.output.to_string_lossy());
        let count = counted(offset64(files.len()), "file", "files");
        writeln!(out, "{count}, {} in {folder}", bytes(total))?;
        writeln!(out, "try: plaudit run -c {}", harmless(&args.output.join("plaudit.toml").to_string_lossy()))
    })
}

fn config(args: &GenerateArgs) -> GenerateConfig {
    GenerateConfig {
        customers: args.customers,
        prospects: args.prospects,
        events: args.events,
        seed: args.seed,
        output: args.store.clone(),
        ..GenerateConfig::default()
    }
}

fn refuse_used(folder: &Path) -> Result<(), CliError> {
    let used = fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
    if used || folder.is_file() {
        return Err(CliError::input(format!("cannot write to `{}`: it is in use", folder.display()))
            .hint("name a new or an empty folder with `-o`"));
    }
    Ok(())
}

fn write(path: &Path, contents: &[u8]) -> Result<(), CliError> {
    let folder = path.parent().unwrap_or(Path::new(""));
    fs::create_dir_all(folder).and_then(|()| fs::write(path, contents)).map_err(|error| {
        CliError::input(format!("cannot write `{}`: {error}", path.display()))
            .hint("check that the folder may be written and has room")
    })
}
