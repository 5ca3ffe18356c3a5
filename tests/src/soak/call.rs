//! One call with its retries: what it met, how it ended, and whether it kept its limits.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use executionkit::{
    ChatRequest, Error, ErrorKind, LlmProvider as _, Provider, Result, RetryConfig, StreamEvent,
    StreamingProvider as _, retry,
};
use tokio::time::Instant;

use super::fault::Fault;
use super::plan::{ATTEMPTS, Plan};
use super::rig::{CONNECT, IDLE, Rig, TIMEOUT};
use super::server::{ATTEMPT, FAULT};
use super::tally::Tally;

const TEXT: &str = "one two three ";

/// Runs the call that was planned, and tells what came of it.
pub(super) async fn call(plan: &Plan, rig: &Rig) -> Tally {
    let tally = Mutex::new(Tally { calls: 1, ..Tally::default() });
    let config = RetryConfig::default()
        .with_max_attempts(ATTEMPTS)
        .with_base_delay(Duration::from_millis(2))
        .with_max_delay(Duration::from_millis(8));
    let attempt = AtomicUsize::new(0);
    let whole = retry(&config, || {
        let number = attempt.fetch_add(1, Ordering::Relaxed);
        let (tally, plan) = (&tally, &plan);
        async move {
            let fault = plan.faults[number];
            let request = ChatRequest::user("go")
                .with_header(FAULT, fault.name())
                .with_header(ATTEMPT, format!("{}-{number}", plan.number));
            {
                let mut tally = lock(tally);
                tally.attempts += 1;
                if fault != Fault::Nothing {
                    *tally.faults.entry(fault.name()).or_default() += 1;
                }
            }
            let provider = rig.provider(fault, plan.number);
            let outcome = match plan.streamed {
                true => streamed(provider, &request, fault, tally).await,
                false => in_one_piece(provider, &request, fault, tally).await,
            };
            judge(fault, &outcome, &mut lock(tally));
            outcome
        }
    });
    let outcome = until_dropped(whole, plan.dropped_after).await;
    let mut tally = tally.into_inner().unwrap_or_else(PoisonError::into_inner);
    let name = match outcome {
        None => "dropped by the caller".to_owned(),
        Some(Ok(())) => "answered".to_owned(),
        Some(Err(error)) => format!("{:?}", error.kind()),
    };
    tally.outcomes.insert(name, 1);
    tally
}

fn lock(tally: &Mutex<Tally>) -> MutexGuard<'_, Tally> {
    tally.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The call's outcome; `None` if it was still under way after so many polls and is dropped.
async fn until_dropped<T>(call: impl Future<Output = T>, polls: Option<u32>) -> Option<T> {
    let Some(mut left) = polls else { return Some(call.await) };
    let mut call = pin!(call);
    poll_fn(|context| {
        if let Poll::Ready(outcome) = call.as_mut().poll(context) {
            return Poll::Ready(Some(outcome));
        }
        left = left.saturating_sub(1);
        if left == 0 { Poll::Ready(None) } else { Poll::Pending }
    })
    .await
}

async fn in_one_piece(
    provider: &Provider,
    request: &ChatRequest,
    fault: Fault,
    tally: &Mutex<Tally>,
) -> Result<()> {
    let reply = timed(limit(fault), fault, tally, provider.complete(request)).await?;
    whole(&reply.content)
}

/// The end of a stream is one `Done` or one error, and nothing after it.
async fn streamed(
    provider: &Provider,
    request: &ChatRequest,
    fault: Fault,
    tally: &Mutex<Tally>,
) -> Result<()> {
    let mut stream = timed(limit(fault), fault, tally, provider.stream(request)).await?;
    let mut end = None;
    while let Some(event) = timed(IDLE, fault, tally, stream.next()).await {
        if end.is_some() {
            lock(tally).violations.push(format!("{}: an event after the end", fault.name()));
        }
        match event {
            Ok(StreamEvent::Done(reply)) => end = Some(whole(&reply.content)),
            Ok(_) => {}
            Err(error) => end = Some(Err(error)),
        }
    }
    end.unwrap_or_else(|| Err(Error::new(ErrorKind::Config, "the stream ended without an end")))
}

fn whole(text: &str) -> Result<()> {
    if text == TEXT {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Config, "an answer that is not whole was taken for one"))
}

/// How long an attempt may take that meets this fault.
fn limit(fault: Fault) -> Duration {
    match fault {
        Fault::BlackHole | Fault::SilentHandshake => CONNECT,
        _ => TIMEOUT,
    }
}

/// Waits, and notes by how much the wait outlived its limit. The clock is a bare timer of the same length
/// that begins with the wait on the same runtime: what keeps the machine from ringing in time keeps both,
/// and only what comes on top of that is the client's.
async fn timed<T>(
    limit: Duration,
    fault: Fault,
    tally: &Mutex<Tally>,
    wait: impl Future<Output = T>,
) -> T {
    let start = Instant::now();
    let bare = tokio::spawn(async move {
        tokio::time::sleep(limit).await;
        start.elapsed()
    });
    let value = wait.await;
    let took = start.elapsed();
    if took <= limit {
        bare.abort();
        return value;
    }
    let rang = bare.await.unwrap_or(limit).max(limit);
    let share = |time: Duration| time.as_secs_f64() / limit.as_secs_f64();
    let mut tally = lock(tally);
    tally.overran(share(took.saturating_sub(rang)), fault.name());
    tally.timer_was_late(share(rang) - 1.0);
    drop(tally);
    value
}

/// The outcome of an attempt against what its fault has to end in.
fn judge(fault: Fault, outcome: &Result<()>, tally: &mut Tally) {
    let allowed = fault.ends_in();
    let sound = match outcome {
        Ok(()) => allowed.is_empty(),
        Err(error) => allowed.contains(&error.kind()),
    };
    if !sound {
        let ended = outcome.as_ref().map_err(|error| (error.kind(), error.to_string()));
        tally.violations.push(format!("{}: {ended:?}", fault.name()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(2);

    /// By how much this wait outlived its limit, while the machine stands still for so long.
    async fn overrun(wait: Duration, standstill: Duration) -> f64 {
        let tally = Mutex::new(Tally::default());
        let load = async {
            tokio::task::yield_now().await;
            tokio::time::advance(standstill).await;
        };
        tokio::join!(timed(LIMIT, Fault::Nothing, &tally, tokio::time::sleep(wait)), load);
        tally.into_inner().unwrap_or_else(PoisonError::into_inner).worst_overrun
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_beyond_its_limit_is_an_overrun_and_a_machine_that_stands_still_is_none() {
        assert_eq!(overrun(LIMIT / 2, Duration::ZERO).await, 0.0);
        assert_eq!(overrun(LIMIT, Duration::ZERO).await, 0.0);
        assert!((overrun(LIMIT * 3 / 2, Duration::ZERO).await - 0.5).abs() < 0.01);
        assert_eq!(overrun(LIMIT, LIMIT * 3).await, 0.0);
        assert!((overrun(LIMIT * 3, LIMIT * 2).await - 1.0).abs() < 0.01);
    }
}
