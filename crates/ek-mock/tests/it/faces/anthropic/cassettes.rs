//! Recordings and the journal.

#[cfg(feature = "record")]
#[tokio::test]
async fn what_was_recorded_is_heard_again_without_the_endpoint() {
    use ek_core::{ChatRequest, LlmProvider as _, LlmResponse, StreamingProvider as _};
    use ek_http::Provider;
    use ek_mock::wire::{MockServer, MockTransport};
    use ek_mock::{Cassette, Recording, Script};

    use crate::cassettes::Folder;

    const KEY: &str = "kiln0key0without0shape";

    let folder = Folder::new();
    let reply = LlmResponse::text("High water is at noon.").with_reasoning("hm");
    let upstream = MockServer::start(Script::cycling([reply])).await;
    let recorder = Cassette::record(folder.path(), &upstream.uri()).await.expect("a recorder");
    let live = Provider::anthropic("m").base_url(recorder.uri()).api_key(KEY);
    let live = live.build().expect("settings");
    let asked = ChatRequest::user("tide?");
    let first = live.complete(&asked).await.expect("a reply");
    let second = live.stream(&asked).await.expect("a stream").collect().await.expect("a reply");
    let recordings = recorder.stop().await;
    assert!(
        recordings.iter().all(|one| matches!(one, Recording::Written { .. })),
        "{recordings:?}"
    );
    assert!(!folder.read().1.contains(KEY));
    drop(upstream);

    let transport = MockTransport::new(Cassette::replay(folder.path()).expect("a cassette"));
    let offline = super::over(&transport);
    let again = offline.complete(&asked).await.expect("a reply");
    // A signature is masked like any other, so the turn is not the same to the byte.
    let said = |reply: LlmResponse| (reply.content, reply.reasoning, reply.id, reply.usage);
    assert_eq!(said(again), said(first));
    let again = offline.stream(&asked).await.expect("a stream").collect().await.expect("a reply");
    assert_eq!(said(again), said(second));
}

#[tokio::test]
async fn the_journal_names_the_protocol_and_keeps_no_key() {
    use ek_mock::Script;
    use ek_mock::wire::MockTransport;

    let transport = MockTransport::new(Script::cycling(["a"]));
    let headers = "x-api-key: kiln0key0without0shape\r\n";
    let body = r#"{"system":"Be brief.","messages":[{"role":"user","content":"tide?"}]}"#;
    super::answer(&transport, "POST /v1/messages", headers, body).await;
    let (_, journal) = super::answer(&transport, "GET /v1/__journal", "", "").await;
    assert!(journal.contains("anthropic") && journal.contains("Be brief."), "{journal}");
    assert!(!journal.contains("kiln0key0without0shape"), "{journal}");
}
