//! A folder of recordings as a script, heard by a real client.

use std::time::Duration;

use ek_core::{ChatRequest, ErrorKind, LlmProvider as _, StreamEvent, StreamingProvider as _};
use ek_http::Provider;
use ek_mock::{Cassette, Script, wire::MockTransport};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::Folder;

const SECOND: Duration = Duration::from_secs(1);

fn body(text: &str, streamed: bool) -> Value {
    let messages = json!([{"role": "user", "content": text}]);
    let mut body =
        json!({"model": "m", "messages": messages, "temperature": 0.7, "max_tokens": 4096});
    if streamed {
        body["stream"] = true.into();
        body["stream_options"] = json!({"include_usage": true});
    }
    body
}

fn exchange(body: &Value, status: u16, at_ms: u64, frames: &[(u64, &str)]) -> String {
    let kind = if body["stream"] == true { "text/event-stream" } else { "application/json" };
    let frames: Vec<Value> =
        frames.iter().map(|(at, text)| json!({"at_ms": at, "text": text})).collect();
    let response = json!({
        "status": status, "headers": {"content-type": kind}, "at_ms": at_ms, "frames": frames,
    });
    let request = json!({"path": "/v1/chat/completions", "body": body});
    json!({"version": 1, "request": request, "response": response}).to_string()
}

fn completion(text: &str) -> String {
    json!({"choices": [{"message": {"content": text}, "finish_reason": "stop"}]}).to_string()
}

fn tape(exchanges: &[String]) -> Folder {
    let folder = Folder::new();
    for (number, exchange) in (1..).zip(exchanges) {
        folder.write(&format!("{number:04}.json"), exchange);
    }
    folder
}

fn provider(script: Script) -> Provider {
    let transport = MockTransport::new(script);
    let provider = Provider::builder(transport.uri(), "m").connector(transport.clone());
    provider.build().expect("settings")
}

async fn ask(provider: &Provider, text: &str) -> Result<String, ek_core::Error> {
    Ok(provider.complete(&ChatRequest::user(text)).await?.content)
}

#[tokio::test(start_paused = true)]
async fn a_client_hears_what_was_recorded_in_the_rhythm_of_the_recording() {
    let piece =
        |text: &str| format!("data: {}\n\n", json!({"choices": [{"delta": {"content": text}}]}));
    let frames = [(2000, piece("High ")), (22_000, piece("water.")), (22_500, done())];
    let frames: Vec<(u64, &str)> = frames.iter().map(|(at, text)| (*at, &**text)).collect();
    let folder = tape(&[exchange(&body("tide?", true), 200, 1000, &frames)]);
    for (script, times) in [
        (Cassette::replay(folder.path()), [SECOND, 2 * SECOND, 22 * SECOND]),
        (
            Cassette::open(folder.path()).and_then(|tape| tape.without_waits().script()),
            [Duration::ZERO; 3],
        ),
    ] {
        let provider = provider(script.expect("a cassette"));
        let start = Instant::now();
        let request = ChatRequest::user("tide?");
        let mut stream = provider.stream(&request).await.expect("a stream");
        let mut heard = vec![start.elapsed()];
        while let Some(event) = stream.next().await {
            match event.expect("no error") {
                StreamEvent::Text(_) => heard.push(start.elapsed()),
                StreamEvent::Done(reply) => assert_eq!(reply.content, "High water."),
                _ => {}
            }
        }
        assert_eq!(heard, times);
    }
}

fn done() -> String {
    let last = json!({"choices": [{"delta": {}, "finish_reason": "stop"}]});
    format!("data: {last}\n\ndata: [DONE]\n\n")
}

#[tokio::test]
async fn one_question_has_its_answers_in_turn_and_then_the_last() {
    let tide = |text: &str| exchange(&body("tide?", false), 200, 0, &[(0, &completion(text))]);
    let wind = exchange(&body("wind?", false), 200, 0, &[(0, &completion("calm"))]);
    let folder = tape(&[tide("flood"), wind, tide("ebb")]);
    let provider = provider(Cassette::replay(folder.path()).expect("a cassette"));
    let mut heard = Vec::new();
    for question in ["tide?", "wind?", "tide?", "tide?", "wind?"] {
        heard.push(ask(&provider, question).await.expect("a reply"));
    }
    assert_eq!(heard, ["flood", "calm", "ebb", "ebb", "calm"]);
}

#[tokio::test]
async fn a_recorded_error_is_the_error_again() {
    let text = r#"{"error":{"message":"slow down"}}"#;
    let folder = tape(&[exchange(&body("tide?", false), 429, 0, &[(0, text)])]);
    let provider = provider(Cassette::replay(folder.path()).expect("a cassette"));
    let error = ask(&provider, "tide?").await.expect_err("an error");
    assert_eq!((error.kind(), error.status()), (ErrorKind::RateLimited, Some(429)));
}

