//! `cargo xtask bench --wire`: the driver. See `docs/performance.md`.

use std::process::ExitCode;

use bench_wire::driver::{self, Options};

fn main() -> ExitCode {
    if std::env::args().skip(1).any(|argument| argument == "--help" || argument == "-h") {
        print!("{}", driver::USAGE);
        return ExitCode::SUCCESS;
    }
    let options = match Options::parse(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(why) => {
            eprintln!("bench --wire: {why}\n\n{}", driver::USAGE);
            return ExitCode::from(2);
        }
    };
    match driver::run(&options) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("bench --wire: {error}");
            ExitCode::FAILURE
        }
    }
}
