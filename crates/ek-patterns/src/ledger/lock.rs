//! The lock of the accounts. A module of its own, so that a model checker's can stand in its place.

use std::sync::PoisonError;
pub(super) use std::sync::{Mutex, MutexGuard};

/// Takes the lock. Whoever panicked with it in hand had changed nothing by halves.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
