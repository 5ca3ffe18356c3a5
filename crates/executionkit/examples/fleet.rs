//! Four processes share a budget: this program starts three more of itself, and shows what each has spent.
//!
//! With `EK_REDIS_URL` they meet in that Redis; else in a `redis-server` that is found and started on a free port;
//! else they are four tasks with a store in memory.
//!
//! ```sh
//! cargo run --example fleet --features fleet
//! ```
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::time::Duration;

use executionkit::fleet::{Fleet, FleetOptions, MemoryStore, RedisStore, Store, Window};
use executionkit::{Budget, ChatRequest, LlmResponse, MockProvider, Rates, Result, Usage};
use tokio::process::Command;

#[path = "support/redis_server.rs"]
mod server;

use server::RedisServer;

type AnyError = Box<dyn std::error::Error>;

/// Of the currency of the prices.
const BUDGET: f64 = 0.10;

#[tokio::main]
async fn main() -> std::result::Result<(), AnyError> {
    let arguments: Vec<String> = std::env::args().collect();
    // One of the four: its store, the name of this run, and a place to print to.
    if let [_, url, run] = arguments.as_slice() {
        let (calls, spent) = spend(RedisStore::open(url)?, run).await?;
        println!("{calls} {spent:.4}");
        return Ok(());
    }
    let run = format!("example-{:08x}", fastrand::u32(..));
    let given = std::env::var("EK_REDIS_URL").ok().filter(|url| !url.is_empty());
    let own = if given.is_some() { None } else { RedisServer::start(None, None).ok() };
    let rows = match given.as_deref().or(own.as_ref().map(RedisServer::url)) {
        Some(url) => {
            let which =
                if given.is_some() { "the Redis of EK_REDIS_URL" } else { "a Redis of its own" };
            println!("four processes and {which}");
            processes(url, &run).await?
        }
        None => {
            println!("no Redis was found: four tasks, and a store in memory");
            tasks(&run).await?
        }
    };
    println!("\n{:<10}{:>8}{:>12}", "process", "calls", "spent");
    for (number, (calls, spent)) in rows.iter().enumerate() {
        println!("{:<10}{calls:>8}{spent:>12.4}", number + 1);
    }
    let calls: u64 = rows.iter().map(|(calls, _)| calls).sum();
    let spent: f64 = rows.iter().map(|(_, spent)| spent).sum();
    println!("{:<10}{calls:>8}{spent:>12.4}   of a budget of {BUDGET:.4}", "together");
    Ok(())
}

/// Makes calls until the budget of all is used up. Returns how many, and what they cost.
async fn spend(store: impl Store + 'static, run: &str) -> Result<(u64, f64)> {
    let fleet = Fleet::new(store, FleetOptions::default().with_lease(Duration::from_secs(1)))?;
    let budget = Budget::default().with_cost(Rates::per_million(1.0, 10.0), BUDGET);
    let ledger = fleet.ledger(run, budget, Window::Day)?;
    // No key and no network: a provider that takes 5 ms and reports its usage.
    let reply = LlmResponse::text("Slowly.").with_usage(Usage::new(20, 18));
    let llm = MockProvider::new([reply]).with_latency(Duration::from_millis(5));
    let request = ChatRequest::user("How must a kiln cool?").with_max_tokens(40);
    let mut calls = 0;
    while ledger.complete(&llm, &request).await.is_ok() {
        calls += 1;
    }
    fleet.close().await;
    Ok((calls, ledger.cost()))
}

async fn processes(url: &str, run: &str) -> std::result::Result<Vec<(u64, f64)>, AnyError> {
    let this = std::env::current_exe()?;
    let start = || Command::new(&this).args([url, run]).output();
    let outputs = tokio::try_join!(start(), start(), start(), start())?;
    let mut rows = Vec::new();
    for output in [outputs.0, outputs.1, outputs.2, outputs.3] {
        let text = String::from_utf8(output.stdout)?;
        let (calls, spent) = text.trim().split_once(' ').ok_or("a process has failed")?;
        rows.push((calls.parse()?, spent.parse()?));
    }
    Ok(rows)
}

async fn tasks(run: &str) -> Result<Vec<(u64, f64)>> {
    let store = MemoryStore::default();
    let one = || spend(store.clone(), run);
    let (a, b, c, d) = tokio::try_join!(one(), one(), one(), one())?;
    Ok(vec![a, b, c, d])
}
