//! Stays below a server's limits: requests per second, tokens per minute, and a cool-down after a 429 that
//! all users of the limiter wait out.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use ek_core::{Error, ErrorKind, Result};
use tokio::sync::Notify;
use tokio::sync::futures::Notified;
use tokio::time::{Instant, timeout_at};

use crate::clock::after;
use crate::shared::{Change, SharedRate};
use crate::sync::lock;

/// The cool-down after a 429 without a wait.
const DEFAULT_COOL_DOWN: Duration = Duration::from_secs(1);

/// A limiter of requests, and of tokens if asked; clones share it.
///
/// Requests are admitted in the order in which they ask. Cancel-safe: a caller that stops waiting takes
/// nothing.
///
/// ```
/// use ek_patterns::RateLimiter;
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() -> ek_core::Result<()> {
/// let limiter = RateLimiter::new(2.0, 1)?; // two requests a second, one at a time
/// let start = tokio::time::Instant::now();
/// for _ in 0..3 {
///     limiter.acquire().await;
/// }
/// assert_eq!(start.elapsed().as_secs(), 1);
/// # Ok(())
/// # }
/// ```
#[doc(alias = "throttle")]
#[derive(Debug, Clone)]
pub struct RateLimiter {
    own: Arc<Own>,
    shared: Option<Arc<dyn SharedRate>>,
}

/// The limits of this process.
#[derive(Debug)]
struct Own {
    buckets: Mutex<Buckets>,
    /// Held by the first in the queue while it waits.
    queue: tokio::sync::Mutex<()>,
    /// Wakes the first in the queue early when tokens have come back.
    given_back: Notify,
    /// Tells the whole queue of a cool-down, which may be too long for some of it.
    cooled: Notify,
}

#[derive(Debug)]
struct Buckets {
    requests: Bucket,
    tokens: Option<Bucket>,
    cool_until: Option<Instant>,
}

/// Fills as time passes.
#[derive(Debug)]
struct Bucket {
    per_second: f64,
    capacity: f64,
    level: f64,
    at: Option<Instant>,
}

impl Bucket {
    fn new(per_second: f64, capacity: f64) -> Self {
        Self { per_second, capacity, level: capacity, at: None }
    }

    fn refill(&mut self, now: Instant) {
        let since = self.at.replace(now).map_or(Duration::ZERO, |at| now.duration_since(at));
        self.level = (self.level + since.as_secs_f64() * self.per_second).min(self.capacity);
    }

    /// Gives back what was taken; more than the capacity counts as the capacity.
    fn give_back(&mut self, amount: f64) {
        self.level = (self.level + amount.min(self.capacity)).min(self.capacity);
    }

    /// How long until this amount is available; more than the capacity counts as the capacity.
    fn wait(&self, amount: f64) -> Duration {
        let missing = amount.min(self.capacity) - self.level;
        if missing <= 1e-9 {
            return Duration::ZERO;
        }
        let wait = Duration::try_from_secs_f64(missing / self.per_second);
        // A nanosecond more, so that rounding never wakes a waiter too early.
        wait.unwrap_or(Duration::MAX).saturating_add(Duration::from_nanos(1))
    }
}

impl RateLimiter {
    /// Admits this many requests a second, of which `burst` may come at once.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] if the rate is not a finite number above 0, or the burst is 0.
    pub fn new(requests_per_second: f64, burst: u32) -> Result<Self> {
        if !requests_per_second.is_finite() || requests_per_second <= 0.0 {
            let why = "the rate limit is not a finite number above 0";
            return Err(Error::new(ErrorKind::Config, why));
        }
        if burst == 0 {
            return Err(Error::new(ErrorKind::Config, "the rate limit's burst is 0"));
        }
        let requests = Bucket::new(requests_per_second, f64::from(burst));
        let buckets = Buckets { requests, tokens: None, cool_until: None };
        let (queue, given_back) = (tokio::sync::Mutex::default(), Notify::default());
        let cooled = Notify::default();
        let own = Own { buckets: Mutex::new(buckets), queue, given_back, cooled };
        Ok(Self { own: Arc::new(own), shared: None })
    }

    /// Stays within a rate that other processes share as well.
    #[must_use]
    pub fn with_shared(mut self, shared: Arc<dyn SharedRate>) -> Self {
        self.shared = Some(shared);
        self
    }

    /// Limits tokens per minute as well; the tokens of one minute may come at once.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] if it is 0.
    pub fn with_tokens_per_minute(self, tokens: u32) -> Result<Self> {
        if tokens == 0 {
            return Err(Error::new(ErrorKind::Config, "the limit of tokens per minute is 0"));
        }
        let capacity = f64::from(tokens);
        self.lock().tokens = Some(Bucket::new(capacity / 60.0, capacity));
        Ok(self)
    }

    /// Waits until a request may be made.
    pub async fn acquire(&self) {
        self.acquire_tokens(0).await;
    }

    /// Waits until a request of about this many tokens may be made. More than the tokens of one minute count
    /// as those of one minute.
    pub async fn acquire_tokens(&self, tokens: u32) {
        let _turn = self.own.queue.lock().await;
        loop {
            let given_back = self.own.given_back.notified();
            // Checked again after each wait: a cool-down may have begun.
            if let Some(until) = self.try_take(f64::from(tokens)) {
                // Woken early or in time, the loop checks again.
                let _ = timeout_at(until, given_back).await;
                continue;
            }
            let Some(shared) = &self.shared else { return };
            let Some(change) = self.take_shared(&**shared, tokens) else { return };
            change.await;
        }
    }

    /// Corrects the tokens of a request that was admitted with `taken` tokens and has used `used`: the
    /// difference comes back, or is owed.
    ///
    /// ```
    /// use ek_patterns::RateLimiter;
    ///
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)]
    /// # async fn main() -> ek_core::Result<()> {
    /// let limiter = RateLimiter::new(100.0, 100)?.with_tokens_per_minute(10_000)?;
    /// let start = tokio::time::Instant::now();
    /// for _ in 0..20 {
    ///     limiter.acquire_tokens(4_100).await; // the most that a reply may take
    ///     limiter.adjust_tokens(4_100, 25); // what it took
    /// }
    /// assert_eq!(start.elapsed().as_secs(), 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn adjust_tokens(&self, taken: u32, used: u64) {
        if let Some(bucket) = &mut self.lock().tokens {
            bucket.refill(Instant::now());
            let used = u32::try_from(used).unwrap_or(u32::MAX);
            let counted = |tokens: u32| f64::from(tokens).min(bucket.capacity);
            let level = bucket.level + counted(taken) - counted(used);
            bucket.level = level.clamp(-bucket.capacity, bucket.capacity);
        }
        if let Some(shared) = &self.shared {
            shared.adjust(taken, used);
        }
        self.own.given_back.notify_waiters();
    }

    /// Whether it limits tokens.
    pub(crate) fn limits_tokens(&self) -> bool {
        self.lock().tokens.is_some()
            || self.shared.as_ref().is_some_and(|shared| shared.limits_tokens())
    }

    /// Takes what is needed; where that is not available, returns when to try again.
    fn try_take(&self, tokens: f64) -> Option<Instant> {
        let now = Instant::now();
        let mut buckets = self.lock();
        if let Some(until) = buckets.cool_until.filter(|until| *until > now) {
            return Some(until);
        }
        buckets.requests.refill(now);
        let mut wait = buckets.requests.wait(1.0);
        if let Some(bucket) = &mut buckets.tokens {
            bucket.refill(now);
            wait = wait.max(bucket.wait(tokens));
        }
        if !wait.is_zero() {
            return Some(after(now, wait));
        }
        buckets.requests.level -= 1.0;
        if let Some(bucket) = &mut buckets.tokens {
            bucket.level -= tokens.min(bucket.capacity);
        }
        None
    }

    /// Takes the same of the shared rate; where that is not available, gives back what was taken here, and
    /// returns when to try again.
    fn take_shared(&self, shared: &dyn SharedRate, tokens: u32) -> Option<Change> {
        let change = shared.take(tokens)?;
        let mut buckets = self.lock();
        // A cool-down that has begun meanwhile has emptied them.
        if buckets.cool_until.is_none_or(|until| until <= Instant::now()) {
            buckets.requests.give_back(1.0);
            if let Some(bucket) = &mut buckets.tokens {
                bucket.give_back(tokens.into());
            }
        }
        Some(change)
    }

    /// Begins a cool-down, after a server's 429: the buckets are emptied, and no request is admitted before
    /// this wait (1 s by default) is over. A cool-down is extended and never shortened.
    pub fn cool_down(&self, wait: Option<Duration>) {
        let now = Instant::now();
        let mut buckets = self.lock();
        buckets.requests.refill(now);
        buckets.requests.level = 0.0;
        if let Some(bucket) = &mut buckets.tokens {
            bucket.refill(now);
            bucket.level = 0.0;
        }
        let wait = wait.unwrap_or(DEFAULT_COOL_DOWN);
        buckets.cool_until = buckets.cool_until.max(Some(after(now, wait)));
        drop(buckets);
        if let Some(shared) = &self.shared {
            shared.cool_down(wait);
        }
        self.own.cooled.notify_waiters();
    }

    /// Ends when a cool-down begins, or is made longer.
    pub(crate) fn cooled(&self) -> Notified<'_> {
        self.own.cooled.notified()
    }

    /// The end of the cool-down, while there is one.
    pub(crate) fn cooling(&self) -> Option<Instant> {
        let own = self.lock().cool_until;
        let shared = self.shared.as_ref().and_then(|shared| shared.cooling());
        own.max(shared).filter(|until| *until > Instant::now())
    }

    /// Why no request is admitted at all at the moment.
    pub(crate) fn refusal(&self) -> Option<String> {
        self.shared.as_ref()?.refusal()
    }

    fn lock(&self) -> MutexGuard<'_, Buckets> {
        lock(&self.own.buckets)
    }
}
