//! The circuit of one provider: closed while it works, open for a while after it has failed, and then
//! half open, which lets one call through to see. Pure: the time is given.

use std::time::Duration;

use tokio::time::Instant;

use crate::clock::after;

#[derive(Debug, Default)]
pub(super) struct Circuit {
    phase: Phase,
    /// Failures in a row while it is closed.
    failures: u32,
    /// Changes with the phase: what was let through earlier no longer has a say.
    era: u64,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    Closed,
    Open {
        until: Instant,
    },
    /// One call is under way to see.
    HalfOpen,
}

/// Leave for one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pass {
    era: u64,
}

/// What a verdict did to the circuit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    None,
    Opened(Duration),
    Closed,
}

impl Circuit {
    /// Lets a call through, or not.
    pub(super) fn pass(&mut self, now: Instant) -> Option<Pass> {
        match self.phase {
            Phase::Closed => {}
            Phase::Open { until } if until <= now => self.turn(Phase::HalfOpen),
            Phase::Open { .. } | Phase::HalfOpen => return None,
        }
        Some(Pass { era: self.era })
    }

    /// When the next call will be let through, where that is known.
    pub(super) fn free_at(&self, now: Instant) -> Option<Instant> {
        match self.phase {
            Phase::Closed => Some(now),
            Phase::Open { until } => Some(until.max(now)),
            Phase::HalfOpen => None,
        }
    }

    /// The provider answered.
    pub(super) fn answered(&mut self, pass: Pass) -> Change {
        if pass.era != self.era {
            return Change::None;
        }
        self.failures = 0;
        if self.phase == Phase::Closed {
            return Change::None;
        }
        self.turn(Phase::Closed);
        Change::Closed
    }

    /// The provider failed. Once too often in a row, or at the probe, it is left alone for the cool-down
    /// at least; else for as long as its server asks, if that does.
    pub(super) fn failed(
        &mut self,
        pass: Pass,
        now: Instant,
        (limit, cool_down): (u32, Duration),
        asked: Duration,
    ) -> Change {
        if pass.era != self.era {
            return Change::None;
        }
        self.failures = self.failures.saturating_add(1);
        let too_often = self.phase == Phase::HalfOpen || self.failures >= limit;
        let open_for = if too_often { asked.max(cool_down) } else { asked };
        if !too_often && asked.is_zero() {
            return Change::None;
        }
        self.turn(Phase::Open { until: after(now, open_for) });
        Change::Opened(open_for)
    }

    /// The call ended without telling anything about the provider. A probe leaves its place to the next.
    pub(super) fn left(&mut self, pass: Pass, now: Instant) {
        if pass.era == self.era && self.phase == Phase::HalfOpen {
            self.turn(Phase::Open { until: now });
        }
    }

    fn turn(&mut self, phase: Phase) {
        self.phase = phase;
        self.failures = 0;
        self.era += 1;
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
    fn what_began_before_the_circuit_opened_has_no_say_any_more() {
        let (mut circuit, now) = (Circuit::default(), Instant::now());
        let early = circuit.pass(now).expect("closed");
        open(&mut circuit, now);
        assert_eq!(circuit.answered(early), Change::None);
        assert_eq!(circuit.failed(early, now, (1, COOL), COOL * 9), Change::None);
        circuit.left(early, now);
        assert_eq!(circuit.free_at(now), Some(now + COOL));
    }

    #[test]
    fn a_wait_that_no_clock_reaches_saturates() {
        let (mut circuit, now) = (Circuit::default(), Instant::now());
        let pass = circuit.pass(now).expect("closed");
        circuit.failed(pass, now, (1, COOL), Duration::MAX);
        assert_eq!(circuit.pass(now + COOL), None);
    }
}
