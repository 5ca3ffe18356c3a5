//! Figures become rows: medians, their spread, and what they are to the yardstick.

use bench_load::job::Figures;
use bench_load::scenario::Scenario;
use serde::Serialize;

/// A median, and the least and the most that was seen.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Stat {
    /// The middle one, or the mean of the middle two.
    pub median: f64,
    /// The smallest.
    pub least: f64,
    /// The largest.
    pub most: f64,
}

impl Stat {
    /// Of these values; not a number where there are none.
    pub fn of(values: impl Iterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.collect();
        values.sort_by(f64::total_cmp);
        let at = |at: usize| values.get(at).copied().unwrap_or(f64::NAN);
        let last = values.len().saturating_sub(1);
        let median = (at(last / 2) + at(last.div_ceil(2))) / 2.0;
        Self { median, least: at(0), most: at(last) }
    }
}

/// One client in one scenario.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    pub(super) scenario: &'static str,
    pub(super) client: &'static str,
    pub(super) callers: usize,
    pub(super) threads: usize,
    /// Deltas of a call; 1 where there are none.
    pub(super) units: usize,
    /// CPU of a call, in microseconds.
    pub(super) cpu_us: Stat,
    /// To the yardstick's of the same round.
    pub(super) cpu_ratio: Stat,
    pub(super) calls_per_second: Stat,
    pub(super) instructions: Option<f64>,
    pub(super) allocations: Option<f64>,
    pub(super) allocated_bytes: Option<f64>,
    /// The largest resident set, in KiB, and the same without what was there before the first call.
    pub(super) peak_kib: Stat,
    pub(super) grown_kib: Stat,
}

/// A figure that a peer did not give: it failed, or its answers were not what was sent.
#[derive(Debug, Serialize)]
pub(super) struct Missing {
    pub(super) scenario: &'static str,
    pub(super) client: &'static str,
    pub(super) why: String,
}

impl Row {
    pub(super) fn of(
        scenario: Scenario,
        client: &'static str,
        figures: &[Figures],
        yardstick: &[Figures],
    ) -> Self {
        let each = |value: &dyn Fn(&Figures) -> f64| Stat::of(figures.iter().map(value));
        let calls = scenario.calls as f64;
        let ratio = figures.iter().zip(yardstick).map(|(own, raw)| own.cpu / raw.cpu);
        Self {
            scenario: scenario.name,
            client,
            callers: scenario.callers,
            threads: scenario.threads,
            units: scenario.units,
            cpu_us: each(&|figures| figures.cpu / calls * 1e6),
            cpu_ratio: Stat::of(ratio),
            calls_per_second: each(&|figures| calls / figures.wall),
            instructions: None,
            allocations: None,
            allocated_bytes: None,
            peak_kib: each(&|figures| figures.peak_kib as f64),
            grown_kib: each(&|figures| (figures.peak_kib - figures.base_kib) as f64),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_of_an_even_number_lies_between_the_middle_two() {
        let stat = Stat::of([4.0, 1.0, 2.0, 3.0].into_iter());
        assert_eq!((stat.median, stat.least, stat.most), (2.5, 1.0, 4.0));
        assert_eq!(Stat::of([3.0, 1.0, 2.0].into_iter()).median, 2.0);
    }
}
