//! The soak as a whole: callers, the process that stages the faults, and what is left afterwards.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use executionkit::{ChatRequest, LlmProvider as _};
use tokio::runtime::Handle;

use super::bare::{Bare, is_late};
use super::call::call;
use super::plan::Plan;
use super::rig::{IDLE, IDLE_POOL, Rig};
use super::tally::Tally;

const CALLERS: usize = 64;

/// Memory may have grown by so much since the first tenth was over, in KiB: the allocator's slack.
const GROWTH: usize = 8 * 1024;

/// What this process holds.
#[derive(Debug, Clone, Copy)]
struct Held {
    sockets: usize,
    tasks: usize,
    resident: usize,
}

impl Held {
    fn now() -> Result<Self, String> {
        let links = std::fs::read_dir("/proc/self/fd").map_err(|e| e.to_string())?;
        let links = links.filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok());
        let sockets = links.filter(|to| to.to_string_lossy().starts_with("socket:")).count();
        let status = std::fs::read_to_string("/proc/self/status").map_err(|e| e.to_string())?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let resident = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        let tasks = Handle::current().metrics().num_alive_tasks();
        Ok(Self { sockets, tasks, resident: resident.ok_or("no VmRSS")? })
    }
}

/// Stages this number of faults, chosen by the seed, and reports what came of them. Linux only.
///
/// # Errors
/// A message, if the soak itself cannot be run.
pub async fn run(faults: u64, seed: u64) -> Result<Tally, String> {
    let mut server = spawn_server()?;
    let output = server.stdout.take().ok_or("no output")?;
    let mut line = String::new();
    BufReader::new(output).read_line(&mut line).map_err(|e| e.to_string())?;
    let before = Held::now()?;
    let rig = Arc::new(Rig::new(&line)?);
    let start = Instant::now();

    let next = Arc::new(AtomicU64::new(0));
    let staged = Arc::new(AtomicU64::new(0));
    let mut tally = Tally::default();
    let bare = Bare::start(CALLERS, IDLE / 10);
    callers(&rig, seed, &next, &staged, faults / 10, &mut tally).await?;
    let warm = Held::now()?;
    callers(&rig, seed, &next, &staged, faults, &mut tally).await?;
    tally.elapsed = start.elapsed();
    tally.bare = bare.stop().await;

    settle(&rig, &mut tally).await?;
    // Idle connections go by themselves, before anything is closed.
    tokio::time::sleep(IDLE_POOL + Duration::from_secs(1)).await;
    let idle = Held::now()?;
    let rig = Arc::into_inner(rig).ok_or("a caller still holds the providers")?;
    rig.close().await;
    let after = Held::now()?;
    compare(before, warm, idle, after, &mut tally);
    drop(server.stdin.take());
    server.wait().map_err(|e| e.to_string())?;
    Ok(tally)
}

fn spawn_server() -> Result<Child, String> {
    let program = std::env::current_exe().map_err(|e| e.to_string())?;
    let mut command = Command::new(program);
    command.arg("serve").stdin(Stdio::piped()).stdout(Stdio::piped());
    command.spawn().map_err(|e| e.to_string())
}

/// Lets the callers run until this number of faults was staged.
async fn callers(
    rig: &Arc<Rig>,
    seed: u64,
    next: &Arc<AtomicU64>,
    staged: &Arc<AtomicU64>,
    faults: u64,
    tally: &mut Tally,
) -> Result<(), String> {
    let callers = (0..CALLERS).map(|_| {
        let (rig, next, staged) = (Arc::clone(rig), Arc::clone(next), Arc::clone(staged));
        tokio::spawn(async move {
            let mut own = Tally::default();
            while staged.load(Ordering::Relaxed) < faults {
                let plan = Plan::of(seed, next.fetch_add(1, Ordering::Relaxed));
                let one = call(&plan, &rig).await;
                staged.fetch_add(one.fault_count(), Ordering::Relaxed);
                own.add(one);
            }
            own
        })
    });
    for caller in callers.collect::<Vec<_>>() {
        tally.add(caller.await.map_err(|e| e.to_string())?);
    }
    Ok(())
}

/// The providers still work, and the server has seen no attempt twice.
async fn settle(rig: &Rig, tally: &mut Tally) -> Result<(), String> {
    let reply = rig.report.complete(&ChatRequest::user("?")).await.map_err(|e| e.to_string())?;
    let mut numbers = reply.content.split_whitespace().filter_map(|word| word.parse::<u64>().ok());
    let (seen, twice) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(u64::MAX));
    if twice > 0 || seen == 0 {
        tally.violations.push(format!("{twice} of {seen} attempts reached the server twice"));
    }
    for provider in rig.sound() {
        if let Err(error) = provider.complete(&ChatRequest::user("still there?")).await {
            tally.violations.push(format!("a provider no longer works: {error}"));
        }
    }
    Ok(())
}

fn compare(before: Held, warm: Held, idle: Held, after: Held, tally: &mut Tally) {
    tally.leftovers = format!(
        "sockets: {} before, {} when idle, {} after; tasks: {}, {}, {}; resident KiB: {} warm, {} after",
        before.sockets,
        idle.sockets,
        after.sockets,
        before.tasks,
        idle.tasks,
        after.tasks,
        warm.resident,
        after.resident
    );
    if after.sockets > before.sockets || after.tasks > before.tasks {
        tally.violations.push("sockets or tasks are left behind".to_owned());
    }
    // One is the port that stays closed.
    if idle.sockets > before.sockets + 1 {
        tally.violations.push("idle connections are not closed by themselves".to_owned());
    }
    if after.resident > warm.resident + GROWTH {
        tally.violations.push("memory has grown".to_owned());
    }
    let (beyond, fault) = tally.worst;
    if is_late(beyond, tally.bare) {
        tally.violations.push(format!("{fault} outlived its limit"));
    }
}
