//! Callers that make one call after the other, each at its own pace: what a call costs.

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
    callers: usize,
    calls: usize,
    measured: &mut Measured,
) -> Outcome<()> {
    let client = C::new(job)?;
    // Connections, caches, and what is built at the first call.
    all(&client, job, callers, callers * 2).await?;
    let (before, start) = (spent()?, Instant::now());
    all(&client, job, callers, calls).await?;
    measured.set("calls_per_second", calls as f64 / since(start));
    measured.set("cpu_us", (spent()? - before) / calls as f64 * 1e6);
    Ok(())
}

async fn all<C: Client>(client: &C, job: &Job, callers: usize, calls: usize) -> Outcome<()> {
    let answer = Arc::new(job.answer.clone());
    let mut set = JoinSet::new();
    for caller in 0..callers {
        let share = calls / callers + usize::from(caller < calls % callers);
        let (client, answer) = (client.clone(), Arc::clone(&answer));
        set.spawn(async move {
            for _ in 0..share {
                check(&client.call().await?, &answer, C::READS)?;
            }
            Outcome::Ok(())
        });
    }
    while let Some(ended) = set.join_next().await {
        ended??;
    }
    Ok(())
}
