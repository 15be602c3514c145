//! What was typed, what is printed, which exit code?
//!
//! This is the only module that reads the working directory and the terminal, builds threads and writes to stdout and
//! stderr. A command is processed in one direction: arguments (`args`) → plan (`inputs`) → the module that does the
//! work → an answer on stdout (`output`) or an error with a hint and an exit code (`exit`).

mod algo;
mod algo_cohort;
mod algo_measures;
pub mod args;
mod campaign;
mod denials;
mod errors;
pub mod exit;
mod generate;
pub mod inputs;
pub mod kernels;
mod output;
mod progress;
mod reading;
mod run;
mod stop;
mod summary;
mod threads;

use std::{ffi::OsString, num::NonZeroUsize, process::ExitCode};

use args::{Cli, Command, LogFormat};
use exit::CliError;
use threads::on_threads;

/// Runs the command in `arguments`, which begin with the program's name, and returns its exit code.
pub fn main_with(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    exit::record_panics();
    stop::take_over_file_size_limit();
    match Cli::read(arguments) {
        Ok(cli) => exit::finish(exit::guard(|| dispatch(&cli)), log_format(&cli.command)),
        Err(error) => exit::finish_parse(&error),
    }
}

fn dispatch(cli: &Cli) -> Result<(), CliError> {
    let threads = cli.threads.and_then(thread_count);
    match &cli.command {
        Command::Run(args) => run::run(args, cli.threads),
        Command::Check(args) => run::check(args, cli.threads),
        Command::Generate(args) => on_threads(threads, || generate::run(args)),
        Command::Algo(args) => on_threads(threads, || algo::run(args)),
        Command::Top(args) => on_threads(threads, || reading::top(args)),
        Command::Prospects(args) => on_threads(threads, || reading::prospects(args)),
        Command::Communities(args) => on_threads(threads, || reading::communities(args)),
        Command::Cohort(args) => on_threads(threads, || campaign::cohort(args)),
        Command::Reach(args) => on_threads(threads, || campaign::reach(args)),
        Command::Runs(args) => on_threads(threads, || reading::runs(args)),
        Command::Denials(args) => denials::denials(args),
    }
}

fn log_format(command: &Command) -> LogFormat {
    match command {
        Command::Run(args) => args.progress.log_format,
        Command::Check(args) => args.progress.log_format,
        _ => LogFormat::Text,
    }
}

pub fn thread_count(threads: u16) -> Option<NonZeroUsize> {
    NonZeroUsize::new(usize::from(threads))
}
