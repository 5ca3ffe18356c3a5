//! The same script answers requests for embeddings at the trait and in each protocol on the wire.

use std::time::Duration;

use ek_core::{
    EmbeddingInputType, EmbeddingProvider, EmbeddingRequest, Embeddings, Error, ErrorKind, Result,
    Usage,
};
use ek_http::{EmbeddingProfile, Provider};
use ek_mock::wire::{MockServer, MockTransport};
use ek_mock::{Fault, MockProvider, MockReply, Script, When};
use serde_json::json;

use crate::support::{get, json};

/// A client of each protocol, with the form in which it asks for vectors.
fn clients(transport: &MockTransport) -> Vec<(&'static str, Provider)> {
    let openai = |profile| {
        let provider = Provider::builder(transport.uri(), "m").embedding_profile(profile);
        provider.connector(transport.clone()).build().expect("settings")
    };
    let gemini = Provider::gemini("m").base_url("http://localhost/v1beta");
    let gemini = gemini.api_key("k").connector(transport.clone()).build().expect("settings");
    vec![
        ("numbers", openai(EmbeddingProfile::OPENAI_COMPATIBLE)),
        ("base64", openai(EmbeddingProfile::OPENAI)),
        ("gemini", gemini),
    ]
}

fn request() -> EmbeddingRequest {
    EmbeddingRequest::new(["kiln", "lake"]).with_dimensions(8)
}

#[tokio::test]
async fn every_protocol_brings_the_vectors_of_the_trait() {
    let expected = MockProvider::default().embed(&request()).await.expect("vectors");
    let transport = MockTransport::new(Script::new());
    for (form, client) in clients(&transport) {
        let found = client.embed(&request()).await.expect(form);
        assert_eq!(found.values(), expected.values(), "{form}");
        assert_eq!(found.usage.input_tokens, Some(2), "{form}");
        let call = transport.last_call().expect("a call");
        let asked = call.embedding.expect("a request for embeddings");
        assert_eq!((asked.inputs, asked.dimensions), (request().inputs, Some(8)), "{form}");
        assert_eq!(asked.model.as_deref(), Some("m"), "{form}");
    }
    transport.verify();
}

#[tokio::test(start_paused = true)]
async fn errors_and_faults_are_those_of_the_script_in_every_protocol() {
    let busy = Error::new(ErrorKind::RateLimited, "slow down")
        .with_status(429)
        .with_retry_after(Duration::from_secs(2));
    let script = || {
        Script::new()
            .on(When::embedding_text_contains("busy"), [busy.clone()])
            .on(
                When::embedding_text_contains("reset"),
                [MockReply::vectors().failing_after(0, Fault::Reset)],
            )
            .on(
                When::embedding_text_contains("few"),
                [Embeddings::from_rows([[1.0, 0.0]])
                    .expect("a vector")
                    .with_usage(Usage::new(7, 0))],
            )
    };
    let provider = MockProvider::from_script(script());
    let transport = MockTransport::new(script());
    for (form, client) in clients(&transport) {
        for text in ["busy", "reset", "few"] {
            let request = EmbeddingRequest::new([text, "b"]);
            let kind = |outcome: Result<Embeddings>| outcome.map(drop).expect_err(text).kind();
            let at_the_trait = kind(provider.embed(&request).await);
            assert_eq!(kind(client.embed(&request).await), at_the_trait, "{form} {text}");
        }
        let error = client.embed(&"busy".into()).await.expect_err("busy");
        assert_eq!(error.retry_after(), Some(Duration::from_secs(2)), "{form}");
    }
}

#[tokio::test]
async fn what_a_rule_says_of_a_reply_is_no_answer_to_a_request_for_embeddings() {
    let transport = MockTransport::new(Script::cycling(["a text"]));
    for (form, client) in clients(&transport) {
        assert!(client.embed(&request()).await.is_ok(), "{form}: the rule is for replies alone");
    }
}

#[tokio::test]
async fn a_width_that_is_not_made_is_refused_with_400() {
    let transport = MockTransport::new(Script::new());
    for (form, client) in clients(&transport) {
        let request = request().with_dimensions(1_000_000);
        let error = client.embed(&request).await.expect_err(form);
        assert_eq!((error.kind(), error.status()), (ErrorKind::Rejected, Some(400)), "{form}");
    }
}

#[tokio::test]
async fn the_journal_of_the_server_has_what_was_embedded() {
    let server = MockServer::start(Script::new()).await;
    let client = Provider::builder(server.uri(), "m").build().expect("settings");
    let request = request().with_input_type(EmbeddingInputType::Query);
    client.embed(&request).await.expect("vectors");
    let journal = json(&get(&server.addr().to_string(), "/__journal").await);
    let call = &journal["calls"][0];
    assert_eq!(call["outcome"], "finished");
    assert_eq!(call["request"]["input"], json!(["kiln", "lake"]));
    assert_eq!(
        (&call["request"]["dimensions"], &call["request"]["model"]),
        (&json!(8), &json!("m"))
    );
}
