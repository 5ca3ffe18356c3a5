//! Runs one clause as a test: a runtime of its own, a limit in time, and a panic that tells.

use std::time::Duration;

use tokio::time::timeout;

use super::Violation;

/// As long as an attempt of a patient provider takes. A clause that waits longer waits for ever.
const LIMIT: Duration = Duration::from_secs(120);

/// What the tests of the macro `conformance!` do.
///
/// The runtime is this crate's, so that a test needs none of its own; it has whatever tokio's
/// features allow in the user's tree, sockets included.
///
/// # Panics
/// If the clause is broken, does not end in time, or no runtime can be made.
#[doc(hidden)]
#[track_caller]
pub fn run(clause: &str, test: impl Future<Output = Result<(), Violation>>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.unwrap_or_else(|error| panic!("no runtime can be made: {error}"));
    if let Err(why) = runtime.block_on(within(clause, LIMIT, test)) {
        panic!("{why}");
    }
}

async fn within(
    clause: &str,
    limit: Duration,
    test: impl Future<Output = Result<(), Violation>>,
) -> Result<(), String> {
    match timeout(limit, test).await {
        Ok(outcome) => outcome.map_err(|violation| violation.to_string()),
        Err(_) => Err(format!(
            "`{clause}` is broken: it did not end within {limit:?}\n  \
             owed: every call ends, also after another one was dropped or failed"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_clause_that_hangs_is_named() {
        let hangs = std::future::pending();
        let text = within("a_question_is_answered", LIMIT, hangs).await.expect_err("no end");
        assert_eq!(
            text,
            "`a_question_is_answered` is broken: it did not end within 120s\n  \
             owed: every call ends, also after another one was dropped or failed"
        );
    }

    #[test]
    #[should_panic(expected = "`c` is broken: seen\n  owed: owed")]
    fn a_broken_clause_panics_with_its_own_words() {
        run("c", async { Err(Violation { clause: "c", seen: "seen".to_owned(), owed: "owed" }) });
    }
}
