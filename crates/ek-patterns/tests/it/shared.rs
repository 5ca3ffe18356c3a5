//! What several processes share: a ledger, a limiter and a failover ask it, and report to it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ek_core::{ChatRequest, Error, ErrorKind, LlmProvider as _, LlmResponse, Usage};
use ek_patterns::{
    Amounts, Budget, Change, Estimate, Failover, FailoverOptions, Ledger, RateLimiter, Rates,
    RetryConfig, SharedBudget, SharedCircuits, SharedRate, Shortage, retry,
};
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::support::Backend;

/// A budget of calls and output, which others may change.
#[derive(Debug, Default)]
struct Pot {
    state: Mutex<PotState>,
    changed: Arc<Notify>,
}

#[derive(Debug, Default)]
struct PotState {
    left: Amounts,
    waits: bool,
    settled: Vec<(u64, Amounts, Amounts)>,
}

impl Pot {
    fn with(calls: u64, output: u64) -> Arc<Self> {
        let pot = Self::default();
        pot.state.lock().expect("a lock").left = amounts(calls, u64::MAX, output);
        Arc::new(pot)
    }

    fn settled(&self) -> Vec<(u64, Amounts, Amounts)> {
        self.state.lock().expect("a lock").settled.clone()
    }

    fn left(&self) -> (u64, u64) {
        let left = self.state.lock().expect("a lock").left;
        (left.calls, left.output)
    }
}

fn amounts(calls: u64, input: u64, output: u64) -> Amounts {
    let mut amounts = Amounts::default();
    (amounts.calls, amounts.input, amounts.output, amounts.cost) =
        (calls, input, output, u128::MAX);
    amounts
}

impl SharedBudget for Pot {
    fn take(&self, needed: Amounts) -> Result<u64, Shortage> {
        let mut state = self.state.lock().expect("a lock");
        if state.left.calls < needed.calls || state.left.output < needed.output {
            let notified = Arc::clone(&self.changed).notified_owned();
            let change = state.waits.then(|| Box::pin(notified) as Change);
            return Err(Shortage { why: "the pot is empty".to_owned(), change });
        }
        state.left.calls -= needed.calls;
        state.left.output -= needed.output;
        Ok(7)
    }

    fn settle(&self, ticket: u64, took: Amounts, cost: Amounts) {
        let mut state = self.state.lock().expect("a lock");
        state.settled.push((ticket, took, cost));
        state.left.calls += took.calls - cost.calls;
        state.left.output += took.output - cost.output;
        self.changed.notify_waiters();
    }

    fn left(&self) -> Amounts {
        self.state.lock().expect("a lock").left
    }
}

fn request() -> ChatRequest {
    ChatRequest::user("How does a kiln cool?").with_max_tokens(100)
}

fn backend() -> Backend {
    Backend::new(Ok(LlmResponse::text("Slowly.").with_usage(Usage::new(9, 2))))
}

fn shared(budget: Budget, pot: &Arc<Pot>) -> Ledger {
    Ledger::shared(budget, Arc::clone(pot) as Arc<dyn SharedBudget>).expect("a budget")
}

#[tokio::test]
async fn a_ledger_takes_from_the_shared_budget_and_reports_what_a_call_came_to() {
    let pot = Pot::with(2, 1_000);
    let ledger = shared(Budget::default(), &pot);
    ledger.complete(&backend(), &request()).await.expect("an answer");
    let settled = pot.settled();
    let [(7, took, cost)] = settled.as_slice() else { panic!("{settled:?}") };
    assert_eq!((took.calls, took.output, cost.calls, cost.output), (1, 100, 1, 2));
    ledger.reserve(Estimate::new(1, 10)).expect("one call is left").refund();
    assert_eq!(pot.left(), (1, 998));
}

#[tokio::test]
async fn what_the_shared_budget_refuses_is_refused_with_its_words_and_leaves_nothing_behind() {
    let pot = Pot::with(0, 1_000);
    let ledger = shared(Budget::default(), &pot);
    let part = ledger.child(Budget::default().with_calls(1)).expect("a budget");
    let backend = backend();
    let error = part.complete(&backend, &request()).await.expect_err("no calls are left");
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::BudgetExhausted, 0));
    assert!(error.to_string().ends_with("the pot is empty"), "{error}");
    assert_eq!(backend.dispatched(), 0);
    pot.state.lock().expect("a lock").left.calls = 1;
    part.complete(&backend, &request()).await.expect("the part has reserved nothing");
}

