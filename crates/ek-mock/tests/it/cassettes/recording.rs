//! A recorder between a real client and an endpoint.

use ek_core::{ChatRequest, ErrorKind, LlmProvider as _, StreamingProvider as _};
use ek_http::Provider;
use ek_mock::wire::{Connection, MockServer, MockTransport, RawServer, chunk, response_head};
use ek_mock::{Cassette, Fault, MockReply, Recorder, Recording, Script, When};

use super::Folder;

/// Has no shape by which it would be masked.
const KEY: &str = "kiln0key0without0shape";

fn provider(uri: &str) -> Provider {
    Provider::builder(uri, "m").api_key(KEY).build().expect("settings")
}

async fn recorder(folder: &Folder, upstream: &str) -> Recorder {
    Cassette::record(folder.path(), upstream).await.expect("a recorder")
}

fn why(recordings: &[Recording]) -> Vec<&str> {
    let why = recordings.iter().map(|recording| match recording {
        Recording::Refused { why } => why.as_str(),
        _ => "written",
    });
    why.collect()
}

fn tides() -> Script {
    Script::new()
        .on(When::user_text_contains("wind"), ["Force 5 from the west."])
        .otherwise(["High water is at noon."])
}

#[tokio::test]
async fn what_was_recorded_is_heard_again_without_the_endpoint() {
    let folder = Folder::new();
    let (tide, wind) = (ChatRequest::user("tide?"), ChatRequest::user("wind?"));
    let upstream = MockServer::start(tides()).await;
    let recorder = recorder(&folder, &upstream.uri()).await;
    let live = provider(&recorder.uri());
    let first = live.complete(&tide).await.expect("a reply");
    let second = live.stream(&wind).await.expect("a stream").collect().await.expect("a reply");
    assert_eq!(upstream.call_count(), 2);
    let sent = upstream.raw().requests();
    assert_eq!(sent[0].header("authorization"), Some(&*format!("Bearer {KEY}")), "it is passed on");
    assert_eq!(sent[0].header("host"), Some(&*upstream.addr().to_string()));

    let recordings = recorder.stop().await;
    let files: Vec<_> = ["0001.json", "0002.json"].map(|name| folder.path().join(name)).into();
    let written = files.iter().map(|path| Recording::Written { path: path.clone() });
    assert_eq!(recordings, written.collect::<Vec<_>>());
    drop(upstream);

    let transport = MockTransport::new(Cassette::replay(folder.path()).expect("a cassette"));
    let offline = Provider::builder(transport.uri(), "m").connector(transport.clone());
    let offline = offline.build().expect("settings");
    let again = offline.complete(&tide).await.expect("a reply");
    assert_eq!(again.content, "High water is at noon.");
    assert_eq!((again.raw, again.id), (first.raw, first.id), "byte for byte");
    let again = offline.stream(&wind).await.expect("a stream").collect().await.expect("a reply");
    assert_eq!(again, second);
    let server = MockServer::start(Cassette::replay(folder.path()).expect("a cassette")).await;
    let reply = provider(&server.uri()).complete(&tide).await.expect("a reply");
    assert_eq!(reply.content, "High water is at noon.");
}

#[tokio::test]
async fn no_secret_reaches_the_disk_wherever_it_stands() {
    let folder = Folder::new();
    let echo = |request: &ChatRequest| {
        let text = request.last_user_text().unwrap_or_default();
        MockReply::from(format!("You said {text}. Your key is {KEY}, I think."))
            .with_chunk_chars(999)
    };
    let upstream = MockServer::start(Script::responding(echo)).await;
    let recorder = recorder(&folder, &upstream.uri()).await;
    let live = provider(&recorder.uri());
    let request = ChatRequest::user("I pay with sk-abc123456789")
        .with_header("x-team", "blue-team-header")
        .with_extra("metadata", serde_json::json!({"password": "hunter2"}));
    live.complete(&request).await.expect("a reply");
    live.stream(&request).await.expect("a stream").collect().await.expect("a reply");
    assert_eq!(why(&recorder.stop().await), ["written", "written"]);

    let (_, texts) = folder.read();
    for secret in [KEY, "sk-abc", "hunter2", "blue-team-header", "authorization"] {
        assert!(!texts.contains(secret), "{secret}: {texts}");
    }
    assert!(texts.contains("You said I pay with [REDACTED]"), "{texts}");

    // And the same question finds its recording.
    let transport = MockTransport::new(Cassette::replay(folder.path()).expect("a cassette"));
    let offline = Provider::builder(transport.uri(), "m").connector(transport.clone());
    let reply = offline.build().expect("settings").complete(&request).await.expect("a reply");
    assert!(reply.content.ends_with("Your key is [REDACTED], I think."), "{}", reply.content);
}

