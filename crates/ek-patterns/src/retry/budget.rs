//! A budget of retries, shared by many calls.
//!
//! In an outage every call fails, and retries multiply the load just when it hurts. A bucket that
//! retries drain and successes refill bounds that: while it is empty each call makes one attempt.

use std::sync::{Arc, Mutex, PoisonError};

/// A bucket of retries; clones share it.
///
/// A retry takes one; a success gives back a part. It starts full.
///
/// ```
/// use ek_patterns::RetryBudget;
/// let budget = RetryBudget::new(10, 0.1); // ten retries, and one more for ten successes
/// assert_eq!(budget.available(), 10.0);
/// ```
#[derive(Debug, Clone)]
pub struct RetryBudget {
    capacity: f64,
    refund: f64,
    available: Arc<Mutex<f64>>,
}

impl RetryBudget {
    /// A full bucket of this many retries; each success gives back `refund` of one (0 to 1; what lies
    /// outside is taken for the nearer end, and what is no number for 0).
    #[must_use]
    pub fn new(retries: u32, refund: f64) -> Self {
        let capacity = f64::from(retries);
        let refund = if refund.is_nan() { 0.0 } else { refund.clamp(0.0, 1.0) };
        Self { capacity, refund, available: Arc::new(Mutex::new(capacity)) }
    }

    /// How many retries are left. Never negative.
    #[must_use]
    pub fn available(&self) -> f64 {
        *self.lock()
    }

    /// Takes one retry, if there is one.
    pub(super) fn try_take(&self) -> bool {
        let mut available = self.lock();
        let granted = *available >= 1.0;
        if granted {
            *available -= 1.0;
        }
        granted
    }

    pub(super) fn refund(&self) {
        let mut available = self.lock();
        *available = (*available + self.refund).min(self.capacity);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, f64> {
        self.available.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_never_goes_below_nothing_or_above_its_size() {
        let budget = RetryBudget::new(2, 0.5);
        assert!(budget.try_take() && budget.try_take() && !budget.try_take());
        budget.refund();
        assert!(!budget.try_take(), "half a retry is none");
        budget.refund();
        assert!(budget.try_take());
        for _ in 0..10 {
            budget.refund();
        }
        assert_eq!(budget.available(), 2.0);
    }
}
