//! Replies through our client.

use ek_core::{
    ChatRequest, Error, FinishReason, LlmProvider as _, LlmResponse, Message, NativeTurn,
    ProtocolName, Usage,
};
use ek_mock::wire::MockTransport;
use ek_mock::{MockProvider, Script};

use super::super::agreement::{replies, seen_by_caller};
use super::super::{ask, heard};
use super::{ALL, over};

/// An outcome as far as both know it. What a stream says of its counts at its beginning, the trait has
/// only at the end; and Gemini has no words for a refusal.
fn known(protocol: &ProtocolName, outcome: Result<LlmResponse, Error>) -> String {
    let outcome = outcome.map(|mut reply| {
        if *protocol == ProtocolName::GeminiGenerateContent {
            reply.refusal = None;
        }
        reply
    });
    seen_by_caller(outcome.map_err(|error| match error.partial().cloned() {
        Some(partial) => error.with_partial(partial.with_usage(Usage::default())),
        None => error,
    }))
}

#[tokio::test]
async fn a_real_client_hears_in_memory_what_the_trait_says() {
    for protocol in &ALL {
        for (number, reply) in replies().into_iter().enumerate() {
            let script = Script::cycling([reply.clone()]).with_chunk_chars(4);
            let plain = MockProvider::from_script(script.clone());
            let real = over(protocol, &MockTransport::new(script));
            assert_eq!(
                known(protocol, heard(&real).await),
                known(protocol, heard(&plain).await),
                "{protocol}, stream {number}: {reply:?}"
            );
            assert_eq!(
                known(protocol, ask(&real, "?").await),
                known(protocol, ask(&plain, "?").await),
                "{protocol}, call {number}: {reply:?}"
            );
        }
    }
}

#[tokio::test]
async fn counts_of_caches_and_of_reasoning_come_to_the_same_usage() {
    let mut usage = Usage::new(120, 9);
    usage.cached_input_tokens = Some(100);
    usage.cache_write_tokens = Some(8);
    usage.reasoning_tokens = Some(3);
    let reply = LlmResponse::text("Ebb.").with_reasoning("hm").with_usage(usage);
    for protocol in &ALL {
        let mut expected = usage;
        // Not every protocol has a count for what was written to a cache.
        if matches!(protocol, ProtocolName::ChatCompletions | ProtocolName::GeminiGenerateContent) {
            expected.cache_write_tokens = None;
        }
        let real = over(protocol, &MockTransport::new(Script::cycling([reply.clone()])));
        for mut found in
            [ask(&real, "?").await, heard(&real).await].map(|found| found.expect("a reply").usage)
        {
            found.total_tokens = None;
            assert_eq!(found, expected, "{protocol}");
        }
    }
}

#[tokio::test]
async fn every_reason_to_stop_is_heard_in_every_protocol() {
    for protocol in &ALL {
        for (word, heard_as) in [
            ("stop", FinishReason::Stop),
            ("length", FinishReason::Length),
            ("content_filter", FinishReason::ContentFilter),
            ("paused", FinishReason::Paused),
        ] {
            let reply = LlmResponse::text("Ebb.").with_finish_reason_word(word);
            let real = over(protocol, &MockTransport::new(Script::cycling([reply])));
            for found in [ask(&real, "?").await, heard(&real).await] {
                let found = found.expect("a reply").finish_reason;
                assert_eq!(found, Some(heard_as.clone()), "{protocol} {word}");
            }
        }
    }
}

#[tokio::test]
async fn reasoning_is_signed_and_goes_back_as_it_came() {
    let reply = LlmResponse::text("Ebb.").with_reasoning("The moon is full.");
    for protocol in &ALL[1..] {
        let transport = MockTransport::new(Script::cycling([reply.clone()]));
        let real = over(protocol, &transport);
        let first = ChatRequest::user("?");
        let first = match protocol {
            ProtocolName::OpenAiResponses => first
                .with_extra("store", false)
                .with_extra("include", ["reasoning.encrypted_content"]),
            _ => first,
        };
        let whole = real.complete(&first).await.expect("a reply");
        assert_eq!(whole.reasoning.as_deref(), Some("The moon is full."), "{protocol}");
        let turn = whole.native.clone().expect("a turn");
        assert!(turn.json().contains("ZWstbW9jaw=="), "{}", turn.json());
        let asked =
            ChatRequest::new([Message::user("?"), whole.into(), Message::user("And then?")]);
        real.complete(&asked).await.expect("a reply");
        let message = &transport.last_call().expect("a call").request.messages[1];
        assert_eq!(message.native_for(protocol), Some(turn.json()));
        assert_eq!(message.text(), "Ebb.");

        if *protocol != ProtocolName::OpenAiResponses {
            let streamed = heard(&real).await.expect("a reply");
            assert_eq!(streamed.native.as_ref().map(NativeTurn::json), Some(turn.json()));
        }
    }
}
