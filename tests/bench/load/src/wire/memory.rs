//! Streams that are open at the same time: what each of them holds of the memory.

use std::fs::read_to_string;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::sleep;

use super::measured::Measured;
use crate::Outcome;
use crate::client::Client;
use crate::job::{Job, check};

/// Streams that are opened at the same time: as many connections being made at once as there are
/// streams would be another figure.
const OPENERS: usize = 64;

/// Each stream is being read after this time.
const READ_ON: Duration = Duration::from_millis(1_500);

pub(super) async fn run<C: Client>(
    job: &Job,
    streams: usize,
    measured: &mut Measured,
) -> Outcome<()> {
    let client = C::new(job)?;
    // A connection, and what is built at the first call.
    let first = client.open().await?;
    let before = resident()?;
    let answer = Arc::new(job.answer.clone());
    let mut openers = JoinSet::new();
    for opener in 0..OPENERS {
        let share = streams / OPENERS + usize::from(opener < streams % OPENERS);
        let (client, answer) = (client.clone(), Arc::clone(&answer));
        openers.spawn(async move {
            let mut reading = JoinSet::new();
            for _ in 0..share {
                let open = client.open().await?;
                let answer = Arc::clone(&answer);
                reading.spawn(async move { check(&C::rest(open).await?, &answer, C::READS) });
            }
            Outcome::Ok(reading)
        });
    }
    let mut reading = Vec::with_capacity(OPENERS);
    while let Some(ended) = openers.join_next().await {
        reading.push(ended??);
    }
    sleep(READ_ON).await;
    let kib = (resident()? - before) / streams as f64;
    drop(first);
    let mut lost = 0;
    let mut reason = None;
    for mut reading in reading {
        while let Some(ended) = reading.join_next().await {
            if let Err(why) = ended? {
                reason.get_or_insert(why.to_string());
                lost += 1;
            }
        }
    }
    measured.set("streams", streams as f64);
    measured.lost(lost, streams, reason);
    // Streams that are gone hold nothing.
    if lost == 0 {
        measured.set("kib", kib);
    }
    Ok(())
}

/// What the process holds now, in KiB.
fn resident() -> Outcome<f64> {
    let status = read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()).ok_or("no resident set")?;
    Ok(kib.parse()?)
}
