//! All clauses of a provider at once, in one report.

use std::fmt;
use std::process::{ExitCode, Termination};

use super::run::within;
use super::{Judged, SawNothing, Violation};

/// What the clauses of the suite found, by the macro
/// [`conformance_report!`](crate::conformance_report!).
///
/// `Display` counts, and then says of each clause that is broken or saw nothing what there is to say. A
/// clause that saw nothing is neither kept nor broken. As the result of `main` the report is printed; the
/// exit code is 1 if a clause is broken, and with the argument `strict` also if one saw nothing; else it
/// is 0.
///
/// ```
/// use ek_mock::conformance::Report;
/// use ek_mock::{MockProvider, conformance_report};
///
/// #[tokio::main(flavor = "current_thread")]
/// async fn main() -> Report {
///     let report = conformance_report!(MockProvider::new(["warm"]), streaming).await;
///     assert!(report.broken.is_empty());
///     assert!(report.saw_nothing.iter().any(|seen| seen.clause == "parallel_calls_do_not_mix"));
///     report
/// }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// The clauses that are kept, in the order in which they were tried.
    pub kept: Vec<&'static str>,
    /// The clauses by which nothing could be judged.
    pub saw_nothing: Vec<SawNothing>,
    /// The clauses that are broken.
    pub broken: Vec<Violation>,
    /// Whether a clause that saw nothing makes the report a failure. Default: false.
    pub strict: bool,
}

impl Report {
    /// Whether the provider passes: nothing is broken, and if the report is strict, each clause saw
    /// something.
    #[must_use]
    pub fn passes(&self) -> bool {
        self.broken.is_empty() && (self.saw_nothing.is_empty() || !self.strict)
    }

    /// What the macro `conformance_report!` does with each clause.
    #[doc(hidden)]
    pub async fn add(
        &mut self,
        clause: &'static str,
        test: impl Future<Output = Result<Judged, Violation>>,
    ) {
        match within(clause, test).await {
            Ok(Judged::Kept) => self.kept.push(clause),
            Ok(Judged::SawNothing(unseen)) => self.saw_nothing.push(unseen),
            Err(violation) => self.broken.push(violation),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = [self.kept.len(), self.broken.len(), self.saw_nothing.len()];
        let [kept, broken, unseen] = counts;
        write!(f, "{kept} kept, {broken} broken, {unseen} saw nothing")?;
        self.broken.iter().try_for_each(|violation| write!(f, "\n\n{violation}"))?;
        self.saw_nothing.iter().try_for_each(|unseen| write!(f, "\n\n{unseen}"))
    }
}

#[allow(clippy::print_stdout, reason = "the report of a program")]
impl Termination for Report {
    fn report(self) -> ExitCode {
        println!("{self}");
        if self.passes() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}
