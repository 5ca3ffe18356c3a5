//! A limit on calls under way that tasks share: for servers that take a few at a time.

use std::sync::Arc;

use ek_core::{Error, ErrorKind, Result};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A number of calls that may be under way at once; clones share it.
///
/// Places are given in order of asking. In a [`RetryConfig`](crate::RetryConfig) it is asked before each
/// attempt, so that the wait for a place is no part of the attempt's own time limit, which would end
/// many a call before it is sent. A place is held until the reply, or the stream, is at its end.
///
/// ```
/// use ek_patterns::{ConcurrencyLimit, RetryConfig};
///
/// # fn main() -> ek_core::Result<()> {
/// let one_at_a_time = ConcurrencyLimit::new(1)?;
/// let config = RetryConfig::default().with_concurrency(one_at_a_time.clone());
/// assert_eq!(one_at_a_time.available(), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct ConcurrencyLimit {
    places: Arc<Semaphore>,
}

impl ConcurrencyLimit {
    /// This many calls at once.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] if it is 0, or more than a semaphore holds.
    pub fn new(calls: usize) -> Result<Self> {
        if calls == 0 || calls > Semaphore::MAX_PERMITS {
            let why = format!(
                "a limit of {calls} calls under way; it takes 1 to {}",
                Semaphore::MAX_PERMITS
            );
            return Err(Error::new(ErrorKind::Config, why));
        }
        Ok(Self { places: Arc::new(Semaphore::new(calls)) })
    }

    /// How many more calls may begin at once.
    #[must_use]
    pub fn available(&self) -> usize {
        self.places.available_permits()
    }

    /// Waits for a place. Cancel-safe: a caller who stops waiting loses nothing but its turn.
    pub async fn acquire(&self) -> ConcurrencyPermit {
        // The semaphore is never closed, so there is always a place in the end.
        ConcurrencyPermit { _place: Arc::clone(&self.places).acquire_owned().await.ok() }
    }
}

/// A place among the calls under way; dropping it makes room for the next.
#[derive(Debug)]
#[must_use = "dropping a permit gives the place to the next call"]
pub struct ConcurrencyPermit {
    _place: Option<OwnedSemaphorePermit>,
}
