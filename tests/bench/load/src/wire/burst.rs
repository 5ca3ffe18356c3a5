//! Calls that all begin at once, with no connection there: how long each waits. The origin may be one that
//! another client of the process has called before.

use std::sync::Arc;
use std::time::Instant;

use tokio::task::JoinSet;

use super::measured::Measured;
use super::run::{since, spent};
use crate::Outcome;
use crate::client::Client;
use crate::job::{Job, check};

pub(super) async fn run<C: Client>(
    job: &Job,
    calls: usize,
    known: bool,
    measured: &mut Measured,
) -> Outcome<()> {
    if known {
        check(&C::new(job)?.call().await?, &job.answer, C::READS)?;
    }
    let client = C::new(job)?;
    let answer = Arc::new(job.answer.clone());
    let mut set = JoinSet::new();
    let (before, start) = (spent()?, Instant::now());
    for _ in 0..calls {
        let (client, answer) = (client.clone(), Arc::clone(&answer));
        set.spawn(async move {
            check(&client.call().await?, &answer, C::READS)?;
            Outcome::Ok(since(start))
        });
    }
    let mut times = Vec::with_capacity(calls);
    while let Some(ended) = set.join_next().await {
        times.push(ended??);
    }
    measured.times("answer", times);
    measured.set("cpu_us", (spent()? - before) / calls as f64 * 1e6);
    Ok(())
}
