//! The place where the processes of a fleet meet: three questions, each answered at once and as a whole.
//!
//! The trait stands apart from what asks ([`budget`](crate), limiters, circuits), so that a client of your own
//! or another database fits. Every question can be asked again when its answer was lost: counts are sums since
//! a lease began, and never differences.

#[cfg(all(test, feature = "cluster"))]
mod cluster_tests;
#[cfg(all(test, feature = "redis"))]
mod connection_tests;
#[cfg(all(test, feature = "redis"))]
mod faulty_redis_tests;
mod memory;
#[cfg(feature = "redis")]
mod redis_store;
#[cfg(all(test, feature = "redis"))]
mod tests;
#[cfg(all(test, feature = "tls"))]
mod tls_tests;

use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use ek_core::ErrorKind;

use crate::Window;
pub use memory::MemoryStore;
#[cfg(feature = "redis")]
pub use redis_store::RedisStore;
#[cfg(feature = "tls")]
pub use redis_store::RedisTls;

/// Calls, tokens of prompts, tokens of replies, and millionths of the currency, in this order. Each is below
/// [`MAX_COUNT`].
pub type Counts = [u64; 4];

/// The largest count: scripts count in floats, which are exact up to here.
pub const MAX_COUNT: u64 = 1 << 53;

/// The answer of a store.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// What the processes of a fleet share. The clock is the store's alone.
///
/// Scopes are names with their prefix. Each method does all that it says, or nothing.
///
/// ```
/// use ek_fleet::{
///     Answer, LeaseAnswer, LeaseQuestion, MemoryStore, OpenCircuit, RateAnswer, RateQuestion, Store,
/// };
///
/// /// Counts how often it is asked.
/// #[derive(Debug, Default)]
/// struct Counting {
///     inner: MemoryStore,
///     asked: std::sync::atomic::AtomicU64,
/// }
///
/// impl Counting {
///     fn inner(&self) -> &MemoryStore {
///         self.asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
///         &self.inner
///     }
/// }
///
/// impl Store for Counting {
///     fn lease<'a>(&'a self, question: &'a LeaseQuestion) -> Answer<'a, LeaseAnswer> {
///         self.inner().lease(question)
///     }
///
///     fn rate<'a>(&'a self, question: &'a RateQuestion) -> Answer<'a, RateAnswer> {
///         self.inner().rate(question)
///     }
///
///     fn circuits<'a>(
///         &'a self,
///         scope: &'a str,
///         publish: Option<OpenCircuit>,
///     ) -> Answer<'a, Vec<OpenCircuit>> {
///         self.inner().circuits(scope, publish)
///     }
/// }
/// ```
pub trait Store: fmt::Debug + Send + Sync {
    /// Reports what a lease has spent and gives back, and reserves more for it.
    fn lease<'a>(&'a self, question: &'a LeaseQuestion) -> Answer<'a, LeaseAnswer>;

    /// Reserves the next places in the schedule of a rate, or begins a cool-down.
    fn rate<'a>(&'a self, question: &'a RateQuestion) -> Answer<'a, RateAnswer>;

    /// Publishes an open circuit, if there is one to publish, and returns all that are open.
    fn circuits<'a>(
        &'a self,
        scope: &'a str,
        publish: Option<OpenCircuit>,
    ) -> Answer<'a, Vec<OpenCircuit>>;
}

/// Why a store did not answer: without secrets.
///
/// ```
/// use ek_fleet::StoreError;
///
/// assert_eq!(StoreError::new("no answer within 50 ms").to_string(), "no answer within 50 ms");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreError(String);

impl StoreError {
    /// An error with this message, which must not hold an address with a password.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for StoreError {}

/// What the holder of a lease says about it, and what it needs.
///
/// ```
/// use std::time::Duration;
///
/// use ek_fleet::{LeaseQuestion, MemoryStore, Store, Window};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), ek_fleet::StoreError> {
/// let question = LeaseQuestion {
///     scope: "ek:team".to_owned(),
///     window: Window::Forever,
///     limits: [Some(100), None, None, None], // calls, and nothing else
///     id: "process-1".to_owned(),
///     begun: false,
///     spent: [0; 4],
///     returned: [0; 4],
///     under_way: [0; 4],
///     need: [1, 0, 0, 0],
///     calls: 10,
///     ttl: Duration::from_secs(10),
/// };
/// let answer = MemoryStore::default().lease(&question).await?;
/// assert!(answer.granted[0] >= 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseQuestion {
    /// The name of the budget.
    pub scope: String,
    /// The time for which the budget is given.
    pub window: Window,
    /// The budget; `None` is no limit.
    pub limits: [Option<u64>; 4],
    /// The lease: a name that no other process has, and that is never used again once the lease is gone.
    pub id: String,
    /// Whether the lease was confirmed by an answer. If not, it begins where the store does not know it.
    pub begun: bool,
    /// Spent since the lease began, as far as the calls are over.
    pub spent: Counts,
    /// Given back since the lease began.
    pub returned: Counts,
    /// Taken by calls that are under way.
    pub under_way: Counts,
    /// What one call needs; all 0 asks for nothing.
    pub need: Counts,
    /// The largest slice, in calls of this need.
    pub calls: u64,
    /// How long the lease lives without another word.
    pub ttl: Duration,
}

