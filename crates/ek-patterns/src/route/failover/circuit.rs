//! The circuit breaker of one provider: closed while it works, open for a while after it has failed, and then
//! half open, which lets one call through as a probe. It is pure: the caller gives the time.

use std::time::Duration;

use tokio::time::Instant;

use crate::clock::after;

#[derive(Debug, Default)]
pub(super) struct Circuit {
    phase: Phase,
    /// Failures in a row while it is closed.
    failures: u32,
    /// Counts the changes of the phase: calls that began in an earlier phase change nothing.
    generation: u64,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    Closed,
    Open {
        until: Instant,
    },
    /// The probe is under way.
    HalfOpen,
}

/// The pass of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pass {
    generation: u64,
}

/// How the circuit has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    None,
    Opened(Duration),
    Closed,
}

impl Circuit {
    /// Lets a call through; `None` if the circuit is open.
    pub(super) fn pass(&mut self, now: Instant) -> Option<Pass> {
        match self.phase {
            Phase::Closed => {}
            Phase::Open { until } if until <= now => self.enter(Phase::HalfOpen),
            Phase::Open { .. } | Phase::HalfOpen => return None,
        }
        Some(Pass { generation: self.generation })
    }

    /// When the next call will be let through, where that is known.
    pub(super) fn free_at(&self, now: Instant) -> Option<Instant> {
        match self.phase {
            Phase::Closed => Some(now),
            Phase::Open { until } => Some(until.max(now)),
            Phase::HalfOpen => None,
        }
    }

    /// The provider has begun to answer: a probe ends here, and others may call. Failures before it still
    /// count, since a stream that has begun may break.
    pub(super) fn begun(&mut self, pass: Pass) -> (Pass, Change) {
        if pass.generation != self.generation || self.phase == Phase::Closed {
            return (pass, Change::None);
        }
        self.enter(Phase::Closed);
        (Pass { generation: self.generation }, Change::Closed)
    }

    /// The provider answered.
    pub(super) fn answered(&mut self, pass: Pass) -> Change {
        let (pass, change) = self.begun(pass);
        if pass.generation == self.generation {
            self.failures = 0;
        }
        change
    }

    /// The provider failed. After too many failures in a row, or a failed probe, the circuit opens for the
    /// cool-down at least; else for as long as the server asks, if it does.
    pub(super) fn failed(
        &mut self,
        pass: Pass,
        now: Instant,
        (limit, cool_down): (u32, Duration),
        asked: Duration,
    ) -> Change {
        if pass.generation != self.generation {
            return Change::None;
        }
        self.failures = self.failures.saturating_add(1);
        let too_often = self.phase == Phase::HalfOpen || self.failures >= limit;
        let open_for = if too_often { asked.max(cool_down) } else { asked };
        if !too_often && asked.is_zero() {
            return Change::None;
        }
        self.enter(Phase::Open { until: after(now, open_for) });
        Change::Opened(open_for)
    }

    /// The call ended, and it is not known whether the provider works. After a probe the next call is one.
    pub(super) fn left(&mut self, pass: Pass, now: Instant) {
        if pass.generation == self.generation && self.phase == Phase::HalfOpen {
            self.enter(Phase::Open { until: now });
        }
    }

    fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.failures = 0;
        self.generation += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COOL: Duration = Duration::from_secs(30);
    const NONE: Duration = Duration::ZERO;

    fn open(circuit: &mut Circuit, now: Instant) {
        let pass = circuit.pass(now).expect("closed");
        assert_eq!(circuit.failed(pass, now, (1, COOL), NONE), Change::Opened(COOL));
    }

    #[test]
    fn only_failures_in_a_row_count() {
        let (mut circuit, now) = (Circuit::default(), Instant::now());
        let pass = circuit.pass(now).expect("closed");
        for _ in 0..5 {
            assert_eq!(circuit.failed(pass, now, (2, COOL), NONE), Change::None);
            assert_eq!(circuit.answered(pass), Change::None);
        }
        assert_eq!(circuit.failed(pass, now, (2, COOL), NONE), Change::None);
        assert_eq!(circuit.failed(pass, now, (2, COOL), NONE), Change::Opened(COOL));
    }

    #[test]
    fn a_wait_that_the_server_names_opens_it_at_once_and_for_that_long() {
        let (mut circuit, now) = (Circuit::default(), Instant::now());
        let pass = circuit.pass(now).expect("closed");
        let asked = Duration::from_secs(2);
        assert_eq!(circuit.failed(pass, now, (9, COOL), asked), Change::Opened(asked));
        let probe = circuit.pass(now + asked).expect("the probe");
        let change = circuit.failed(probe, now + asked, (9, COOL), asked);
        assert_eq!(change, Change::Opened(COOL), "the probe failed too");
    }

    #[test]
    fn a_half_open_circuit_lets_one_call_through() {
        let (mut circuit, now) = (Circuit::default(), Instant::now());
        open(&mut circuit, now);
        assert_eq!(circuit.pass(now + COOL - Duration::from_nanos(1)), None);
        assert_eq!(circuit.free_at(now), Some(now + COOL));
        let probe = circuit.pass(now + COOL).expect("the probe");
        assert_eq!((circuit.pass(now + COOL), circuit.free_at(now + COOL)), (None, None));
        assert_eq!(circuit.answered(probe), Change::Closed);
        assert!(circuit.pass(now + COOL).is_some() && circuit.pass(now + COOL).is_some());
    }

    #[test]
    fn a_probe_that_fails_opens_it_again_and_one_that_is_dropped_makes_room() {
        let (mut circuit, now) = (Circuit::default(), Instant::now());
        open(&mut circuit, now);
        let probe = circuit.pass(now + COOL).expect("the probe");
        circuit.left(probe, now + COOL);
        let probe = circuit.pass(now + COOL).expect("another probe");
        assert_eq!(circuit.failed(probe, now + COOL, (9, COOL), NONE), Change::Opened(COOL));
        assert_eq!(circuit.pass(now + COOL), None);
    }

    #[test]
    fn calls_that_began_before_the_circuit_opened_change_nothing() {
        let (mut circuit, now) = (Circuit::default(), Instant::now());
        let early = circuit.pass(now).expect("closed");
        open(&mut circuit, now);
        assert_eq!(circuit.answered(early), Change::None);
        assert_eq!(circuit.failed(early, now, (1, COOL), COOL * 9), Change::None);
        circuit.left(early, now);
        assert_eq!(circuit.free_at(now), Some(now + COOL));
    }

    #[test]
    fn an_answer_that_has_begun_ends_a_probe_and_may_still_fail() {
        let (mut circuit, now) = (Circuit::default(), Instant::now());
        open(&mut circuit, now);
        let probe = circuit.pass(now + COOL).expect("the probe");
        let (probe, change) = circuit.begun(probe);
        assert_eq!(change, Change::Closed);
        assert_eq!(circuit.begun(probe), (probe, Change::None));
        let change = circuit.failed(probe, now + COOL, (1, COOL), NONE);
        assert_eq!(change, Change::Opened(COOL));
    }

    #[test]
    fn a_wait_that_no_clock_reaches_saturates() {
        let (mut circuit, now) = (Circuit::default(), Instant::now());
        let pass = circuit.pass(now).expect("closed");
        circuit.failed(pass, now, (1, COOL), Duration::MAX);
        assert_eq!(circuit.pass(now + COOL), None);
    }
}