#[tokio::test]
async fn a_miss_is_loud_and_shows_the_nearest() {
    let of = |text: &str| exchange(&body(text, false), 200, 0, &[(0, &completion("?"))]);
    let folder = tape(&[of("When is high tide in Oslo?"), of("Hello")]);
    let cassette = Cassette::open(folder.path()).expect("a cassette");
    assert_eq!(cassette.len(), 2);
    let provider = provider(cassette.script().expect("a script"));

    let request = ChatRequest::user("When is high tide in Riga?").with_temperature(0.7);
    let error = provider.complete(&request).await.expect_err("a miss");
    assert!(!error.is_retryable());
    let text = error.to_string().replace(&folder.path().display().to_string(), "FOLDER");
    assert!(
        text.contains(
            "this request was never recorded in FOLDER. The nearest is 0001.json, but: \
             messages[0].content was \"When is high tide in Oslo?\" and is \"When is high tide in \
             Riga?\""
        ),
        "{text}"
    );

    let streamed = provider.stream(&ChatRequest::user("Hello")).await.expect_err("a miss");
    let text = streamed.to_string();
    let why = "0002.json, but: it was asked not as a stream and is asked as a stream";
    assert!(text.contains(why), "{text}");
}

#[tokio::test]
async fn a_key_that_differs_from_run_to_run_can_be_left_out() {
    let mut asked = body("tide?", false);
    asked["user"] = "one".into();
    let folder = tape(&[exchange(&asked, 200, 0, &[(0, &completion("flood"))])]);
    let request = ChatRequest::user("tide?").with_extra("user", "another");

    let strict = provider(Cassette::replay(folder.path()).expect("a cassette"));
    strict.complete(&request).await.expect_err("a miss");
    let cassette = Cassette::open(folder.path()).expect("a cassette").ignoring("user");
    let lenient = provider(cassette.script().expect("a script"));
    assert_eq!(lenient.complete(&request).await.expect("a reply").content, "flood");
}

#[test]
fn a_cassette_that_would_break_the_connection_is_refused_with_the_file() {
    let good: Value =
        serde_json::from_str(&exchange(&body("tide?", false), 200, 0, &[(0, "{}")])).expect("JSON");
    let with = |place: &str, value: Value| {
        let mut exchange = good.clone();
        *exchange["response"].pointer_mut(place).expect("it is there") = value;
        exchange.to_string()
    };
    let header = |name: &str, value: &str| with("/headers", json!({name: value}));
    for (file, why) in [
        (with("/status", 0.into()), "its status is 0, and an answer has one from 200 to 599"),
        (with("/status", 65_535.into()), "its status is 65535"),
        (with("/status", 100.into()), "its status is 100"),
        (with("/status", 204.into()), "an answer with the status 204 has no body"),
        (header("x", "a\r\nset-cookie: evil"), "the value of the header \"x\" has a control"),
        (header("x", "a\0"), "the value of the header \"x\" has a control"),
        (header("x: a\r\ny", "b"), "\"x: a\\r\\ny\" cannot be the name of a header"),
        (header("", "b"), "\"\" cannot be the name of a header"),
        (header("Content-Length", "7"), "says \"7\", and the frames have 2 bytes"),
        (header("content-length", "+2"), "says \"+2\", and the frames have 2 bytes"),
        (header("Transfer-Encoding", "chunked"), "without a transfer-encoding"),
        (with("/at_ms", u64::MAX.into()), "its `at_ms` is 18446744073709551615, and the most is"),
        (with("/frames/0/at_ms", 86_400_001.into()), "frame 0: its `at_ms` is 86400001"),
    ] {
        let folder = tape(&[good.to_string(), file]);
        let error = Cassette::open(folder.path()).expect_err("it cannot be played");
        assert_eq!(error.kind(), ErrorKind::Config);
        let text = error.to_string();
        assert!(text.contains("0002.json: ") && text.contains(why), "{why}: {text}");
    }
    for file in [header("content-length", "2"), header("x", "ø\t!"), with("/status", 599.into())] {
        let _ = Cassette::open(tape(&[file]).path()).expect("it can be played");
    }
}

#[test]
fn a_folder_that_cannot_be_played_says_which_file_and_why() {
    let good = exchange(&body("tide?", false), 200, 0, &[(0, "{}")]);
    for (file, why) in [
        (
            good.replace("\"version\":1", "\"version\":2"),
            "its version is 2, and this reads version 1",
        ),
        (good.replace("\"text\"", "\"txet\""), "unknown field `txet`"),
        (good.replace("\"text\"", "\"base64\""), "frame 0: its `base64` cannot be decoded"),
        ("{".to_owned(), "EOF while parsing"),
    ] {
        let folder = tape(&[good.clone(), file]);
        let error = Cassette::open(folder.path()).expect_err("it cannot be read");
        let text = error.to_string();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(text.contains("0002.json: ") && text.contains(why), "{text}");
    }
    let no_chat = good.replace("messages", "passages");
    let error = Cassette::replay(tape(&[no_chat]).path()).expect_err("no chat request");
    assert!(error.to_string().ends_with("0001.json: the body has no `messages`"), "{error}");

    let empty = Folder::new();
    let text = Cassette::open(empty.path()).expect_err("nothing in it").to_string();
    assert!(text.starts_with("there is no recording (*.json) in "), "{text}");
    let text = Cassette::open(empty.path().join("nowhere")).expect_err("no folder").to_string();
    assert!(text.starts_with("cannot read the folder "), "{text}");
}
