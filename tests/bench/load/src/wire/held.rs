//! Streams whose consumers have stopped to read, and calls that shall go on beside them.

use std::time::{Duration, Instant};

use tokio::time::{sleep, timeout};

use super::measured::Measured;
use super::run::since;
use crate::Outcome;
use crate::client::Client;
use crate::job::{Job, check};

/// What the server has to say is on its way after this time, as far as it may be sent.
const ARRIVED: Duration = Duration::from_millis(300);

/// The longest that the calls, and then the held streams, may take.
const PATIENCE: Duration = Duration::from_secs(3);

pub(super) async fn run<C: Client>(
    job: &Job,
    streams: usize,
    calls: usize,
    measured: &mut Measured,
) -> Outcome<()> {
    let client = C::new(job)?;
    let mut held = Vec::with_capacity(streams);
    let opened = timeout(PATIENCE, async {
        for _ in 0..streams {
            held.push(client.open().await?);
        }
        Outcome::Ok(())
    });
    // Those that do not even open count as lost.
    if let Ok(opened) = opened.await {
        opened?;
    }
    sleep(ARRIVED).await;
    let mut times = Vec::with_capacity(calls);
    let go_on = timeout(PATIENCE, async {
        for _ in 0..calls {
            let start = Instant::now();
            check(&client.call().await?, &job.answer, C::READS)?;
            times.push(since(start));
        }
        Outcome::Ok(())
    });
    if let Ok(ended) = go_on.await {
        ended?;
    }
    measured.set("stopped", (calls - times.len()) as f64);
    measured.times("call", times);
    let mut whole = 0;
    let read = timeout(PATIENCE, async {
        for open in held {
            check(&C::rest(open).await?, &job.answer, C::READS)?;
            whole += 1;
        }
        Outcome::Ok(())
    });
    if let Ok(ended) = read.await {
        ended?;
    }
    measured.set("lost", (streams - whole) as f64);
    Ok(())
}
