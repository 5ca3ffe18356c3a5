//! What the programs of the live check share: what they are started with, how a check says that something
//! is not as it should be, and the report.

use std::fmt::Debug;
use std::process::ExitCode;

use executionkit::{Error, ErrorKind};

/// What was found, or why it is not as it should be.
pub type Checked = Result<String, String>;

/// A check by its name.
pub type Check = (&'static str, Checked);

/// A variable of the environment.
///
/// # Errors
/// A message, if it is not set.
pub fn setting(name: &str) -> Result<String, String> {
    std::env::var(name).map_err(|_| format!("{name} is not set"))
}

/// Whether this is one of the arguments.
#[must_use]
pub fn is_given(argument: &str) -> bool {
    std::env::args().any(|given| given == argument)
}

/// Checks one thing.
///
/// # Errors
/// What was expected and what was found, if it does not hold.
pub fn expect(holds: bool, what: &str, found: &impl Debug) -> Result<(), String> {
    if holds { Ok(()) } else { Err(format!("expected {what}, found {found:?}")) }
}

/// Checks that a call has failed in this way, and that its error does not show the key.
///
/// # Errors
/// What it came to instead.
pub fn failed<T: Debug>(
    outcome: Result<T, Error>,
    kind: ErrorKind,
    status: u16,
    key: &str,
) -> Checked {
    let error = match outcome {
        Ok(found) => return Err(format!("an answer instead of an error: {found:?}")),
        Err(error) => error,
    };
    expect(error.kind() == kind, &format!("{kind:?}"), &error)?;
    expect(error.status() == Some(status), &format!("HTTP {status}"), &error)?;
    let shown = format!("{error} {error:?}");
    expect(!shown.contains(key), "no key in the error", &"(not shown)")?;
    Ok(error.to_string())
}

/// Checks that a call with a wrong key was refused. Which status says so differs between servers.
///
/// # Errors
/// What it came to instead.
pub fn refused<T: Debug>(outcome: Result<T, Error>, key: &str) -> Checked {
    let status = outcome.as_ref().err().and_then(Error::status).unwrap_or_default();
    expect((400..404).contains(&status), "a refusal", &outcome)?;
    failed(outcome, ErrorKind::Rejected, status, key)
}

/// Prints a line for each check and the sums. The exit code is 0 if all are well, 1 if one is not, and 2 if
/// the program could not begin.
#[must_use]
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "the report of a command")]
pub fn report(checks: Result<Vec<Check>, String>) -> ExitCode {
    let checks = match checks {
        Ok(checks) => checks,
        Err(why) => {
            eprintln!("{why}; this is run by `cargo xtask live`");
            return ExitCode::from(2);
        }
    };
    let mut failed = 0;
    for (what, checked) in &checks {
        match checked {
            Ok(found) => println!("ok    {what}: {found}"),
            Err(why) => {
                failed += 1;
                println!("FAIL  {what}: {why}");
            }
        }
    }
    println!("{} passed, {failed} failed", checks.len() - failed);
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
