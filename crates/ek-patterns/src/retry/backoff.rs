//! How long to wait: full jitter below a bound that grows.

use std::time::Duration;

use super::RetryConfig;

/// The waits of one call.
pub(super) struct Backoff {
    bound: Duration,
    max: Duration,
    multiplier: f64,
    random: fastrand::Rng,
}

impl Backoff {
    pub(super) fn new(config: &RetryConfig) -> Self {
        Self {
            bound: config.base_delay.min(config.max_delay),
            max: config.max_delay,
            multiplier: config.multiplier,
            random: config.jitter_seed.map_or_else(fastrand::Rng::new, fastrand::Rng::with_seed),
        }
    }

    /// Uniform between zero and the bound, which then grows. Saturates: no setting panics.
    pub(super) fn next_wait(&mut self) -> Duration {
        let bound = self.bound;
        let grown = bound.as_secs_f64() * self.multiplier;
        self.bound = Duration::try_from_secs_f64(grown).unwrap_or(Duration::MAX).min(self.max);
        let wait = bound.as_secs_f64() * self.random.f64();
        Duration::try_from_secs_f64(wait).unwrap_or(bound).min(bound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_doubles_up_to_the_longest_delay() {
        let config = RetryConfig::default().with_jitter_seed(7);
        let mut longest = [Duration::ZERO; 9];
        for seed in 0..500 {
            let mut backoff = Backoff::new(&config.clone().with_jitter_seed(seed));
            for slot in &mut longest {
                *slot = (*slot).max(backoff.next_wait());
            }
        }
        for (k, wait) in longest.iter().enumerate() {
            let bound = Duration::from_secs(60.min(1 << k));
            assert!(*wait <= bound && *wait > bound.mul_f64(0.9), "{k}: {wait:?} of {bound:?}");
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_waits() {
        let config = RetryConfig::default().with_jitter_seed(42);
        let waits = |config| {
            let mut backoff = Backoff::new(config);
            std::array::from_fn::<Duration, 5, _>(|_| backoff.next_wait())
        };
        assert_eq!(waits(&config), waits(&config));
        assert_ne!(waits(&config), waits(&config.clone().with_jitter_seed(43)));
    }

    #[test]
    fn extreme_settings_saturate() {
        let config = RetryConfig::default()
            .with_base_delay(Duration::MAX)
            .with_max_delay(Duration::MAX)
            .with_multiplier(f64::MAX);
        let mut backoff = Backoff::new(&config);
        for _ in 0..5 {
            backoff.next_wait();
        }
        let none = RetryConfig::default().with_max_delay(Duration::ZERO);
        assert_eq!(Backoff::new(&none).next_wait(), Duration::ZERO);
    }
}
