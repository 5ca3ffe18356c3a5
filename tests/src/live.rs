//! What the programs of the live check share: what each check found, and the report of them.

use std::process::ExitCode;

/// What was found, or why it is not as it should be.
pub type Checked = Result<String, String>;

/// Prints a line for each check and the sums. The exit code says whether all are well.
#[must_use]
#[expect(clippy::print_stdout, reason = "the report of a command")]
pub fn report(checks: &[(&str, Checked)]) -> ExitCode {
    let mut failed = 0;
    for (what, checked) in checks {
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
