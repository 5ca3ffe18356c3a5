//! Eight processes spend one budget and are killed at random: no more is sent than the budget, each kill loses
//! at most one slice, and what is left can be spent.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use executionkit::fleet::{Fleet, LeaseQuestion, RedisStore, Store as _, Window};

use super::server::{RedisServer, signal_to};
use super::worker::{Kind, spend};
use super::{Effort, Failure, Folder, PROCESSES, Process, numbers, options, runtime, text};

/// When one process is stopped with SIGSTOP, and when it goes on: its lease has expired by then.
const STOPPED: Duration = Duration::from_millis(300);
const GOES_ON: Duration = Duration::from_millis(1_900);

/// When all are killed, if they are.
const ALL_DIE: Duration = Duration::from_millis(2_200);

/// The longest time for a fleet to spend its budget.
const LONGEST: Duration = Duration::from_secs(120);

pub(super) fn run(effort: Effort) -> Result<String, Failure> {
    let mut report = "| budget | limit | kills | dispatched | lost | left | sum | lost by a kill, at most allowed |\n\
                      | --- | --- | --- | --- | --- | --- | --- | --- |\n"
        .to_owned();
    let kills = if effort == Effort::Quick { 8 } else { 30 };
    // Side by side: each mostly waits.
    let lines: Vec<_> = std::thread::scope(|scope| {
        let some = Kind::ALL.into_iter().map(|kind| (kind, true)).chain([(Kind::Calls, false)]);
        let running: Vec<_> =
            some.map(|(kind, all_die)| scope.spawn(move || kill(kind, kills, all_die))).collect();
        let joined = running.into_iter().map(std::thread::ScopedJoinHandle::join);
        joined.map(|one| one.unwrap_or_else(|_| Err("it panicked".to_owned()))).collect()
    });
    for line in lines {
        let _ = writeln!(report, "{}", line?);
    }
    Ok(report)
}

/// Kills this many, and then all of them if `all_die`; if not, the others spend the budget to its end. One process is
/// stopped for longer than its lease lives.
fn kill(kind: Kind, most_kills: u64, all_die: bool) -> Result<String, Failure> {
    let (server, folder) = (RedisServer::start(None, None).map_err(text)?, Folder::new()?);
    let (log, rest) = (folder.file("log"), folder.file("rest"));
    let shown = log.display().to_string();
    let start = || Process::start(&["spend", server.url(), "kill", kind.name(), &shown]);
    let mut running = (0..PROCESSES).map(|_| start()).collect::<Result<Vec<_>, _>>()?;
    let (begun, mut kills) = (Instant::now(), 0);
    let (mut stopped, mut was_stopped) = (None, false);
    while !running.is_empty() || stopped.is_some() {
        std::thread::sleep(Duration::from_millis(fastrand::u64(40..120)));
        if begun.elapsed() > LONGEST {
            return Err(format!("{} processes still spend after {LONGEST:?}", running.len()));
        }
        let mut still = Vec::new();
        for mut process in running {
            if !process.has_ended()? {
                still.push(process);
            }
        }
        running = still;
        if begun.elapsed() > STOPPED && !was_stopped && !running.is_empty() {
            let process = running.remove(0);
            signal_to(process.0.id(), "STOP");
            (stopped, was_stopped) = (Some(process), true);
        }
        if begun.elapsed() > GOES_ON
            && let Some(process) = stopped.take()
        {
            signal_to(process.0.id(), "CONT");
            running.push(process);
        }
        if kills < most_kills && !running.is_empty() {
            running.swap_remove(fastrand::usize(..running.len())).kill();
            running.push(start()?);
            kills += 1;
        } else if all_die && begun.elapsed() > ALL_DIE {
            kills += running.len() as u64;
            running.drain(..).for_each(Process::kill);
        }
    }
    let dispatched: u64 = numbers(&log)?.iter().sum();
    let runtime = runtime()?;
    let left = runtime.block_on(left(&server, kind))?;
    runtime.block_on(async {
        let store = RedisStore::open(server.url()).map_err(text)?;
        let fleet = Fleet::new(store, options().with_slice(1)).map_err(text)?;
        spend(&fleet, "kill", kind, &rest, false).await
    })?;
    let more: u64 = numbers(&rest).unwrap_or_default().iter().sum();
    let limit = kind.limit();
    if dispatched + more > limit {
        return Err(format!("{dispatched} and {more} {} were sent of {limit}", kind.name()));
    }
    let call = kind.units(super::worker::LONGEST);
    // Of calls, all that is left; of the others, as much as calls of the largest size fit in.
    if more > left || left - more >= call {
        return Err(format!("{more} of the {left} {} that were left could be spent", kind.name()));
    }
    let lost = limit
        .checked_sub(dispatched + left)
        .ok_or_else(|| format!("{dispatched} were sent and {left} are left of {limit}"))?;
    // A slice is at most 50 calls; beside it the killed process had one call under way.
    let allowed = 50 * call + if kind == Kind::Calls { 0 } else { call };
    // What the stopped process held counted as spent, and it may have been killed before it was used.
    if lost > (kills + 1) * allowed {
        return Err(format!("{kills} kills and a stop lost {lost}, more than {allowed} each"));
    }
    let (name, sum) = (kind.name(), dispatched + lost + left);
    Ok(format!(
        "| {name} | {limit} | {kills} | {dispatched} | {lost} | {left} | {sum} | {allowed} |"
    ))
}

/// What is left once all leases have expired.
async fn left(server: &RedisServer, kind: Kind) -> Result<u64, Failure> {
    let store = RedisStore::open(server.url()).map_err(text)?;
    let limit = Some(kind.limit());
    let (limits, which) = match kind {
        Kind::Calls => ([limit, None, None, None], 0),
        Kind::Tokens => ([None, None, limit, None], 2),
        Kind::Money => ([None, None, None, limit], 3),
    };
    let question = LeaseQuestion {
        scope: "ek:kill".to_owned(),
        window: Window::Forever,
        limits,
        id: "looks".to_owned(),
        begun: false,
        spent: [0; 4],
        returned: [0; 4],
        under_way: [0; 4],
        need: [0; 4],
        calls: 1,
        ttl: options().lease,
    };
    let begun = Instant::now();
    loop {
        let answer = store.lease(&question).await.map_err(text)?;
        if answer.holders == 1 {
            return Ok(answer.left[which]);
        }
        if begun.elapsed() > Duration::from_secs(30) {
            return Err(format!("{} leases do not expire", answer.holders - 1));
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
