//! Faults by chance, and the same ones again for the same seed: the number of a call
//! alone decides its fault, and neither the clock nor the other calls do.

use std::time::Duration;

use ek_core::{Error, ErrorKind};
use serde::{Deserialize, Serialize};

use crate::{Fault, MockReply};

/// Spoils some replies of a script, by a seed.
///
/// Whether a call is spoiled, and how, depends on the seed and the call's number and on nothing else:
/// a run whose calls come in the same order meets the same faults.
///
/// ```
/// use ek_mock::{Chaos, MockProvider, Script};
///
/// let script = Script::cycling(["High water at noon."]).with_chaos(Chaos::seeded(7).with_rate(0.5));
/// let provider = MockProvider::from_script(script);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct Chaos {
    pub(crate) seed: u64,
    pub(crate) rate: f64,
    /// Which of [`ALL`](ChaosKind::ALL) may come up.
    pub(crate) kinds: [bool; 7],
}

/// A kind of fault that [`Chaos`] may choose.
///
/// ```
/// use ek_mock::{Chaos, ChaosKind, Script};
///
/// let broken = Chaos::seeded(7).with_kinds([ChaosKind::Cut, ChaosKind::Reset]);
/// let script = Script::cycling(["High water at noon."]).with_chaos(broken);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ChaosKind {
    /// HTTP 429, to be tried again in a second.
    Busy,
    /// HTTP 503.
    Overloaded,
    /// HTTP 500.
    Failed,
    /// The reply begins 0.1 to 2 seconds later.
    Late,
    /// The connection is reset, before the first piece or after one of the first five.
    Reset,
    /// The connection is closed there.
    Cut,
    /// What comes there is no JSON.
    Malformed,
}

impl ChaosKind {
    /// In the order in which chance counts them.
    const ALL: [Self; 7] = [
        Self::Busy,
        Self::Overloaded,
        Self::Failed,
        Self::Late,
        Self::Reset,
        Self::Cut,
        Self::Malformed,
    ];
}

/// What happens to a reply.
struct Strike {
    kind: ChaosKind,
    /// After how many pieces, for what comes between pieces.
    pieces: usize,
    /// By how much, for what is late.
    late: Duration,
}

impl Chaos {
    /// Faults by this seed, in one of four replies.
    pub fn seeded(seed: u64) -> Self {
        Self { seed, rate: 0.25, kinds: [true; 7] }
    }

    /// Sets how many replies are spoiled: a share from 0 (none) to 1 (all). Default: 0.25. What is
    /// outside counts as the nearer end, and what is no number as 0.
    pub fn with_rate(mut self, rate: f64) -> Self {
        self.rate = if rate.is_nan() { 0.0 } else { rate.clamp(0.0, 1.0) };
        self
    }

    /// Sets which kinds of faults may come up, each as likely as any other. Default: all of them. Without
    /// any no reply is spoiled.
    pub fn with_kinds(mut self, kinds: impl IntoIterator<Item = ChaosKind>) -> Self {
        let chosen: Vec<ChaosKind> = kinds.into_iter().collect();
        self.kinds = ChaosKind::ALL.map(|kind| chosen.contains(&kind));
        self
    }

    /// The kinds that may come up.
    pub(crate) fn kinds(&self) -> Vec<ChaosKind> {
        let all = ChaosKind::ALL.into_iter().zip(self.kinds);
        all.filter(|(_, may_come)| *may_come).map(|(kind, _)| kind).collect()
    }

    /// What becomes of the reply to the call of this number, in words; `None` if nothing.
    #[must_use]
    pub fn fault_of_call(&self, number: usize) -> Option<String> {
        let Strike { kind, pieces, late } = self.strike(number)?;
        Some(match kind {
            ChaosKind::Busy => "HTTP 429".to_owned(),
            ChaosKind::Overloaded => "HTTP 503".to_owned(),
            ChaosKind::Failed => "HTTP 500".to_owned(),
            ChaosKind::Late => format!("late by {late:?}"),
            ChaosKind::Reset => format!("reset {}", place(pieces)),
            ChaosKind::Cut => format!("cut {}", place(pieces)),
            ChaosKind::Malformed => format!("malformed {}", place(pieces)),
        })
    }

    fn strike(&self, number: usize) -> Option<Strike> {
        let mut random = SplitMix::new(self.seed, number);
        if random.share() >= self.rate {
            return None;
        }
        let kinds = self.kinds();
        let count = u8::try_from(kinds.len()).unwrap_or(u8::MAX);
        let kind = *kinds.get(usize::from(random.below(count)))?;
        let pieces = usize::from(random.below(6));
        let late = Duration::from_millis(u64::from(random.below(20) + 1) * 100);
        Some(Strike { kind, pieces, late })
    }

