//! The store stops, pauses, and comes back with and without its data, while four processes make calls: no call
//! hangs, the choice for the loss holds, and the fleet agrees again.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use executionkit::fleet::{Fleet, FleetEvent, OnLoss, RedisStore, Window};
use executionkit::{Budget, Estimate, Ledger};

use super::server::RedisServer;
use super::{Effort, Failure, Folder, options, runtime, text};

/// How many fleets there are in this process, each as if it were one of its own.
const FLEETS: usize = 4;

/// How long a call may wait, on a machine that is busy: the time to connect, and what the scheduler adds.
const LONGEST_WAIT: Duration = Duration::from_millis(1_500);

/// What one process may spend without the store, where it may spend a share.
const SHARE: f64 = 0.001;
const BUDGET: u64 = 100_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outage {
    Stopped,
    Paused,
    RestartedWithData,
    RestartedWithoutData,
}

/// What the processes did so far.
#[derive(Default)]
struct Tally {
    calls: AtomicU64,
    refused: AtomicU64,
    longest_wait: Mutex<Duration>,
    lost: AtomicU64,
    back: AtomicU64,
    over: std::sync::atomic::AtomicBool,
}

pub(super) fn run(effort: Effort) -> Result<String, Failure> {
    let all =
        [Outage::Stopped, Outage::Paused, Outage::RestartedWithData, Outage::RestartedWithoutData];
    let (outages, choices, length) = match effort {
        Effort::Quick => (&all[..1], &[OnLoss::Refuse][..], 400),
        Effort::Full => {
            (&all[..], &[OnLoss::Refuse, OnLoss::Local(Some(SHARE)), OnLoss::Allow][..], 2_000)
        }
    };
    let mut report =
        "| store | choice | calls before | during | after | longest wait | lost | back |\n\
                      | --- | --- | --- | --- | --- | --- | --- | --- |\n"
            .to_owned();
    let runtime = runtime()?;
    for outage in outages {
        for choice in choices {
            let length = Duration::from_millis(length);
            let line = runtime.block_on(one(*outage, *choice, length));
            let line = line.map_err(|why| format!("{outage:?}, {choice:?}: {why}"))?;
            let _ = writeln!(report, "{line}");
        }
    }
    Ok(report)
}

async fn one(outage: Outage, choice: OnLoss, length: Duration) -> Result<String, Failure> {
    let folder = Folder::new()?;
    let data = (outage == Outage::RestartedWithData).then_some(folder.0.as_path());
    let mut server = RedisServer::start(None, data).map_err(text)?;
    let tally = Arc::new(Tally::default());
    let mut fleets = Vec::new();
    let mut tasks = Vec::new();
    for _ in 0..FLEETS {
        let events = Arc::clone(&tally);
        let options = options().with_on_loss(choice).with_observer(move |event| {
            match event {
                FleetEvent::Lost { .. } => &events.lost,
                _ => &events.back,
            }
            .fetch_add(1, Ordering::SeqCst);
        });
        let store = RedisStore::open(server.url()).map_err(text)?;
        let fleet = Fleet::new(store, options).map_err(text)?;
        let budget = Budget::default().with_calls(BUDGET);
        let ledger = fleet.ledger("outage", budget, Window::Forever).map_err(text)?;
        tasks.push(tokio::spawn(calls(ledger, Arc::clone(&tally))));
        fleets.push(fleet);
    }
    let step = |wait: Duration| tokio::time::sleep(wait);
    step(Duration::from_millis(700)).await;
    let before = tally.calls.load(Ordering::SeqCst);
    server = stop(server, outage, length, data).await?;
    let during = tally.calls.load(Ordering::SeqCst) - before;
    // A second until the store is asked again, and the life of a lease.
    step(Duration::from_millis(2_500)).await;
    let agreed = tally.calls.load(Ordering::SeqCst);
    step(Duration::from_millis(300)).await;
    let goes_on = tally.calls.load(Ordering::SeqCst) > agreed;
    tally.over.store(true, Ordering::SeqCst);
    for task in tasks {
        task.await.map_err(text)?;
    }
    for fleet in &fleets {
        fleet.close().await;
    }
    let calls = tally.calls.load(Ordering::SeqCst);
    let longest = *tally.longest_wait.lock().map_err(text)?;
    if longest > LONGEST_WAIT {
        return Err(format!("a call waited for {longest:?}"));
    }
    if !goes_on {
        return Err("no call is made after the outage".to_owned());
    }
    // Each held a slice, and had asked for the next one.
    let held = 2 * 50 * FLEETS as u64;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "small"
    )]
    let share = (BUDGET as f64 * SHARE) as u64 * FLEETS as u64;
    let holds = match choice {
        OnLoss::Refuse => during <= held,
        OnLoss::Local(_) => during <= held + share,
        _ => during > held,
    };
    if !holds {
        return Err(format!("{during} calls were made without the store"));
    }
    let spent = spent(&server).await?;
    if outage != Outage::RestartedWithoutData && spent != calls {
        return Err(format!("{calls} calls were made, and the store knows of {spent}"));
    }
    let (lost, back) = (tally.lost.load(Ordering::SeqCst), tally.back.load(Ordering::SeqCst));
    if lost == 0 || lost != back {
        return Err(format!("{lost} events of a loss, and {back} of a return"));
    }
    let after = calls - before - during;
    Ok(format!(
        "| {outage:?} | {choice:?} | {before} | {during} | {after} | {longest:.0?} | {lost} | {back} |"
    ))
}

