//! One call with its retries: what it met, how it ended, and whether it kept its limits.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::{Duration, Instant};

use executionkit::{
    ChatRequest, Error, ErrorKind, LlmProvider as _, Provider, Result, RetryConfig, StreamEvent,
    StreamingProvider as _, retry,
};

use super::fault::Fault;
use super::plan::{ATTEMPTS, Plan};
use super::question;
use super::rig::{CONNECT, IDLE, Rig, TIMEOUT};
use super::tally::Tally;

const TEXT: &str = "one two three ";

/// How long a caller leaves a stream unread after its first event.
const HOLD: Duration = Duration::from_millis(300);

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
            let text = question::text(fault, &format!("{}-{number}", plan.number));
            let request = ChatRequest::user(text);
            let provider = rig.provider(fault, plan.number);
            {
                let mut tally = lock(tally);
                tally.attempts += 1;
                tally.over_http2 += u64::from(rig.is_http2(provider));
                if fault != Fault::Nothing {
                    *tally.faults.entry(fault.name()).or_default() += 1;
                }
            }
            let outcome = match plan.streamed {
                true => streamed(provider, &request, fault, tally).await,
                false => in_one_piece(provider, &request, fault, tally).await,
            };
            let way = if rig.is_http2(provider) { "over HTTP/2" } else { "over HTTP/1.1" };
            judge(fault, way, &outcome, &mut lock(tally));
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

/// The call's outcome; `None` if it was still under way after this number of polls and is dropped.
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
    let reply = timed(Some(limit(fault)), fault, tally, provider.complete(request)).await?;
    whole(&reply.content)
}

/// The end of a stream is one `Done` or one error, and nothing after it.
async fn streamed(
    provider: &Provider,
    request: &ChatRequest,
    fault: Fault,
    tally: &Mutex<Tally>,
) -> Result<()> {
    let mut stream = timed(Some(limit(fault)), fault, tally, provider.stream(request)).await?;
    let (mut end, mut held) = (None, false);
    while let Some(event) = timed(idle(fault), fault, tally, stream.next()).await {
        if end.is_some() {
            lock(tally).violations.push(format!("{}: an event after the end", fault.name()));
        }
        if fault == Fault::Held && !held {
            held = true;
            tokio::time::sleep(HOLD).await;
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

/// How long a stream may say nothing that meets this fault. An event of which more comes all the time
/// has no limit but its size.
fn idle(fault: Fault) -> Option<Duration> {
    (fault != Fault::HugeEvent).then_some(IDLE)
}

async fn timed<T>(
    limit: Option<Duration>,
    fault: Fault,
    tally: &Mutex<Tally>,
    wait: impl Future<Output = T>,
) -> T {
    let start = Instant::now();
    let value = wait.await;
    if let Some(limit) = limit {
        lock(tally).took(start.elapsed(), limit, fault.name());
    }
    value
}

/// The outcome of an attempt against what its fault has to end in.
fn judge(fault: Fault, way: &str, outcome: &Result<()>, tally: &mut Tally) {
    let allowed = fault.ends_in();
    let sound = match outcome {
        Ok(()) => allowed.is_empty(),
        Err(error) => allowed.contains(&error.kind()),
    };
    if !sound {
        let ended = outcome.as_ref().map_err(|error| (error.kind(), error.to_string()));
        tally.violations.push(format!("{}, {way}: {ended:?}", fault.name()));
    }
}