/// The state of a lease, and of the budget that it is a part of.
///
/// ```
/// use ek_fleet::LeaseAnswer;
///
/// /// Calls that are neither spent nor reserved.
/// fn calls_left(answer: &LeaseAnswer) -> u64 {
///     let [calls, _prompts, _replies, _cost] = answer.left;
///     calls
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeaseAnswer {
    /// Whether the store knows the lease. What it held has been counted as spent otherwise.
    pub known: bool,
    /// Reserved for the lease since it began.
    pub granted: Counts,
    /// What is neither spent nor reserved; 0 where there is no limit.
    pub left: Counts,
    /// What others hold and may still give back.
    pub others: Counts,
    /// How many leases are alive.
    pub holders: u64,
    /// The start of the window, in milliseconds since 1970, and the time to its end.
    pub window: (u64, Option<Duration>),
}

/// What a limiter needs next.
///
/// ```
/// use std::time::Duration;
///
/// use ek_fleet::{MemoryStore, RateQuestion, Store};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), ek_fleet::StoreError> {
/// let question = RateQuestion {
///     scope: "ek:account".to_owned(),
///     requests_per_minute: 600,
///     burst: 1,
///     tokens_per_minute: 0, // no limit
///     requests: 1,
///     tokens: 0,
///     cool_down: Duration::ZERO,
///     process: "process-1".to_owned(),
///     ttl: Duration::from_secs(10),
/// };
/// let answer = MemoryStore::default().rate(&question).await?;
/// assert_eq!(answer.cooling, Duration::ZERO);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateQuestion {
    /// The name of the rate.
    pub scope: String,
    /// The limit of requests in a minute; at least 1.
    pub requests_per_minute: u64,
    /// How many requests may come at once; at least 1.
    pub burst: u64,
    /// The limit of tokens in a minute; 0 is no limit.
    pub tokens_per_minute: u64,
    /// How many requests to reserve.
    pub requests: u64,
    /// How many tokens to reserve.
    pub tokens: u64,
    /// A cool-down that begins now.
    pub cool_down: Duration,
    /// Who asks.
    pub process: String,
    /// How long it counts as one that asks.
    pub ttl: Duration,
}

/// Where the reserved places begin, in microseconds from now; below 0 is in the past.
///
/// Request number `n`, counted from 0, has its place `n` intervals later; `n` tokens, counted from 1, have
/// theirs after `n` intervals of a token.
///
/// ```
/// use std::time::Duration;
///
/// use ek_fleet::RateAnswer;
///
/// /// How long the first request has to wait.
/// fn wait(answer: &RateAnswer) -> Duration {
///     let place = Duration::from_micros(answer.requests_at.max(0).unsigned_abs());
///     place.max(answer.cooling)
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateAnswer {
    /// The place of the first request.
    pub requests_at: i64,
    /// Where the tokens begin.
    pub tokens_at: i64,
    /// The rest of a cool-down.
    pub cooling: Duration,
    /// How many processes ask.
    pub holders: u64,
}

/// A circuit that is open.
///
/// ```
/// use std::time::Duration;
///
/// use ek_core::ErrorKind;
/// use ek_fleet::{MemoryStore, OpenCircuit, Store};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), ek_fleet::StoreError> {
/// let open_for = Duration::from_secs(30);
/// let open = OpenCircuit { member: "near".to_owned(), open_for, why: Some(ErrorKind::Server) };
/// let all = MemoryStore::default().circuits("ek:account", Some(open)).await?;
/// assert_eq!(all[0].member, "near");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenCircuit {
    /// The name of the provider.
    pub member: String,
    /// How long it stays open.
    pub open_for: Duration,
    /// The kind of the error that opened it; `None` where it is one that this version does not know.
    pub why: Option<ErrorKind>,
}