#[tokio::test]
async fn what_is_cut_refused_or_elsewhere_is_not_written() {
    let events = [("content-type", "text/event-stream"), ("transfer-encoding", "chunked")];
    let piece = chunk("data: {\"choices\":[{\"delta\":{\"content\":\"Slow\"}}]}\n\n");
    let begun =
        || Connection::new().read_request().write(response_head(200, &events)).write(&piece);
    let status = |status: u16, headers: &[(&str, &str)]| {
        Connection::new().read_request().write(ek_mock::wire::response(status, headers, "{}"))
    };
    for (connection, expected) in [
        (begun().cut(), "the answer is cut: the endpoint closed the connection in the middle"),
        (begun().write(chunk("")), "the stream is cut: nothing in it marks its end"),
        (
            status(401, &[]),
            "HTTP 401: the endpoint refused the key, and a recording of that is of no use",
        ),
        (
            status(307, &[("location", "http://127.0.0.1:1")]),
            "HTTP 307 is a redirect; name its target as the upstream",
        ),
    ] {
        let folder = Folder::new();
        let upstream = RawServer::start(connection).await;
        let recorder = recorder(&folder, &upstream.uri()).await;
        let live = provider(&recorder.uri());
        let stream = live.stream(&ChatRequest::user("tide?")).await;
        let heard = match stream {
            Ok(stream) => stream.collect().await,
            Err(error) => Err(error),
        };
        heard.expect_err("the client hears of it as well");
        recorder.wait_for_recordings(1).await;
        assert_eq!(why(&recorder.stop().await), [expected]);
        assert!(folder.read().0.is_empty());
    }
}

#[tokio::test]
async fn an_endpoint_that_is_not_there_is_a_bad_gateway() {
    let folder = Folder::new();
    let upstream = RawServer::start(Connection::new()).await;
    let uri = upstream.uri();
    upstream.stop().await;
    let recorder = recorder(&folder, &uri).await;
    let error = provider(&recorder.uri()).complete(&"tide?".into()).await.expect_err("no answer");
    assert_eq!((error.kind(), error.status()), (ErrorKind::Server, Some(502)));
    let recordings = recorder.stop().await;
    assert!(why(&recordings)[0].starts_with("the upstream cannot be asked: "), "{recordings:?}");
}

#[tokio::test]
async fn a_client_that_leaves_early_leaves_no_file() {
    let folder = Folder::new();
    let slow = MockReply::from("Slowly, or the clay cracks.").failing_after(2, Fault::Hang);
    let upstream = MockServer::start(Script::cycling([slow])).await;
    let recorder = recorder(&folder, &upstream.uri()).await;
    let live = provider(&recorder.uri());
    let mut stream = live.stream(&"tide?".into()).await.expect("a stream");
    stream.next().await.expect("an event").expect("a piece");
    drop(stream);
    recorder.wait_for_recordings(1).await;
    let left = "the client closed the connection before the answer was whole";
    assert_eq!(why(&recorder.stop().await), [left]);
    upstream.wait_until_idle().await;
    assert!(folder.read().0.is_empty());
}

#[tokio::test]
async fn what_is_no_chat_is_passed_on_and_not_kept() {
    let folder = Folder::new();
    let upstream = MockServer::start(tides()).await;
    let recorder = recorder(&folder, &upstream.uri()).await;
    let address = recorder.uri().replace("http://", "").replace("/v1", "");
    let answer = crate::support::get(&address, "/v1/models").await;
    assert!(answer.ends_with("}") || answer.contains("\"mock\""), "{answer}");
    assert_eq!(upstream.raw().request_count(), 1);
    assert!(recorder.stop().await.is_empty());
}

#[tokio::test]
async fn of_the_headers_only_what_a_client_goes_by_is_kept() {
    let folder = Folder::new();
    let body = r#"{"choices":[{"message":{"content":"flood"},"finish_reason":"stop"}]}"#;
    let headers = [
        ("content-type", "application/json"),
        ("set-cookie", "session=cookie0value"),
        ("openai-organization", "acme0org"),
        ("x-ratelimit-remaining-requests", "41"),
    ];
    let answer = ek_mock::wire::response(200, &headers, body);
    let upstream = RawServer::start(Connection::new().read_request().write(answer)).await;
    let recorder = recorder(&folder, &upstream.uri()).await;
    let live = provider(&recorder.uri());
    live.complete(&"tide?".into()).await.expect("a reply");
    assert_eq!(why(&recorder.stop().await), ["written"]);
    let (_, texts) = folder.read();
    assert!(!texts.contains("cookie0value") && !texts.contains("acme0org"), "{texts}");
    assert!(texts.contains("\"x-ratelimit-remaining-requests\": \"41\""), "{texts}");
}
