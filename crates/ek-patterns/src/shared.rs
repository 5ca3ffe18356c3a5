//! What several processes can share: a budget, a rate, and the circuits of providers.
//!
//! The traits stand here and their implementation in another crate (`ek-fleet`), so that the call layer knows
//! no store. Without one, a ledger, a limiter and a failover test an `Option`, and that is all.

use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use ek_core::ErrorKind;
use tokio::time::Instant;

use crate::Amounts;

/// Completes when it is worth asking again. It has to complete in a time that its maker limits.
pub type Change = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A budget that several processes spend from: what a [`Ledger`](crate::Ledger) asks in addition to its own
/// limits ([`Ledger::shared`](crate::Ledger::shared)).
///
/// No method waits: they are called under the lock of the ledger. What is spent has to be reserved in the
/// shared place before, and what is not there yet is fetched in the background.
///
/// ```
/// use ek_patterns::{Amounts, SharedBudget, Shortage};
///
/// /// Lets everything through: the smallest one.
/// #[derive(Debug)]
/// struct Unlimited;
///
/// impl SharedBudget for Unlimited {
///     fn take(&self, _: Amounts) -> Result<u64, Shortage> {
///         Ok(0)
///     }
///
///     fn settle(&self, _: u64, _: Amounts, _: Amounts) {}
///
///     fn left(&self) -> Amounts {
///         let mut left = Amounts::default();
///         (left.calls, left.input, left.output) = (u64::MAX, u64::MAX, u64::MAX);
///         left.cost = u128::MAX;
///         left
///     }
/// }
/// ```
pub trait SharedBudget: fmt::Debug + Send + Sync {
    /// Takes what a call needs, all of it or nothing. The number is passed to [`settle`](Self::settle).
    ///
    /// # Errors
    /// What is missing, and whether waiting can help.
    fn take(&self, needed: Amounts) -> Result<u64, Shortage>;

    /// A call is over: it `took` this much, and came to this `cost`; nothing, if it was never sent.
    fn settle(&self, ticket: u64, took: Amounts, cost: Amounts);

    /// The most that one call could get, as far as is known here; the largest number where nothing is limited.
    fn left(&self) -> Amounts;
}

/// What a [`SharedBudget`] does not have at the moment.
///
/// ```
/// use ek_patterns::Shortage;
///
/// let refused = Shortage { why: "the budget of all processes is spent".to_owned(), change: None };
/// assert!(format!("{refused:?}").contains("waits: false"));
/// ```
pub struct Shortage {
    /// The message of the error, if the call ends with one.
    pub why: String,
    /// When to ask again; `None` if waiting does not help.
    pub change: Option<Change>,
}

impl fmt::Debug for Shortage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let waits = self.change.is_some();
        f.debug_struct("Shortage").field("why", &self.why).field("waits", &waits).finish()
    }
}

/// A rate that several processes share: what a [`RateLimiter`](crate::RateLimiter) asks in addition to its own
/// limits ([`RateLimiter::with_shared`](crate::RateLimiter::with_shared)). No method waits.
///
/// ```
/// use std::time::Duration;
///
/// use ek_patterns::{Change, SharedRate};
/// use tokio::time::Instant;
///
/// /// Admits everything: the smallest one.
/// #[derive(Debug)]
/// struct Unlimited;
///
/// impl SharedRate for Unlimited {
///     fn take(&self, _: u32) -> Option<Change> {
///         None
///     }
///
///     fn adjust(&self, _: u32, _: u64) {}
///
///     fn cool_down(&self, _: Duration) {}
///
///     fn cooling(&self) -> Option<Instant> {
///         None
///     }
///
///     fn refusal(&self) -> Option<String> {
///         None
///     }
///
///     fn limits_tokens(&self) -> bool {
///         false
///     }
/// }
/// ```
pub trait SharedRate: fmt::Debug + Send + Sync {
    /// Admits a request of this many tokens, or says when to ask again.
    fn take(&self, tokens: u32) -> Option<Change>;

    /// A request that was admitted with `taken` tokens has used `used`.
    fn adjust(&self, taken: u32, used: u64);

    /// A server asks not to be called for this long.
    fn cool_down(&self, wait: Duration);

    /// The end of a cool-down, while one is known.
    fn cooling(&self) -> Option<Instant>;

    /// Why no request is admitted at all at the moment. Calls with retries then end with an error at once; a
    /// plain [`acquire`](crate::RateLimiter::acquire) waits.
    fn refusal(&self) -> Option<String>;

    /// Whether it limits tokens.
    fn limits_tokens(&self) -> bool;
}

/// The circuits of a [`Failover`](crate::Failover), as other processes see them
/// ([`FailoverOptions::with_shared_circuits`](crate::FailoverOptions::with_shared_circuits)). No method waits.
///
/// A process stays the authority on its own failures: a circuit that is open here stays open, whatever others
/// say.
///
/// ```
/// use std::time::Duration;
///
/// use ek_core::ErrorKind;
/// use ek_patterns::SharedCircuits;
/// use tokio::time::Instant;
///
/// /// Knows no other process.
/// #[derive(Debug)]
/// struct Alone;
///
/// impl SharedCircuits for Alone {
///     fn open_until(&self, _: usize) -> Option<Instant> {
///         None
///     }
///
///     fn opened(&self, _: usize, _: Duration, _: ErrorKind) {}
/// }
/// ```
pub trait SharedCircuits: fmt::Debug + Send + Sync {
    /// Until when another process does not ask this provider, counted from 0.
    fn open_until(&self, member: usize) -> Option<Instant>;

    /// The circuit of this provider opened here, for this long, because of an error of this kind.
    fn opened(&self, member: usize, open_for: Duration, why: ErrorKind);
}
