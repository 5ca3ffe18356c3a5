//! Embeddings at the trait: made from the texts, or said by a script.

use std::time::Duration;

use ek_core::{
    ChatRequest, EmbeddingProvider, EmbeddingRequest, Embeddings, Error, ErrorKind, LlmProvider,
    Usage,
};
use ek_mock::{
    CallOutcome, Chaos, Fault, MockProvider, MockReply, Rule, Script, When, text_vector,
};

#[tokio::test]
async fn each_input_gets_the_vector_of_its_text_and_the_call_is_recorded() {
    let provider = MockProvider::default().with_model("mock-embed");
    let request = EmbeddingRequest::new(["kiln", "lake", "kiln"]).with_dimensions(16);
    let found = provider.embed(&request).await.expect("vectors");
    assert_eq!((found.len(), found.dimensions()), (3, 16));
    assert_eq!(found.get(0), found.get(2));
    assert_eq!(found.get(1), Some(&*text_vector("lake", 16)));
    assert_eq!(found.usage, Usage::new(3, 0));
    assert_eq!(provider.embedding_model(), Some("mock-embed"));
    let call = provider.last_call().expect("a call");
    assert_eq!((call.embedding, call.outcome), (Some(request), CallOutcome::Finished));
    provider.verify();
}

#[tokio::test]
async fn rules_for_embeddings_and_rules_for_replies_do_not_take_each_other_s_calls() {
    let busy = Error::new(ErrorKind::RateLimited, "slow down");
    let script = Script::new()
        .on(When::embedding_text_contains("too long"), [Error::new(ErrorKind::Rejected, "no")])
        .rule(
            Rule::new(When::embedding().and(When::model("m")))
                .named("m")
                .reply(MockReply::attempts([busy.into(), MockReply::vectors()]))
                .expect_calls(1),
        )
        .otherwise(["flood", "ebb"]);
    let provider = MockProvider::from_script(script);
    let kind = async |request: EmbeddingRequest| {
        provider.embed(&request).await.map(|found| found.len()).map_err(|error| error.kind())
    };
    let ask = async || provider.complete(&ChatRequest::user("too long")).await;
    assert_eq!(ask().await.expect("a reply").content, "flood");
    assert_eq!(kind(["a", "much too long"].into()).await, Err(ErrorKind::Rejected));
    let request = EmbeddingRequest::from("a").with_model("m");
    assert_eq!(kind(request.clone()).await, Err(ErrorKind::RateLimited));
    assert_eq!(kind(request).await, Ok(1));
    assert_eq!(kind("a".into()).await, Ok(1), "no rule fits");
    assert_eq!(ask().await.expect("a reply").content, "ebb");
    provider.verify();
}

#[tokio::test]
async fn vectors_of_a_script_come_as_they_are_and_too_few_of_them_are_an_error() {
    let said = Embeddings::from_rows([[1.0, 0.0]]).expect("a vector").with_usage(Usage::new(7, 0));
    let script = Script::new().on(When::embedding(), [said.with_model("m")]);
    let provider = MockProvider::from_script(script);
    let found = provider.embed(&"a".into()).await.expect("the vector");
    assert_eq!((found.values(), found.usage.input_tokens), (&[1.0, 0.0][..], Some(7)));
    assert_eq!(found.model.as_deref(), Some("m"));
    let error = provider.embed(&["a", "b"].into()).await.expect_err("one is missing");
    assert_eq!(error.kind(), ErrorKind::Malformed);
    assert_eq!(error.to_string(), "1 vectors came for 2 inputs");
}

#[tokio::test(start_paused = true)]
async fn latency_time_limits_and_faults_are_those_of_replies() {
    let second = Duration::from_secs(1);
    let script = Script::new().on(
        When::embedding(),
        [
            MockReply::vectors().after(second * 5),
            MockReply::vectors().failing_after(0, Fault::Reset),
            MockReply::vectors().failing_after(0, Fault::Hang),
        ],
    );
    let provider = MockProvider::from_script(script);
    let request = EmbeddingRequest::from("a").with_timeout(second);
    let mut kinds = Vec::new();
    for _ in 0..3 {
        kinds.push(provider.embed(&request).await.map_err(|error| error.kind()).err());
    }
    let timeout = Some(ErrorKind::Timeout);
    assert_eq!(kinds, [timeout, Some(ErrorKind::Interrupted), timeout]);
}

#[tokio::test(start_paused = true)]
async fn chaos_spoils_made_vectors_too_and_a_failing_provider_fails_embeddings() {
    let chaos = Chaos::seeded(7).with_rate(1.0);
    let provider = MockProvider::from_script(Script::cycling(["x"]).with_chaos(chaos));
    assert!(provider.embed(&"a".into()).await.is_err());
    let failing = MockProvider::failing(Error::new(ErrorKind::Server, "HTTP 503"));
    let error = failing.embed(&"a".into()).await.expect_err("an error");
    assert_eq!(error.kind(), ErrorKind::Server);
}

#[tokio::test]
async fn a_width_that_is_not_made_is_refused() {
    for dimensions in [0, u32::MAX] {
        let request = EmbeddingRequest::from("a").with_dimensions(dimensions);
        let error = MockProvider::default().embed(&request).await.expect_err("no such width");
        assert_eq!(error.kind(), ErrorKind::Rejected);
    }
}

#[test]
fn a_script_with_embeddings_reads_as_it_was_written() {
    let json = r#"{"rules": [
        {"when": {"embedding": true, "model": "m"},
         "replies": [{"vectors": [[1.0, 0.5]], "usage": {"input": 3}, "model": "n"}, {"error": "server"}]},
        {"when": {"embedding_text_contains": "kiln"}, "replies": {"vectors": "made", "usage": "counted"}}
    ]}"#;
    let script = Script::from_json(json).expect("a script");
    let written = script.to_json().expect("JSON");
    let again = Script::from_json(&written).expect("a script").to_json().expect("JSON");
    assert_eq!(written, again);
    for part in ["\"embedding\": true", "\"vectors\": \"made\"", "0.5", "\"input\": 3", "\"n\""] {
        assert!(written.contains(part), "{part} in {written}");
    }
}

#[test]
fn an_answer_to_the_other_kind_of_request_is_refused() {
    for (when, reply, why) in [
        (When::embedding(), MockReply::from("a text"), "answered with vectors"),
        (When::any(), MockReply::vectors(), "the rule needs `When::embedding`"),
    ] {
        let error = Script::new().on(when, [reply]).check().expect_err("refused");
        assert!(error.to_string().contains(why), "{error}");
    }
    let json =
        r#"{"rules": [{"when": {"embedding": true}, "replies": {"vectors": [[1], [1, 2]]}}]}"#;
    let error = Script::from_json(json).expect_err("rows of two widths").to_string();
    assert!(error.contains("rules[0].replies"), "{error}");
}
