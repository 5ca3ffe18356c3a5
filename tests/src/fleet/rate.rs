//! Eight processes make requests as fast as they may under one rate; one of them is asked to cool down.

use std::time::Duration;

use super::server::RedisServer;
use super::worker::now;
use super::{Effort, Failure, Folder, PROCESSES, Process, numbers, text};

/// How long one process is asked not to make requests.
pub(super) const COOL_DOWN: Duration = Duration::from_secs(2);

/// Requests in a minute, burst, seconds of steady load, the window in milliseconds, and how many percent of the
/// rate have to be used in each window.
struct Plan {
    per_minute: u64,
    burst: u64,
    seconds: u64,
    window: u64,
    at_least: u64,
}

pub(super) fn run(effort: Effort) -> Result<String, Failure> {
    let plan = match effort {
        Effort::Quick => {
            Plan { per_minute: 1_200, burst: 10, seconds: 6, window: 2_000, at_least: 85 }
        }
        Effort::Full => {
            Plan { per_minute: 600, burst: 10, seconds: 40, window: 10_000, at_least: 95 }
        }
    };
    let server = RedisServer::start(None, None).map_err(text)?;
    let folder = Folder::new()?;
    let log = folder.file("log");
    let shown = log.display().to_string();
    let begun = now() / 1_000;
    let cools_at = begun + plan.seconds * 1_000;
    let until = cools_at + 2 * 1_000 * COOL_DOWN.as_secs();
    let (per_minute, burst) = (plan.per_minute.to_string(), plan.burst.to_string());
    let processes = (0..PROCESSES).map(|number| {
        let cools_at = if number == 0 { cools_at } else { 0 };
        let times = [until.to_string(), cools_at.to_string()];
        let [until, cools_at] = &times;
        Process::start(&[
            "request",
            server.url(),
            "rate",
            &per_minute,
            &burst,
            until,
            cools_at,
            &shown,
        ])
    });
    let mut processes = processes.collect::<Result<Vec<_>, _>>()?;
    while !processes.is_empty() {
        std::thread::sleep(Duration::from_millis(50));
        let mut still = Vec::new();
        for mut process in processes {
            if !process.has_ended()? {
                still.push(process);
            }
        }
        processes = still;
        if now() / 1_000 > until + 10_000 {
            return Err("the processes do not end".to_owned());
        }
    }
    let mut times = numbers(&log)?;
    times.sort_unstable();
    judge(&plan, &times, cools_at)
}

fn judge(plan: &Plan, times: &[u64], cools_at: u64) -> Result<String, Failure> {
    let steady: Vec<u64> = times.iter().copied().filter(|time| *time < cools_at * 1_000).collect();
    let length = plan.window * 1_000;
    let last = steady.last().copied().unwrap_or(0);
    let counts = steady.iter().enumerate().filter(|(_, begin)| **begin + length <= last);
    let counts: Vec<u64> = counts
        .map(|(n, begin)| {
            steady[n..].iter().take_while(|time| **time < begin + length).count() as u64
        })
        .collect();
    let limit = plan.per_minute * plan.window / 60_000;
    let (most, least) =
        (counts.iter().copied().max().unwrap_or(0), counts.iter().copied().min().unwrap_or(0));
    if most > limit + plan.burst || least * 100 < limit * plan.at_least {
        return Err(format!("{least} to {most} requests in a window of {limit}"));
    }
    // The request that was answered with a 429 is the first after this time.
    let cool = times.iter().copied().find(|time| *time >= cools_at * 1_000).unwrap_or(0);
    let end = cool + u64::try_from(COOL_DOWN.as_micros()).unwrap_or(0);
    let during = times.iter().filter(|time| (cool + 1..end).contains(*time)).count();
    // Each process may have had a place already, or several where the rate is high.
    let allowed = PROCESSES * usize::try_from(plan.burst).unwrap_or(1);
    let after = times.iter().filter(|time| **time >= end).count();
    if during > allowed || after == 0 {
        return Err(format!("{during} requests during the cool-down, {after} after it"));
    }
    Ok(format!(
        "| requests per minute | window | limit | burst | least | most | during a cool-down of {COOL_DOWN:?} |\n\
         | --- | --- | --- | --- | --- | --- | --- |\n\
         | {} | {} ms | {limit} | {} | {least} | {most} | {during} |\n",
        plan.per_minute, plan.window, plan.burst,
    ))
}
