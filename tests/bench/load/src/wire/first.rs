//! What comes first: the token of a stream and the answer of a call, on a new connection, on a used one,
//! and after the connection was idle for too long.

use std::time::Instant;

use tokio::time::sleep;

use super::measured::Measured;
use super::run::{IDLE, since};
use crate::Outcome;
use crate::client::Client;
use crate::job::{Job, check};

pub(super) async fn tokens<C: Client>(
    job: &Job,
    times: usize,
    measured: &mut Measured,
) -> Outcome<()> {
    let (mut cold, mut warm, mut idle, mut connected) = (vec![], vec![], vec![], vec![]);
    for _ in 0..times {
        let client = C::new(job)?;
        cold.push(token(&client, job).await?);
        warm.push(token(&client, job).await?);
        sleep(IDLE * 2).await;
        idle.push(token(&client, job).await?);
        let client = C::new(job)?;
        if client.connect().await? {
            connected.push(token(&client, job).await?);
        }
    }
    measured.times("cold", cold);
    measured.times("warm", warm);
    measured.times("idle", idle);
    if !connected.is_empty() {
        measured.times("connected", connected);
    }
    Ok(())
}

async fn token<C: Client>(client: &C, job: &Job) -> Outcome<f64> {
    let start = Instant::now();
    let open = client.open().await?;
    let first = since(start);
    check(&C::rest(open).await?, &job.answer, C::READS)?;
    Ok(first)
}

pub(super) async fn answers<C: Client>(
    job: &Job,
    times: usize,
    measured: &mut Measured,
) -> Outcome<()> {
    let (mut built, mut answered, mut both) = (vec![], vec![], vec![]);
    for _ in 0..times {
        let begun = Instant::now();
        let client = C::new(job)?;
        built.push(since(begun));
        let start = Instant::now();
        check(&client.call().await?, &job.answer, C::READS)?;
        answered.push(since(start));
        both.push(since(begun));
    }
    measured.times("built", built);
    measured.times("answer", answered);
    measured.times("both", both);
    Ok(())
}
