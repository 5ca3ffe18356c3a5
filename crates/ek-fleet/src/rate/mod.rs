//! A shared rate of this process: uses places that it has reserved in the schedule of the fleet.
//!
//! It reserves as many places as it has used in the last second, so that a process with little to do does not
//! keep places from others.

mod limits;
mod places;

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::Duration;

use ek_patterns::{Change, SharedRate};
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep_until, timeout};

use crate::OnLoss;
use crate::link::{LONGEST_COOL_DOWN, Link, RETRY};
use crate::store::{MAX_COUNT, RateAnswer, RateQuestion};
pub use limits::Rate;
use places::{MINUTE, Places};

/// A place may be used this much after its time in any case: timers are not exact.
const LEAST_GRACE: i64 = 20_000;

/// How often a rate fetches in advance at least: places in a second.
const IN_ADVANCE: u64 = 4;

#[derive(Debug)]
pub(crate) struct LeasedRate {
    link: Arc<Link>,
    name: String,
    rate: Rate,
    /// The zero of the times.
    zero: Instant,
    state: Mutex<State>,
    work: Notify,
    changed: Arc<Notify>,
    /// The task that asks the store.
    task: OnceLock<AbortHandle>,
}

#[derive(Debug)]
struct State {
    requests: Places,
    tokens: Places,
    /// Tokens that were given back; below 0 those that are owed.
    credit: i64,
    cool_until: Option<Instant>,
    /// The tokens of the request that waits, where more is to be asked for.
    wanted: Option<i64>,
    /// A cool-down to publish.
    publish: Duration,
    /// Requests in this second and in the one before.
    used: (i64, u64, u64),
    /// How many places the last question reserved.
    full: u64,
    /// How many processes asked when the store was last heard of.
    holders: Option<u64>,
    /// Without the store: where the next places of this process alone begin.
    alone: Option<(i64, i64)>,
}

