//! A raw body in pieces of its own, from JSON: the same writes at the same times as by the builder.

use std::time::Duration;

use ek_core::ErrorKind;
use ek_mock::wire::MockTransport;
use ek_mock::{MockReply, RawReply, Script};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::Instant;

use super::{SECOND, closing, connection, question};

/// What comes, and when, in seconds.
async fn heard(script: Script) -> Vec<(u64, String)> {
    let mut stream = connection(&MockTransport::new(script));
    stream.write_all(&closing(&question(true))).await.expect("the request is taken");
    let begin = Instant::now();
    let mut heard = Vec::new();
    let mut buffer = [0; 1024];
    loop {
        let length = stream.read(&mut buffer).await.expect("bytes");
        if length == 0 {
            return heard;
        }
        heard.push((begin.elapsed().as_secs(), buffer[..length].escape_ascii().to_string()));
    }
}

fn built() -> MockReply {
    RawReply::new(200)
        .with_header("content-type", "text/event-stream")
        .with_body(": begins\n\n")
        .with_piece(Duration::ZERO, "data: {}\n\n")
        .with_piece(SECOND * 20, b"data: \xc3".to_vec())
        .with_piece(SECOND, b"\xb8\n\n".to_vec())
        .into()
}

fn written() -> Value {
    json!({"rules": [{"replies": {"raw": {
        "status": 200,
        "headers": {"content-type": "text/event-stream"},
        "body": ": begins\n\n",
        "pieces": [
            "data: {}\n\n",
            {"wait": "20s", "body_base64": "ZGF0YTogww=="},
            {"wait": "1s", "body_base64": "uAoK"}
        ]
    }}}]})
}

fn read(script: &Value) -> Script {
    Script::from_json(&script.to_string()).expect("a sound script")
}

#[tokio::test(start_paused = true)]
async fn pieces_are_read_and_written_as_the_builder_makes_them() {
    let built = Script::cycling([built()]);
    let json: Value = serde_json::from_str(&built.to_json().expect("JSON")).expect("JSON");
    assert_eq!(json, written());
    let by_builder = heard(built).await;
    assert_eq!(heard(read(&written())).await, by_builder);
    let expected =
        [(0, r": begins\n\n"), (0, r"data: {}\n\n"), (20, r"data: \xc3"), (21, r"\xb8\n\n")];
    assert_eq!(by_builder[1..], expected.map(|(at, text)| (at, text.to_owned())));
}

#[tokio::test(start_paused = true)]
async fn a_fault_cuts_the_pieces() {
    let mut script = written();
    script["rules"][0]["replies"]["fault"] = json!({"kind": "cut", "at_byte": 25});
    let heard = heard(read(&script)).await;
    assert_eq!(heard.last(), Some(&(20, "data:".to_owned())), "{heard:?}");
}

#[tokio::test]
async fn what_is_wrong_with_a_piece_is_said_with_its_place() {
    let mut messages = Vec::new();
    for piece in [
        "7",
        r#"{"wait": "2 days", "body": "b"}"#,
        r#"{"body": "b", "body_base64": "Yg=="}"#,
        r#"{"body_base64": "?"}"#,
        r#"{"text": "b"}"#,
    ] {
        let script = format!(
            r#"{{"rules": [{{"replies": {{"raw": {{"status": 200, "pieces": ["a", {piece}]}}}}}}]}}"#
        );
        let error = Script::from_json(&script).expect_err(piece);
        assert_eq!(error.kind(), ErrorKind::Config);
        messages.push(error.to_string());
    }
    insta::assert_snapshot!(messages.join("\n"), @r#"
    the script cannot be read: rules[0].replies.raw.pieces[1]: invalid type: integer `7`, expected a piece of a body: a text or an object at line 1 column 64
    the script cannot be read: rules[0].replies.raw.pieces[1].wait: invalid value: string "2 days", expected a time: a whole number with its unit (us, ms, s, m or h), such as "250ms" or "20s" at line 1 column 80
    the script cannot be read: rules[0].replies.raw.pieces[1]: `body` and `body_base64` exclude each other at line 1 column 100
    the script cannot be read: rules[0].replies.raw.pieces[1]: `body_base64` is none: Invalid symbol 63, offset 0. at line 1 column 84
    the script cannot be read: rules[0].replies.raw.pieces[1].text: unknown field `text`, expected one of `wait`, `body`, `body_base64` at line 1 column 70
    "#);
}
