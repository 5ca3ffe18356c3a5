//! What all runs measured, by scenario and client.

use std::collections::BTreeMap;

use bench_load::wire::Measured;
use executionkit_bench::clients::YARDSTICK;
use executionkit_bench::driver::rows::Stat;
use serde_json::{Value, json};

/// All that was measured, and what could not be.
#[derive(Debug, Default)]
pub(super) struct Results {
    /// By scenario and client, then by round.
    runs: BTreeMap<(String, String), BTreeMap<usize, Measured>>,
    /// Runs that failed, each with its reason.
    pub(super) missing: Vec<String>,
    /// What the runs say besides numbers.
    pub(super) notes: Vec<String>,
}

impl Results {
    pub(super) fn keep(&mut self, scenario: &str, client: &str, round: usize, measured: Measured) {
        let notes = measured.notes.iter().map(|note| format!("{scenario}, {client}: {note}"));
        self.notes.extend(notes);
        let key = (scenario.to_owned(), client.to_owned());
        self.runs.entry(key).or_default().insert(round, measured);
    }

    pub(super) fn failed(
        &mut self,
        scenario: &str,
        client: &str,
        why: &(dyn std::error::Error + Send + Sync),
    ) {
        let reason = format!("{scenario}, {client}: {}", why.to_string().replace('\n', "; "));
        eprintln!("{reason}");
        self.missing.push(reason);
    }

    fn rounds(&self, scenario: &str, client: &str) -> impl Iterator<Item = (usize, &Measured)> {
        let key = (scenario.to_owned(), client.to_owned());
        self.runs.get(&key).into_iter().flatten().map(|(round, measured)| (*round, measured))
    }

    /// Every number of every run, for programs.
    pub(super) fn numbers(&self) -> Vec<Value> {
        let each = |((scenario, client), rounds): (&(String, String), &BTreeMap<_, Measured>)| {
            let rounds: Vec<_> = rounds.values().map(|measured| &measured.numbers).collect();
            json!({"scenario": scenario, "client": client, "rounds": rounds})
        };
        self.runs.iter().map(each).collect()
    }

    /// The median of a number over the rounds.
    pub(super) fn median(&self, scenario: &str, client: &str, name: &str) -> Option<f64> {
        let values =
            self.rounds(scenario, client).filter_map(|(_, all)| all.numbers.get(name).copied());
        Some(Stat::of(values).median).filter(|median| median.is_finite())
    }

    /// The median of its ratio to the yardstick's in the same round.
    pub(super) fn ratio(&self, scenario: &str, client: &str, name: &str) -> Option<f64> {
        let raw: BTreeMap<_, _> = self.rounds(scenario, YARDSTICK).collect();
        let ratios = self.rounds(scenario, client).filter_map(|(round, all)| {
            Some(all.numbers.get(name)? / raw.get(&round)?.numbers.get(name)?)
        });
        Some(Stat::of(ratios).median).filter(|median| median.is_finite())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_that_of_the_same_round() {
        let mut results = Results::default();
        let one = |value| {
            let mut measured = Measured::default();
            measured.set("cpu_us", value);
            measured
        };
        for (round, own, raw) in [(1, 2.0, 1.0), (2, 30.0, 10.0), (3, 4.0, 4.0)] {
            results.keep("small", "ours", round, one(own));
            results.keep("small", YARDSTICK, round, one(raw));
        }
        // A round that the yardstick did not end has no ratio.
        results.keep("small", "ours", 4, one(900.0));
        assert_eq!(results.ratio("small", "ours", "cpu_us"), Some(2.0));
        assert_eq!(results.median("small", YARDSTICK, "cpu_us"), Some(4.0));
        assert_eq!(results.median("small", "nobody", "cpu_us"), None);
    }
}
