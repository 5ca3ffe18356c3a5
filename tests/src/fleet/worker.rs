//! What one process of the fleet does: it spends a budget, or makes requests under a rate, and writes each call
//! down when it is sent.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use executionkit::fleet::{Fleet, Rate, RedisStore, Window};
use executionkit::{Budget, Estimate, Rates, Usage};

use super::{Failure, options, text};

/// What a budget limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Calls,
    Tokens,
    Money,
}

impl Kind {
    pub(super) const ALL: [Self; 3] = [Self::Calls, Self::Tokens, Self::Money];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Calls => "calls",
            Self::Tokens => "tokens",
            Self::Money => "money",
        }
    }

    /// The budget: in each case of 1,000 calls of the largest size.
    pub(super) fn budget(self) -> Budget {
        match self {
            Self::Calls => Budget::default().with_calls(1_000),
            Self::Tokens => Budget::default().with_output_tokens(100_000),
            Self::Money => Budget::default().with_cost(Rates::per_million(0.0, 10.0), 1.0),
        }
    }

    /// What a call of this many tokens is of this budget; money in millionths.
    pub(super) fn units(self, tokens: u64) -> u64 {
        match self {
            Self::Calls => 1,
            Self::Tokens => tokens,
            Self::Money => 10 * tokens,
        }
    }

    /// The limit in these units.
    pub(super) fn limit(self) -> u64 {
        1_000 * self.units(LONGEST)
    }
}

/// The longest reply of a call, in tokens.
pub(super) const LONGEST: u64 = 100;

/// The process that these arguments describe.
///
/// # Errors
/// What keeps it from its work.
pub async fn work(words: &[String]) -> Result<(), Failure> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["spend", url, scope, kind, log] => {
            let kind = Kind::ALL.into_iter().find(|known| known.name() == *kind);
            let fleet =
                Fleet::new(RedisStore::open(url).map_err(text)?, options()).map_err(text)?;
            spend(&fleet, scope, kind.ok_or("an unknown kind")?, Path::new(log), true).await
        }
        ["request", url, scope, per_minute, burst, until, cools_at, log] => {
            let fleet =
                Fleet::new(RedisStore::open(url).map_err(text)?, options()).map_err(text)?;
            let rate = Rate::per_minute(per_minute.parse().map_err(text)?);
            let rate = rate.with_burst(burst.parse().map_err(text)?);
            let times = (until.parse().map_err(text)?, cools_at.parse().map_err(text)?);
            request(&fleet, scope, rate, times, Path::new(log)).await
        }
        _ => Err("arguments that no process has".to_owned()),
    }
}

/// Spends the budget until it is used up.
pub(super) async fn spend(
    fleet: &Fleet,
    scope: &str,
    kind: Kind,
    log: &Path,
    takes_time: bool,
) -> Result<(), Failure> {
    let ledger = fleet.ledger(scope, kind.budget(), Window::Forever).map_err(text)?;
    let mut log = open(log)?;
    loop {
        let mut call = match ledger.acquire(Estimate::new(10, LONGEST)).await {
            Ok(call) => call,
            Err(error) if error.to_string().contains("is away") => {
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
            Err(_) => break,
        };
        call.mark_sent();
        let tokens = fastrand::u64(10..=LONGEST);
        // One write of a short line: it is in the file as a whole, or the call was not sent.
        log.write_all(format!("{}\n", kind.units(tokens)).as_bytes()).map_err(text)?;
        if takes_time {
            tokio::time::sleep(Duration::from_millis(fastrand::u64(5..40))).await;
        }
        call.settle(Usage::new(10, tokens));
    }
    fleet.close().await;
    Ok(())
}

/// Makes requests as fast as it may until this time, and is asked to cool down at another; both in
/// milliseconds since 1970.
async fn request(
    fleet: &Fleet,
    scope: &str,
    rate: Rate,
    (until, cools_at): (u64, u64),
    log: &Path,
) -> Result<(), Failure> {
    let limiter = fleet.limiter(scope, rate).map_err(text)?;
    let mut log = open(log)?;
    let mut cools = cools_at > 0;
    while now() / 1_000 < until {
        let wait = Duration::from_millis(until.saturating_sub(now() / 1_000));
        if tokio::time::timeout(wait, limiter.acquire()).await.is_err() {
            break;
        }
        log.write_all(format!("{}\n", now()).as_bytes()).map_err(text)?;
        if cools && now() / 1_000 >= cools_at {
            limiter.cool_down(Some(super::rate::COOL_DOWN));
            cools = false;
        }
    }
    Ok(())
}

/// Microseconds since 1970.
pub(super) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(0)
}

fn open(log: &Path) -> Result<File, Failure> {
    OpenOptions::new().append(true).create(true).open(log).map_err(text)
}
