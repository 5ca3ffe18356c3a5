//! What is measured of calls.

use std::time::Duration;

use ek_core::{
    ChatRequest, EmbeddingProvider, EmbeddingRequest, Embeddings, Error, ErrorKind, LlmProvider,
    LlmResponse, Result, StreamingProvider, Usage,
};
use ek_mock::{MockProvider, MockReply};
use ek_patterns::Metered;
use metrics_util::debugging::{DebugValue, DebuggingRecorder};

/// Every value that `calls` record: the metric with its labels, and its values.
async fn measured(calls: impl Future<Output = ()>) -> Vec<String> {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let guard = metrics::set_default_local_recorder(&recorder);
    calls.await;
    drop(guard);
    let mut lines: Vec<String> = snapshotter
        .snapshot()
        .into_vec()
        .into_iter()
        .map(|(key, _, _, value)| {
            let labels =
                key.key().labels().map(|label| format!("{}={}", label.key(), label.value()));
            let labels: Vec<_> = labels.collect();
            let DebugValue::Histogram(values) = value else { panic!("histograms alone") };
            let values: Vec<f64> = values.into_iter().map(|value| value.0).collect();
            let name = key.key().name().trim_start_matches("gen_ai.client.");
            format!("{name} {} {values:?}", labels.join(" ").replace("gen_ai.", ""))
        })
        .collect();
    lines.sort();
    lines
}

fn question() -> ChatRequest {
    ChatRequest::user("When?").with_model("m")
}

#[tokio::test(start_paused = true)]
async fn a_reply_has_its_time_and_its_tokens_and_a_failure_its_kind() {
    let limited = Error::new(ErrorKind::RateLimited, "MARK");
    let reply = LlmResponse::text("At six.").with_usage(Usage::new(9, 4));
    let mock = MockProvider::new([MockReply::from(reply), MockReply::from(limited)]);
    let llm = Metered::new(mock.with_latency(Duration::from_secs(2)));
    let lines = measured(async {
        llm.complete(&question()).await.expect("a reply");
        llm.complete(&question()).await.expect_err("limited");
    });
    let common = "operation.name=chat request.model=m";
    let lines = lines.await;
    assert_eq!(
        lines,
        [
            format!("operation.duration {common} [2.0]"),
            format!("operation.duration {common} error.type=RateLimited [2.0]"),
            format!("token.usage {common} token.type=input [9.0]"),
            format!("token.usage {common} token.type=output [4.0]"),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_measured_to_its_first_event_and_to_its_end() {
    let reply = LlmResponse::text("one two").with_usage(Usage::new(9, 2));
    let mock = MockProvider::new([reply]).with_latency(Duration::from_secs(2));
    let llm = Metered::new(mock.with_chunk_delay(Duration::from_secs(1)));
    let lines = measured(async {
        let stream = llm.stream(&question()).await.expect("a stream");
        stream.collect().await.expect("a reply");
    });
    let lines = lines.await;
    let times: Vec<_> = lines.iter().filter(|line| line.starts_with("operation")).collect();
    assert!(times[0].starts_with("operation.duration") && times[0].ends_with("[3.0]"), "{times:?}");
    let first = times[1];
    assert!(first.starts_with("operation.time_to_first_chunk") && first.ends_with("[2.0]"));
    assert_eq!(lines.len(), 4, "{lines:?}");
}

#[tokio::test(start_paused = true)]
async fn a_call_and_a_stream_that_are_dropped_are_cancelled_and_a_broken_stream_failed() {
    let cut = Error::new(ErrorKind::Interrupted, "the connection is gone");
    let broken = MockReply::from("two words").failing_after(1, cut);
    let replies = [MockReply::from("a b"), MockReply::from("c d"), broken];
    let llm = Metered::new(MockProvider::new(replies).with_latency(Duration::from_secs(1)));
    let lines = measured(async {
        let request = question();
        let call = tokio::time::timeout(Duration::from_millis(500), llm.complete(&request));
        call.await.expect_err("dropped");
        let mut stream = llm.stream(&request).await.expect("a stream");
        stream.next().await.expect("an event").expect("no fault");
        drop(stream);
        llm.stream(&request).await.expect("a stream").collect().await.expect_err("cut");
    });
    let lines = lines.await;
    let kinds = |kind: &str| {
        let found = lines.iter().find(|line| line.contains(kind));
        found.map(|line| line.matches(", ").count() + 1)
    };
    assert_eq!(kinds("error.type=cancelled"), Some(2), "{lines:?}");
    assert_eq!(kinds("error.type=Interrupted"), Some(1), "{lines:?}");
}

/// Vectors of one number.
struct Lengths;

impl EmbeddingProvider for Lengths {
    async fn embed(&self, request: &EmbeddingRequest) -> Result<Embeddings> {
        let mut found = Embeddings::new(vec![1.0; request.inputs.len()], 1)?;
        found.usage.input_tokens = Some(7);
        Ok(found)
    }
}

#[tokio::test(start_paused = true)]
async fn vectors_are_measured_under_their_own_operation() {
    let llm = Metered::new(Lengths);
    let lines = measured(async {
        let request = EmbeddingRequest::new(["a"]).with_model("e");
        llm.embed(&request).await.expect("vectors");
    });
    let labels = "operation.name=embeddings request.model=e";
    let expected = [
        format!("operation.duration {labels} [0.0]"),
        format!("token.usage {labels} token.type=input [7.0]"),
    ];
    assert_eq!(lines.await, expected);
}
