//! `cargo xtask bench`: the driver. See `docs/performance.md`.

use std::process::ExitCode;

use executionkit_bench::driver::{self, Options};

fn main() -> ExitCode {
    if std::env::args().skip(1).any(|argument| argument == "--help" || argument == "-h") {
        print!("{}", driver::USAGE);
        return ExitCode::SUCCESS;
    }
    let options = match Options::parse(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(why) => {
            eprintln!("bench: {why}\n\n{}", driver::USAGE);
            return ExitCode::from(2);
        }
    };
    match driver::run(&options) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}
