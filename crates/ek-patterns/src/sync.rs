//! The lock of the ledger, which a test replaces by a model checker's.

pub(crate) use std::sync::{Mutex, MutexGuard};

use std::sync::PoisonError;

/// Takes the lock. Whoever panicked with it in hand had changed nothing by halves.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
