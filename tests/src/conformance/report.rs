//! Runs many cases and tells the outcome.

use std::fmt::Write as _;

use super::case::Case;
use super::run::run;

/// The outcome of a run.
#[derive(Debug, Default)]
pub struct Report {
    /// Names of the cases that came out as expected.
    pub passed: Vec<String>,
    /// The others, each with its text: expected and found.
    pub failed: Vec<(String, String)>,
}

impl Report {
    /// Runs every case.
    pub async fn of(cases: &[Case]) -> Self {
        let mut report = Self::default();
        for case in cases {
            match run(case).await {
                Ok(()) => report.passed.push(case.name.clone()),
                Err(mismatches) => {
                    let mut text = String::new();
                    for (delivery, mismatch) in mismatches {
                        let _ = writeln!(
                            text,
                            "    {} ({delivery:?})\n      expected: {}\n      found:    {}",
                            mismatch.field, mismatch.expected, mismatch.found
                        );
                    }
                    report.failed.push((case.name.clone(), text));
                }
            }
        }
        report
    }

    /// Whether every case passed.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.failed.is_empty()
    }

    /// The failing cases with expected and found (and the passing ones, if asked), then the line
    /// `N passed, N failed`.
    #[must_use]
    pub fn text(&self, verbose: bool) -> String {
        let mut text = String::new();
        if verbose {
            for name in &self.passed {
                let _ = writeln!(text, "ok    {name}");
            }
        }
        for (name, mismatches) in &self.failed {
            let _ = writeln!(text, "FAIL  {name}\n{mismatches}");
        }
        let _ = write!(text, "{} passed, {} failed", self.passed.len(), self.failed.len());
        text
    }
}
