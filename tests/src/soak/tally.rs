//! What a soak came to, and the table that is printed of it.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::bare::beyond;

/// What was seen in one soak.
#[derive(Debug, Default)]
pub struct Tally {
    pub(super) calls: u64,
    pub(super) attempts: u64,
    /// Of the attempts.
    pub(super) over_http2: u64,
    pub(super) faults: BTreeMap<&'static str, u64>,
    pub(super) outcomes: BTreeMap<String, u64>,
    /// The worst of an attempt's time beyond its limit and the room above it, and of which fault.
    pub(super) worst: (Duration, &'static str),
    /// The worst of an attempt's time beyond its limit, as a share of the limit.
    pub(super) worst_overrun: f64,
    /// How late the latest of the bare timers was.
    pub(super) bare: Duration,
    pub(super) elapsed: Duration,
    /// Everything that must not have happened.
    pub(super) violations: Vec<String>,
    pub(super) leftovers: String,
}

impl Tally {
    /// Whether nothing happened that must not.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.violations.is_empty()
    }

    pub(super) fn fault_count(&self) -> u64 {
        self.faults.values().sum()
    }

    pub(super) fn add(&mut self, other: Self) {
        self.calls += other.calls;
        self.attempts += other.attempts;
        self.over_http2 += other.over_http2;
        for (fault, count) in other.faults {
            *self.faults.entry(fault).or_default() += count;
        }
        for (outcome, count) in other.outcomes {
            *self.outcomes.entry(outcome).or_default() += count;
        }
        self.worst = self.worst.max(other.worst);
        self.worst_overrun = self.worst_overrun.max(other.worst_overrun);
        self.violations.extend(other.violations);
    }

    pub(super) fn took(&mut self, took: Duration, limit: Duration, fault: &'static str) {
        self.worst = self.worst.max((beyond(took, limit), fault));
        let share = took.as_secs_f64() / limit.as_secs_f64() - 1.0;
        self.worst_overrun = self.worst_overrun.max(share);
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<24}{:>8}", "fault", "staged")?;
        for (fault, count) in &self.faults {
            writeln!(f, "{fault:<24}{count:>8}")?;
        }
        writeln!(f, "{:<24}{:>8}\n", "all", self.fault_count())?;
        writeln!(f, "{:<24}{:>8}", "outcome of a call", "seen")?;
        for (outcome, count) in &self.outcomes {
            writeln!(f, "{outcome:<24}{count:>8}")?;
        }
        writeln!(f, "{:<24}{:>8}\n", "all", self.calls)?;
        let share = self.worst_overrun * 100.0;
        let (all, over_http2) = (self.attempts, self.over_http2);
        let seconds = self.elapsed.as_secs_f64();
        writeln!(f, "attempts: {all}, over HTTP/2: {over_http2}; seconds: {seconds:.1}")?;
        writeln!(f, "worst overrun: {share:.2} % of a limit, by the clock")?;
        let (beyond, bare) = (self.worst.0.as_millis(), self.bare.as_millis());
        writeln!(f, "beyond limit and room: {beyond} ms; latest bare timer: {bare} ms late")?;
        writeln!(f, "{}", self.leftovers)?;
        match self.violations.len() {
            0 => write!(f, "violations: none"),
            count => {
                write!(f, "violations: {count}")?;
                self.violations.iter().take(20).try_for_each(|line| write!(f, "\n  {line}"))
            }
        }
    }
}
