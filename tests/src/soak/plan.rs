//! What happens to which attempt: a pure function of the seed, so that the same seed gives the same
//! sequence whatever the callers do meanwhile.

use super::fault::Fault;

/// How many of a hundred first attempts meet a fault; of later ones fewer, so that retries succeed.
const FIRST: u8 = 85;
const LATER: u8 = 50;

/// How many of a hundred calls their caller drops.
const DROPPED: u8 = 6;

/// Attempts at most.
pub(super) const ATTEMPTS: u32 = 3;

/// What is in store for one call.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Plan {
    pub(super) number: u64,
    pub(super) streamed: bool,
    /// The fault of each attempt.
    pub(super) faults: [Fault; ATTEMPTS as usize],
    /// After how many polls the caller drops the call.
    pub(super) dropped_after: Option<u32>,
}

impl Plan {
    pub(super) fn of(seed: u64, number: u64) -> Self {
        let mut random =
            fastrand::Rng::with_seed(seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let streamed = random.bool();
        let share = |attempt| if attempt == 0 { FIRST } else { LATER };
        let faults = std::array::from_fn(|attempt| {
            if random.u8(..100) < share(attempt) {
                pick(&mut random, streamed)
            } else {
                Fault::Nothing
            }
        });
        let dropped_after = (random.u8(..100) < DROPPED).then(|| random.u32(1..8));
        Self { number, streamed, faults, dropped_after }
    }
}

fn pick(random: &mut fastrand::Rng, streamed: bool) -> Fault {
    loop {
        let fault = Fault::ALL[random.usize(1..Fault::ALL.len())];
        if fault.befalls(streamed) {
            return fault;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_sequence_and_another_seed_another() {
        let sequence = |seed| (0..200).map(|number| Plan::of(seed, number)).collect::<Vec<_>>();
        assert_eq!(sequence(7), sequence(7));
        assert_ne!(sequence(7), sequence(8));
    }

    #[test]
    fn every_fault_occurs_and_only_where_it_can() {
        let plans: Vec<_> = (0..5_000).map(|number| Plan::of(1, number)).collect();
        for fault in Fault::ALL {
            let hit = |plan: &&Plan| plan.faults.contains(fault);
            assert!(plans.iter().any(|plan| hit(&plan)), "{}", fault.name());
            assert!(plans.iter().filter(hit).all(|plan| fault.befalls(plan.streamed)));
        }
    }
}
