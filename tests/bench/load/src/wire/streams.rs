//! Streams that all begin at once: first tokens, and those that do not end whole.

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
    (streams, times): (usize, usize),
    warm: bool,
    measured: &mut Measured,
) -> Outcome<()> {
    let mut all = All::default();
    let (before, start) = (spent()?, Instant::now());
    for _ in 0..times {
        once::<C>(job, streams, warm, &mut all).await?;
    }
    measured.set("streams", streams as f64);
    measured.lost(all.lost, streams * times, all.why);
    // Of streams that were lost there is no time and no cost.
    if all.lost > 0 {
        return Ok(());
    }
    measured.set("wall_ms", since(start) * 1e3 / times as f64);
    measured.set("cpu_us", (spent()? - before) / (streams * times) as f64 * 1e6);
    measured.times("first", all.first);
    Ok(())
}

/// What came of the streams.
#[derive(Default)]
struct All {
    first: Vec<f64>,
    lost: usize,
    why: Option<String>,
}

async fn once<C: Client>(job: &Job, streams: usize, warm: bool, all: &mut All) -> Outcome<()> {
    let client = C::new(job)?;
    let warmed = if warm { Some(client.open().await?) } else { None };
    let answer = Arc::new(job.answer.clone());
    let mut set = JoinSet::new();
    let start = Instant::now();
    for _ in 0..streams {
        let (client, answer) = (client.clone(), Arc::clone(&answer));
        set.spawn(async move {
            let open = client.open().await?;
            let first = since(start);
            check(&C::rest(open).await?, &answer, C::READS)?;
            Outcome::Ok(first)
        });
    }
    while let Some(ended) = set.join_next().await {
        match ended? {
            Ok(first) => all.first.push(first),
            Err(why) => {
                all.lost += 1;
                all.why.get_or_insert(why.to_string());
            }
        }
    }
    drop(warmed);
    Ok(())
}