impl LeasedRate {
    pub(crate) fn start(link: Arc<Link>, name: &str, rate: Rate) -> Arc<Self> {
        #[expect(clippy::cast_possible_truncation, reason = "a day is 9e10")]
        let grace = (f64::from(rate.burst - 1) * 60e6 / rate.requests()) as i64;
        let state = State {
            requests: Places::of_requests(grace.max(LEAST_GRACE)),
            tokens: Places::of_tokens(MINUTE),
            credit: 0,
            cool_until: None,
            wanted: None,
            publish: Duration::ZERO,
            used: (0, 0, 0),
            full: 0,
            holders: None,
            alone: None,
        };
        let this = Arc::new(Self {
            link,
            name: name.to_owned(),
            rate,
            zero: Instant::now(),
            state: Mutex::new(state),
            work: Notify::new(),
            changed: Arc::default(),
            task: OnceLock::new(),
        });
        let task = this.link.runtime.spawn(keep(Arc::downgrade(&this)));
        this.task.get_or_init(|| task.abort_handle());
        this
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> i64 {
        i64::try_from(self.zero.elapsed().as_micros()).unwrap_or(i64::MAX / 4)
    }

    fn instant(&self, time: i64) -> Instant {
        self.zero + Duration::from_micros(u64::try_from(time).unwrap_or(0))
    }

    async fn ask(&self) {
        let (question, reserved) = {
            let mut state = self.lock();
            let Some(question) = self.question(&mut state) else { return };
            state.publish = Duration::ZERO;
            let reserved = (question.requests, question.tokens);
            (question, reserved)
        };
        let answer = self.link.ask(self.link.store.rate(&question)).await;
        let mut state = self.lock();
        match answer {
            Some(answer) => self.answered(&mut state, reserved, answer),
            // A cool-down that was not published is published later.
            None => state.publish = state.publish.max(question.cool_down),
        }
        drop(state);
        self.changed.notify_waiters();
    }

    fn question(&self, state: &mut State) -> Option<RateQuestion> {
        let wanted = state.wanted.take();
        let away = self.link.is_away();
        if wanted.is_none() && state.publish.is_zero() && !away {
            return None;
        }
        let (mut requests, mut tokens) = (0, 0);
        if let Some(need) = wanted {
            let second = self.now() / 1_000_000;
            let recent = match second - state.used.0 {
                0 => state.used.1.max(state.used.2),
                1 => state.used.1,
                _ => 0,
            };
            let most = self.link.options.slice.min(self.rate.burst);
            let slice = recent.clamp(1, most.into());
            requests = slice.saturating_sub(state.requests.remaining());
            state.full = slice;
            if self.rate.tokens_per_minute.is_some() {
                let here =
                    i64::try_from(state.tokens.remaining()).unwrap_or(i64::MAX) + state.credit;
                let most = self.rate.counted(u64::MAX) / 20;
                let several = need.saturating_mul(i64::try_from(slice).unwrap_or(1)).min(most);
                tokens = u64::try_from(several.max(need) - here).unwrap_or(0).min(MAX_COUNT);
            }
        }
        Some(RateQuestion {
            scope: self.link.scope(&self.name),
            requests_per_minute: self.rate.requests_per_minute.into(),
            burst: self.rate.burst.into(),
            tokens_per_minute: self.rate.tokens_per_minute.unwrap_or(0).into(),
            requests,
            tokens,
            cool_down: state.publish,
            process: self.link.process.clone(),
            ttl: self.link.options.lease,
        })
    }

    fn answered(&self, state: &mut State, reserved: (u64, u64), answer: RateAnswer) {
        let now = self.now();
        state.holders = Some(answer.holders);
        state.alone = None;
        if !answer.cooling.is_zero() {
            let cooling = answer.cooling.min(LONGEST_COOL_DOWN);
            state.cool_until = state.cool_until.max(Some(Instant::now() + cooling));
            let cooling = i64::try_from(cooling.as_micros()).unwrap_or(i64::MAX / 4);
            state.requests.drop_before(now.saturating_add(cooling));
        }
        // The answer is as old as its way here, so no place is used too early.
        if reserved.0 > 0 {
            state.requests.add(
                now.saturating_add(answer.requests_at),
                self.rate.requests(),
                reserved.0,
            );
        }
        if reserved.1 > 0 {
            state.tokens.add(now.saturating_add(answer.tokens_at), self.rate.tokens(), reserved.1);
        }
    }

    /// The share of the rate that this process has without the store; `None` is no limit.
    fn share(&self, state: &State) -> Option<f64> {
        match self.link.options.on_loss {
            OnLoss::Allow => None,
            OnLoss::Refuse => Some(0.0),
            OnLoss::Local(Some(share)) => Some(share),
            #[expect(clippy::cast_precision_loss, reason = "a number of processes")]
            OnLoss::Local(None) => Some(state.holders.map_or(0.0, |n| 1.0 / n.max(1) as f64)),
        }
    }

    /// Adds places of this process alone, while the store is away.
    fn go_alone(&self, state: &mut State, share: f64, tokens: u64, now: i64) {
        let (next_request, next_token) = state.alone.unwrap_or((now, now - MINUTE));
        let (at, tokens_at) = (next_request.max(now), next_token.max(now - MINUTE));
        let (mut next_request, mut next_token) = (at, tokens_at);
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            reason = "saturates"
        )]
        {
            if state.requests.remaining() == 0 {
                state.requests.add(at, self.rate.requests() * share, 1);
                next_request += (MINUTE as f64 / (self.rate.requests() * share)) as i64;
            }
            if tokens > 0 {
                state.tokens.add(tokens_at, self.rate.tokens() * share, tokens);
                next_token += (tokens as f64 * MINUTE as f64 / (self.rate.tokens() * share)) as i64;
            }
        }
        state.alone = Some((next_request, next_token));
    }

    fn next_answer(&self) -> Change {
        let changed = Arc::clone(&self.changed).notified_owned();
        Box::pin(async move { drop(timeout(RETRY, changed).await) })
    }

    fn want(&self, state: &mut State, tokens: i64) {
        state.wanted = Some(tokens);
        self.work.notify_one();
    }
}

