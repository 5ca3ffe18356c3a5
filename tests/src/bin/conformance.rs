//! The conformance runner: `cargo xtask conformance [--cases DIR] [--kind KIND] [--verbose]`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command prints")]

use std::path::PathBuf;
use std::process::ExitCode;

use executionkit_tests::conformance::{Case, Kind, Report};

const USAGE: &str = "usage: conformance [--cases DIR] [--kind body|stream|error] [--verbose]";

#[derive(Default)]
struct Arguments {
    cases: Option<PathBuf>,
    kind: Option<Kind>,
    verbose: bool,
}

fn arguments() -> Result<Arguments, String> {
    let mut arguments = Arguments::default();
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(format!("{word} needs a value"));
        match word.as_str() {
            "--cases" => arguments.cases = Some(value()?.into()),
            "--kind" => arguments.kind = Some(Kind::parse(&value()?)?),
            "--verbose" => arguments.verbose = true,
            other => return Err(format!("`{other}` is not known")),
        }
    }
    Ok(arguments)
}

fn main() -> ExitCode {
    let arguments = match arguments() {
        Ok(arguments) => arguments,
        Err(why) => {
            eprintln!("{why}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let cases = match &arguments.cases {
        Some(folder) => Case::read_folder(folder),
        None => Case::read_own(),
    };
    let mut cases = match cases {
        Ok(cases) => cases,
        Err(why) => {
            eprintln!("{why}");
            return ExitCode::from(2);
        }
    };
    if let Some(kind) = arguments.kind {
        cases.retain(|case| case.kind == kind);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(e) => {
            eprintln!("no runtime: {e}");
            return ExitCode::from(2);
        }
    };
    let report = runtime.block_on(Report::of(&cases));
    println!("{}", report.text(arguments.verbose));
    if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
