//! The span of a call, as a subscriber sees it.

use ek_core::{ChatRequest, LlmProvider as _};
use tracing::Instrument as _;

use crate::support::rig::Rig;
use crate::support::{good, in_time, logs};

#[tokio::test]
async fn a_call_has_the_names_of_the_conventions() {
    logs::start();
    let rig = Rig::new(good()).await;
    in_time(rig.provider.complete(&ChatRequest::user("x"))).await.expect("an answer");
    let log = logs::so_far();
    for field in [
        "otel.name=\"chat test-model\"",
        "gen_ai.response.finish_reasons=\"[\\\"stop\\\"]\"",
        " gen_ai.usage.input_tokens=",
    ] {
        assert!(log.contains(field), "{field}: {log}");
    }
    assert!(!log.contains("executionkit.usage"), "{log}");
}

/// The target and the name are those of ek-patterns.
#[tokio::test]
async fn within_a_call_of_the_call_layer_tokens_are_not_counted_again() {
    logs::start();
    let rig = Rig::new(good()).await;
    let around = tracing::info_span!(target: "ek_patterns::observe::spans", "chat");
    let call = async { rig.provider.complete(&ChatRequest::user("x")).await };
    in_time(call.instrument(around)).await.expect("an answer");
    let log = logs::so_far();
    assert!(log.contains("executionkit.usage.input_tokens="), "{log}");
    assert!(!log.contains("gen_ai.usage"), "{log}");
}
