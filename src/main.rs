//! The `plaudit` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    plaudit::cli::main_with(std::env::args_os())
}
