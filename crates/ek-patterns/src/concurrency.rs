//! A limit on concurrent calls that tasks share: for servers that take a few at a time.

use std::sync::Arc;

use ek_core::{Error, ErrorKind, Result};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The number of calls that may run at once; clones share it.
///
/// Permits are given in the order of the calls of [`acquire`](Self::acquire). With
/// [`RetryConfig::concurrency`](crate::RetryConfig::concurrency) each attempt acquires one before it begins,
/// so the wait does not count against the attempt's own time limit. The permit is held until the reply is
/// whole, or the stream ends.
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
    permits: Arc<Semaphore>,
}

impl ConcurrencyLimit {
    /// A limit of this many calls at once.
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
        Ok(Self { permits: Arc::new(Semaphore::new(calls)) })
    }

    /// How many permits are free.
    #[must_use]
    pub fn available(&self) -> usize {
        self.permits.available_permits()
    }

    /// Waits for a permit. Cancel-safe: a caller that stops waiting loses only its place in the queue.
    pub async fn acquire(&self) -> ConcurrencyPermit {
        // The semaphore is never closed, so this never fails.
        ConcurrencyPermit { _permit: Arc::clone(&self.permits).acquire_owned().await.ok() }
    }
}

/// The permit for one call; dropping it frees it for the next call.
///
/// ```
/// use ek_patterns::ConcurrencyLimit;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> ek_core::Result<()> {
/// let limit = ConcurrencyLimit::new(2)?;
/// let permit = limit.acquire().await;
/// assert_eq!(limit.available(), 1);
/// drop(permit);
/// assert_eq!(limit.available(), 2);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "dropping a permit frees it for the next call"]
pub struct ConcurrencyPermit {
    _permit: Option<OwnedSemaphorePermit>,
}