#[tokio::test]
async fn what_the_part_refuses_takes_nothing_from_the_shared_budget() {
    let pot = Pot::with(5, 1_000);
    let part = shared(Budget::default(), &pot).child(Budget::default().with_calls(0));
    assert!(part.expect("a budget").reserve(Estimate::new(1, 1)).is_err());
    assert_eq!(pot.left(), (5, 1_000));
}

#[tokio::test]
async fn a_shortage_that_may_pass_is_waited_for() {
    let pot = Pot::with(9, 150);
    pot.state.lock().expect("a lock").waits = true;
    let ledger = shared(Budget::default(), &pot);
    let first = ledger.acquire(Estimate::new(1, 100)).await.expect("enough is left");
    let second = ledger.acquire(Estimate::new(1, 100));
    let ended = async { first.refund() };
    let (second, ()) = tokio::join!(second, ended);
    assert!(second.is_ok(), "{second:?}");
}

#[tokio::test]
async fn a_request_without_a_limit_gets_what_the_shared_budget_has_left() {
    let pot = Pot::with(9, 40);
    let ledger = shared(Budget::default(), &pot);
    ledger.complete(&backend(), &ChatRequest::user("How?")).await.expect("an answer");
    let settled = pot.settled();
    assert_eq!(settled.first().map(|(_, took, _)| took.output), Some(40));
}

#[tokio::test]
async fn a_shared_limit_in_money_needs_prices() {
    let pot = Pot::with(9, 400);
    pot.state.lock().expect("a lock").left.cost = 1_000_000_000_000;
    let error = shared(Budget::default(), &pot).complete(&backend(), &request()).await;
    assert_eq!(error.expect_err("no prices").kind(), ErrorKind::Config);
    let priced = shared(Budget::default().with_prices(Rates::per_million(1.0, 1.0)), &pot);
    assert!(priced.complete(&backend(), &request()).await.is_ok());
}

/// Admits as often as it says, and remembers what it hears.
#[derive(Debug, Default)]
struct Turnstile {
    state: Mutex<TurnstileState>,
    opened: Arc<Notify>,
}

#[derive(Debug, Default)]
struct TurnstileState {
    admits: u64,
    refusal: Option<String>,
    heard: Vec<String>,
}

impl SharedRate for Turnstile {
    fn take(&self, tokens: u32) -> Option<Change> {
        let mut state = self.state.lock().expect("a lock");
        state.heard.push(format!("take {tokens}"));
        if state.admits == 0 {
            return Some(Box::pin(Arc::clone(&self.opened).notified_owned()));
        }
        state.admits -= 1;
        None
    }

    fn adjust(&self, taken: u32, used: u64) {
        self.state.lock().expect("a lock").heard.push(format!("adjust {taken} {used}"));
    }

    fn cool_down(&self, wait: Duration) {
        self.state.lock().expect("a lock").heard.push(format!("cool {wait:?}"));
    }

    fn cooling(&self) -> Option<Instant> {
        None
    }

    fn refusal(&self) -> Option<String> {
        self.state.lock().expect("a lock").refusal.clone()
    }

    fn limits_tokens(&self) -> bool {
        true
    }
}

fn limiter(turnstile: &Arc<Turnstile>) -> RateLimiter {
    let limiter = RateLimiter::new(1_000.0, 1_000).expect("a limiter");
    limiter.with_shared(Arc::clone(turnstile) as Arc<dyn SharedRate>)
}

#[tokio::test(start_paused = true)]
async fn a_limiter_waits_for_the_shared_rate_and_reports_to_it() {
    let turnstile = Arc::new(Turnstile::default());
    let limiter = limiter(&turnstile);
    let admitted = limiter.acquire_tokens(5);
    let open = async {
        turnstile.state.lock().expect("a lock").admits = 1;
        turnstile.opened.notify_waiters();
    };
    tokio::join!(admitted, open);
    limiter.adjust_tokens(5, 2);
    limiter.cool_down(Some(Duration::from_secs(3)));
    let heard = turnstile.state.lock().expect("a lock").heard.clone();
    assert_eq!(heard, ["take 5", "take 5", "adjust 5 2", "cool 3s"]);
    let retried = retry(&RetryConfig::default().with_limiter(limiter), || async { Ok(()) }).await;
    assert_eq!(retried.expect_err("it limits tokens").kind(), ErrorKind::Config);
}

