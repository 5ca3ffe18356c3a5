//! A driver as a program: its help, its mistakes and its status.

use std::process::ExitCode;

use bench_load::Outcome;

/// Reads the arguments by `parse` and measures by `run`, which gives false if a limit was passed. The
/// status is 0, 1 for a limit or a failure, and 2 for arguments that cannot be read.
pub fn run<O>(
    name: &str,
    usage: &str,
    parse: impl FnOnce(Vec<String>) -> Outcome<O>,
    run: impl FnOnce(&O) -> Outcome<bool>,
) -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--help" || argument == "-h") {
        print!("{usage}");
        return ExitCode::SUCCESS;
    }
    let options = match parse(arguments) {
        Ok(options) => options,
        Err(why) => {
            eprintln!("{name}: {why}\n\n{usage}");
            return ExitCode::from(2);
        }
    };
    match run(&options) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{name}: {error}");
            ExitCode::FAILURE
        }
    }
}