impl SharedRate for LeasedRate {
    fn take(&self, tokens: u32) -> Option<Change> {
        let now = self.now();
        let mut state = self.lock();
        let cooling = state.cool_until.filter(|until| *until > Instant::now());
        if let Some(until) = cooling {
            return Some(Box::pin(sleep_until(until)));
        }
        state.requests.prune(now);
        state.tokens.prune(now);
        let counted = self.rate.counted(tokens.into());
        let needed = u64::try_from(counted - state.credit).unwrap_or(0);
        let mut ready = state.requests.ready(1).zip(state.tokens.ready(needed));
        let away = self.link.is_away();
        if ready.is_none() && away {
            match self.share(&state) {
                None => return None,
                Some(0.0) => return Some(self.next_answer()),
                Some(share) => {
                    let missing = needed.saturating_sub(state.tokens.remaining());
                    self.go_alone(&mut state, share, missing, now);
                    ready = state.requests.ready(1).zip(state.tokens.ready(needed));
                }
            }
        }
        let Some((request, token)) = ready else {
            let change = self.next_answer();
            self.want(&mut state, counted);
            return Some(change);
        };
        let at = request.max(token);
        if at > now {
            return Some(Box::pin(sleep_until(self.instant(at))));
        }
        state.requests.take(1);
        state.tokens.take(needed);
        state.credit += i64::try_from(needed).unwrap_or(i64::MAX) - counted;
        let second = now / 1_000_000;
        state.used = match second - state.used.0 {
            0 => (second, state.used.1 + 1, state.used.2),
            1 => (second, 1, state.used.1),
            _ => (second, 1, 0),
        };
        let fetches = state.full >= IN_ADVANCE && !away;
        if fetches && state.requests.remaining() * 4 <= state.full && state.wanted.is_none() {
            self.want(&mut state, counted);
        }
        None
    }

    fn adjust(&self, taken: u32, used: u64) {
        if let Some(most) = self.rate.tokens_per_minute {
            let mut state = self.lock();
            let credit = state.credit + self.rate.counted(taken.into()) - self.rate.counted(used);
            state.credit = credit.clamp(-i64::from(most), i64::from(most));
        }
    }

    fn cool_down(&self, wait: Duration) {
        let wait = wait.min(LONGEST_COOL_DOWN);
        let mut state = self.lock();
        state.cool_until = state.cool_until.max(Some(Instant::now() + wait));
        state.publish = state.publish.max(wait);
        let micros = i64::try_from(wait.as_micros()).unwrap_or(i64::MAX / 4);
        state.requests.drop_before(self.now().saturating_add(micros));
        self.work.notify_one();
    }

    fn cooling(&self) -> Option<Instant> {
        self.lock().cool_until
    }

    fn refusal(&self) -> Option<String> {
        if self.task.get().is_some_and(AbortHandle::is_finished) {
            return Some(format!("the shared rate {} has ended with its runtime", self.name));
        }
        let why = self.link.why_away()?;
        if self.share(&self.lock()) != Some(0.0) {
            return None;
        }
        Some(format!("the store of the shared rate {} is away ({why})", self.name))
    }

    fn limits_tokens(&self) -> bool {
        self.rate.tokens_per_minute.is_some()
    }
}

/// Asks the store when more is wanted, and while it is away.
async fn keep(rate: Weak<LeasedRate>) {
    loop {
        let Some(this) = rate.upgrade() else { return };
        // The wait holds no limiter alive for longer than this.
        let wait = this.link.retry_in().unwrap_or(RETRY);
        let _ = timeout(wait, this.work.notified()).await;
        drop(this);
        let Some(this) = rate.upgrade() else { return };
        this.ask().await;
    }
}