    /// The reply to the call of this number, spoiled or as it was.
    pub(crate) fn spoil(&self, number: usize, reply: MockReply) -> MockReply {
        let Some(Strike { kind, pieces, late }) = self.strike(number) else { return reply };
        let error = |kind, status: u16| {
            Error::new(kind, format!("chaos: HTTP {status}")).with_status(status)
        };
        match kind {
            ChaosKind::Busy => {
                let busy = error(ErrorKind::RateLimited, 429);
                busy.with_retry_after(Duration::from_secs(1)).into()
            }
            ChaosKind::Overloaded => error(ErrorKind::Server, 503).into(),
            ChaosKind::Failed => error(ErrorKind::Server, 500).into(),
            ChaosKind::Late => {
                let latency = reply.pace.latency().saturating_add(late);
                reply.after(latency)
            }
            ChaosKind::Reset => reply.failing_after(pieces, Fault::Reset),
            ChaosKind::Cut => reply.failing_after(pieces, Fault::Cut),
            ChaosKind::Malformed => reply.failing_after(pieces, Fault::Malformed),
        }
    }
}

fn place(pieces: usize) -> String {
    match pieces {
        0 => "before the first piece".to_owned(),
        number => format!("after piece {number}"),
    }
}

/// `SplitMix64`, by the published constants. Not a library's generator: those may give other numbers in
/// their next version, and a seed in a bug report has to mean the same for years.
struct SplitMix(u64);

impl SplitMix {
    const GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;

    fn new(seed: u64, number: usize) -> Self {
        let number = u64::try_from(number).unwrap_or(u64::MAX);
        // One step apart would be the same sequence, shifted by one.
        Self(Self(seed).next() ^ number.wrapping_mul(0xD1B5_4A32_D192_ED03))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(Self::GAMMA);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to 1, without 1.
    fn share(&mut self) -> f64 {
        let [a, b, c, d, ..] = self.next().to_be_bytes();
        f64::from(u32::from_be_bytes([a, b, c, d])) / (f64::from(u32::MAX) + 1.0)
    }

    fn below(&mut self, end: u8) -> u8 {
        let [first, ..] = self.next().to_be_bytes();
        first % end.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(chaos: Chaos, calls: usize) -> Vec<Option<String>> {
        (1..=calls).map(|number| chaos.fault_of_call(number)).collect()
    }

    #[test]
    fn the_same_seed_gives_the_same_faults_in_every_version() {
        let faults = faults(Chaos::seeded(7).with_rate(0.5), 8);
        let shown: Vec<&str> = faults.iter().map(|fault| fault.as_deref().unwrap_or("-")).collect();
        assert_eq!(
            shown,
            ["HTTP 500", "malformed after piece 1", "HTTP 429", "HTTP 500", "-", "-", "-", "-"]
        );
    }

    #[test]
    fn another_seed_gives_others() {
        assert_ne!(faults(Chaos::seeded(1), 100), faults(Chaos::seeded(2), 100));
    }

    #[test]
    fn the_rate_is_the_share_of_calls_that_are_spoiled() {
        for (rate, least, most) in [(0.0, 0, 0), (0.25, 200, 300), (1.0, 1000, 1000)] {
            let faults = faults(Chaos::seeded(3).with_rate(rate), 1000);
            let spoiled = faults.iter().flatten().count();
            assert!((least..=most).contains(&spoiled), "{rate}: {spoiled}");
        }
        for (odd, sane) in [(7.0, 1.0), (-1.0, 0.0), (f64::NAN, 0.0)] {
            assert_eq!(Chaos::seeded(3).with_rate(odd), Chaos::seeded(3).with_rate(sane));
        }
    }

    #[test]
    fn every_kind_of_fault_comes_up() {
        let faults = faults(Chaos::seeded(1).with_rate(1.0), 200);
        for word in ["429", "503", "500", "late", "reset", "cut", "malformed"] {
            assert!(faults.iter().flatten().any(|fault| fault.contains(word)), "{word}");
        }
    }

    #[test]
    fn only_the_chosen_kinds_come_up_and_all_of_them() {
        let chosen = [ChaosKind::Cut, ChaosKind::Late, ChaosKind::Cut];
        let chaos = Chaos::seeded(1).with_rate(1.0).with_kinds(chosen);
        let faults: Vec<String> = faults(chaos, 200).into_iter().flatten().collect();
        assert_eq!(faults.len(), 200);
        for word in ["late", "cut"] {
            assert!(faults.iter().filter(|fault| fault.starts_with(word)).count() > 50, "{word}");
        }
        assert!(faults.iter().all(|fault| fault.starts_with("late") || fault.starts_with("cut")));
        assert_eq!(Chaos::seeded(1).with_rate(1.0).with_kinds([]).fault_of_call(1), None);
    }

    #[test]
    fn the_generator_is_the_published_one() {
        // The first outputs for the seed 1234567 of the reference implementation.
        let mut random = SplitMix(1_234_567);
        assert_eq!(random.next(), 6_457_827_717_110_365_317);
        assert_eq!(random.next(), 3_203_168_211_198_807_973);
    }
}
