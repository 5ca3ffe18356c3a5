//! The program behind `ek-mock`: its arguments, what it does, and what it prints.

mod arguments;
mod serve;

use std::process::ExitCode;

use arguments::Command;

/// The whole program: 0 if it was asked to end, 1 if something failed, 2 if it was called wrongly.
#[must_use]
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a program prints")]
pub fn main() -> ExitCode {
    let command = match arguments::read(lexopt::Parser::from_env()) {
        Ok(Command::Help) => {
            println!("{}", arguments::USAGE);
            return ExitCode::SUCCESS;
        }
        Ok(Command::Format) => {
            println!("{}", arguments::FORMAT);
            return ExitCode::SUCCESS;
        }
        Ok(Command::Version) => {
            println!("ek-mock {}", env!("CARGO_PKG_VERSION"));
            return ExitCode::SUCCESS;
        }
        Ok(Command::Serve(serve)) => serve,
        Err(why) => {
            eprintln!("ek-mock: {why}\n\n{}", arguments::USAGE);
            return ExitCode::from(2);
        }
    };
    match serve::run(&command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("ek-mock: {why}");
            ExitCode::FAILURE
        }
    }
}
