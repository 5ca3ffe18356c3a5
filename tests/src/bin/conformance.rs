//! The conformance runner: `cargo xtask conformance [--cases DIR] [--protocol NAME] [--kind KIND]
//! [--verbose]`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command prints")]

use std::path::PathBuf;
use std::process::ExitCode;

use executionkit_tests::conformance::{Case, Kind, Report, is_named};

const USAGE: &str = "usage: conformance [--cases DIR] [--protocol NAME] [--kind KIND] [--verbose]
  NAME: chat_completions, anthropic_messages, openai_responses, gemini_generate_content,
        openai_embeddings, cohere_embeddings, voyage_embeddings, jina_embeddings,
        gemini_embeddings, or how the names of their cases begin
  KIND: body, stream, error, request, embeddings";

#[derive(Default)]
struct Arguments {
    cases: Option<PathBuf>,
    protocol: Option<String>,
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
            "--protocol" => arguments.protocol = Some(value()?),
            "--kind" => arguments.kind = Some(Kind::parse(&value()?)?),
            "--verbose" => arguments.verbose = true,
            other => return Err(format!("`{other}` is not known")),
        }
    }
    Ok(arguments)
}

/// The cases that are asked for.
///
/// # Errors
/// A message, if there is none, or one cannot be read.
fn cases(arguments: &Arguments) -> Result<Vec<Case>, String> {
    let mut cases = match &arguments.cases {
        Some(folder) => Case::read_folder(folder)?,
        None => Case::read_own()?,
    };
    if let Some(name) = &arguments.protocol {
        cases.retain(|case| is_named(&case.protocol, name));
        if cases.is_empty() {
            return Err(format!("no case is of the protocol `{name}`"));
        }
    }
    if let Some(kind) = arguments.kind {
        cases.retain(|case| case.kind == kind);
    }
    Ok(cases)
}

fn main() -> ExitCode {
    let arguments = match arguments() {
        Ok(arguments) => arguments,
        Err(why) => {
            eprintln!("{why}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let cases = match cases(&arguments) {
        Ok(cases) => cases,
        Err(why) => {
            eprintln!("{why}");
            return ExitCode::from(2);
        }
    };
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
