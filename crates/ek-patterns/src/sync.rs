//! Locks that stay usable after a panic elsewhere.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Takes the lock, also where a thread has panicked while it held it: no code here panics between two
/// changes that belong together.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