#[tokio::test(start_paused = true)]
async fn what_a_limiter_took_itself_comes_back_while_the_shared_rate_has_no_room() {
    let turnstile = Arc::new(Turnstile::default());
    // One request in 1,000 s, and 60 tokens in a minute.
    let limiter = RateLimiter::new(0.001, 1).expect("a limiter").with_tokens_per_minute(60);
    let limiter = limiter.expect("a limiter").with_shared(turnstile.clone());
    let start = Instant::now();
    let open = async {
        for admits in [0, 0, 1] {
            tokio::task::yield_now().await;
            turnstile.state.lock().expect("a lock").admits = admits;
            turnstile.opened.notify_waiters();
        }
    };
    tokio::join!(limiter.acquire_tokens(60), open);
    assert_eq!(turnstile.state.lock().expect("a lock").heard, ["take 60"; 3]);
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test]
async fn a_shared_rate_that_admits_nobody_ends_a_call_at_once() {
    let turnstile = Arc::new(Turnstile::default());
    turnstile.state.lock().expect("a lock").refusal = Some("the store is away".to_owned());
    let config = RetryConfig::default().with_limiter(limiter(&turnstile));
    let error = ek_patterns::retry_complete(&config, &backend(), &request()).await;
    let error = error.expect_err("it is refused");
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::RateLimited, 0));
    assert!(error.to_string().ends_with("not sent: the store is away"), "{error}");
}

/// What others say, and what they are to hear.
#[derive(Debug, Default)]
struct Board {
    open: Mutex<Vec<(usize, Instant)>>,
    heard: Mutex<VecDeque<(usize, Duration, ErrorKind)>>,
}

impl SharedCircuits for Board {
    fn open_until(&self, member: usize) -> Option<Instant> {
        let open = self.open.lock().expect("a lock");
        open.iter().find(|(open, _)| *open == member).map(|(_, until)| *until)
    }

    fn opened(&self, member: usize, open_for: Duration, why: ErrorKind) {
        self.heard.lock().expect("a lock").push_back((member, open_for, why));
    }
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_failed_for_another_process_is_not_asked_until_its_time_is_over() {
    let board = Arc::new(Board::default());
    let options = FailoverOptions::default().with_shared_circuits(board.clone());
    let (first, second) = (backend(), backend());
    let llm = Failover::with_options([first.clone(), second.clone()], options).expect("two");
    let until = Instant::now() + Duration::from_secs(4);
    board.open.lock().expect("a lock").push((0, until));
    llm.complete(&request()).await.expect("an answer");
    assert_eq!((first.dispatched(), second.dispatched()), (0, 1));
    board.open.lock().expect("a lock").push((1, until + Duration::from_secs(1)));
    let error = llm.complete(&request()).await.expect_err("both are open");
    assert_eq!(error.retry_after(), Some(Duration::from_secs(4)));
    tokio::time::advance(Duration::from_secs(4)).await;
    llm.complete(&request()).await.expect("an answer");
    assert_eq!((first.dispatched(), second.dispatched()), (1, 1));
}

#[tokio::test]
async fn a_circuit_that_opens_is_published_with_its_time_and_its_reason() {
    let board = Arc::new(Board::default());
    let options = FailoverOptions::default().with_shared_circuits(board.clone());
    let wait = Duration::from_secs(9);
    let limited = Error::new(ErrorKind::RateLimited, "HTTP 429").with_retry_after(wait);
    let llm = Failover::with_options([Backend::new(Err(limited))], options).expect("one");
    assert!(llm.complete(&request()).await.is_err());
    let heard: Vec<_> = board.heard.lock().expect("a lock").drain(..).collect();
    assert_eq!(heard, [(0, wait, ErrorKind::RateLimited)]);
}
