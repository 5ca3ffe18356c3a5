//! Runs many cases and says how they came out.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::case::Case;
use super::run::{Verdict, run};

/// The outcome of a run.
#[derive(Debug, Default)]
pub struct Report {
    /// Names of the cases that came out as expected.
    pub passed: Vec<String>,
    /// The others, each with its text: expected and found.
    pub failed: Vec<(String, String)>,
    /// How many cases of each protocol need what is not built yet.
    pub not_built: BTreeMap<String, usize>,
}

impl Report {
    /// Runs every case.
    pub async fn of(cases: &[Case]) -> Self {
        let mut report = Self::default();
        for case in cases {
            let name = case.name.clone();
            match run(case).await {
                Ok(Verdict::Passed) => report.passed.push(name),
                Ok(Verdict::NotBuilt) => {
                    *report.not_built.entry(case.protocol.to_string()).or_default() += 1;
                }
                Ok(Verdict::Failed(mismatches)) => {
                    let mut text = String::new();
                    for (delivery, mismatch) in mismatches {
                        let _ = writeln!(
                            text,
                            "    {} ({delivery:?})\n      expected: {}\n      found:    {}",
                            mismatch.field, mismatch.expected, mismatch.found
                        );
                    }
                    report.failed.push((name, text));
                }
                Err(why) => report.failed.push((name, format!("    {why}\n"))),
            }
        }
        report
    }

    /// Whether no case failed.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.failed.is_empty()
    }

    /// The failing cases with expected and found (and the passing ones, if asked), then how many cases
    /// of each protocol are not built yet, then the line `N passed, N failed`.
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
        for (protocol, count) in &self.not_built {
            let _ = writeln!(text, "{protocol}: {count} not built yet");
        }
        let _ = write!(text, "{} passed, {} failed", self.passed.len(), self.failed.len());
        text
    }
}
