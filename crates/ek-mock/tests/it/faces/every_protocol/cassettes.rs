//! Recordings and the journal.

use ek_mock::Script;
use ek_mock::wire::MockTransport;

use super::super::answer;

const KEY: &str = "kiln0key0without0shape";

#[cfg(feature = "record")]
#[tokio::test]
async fn what_was_recorded_is_heard_again_without_the_endpoint() {
    use ek_core::{ChatRequest, LlmProvider as _, LlmResponse, StreamingProvider as _, ToolCall};
    use ek_mock::wire::MockServer;
    use ek_mock::{Cassette, Recording};

    use super::{ALL, over, settings};
    use crate::cassettes::Folder;

    for protocol in &ALL {
        let folder = Folder::new();
        let call = ToolCall::new("call_1", "tide", r#"{"city":"Oslo"}"#);
        let reply = LlmResponse::text("High water is at noon.").with_reasoning("hm");
        let reply = reply.with_tool_calls([call]);
        let upstream = MockServer::start(Script::cycling([reply])).await;
        let recorder = Cassette::record(folder.path(), &upstream.uri()).await.expect("a recorder");
        let live = settings(protocol).base_url(recorder.uri()).api_key(KEY);
        let live = live.build().expect("settings");
        let asked = ChatRequest::user("tide?");
        let first = live.complete(&asked).await.expect("a reply");
        let second = live.stream(&asked).await.expect("a stream").collect().await.expect("a reply");
        let recordings = recorder.stop().await;
        assert!(
            recordings.iter().all(|one| matches!(one, Recording::Written { .. })),
            "{protocol}: {recordings:?}"
        );
        assert!(!folder.read().1.contains(KEY), "{protocol}");
        drop(upstream);

        let transport = MockTransport::new(Cassette::replay(folder.path()).expect("a cassette"));
        let offline = over(protocol, &transport);
        let again = offline.complete(&asked).await.expect("a reply");
        // A signature is masked like any other, so the turn is not the same to the byte.
        let said = |reply: LlmResponse| {
            (reply.content, reply.reasoning, reply.tool_calls, reply.id, reply.usage)
        };
        assert_eq!(said(again), said(first), "{protocol}");
        let again = offline.stream(&asked).await.expect("a stream").collect().await;
        assert_eq!(said(again.expect("a reply")), said(second), "{protocol}");
    }
}

#[tokio::test]
async fn the_journal_names_the_protocol_and_keeps_no_key() {
    for (path, header, body, protocol) in [
        (
            "/v1/messages",
            "x-api-key",
            r#"{"system":"Be brief.","messages":[{"role":"user","content":"tide?"}]}"#,
            "anthropic_messages",
        ),
        (
            "/v1/responses",
            "authorization: Bearer",
            r#"{"instructions":"Be brief.","input":"tide?"}"#,
            "openai_responses",
        ),
        (
            "/v1beta/models/m:generateContent",
            "x-goog-api-key",
            r#"{"systemInstruction":{"parts":[{"text":"Be brief."}]},"contents":[{"parts":[{"text":"tide?"}]}]}"#,
            "gemini_generate_content",
        ),
    ] {
        let transport = MockTransport::new(Script::cycling(["a"]));
        let separator = if header.contains(':') { " " } else { ": " };
        let header = format!("{header}{separator}{KEY}\r\n");
        answer(&transport, &format!("POST {path}"), &header, body).await;
        let (_, journal) = answer(&transport, "GET /v1/__journal", "", "").await;
        let journal: serde_json::Value = serde_json::from_str(&journal).expect("JSON");
        assert_eq!(journal["calls"][0]["protocol"], protocol);
        let messages = serde_json::json!([
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "tide?"},
        ]);
        assert_eq!(journal["calls"][0]["request"]["messages"], messages, "{protocol}");
        assert!(!journal.to_string().contains(KEY), "{journal}");
    }
}
