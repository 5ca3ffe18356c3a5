//! Chaos on the faces: the same seed gives the same faults, whatever the clock does.

use std::time::Duration;

use ek_core::{ChatRequest, LlmProvider as _, StreamingProvider as _};
use ek_mock::{Chaos, MockProvider, Script};

const CALLS: usize = 40;

fn provider(seed: u64, latency: Duration) -> MockProvider {
    let script = Script::cycling(["High water is at noon."]).with_latency(latency);
    MockProvider::from_script(script.with_chaos(Chaos::seeded(seed).with_rate(0.5)))
}

/// How each of many calls ends.
async fn endings(provider: &MockProvider) -> Vec<String> {
    let mut endings = Vec::new();
    for _ in 0..CALLS {
        let stream = provider.stream(&ChatRequest::user("tide?")).await;
        let ending = match stream {
            Ok(stream) => stream.collect().await,
            Err(error) => Err(error),
        };
        endings.push(match ending {
            Ok(reply) => reply.content,
            Err(error) => format!("{error} after {:?}", error.partial().map(|p| p.content.len())),
        });
    }
    endings
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_gives_the_same_endings_at_any_pace() {
    let first = endings(&provider(7, Duration::ZERO)).await;
    assert_eq!(first, endings(&provider(7, Duration::from_secs(3))).await);
    assert_ne!(first, endings(&provider(8, Duration::ZERO)).await);
    let whole = first.iter().filter(|ending| *ending == "High water is at noon.").count();
    assert!((10..CALLS).contains(&whole), "{whole}");
}

#[tokio::test(start_paused = true)]
async fn parallel_calls_meet_what_their_numbers_say() {
    let provider = provider(7, Duration::ZERO);
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..CALLS {
        let provider = provider.clone();
        calls.spawn(async move { provider.complete(&ChatRequest::user("tide?")).await.is_ok() });
    }
    let succeeded = calls.join_all().await.into_iter().filter(|ok| *ok).count();
    let chaos = Chaos::seeded(7).with_rate(0.5);
    let fatal = |number: &usize| {
        chaos.fault_of_call(*number).is_some_and(|fault| !fault.starts_with("late"))
    };
    assert_eq!(succeeded, CALLS - (1..=CALLS).filter(fatal).count());
}
