//! What a call costs under a shared ledger beside one in the process: microseconds and allocations, with the
//! store in memory. `cargo xtask overhead` runs it.
#![allow(clippy::print_stdout, reason = "its table is what it is for")]

use std::time::{Duration, Instant};

use allocation_counter::measure;
use ek_core::Usage;
use ek_fleet::{Fleet, FleetOptions, MemoryStore, Window};
use ek_patterns::{Budget, Estimate, Ledger};

/// Runs of a batch, and batches of which the fastest counts: what lasts longer was disturbed.
const RUNS: u32 = 2_000;
const BATCHES: u32 = 9;

fn main() {
    // Cargo passes this where it is a benchmark that is asked for; as a test there is nothing to do.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let runtime = runtime.expect("a runtime");
    let budget = || Budget::default().with_calls(1 << 50);
    let alone = Ledger::new(budget()).expect("a budget");
    println!("| ledger | µs per call | allocations per call |");
    println!("| --- | --- | --- |");
    runtime.block_on(async {
        let fleet = Fleet::new(MemoryStore::default(), FleetOptions::default().with_slice(1_000));
        let fleet = fleet.expect("options");
        let shared = fleet.ledger("bench", budget(), Window::Forever).expect("a budget");
        report("in the process", &alone).await;
        report("shared", &shared).await;
    });
}

async fn call(ledger: &Ledger) {
    let mut call = ledger.acquire(Estimate::new(20, 100)).await.expect("room");
    call.mark_sent();
    call.settle(Usage::new(20, 5));
}

async fn report(name: &str, ledger: &Ledger) {
    call(ledger).await;
    // A call that has room does not yield, so this one measures nothing else.
    let counted = measure(|| {
        let mut call = ledger.reserve(Estimate::new(20, 100)).expect("room");
        call.mark_sent();
        call.settle(Usage::new(20, 5));
    });
    let mut fastest = Duration::MAX;
    for _ in 0..BATCHES {
        let start = Instant::now();
        for _ in 0..RUNS {
            call(ledger).await;
        }
        fastest = fastest.min(start.elapsed());
    }
    let micros = fastest.as_secs_f64() * 1e6 / f64::from(RUNS);
    println!("| {name} | {micros:.3} | {} |", counted.count_total);
}
