//! A budget of retries, shared by many calls.
//!
//! In an outage every call fails, and retries multiply the load when the server can bear it least. A bucket
//! limits that: retries drain it and successes refill it, and while it is empty each call makes one attempt.

use std::sync::{Arc, Mutex};

use crate::sync::lock;

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
    /// A full bucket of this many retries; each success gives back `refund` of one (0 to 1; a value outside
    /// is taken as the nearer end, and NaN as 0).
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

    /// Takes one retry, if one is left.
    pub(super) fn try_take(&self) -> Option<Granted<'_>> {
        let mut available = self.lock();
        if *available < 1.0 {
            return None;
        }
        *available -= 1.0;
        drop(available);
        Some(Granted { budget: self, spent: false })
    }

    pub(super) fn refund(&self) {
        self.give_back(self.refund);
    }

    fn give_back(&self, part: f64) {
        let mut available = self.lock();
        *available = (*available + part).min(self.capacity);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, f64> {
        lock(&self.available)
    }
}

/// A retry taken from the budget. Dropped before the retry is made, it goes back: a caller that gives up
/// during the wait costs the server nothing.
#[must_use]
pub(super) struct Granted<'a> {
    budget: &'a RetryBudget,
    spent: bool,
}

impl Granted<'_> {
    /// The retry is made.
    pub(super) fn spend(mut self) {
        self.spent = true;
    }
}

impl Drop for Granted<'_> {
    fn drop(&mut self) {
        if !self.spent {
            self.budget.give_back(1.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_never_goes_below_zero_or_above_its_size() {
        let budget = RetryBudget::new(2, 0.5);
        let take = || budget.try_take().map(Granted::spend).is_some();
        assert!(take() && take() && !take());
        budget.refund();
        assert!(!take(), "half a retry is none");
        budget.refund();
        assert!(take());
        for _ in 0..10 {
            budget.refund();
        }
        assert_eq!(budget.available(), 2.0);
    }
}
