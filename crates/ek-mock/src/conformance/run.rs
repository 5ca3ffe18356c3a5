//! Runs one clause as a test: a runtime of its own, a limit in time, and a panic with its words.

use std::time::Duration;

use tokio::time::timeout;

use super::{Judged, Violation};

/// As long as an attempt of a patient provider takes. A clause that waits longer waits for ever.
const LIMIT: Duration = Duration::from_secs(120);

/// What the tests of the macro `conformance!` do.
///
/// The runtime is this crate's, so that a test needs none of its own; it has whatever tokio's
/// features allow in the user's tree, sockets included. A clause that saw nothing says so in the output
/// of its test; with `strict` it fails.
///
/// # Panics
/// If the clause is broken, does not end in time, or no runtime can be made; with `strict` if it saw
/// nothing.
#[doc(hidden)]
#[track_caller]
#[allow(clippy::print_stdout, reason = "the output of a test")]
pub fn run(
    clause: &'static str,
    strict: bool,
    test: impl Future<Output = Result<Judged, Violation>>,
) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.unwrap_or_else(|error| panic!("no runtime can be made: {error}"));
    match runtime.block_on(within(clause, test)) {
        Ok(Judged::Kept) => {}
        Ok(Judged::SawNothing(unseen)) if strict => panic!("{unseen}"),
        Ok(Judged::SawNothing(unseen)) => println!("{unseen}"),
        Err(violation) => panic!("{violation}"),
    }
}

/// Runs a clause within the limit.
pub(super) async fn within(
    clause: &'static str,
    test: impl Future<Output = Result<Judged, Violation>>,
) -> Result<Judged, Violation> {
    let endless = |_| Violation {
        clause,
        seen: format!("it did not end within {LIMIT:?}"),
        owed: "every call ends, also after another one was dropped or failed",
    };
    timeout(LIMIT, test).await.unwrap_or_else(|over| Err(endless(over)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::SawNothing;

    const UNSEEN: Judged = Judged::SawNothing(SawNothing { clause: "c", wants: "a call" });

    #[tokio::test(start_paused = true)]
    async fn a_clause_that_hangs_is_named() {
        let hangs = std::future::pending();
        let violation = within("a_question_is_answered", hangs).await.expect_err("no end");
        assert_eq!(
            violation.to_string(),
            "`a_question_is_answered` is broken: it did not end within 120s\n  \
             owed: every call ends, also after another one was dropped or failed"
        );
    }

    #[test]
    #[should_panic(expected = "`c` is broken: seen\n  owed: owed")]
    fn a_broken_clause_panics_with_its_own_words() {
        let violation = Violation { clause: "c", seen: "seen".to_owned(), owed: "owed" };
        run("c", false, async { Err(violation) });
    }

    #[test]
    fn a_clause_that_saw_nothing_is_no_failure() {
        run("c", false, async { Ok(UNSEEN) });
    }

    #[test]
    #[should_panic(expected = "`c` saw nothing\n  wants: a call")]
    fn a_clause_that_saw_nothing_fails_where_that_is_asked_for() {
        run("c", true, async { Ok(UNSEEN) });
    }
}