/// Takes the store away for this long.
async fn stop(
    server: RedisServer,
    outage: Outage,
    length: Duration,
    data: Option<&std::path::Path>,
) -> Result<RedisServer, Failure> {
    match outage {
        Outage::Stopped => {
            server.signal("STOP");
            tokio::time::sleep(length).await;
            server.signal("CONT");
            Ok(server)
        }
        Outage::Paused => {
            let milliseconds = length.as_millis().to_string();
            command(&server, &["CLIENT", "PAUSE", &milliseconds, "ALL"]).await?;
            tokio::time::sleep(length).await;
            Ok(server)
        }
        Outage::RestartedWithData | Outage::RestartedWithoutData => {
            let port = server.port();
            drop(server);
            tokio::time::sleep(length).await;
            RedisServer::start(Some(port), data).map_err(text)
        }
    }
}

async fn spent(server: &RedisServer) -> Result<u64, Failure> {
    let answer = command(server, &["HGET", "{ek:outage}:budget:0", "spent1"]).await?;
    let count = answer.lines().nth(1).and_then(|line| line.trim().parse().ok());
    count.ok_or_else(|| format!("`{}` is no count", answer.escape_debug()))
}

/// Sends a command, and returns the first bytes of its answer.
async fn command(server: &RedisServer, words: &[&str]) -> Result<String, Failure> {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut connection =
        tokio::net::TcpStream::connect(("127.0.0.1", server.port())).await.map_err(text)?;
    let mut line = words.join(" ");
    line.push_str("\r\n");
    connection.write_all(line.as_bytes()).await.map_err(text)?;
    let mut answer = vec![0; 256];
    let length = connection.read(&mut answer).await.map_err(text)?;
    Ok(String::from_utf8_lossy(&answer[..length]).into_owned())
}

async fn calls(ledger: Ledger, tally: Arc<Tally>) {
    while !tally.over.load(Ordering::SeqCst) {
        let begun = Instant::now();
        let call = ledger.acquire(Estimate::new(1, 1)).await;
        let waited = begun.elapsed();
        if let Ok(mut longest) = tally.longest_wait.lock() {
            *longest = longest.max(waited);
        }
        match call {
            Ok(mut call) => {
                call.mark_sent();
                tally.calls.fetch_add(1, Ordering::SeqCst);
            }
            Err(_) => {
                tally.refused.fetch_add(1, Ordering::SeqCst);
            }
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}
