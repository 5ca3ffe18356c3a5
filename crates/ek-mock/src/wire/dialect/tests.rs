//! A protocol that exists here alone: two fields in, one out. It is this file and one line of [`ALL`].

use ek_core::{ChatRequest, Error, ErrorKind, LlmResponse, ProtocolName};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{Dialect, Page};
use crate::engine::IncomingRequest;
use crate::wire::frames::{Frames, StreamForm, event};
use crate::wire::{MockTransport, RawRequest};
use crate::{Fault, MockReply, Rule, Script, When};

pub(super) static PARROT: Dialect = Dialect {
    protocol: ProtocolName::Other(String::new()),
    paths: &["/parrot"],
    page,
    read: |_, body| read(body),
    stream_form: |_| StreamForm::Events,
    reply: |whole, _| json!({"said": whole.content}).to_string().into_bytes(),
    stream: |streamed, _| {
        let words = streamed.whole.content.split(' ');
        Frames::new(words.map(|word| event(word.as_bytes())).collect(), vec![event(b"over")])
    },
    error: |error| json!({"squawk": error.to_string()}).to_string().into_bytes(),
    error_events: |error, _| event(format!("squawk {error}").as_bytes()),
    says_retry_in_body: false,
    request_id_header: "parrot-id",
    #[cfg(feature = "record")]
    is_end: |data| data == "over",
};

fn page(request: &RawRequest, _: &Script) -> Option<Page> {
    let polite = request.body_text() == "please";
    let answer = || if polite { Ok(json!({"age": 7})) } else { Err("say please".to_owned()) };
    request.path().ends_with("/parrot/age").then(answer)
}

fn read(body: &[u8]) -> Result<IncomingRequest, String> {
    let body: Value = serde_json::from_slice(body).map_err(|_| "no JSON".to_owned())?;
    let text = body["say"].as_str().ok_or("no `say`")?;
    let streamed = body["slowly"] == true;
    let request = ChatRequest::user(text);
    Ok(IncomingRequest { request, streamed, ..IncomingRequest::default() })
}

async fn post(transport: &MockTransport, path: &str, body: &str) -> String {
    let length = body.len();
    let head = format!("POST {path} HTTP/1.1\r\nconnection: close\r\ncontent-length: {length}\r\n");
    let mut stream = transport.connect().expect("a runtime");
    stream.write_all(format!("{head}\r\n{body}").as_bytes()).await.expect("a server");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    answer
}

fn events(answer: &str) -> Vec<&str> {
    answer.lines().filter_map(|line| line.strip_prefix("data: ")).collect()
}

#[tokio::test]
async fn one_script_is_played_in_each_protocol_on_its_own_path() {
    let reply = MockReply::from(LlmResponse::text("ebb and flood").with_request_id("r-1"));
    let transport = MockTransport::new(Script::cycling([reply]));
    let whole = post(&transport, "/v1/parrot", r#"{"say":"tide"}"#).await;
    assert!(whole.ends_with(r#"{"said":"ebb and flood"}"#), "{whole}");
    assert!(whole.contains("\r\nparrot-id: r-1\r\n"), "{whole}");
    let streamed = post(&transport, "/v1/parrot", r#"{"say":"tide","slowly":true}"#).await;
    assert_eq!(events(&streamed), ["ebb", "and", "flood", "over"]);
    let chat = r#"{"messages":[{"role":"user","content":"tide"}]}"#;
    let chat = post(&transport, "/v1/chat/completions", chat).await;
    assert!(chat.contains(r#""content":"ebb and flood""#), "{chat}");

    let calls = transport.calls();
    let parrot = &PARROT.protocol;
    let protocols: Vec<_> = calls.iter().map(|call| call.protocol.clone()).collect();
    assert_eq!(
        protocols,
        [Some(parrot.clone()), Some(parrot.clone()), Some(ProtocolName::ChatCompletions)]
    );
    assert_eq!(calls[0].request.messages, calls[2].request.messages);
}

#[tokio::test]
async fn every_error_has_the_shape_of_the_protocol_that_was_spoken() {
    let busy = || Error::new(ErrorKind::Server, "busy");
    let script = Script::new()
        .on(When::user_text("fail"), [busy()])
        .on(When::user_text("break"), [MockReply::from("ebb and").failing_after(1, busy())])
        .rule(
            Rule::new(When::user_text("cut"))
                .reply(MockReply::from("ebb and").failing_after(1, Fault::Cut)),
        );
    let transport = MockTransport::new(script);
    for (body, status, squawk) in [
        (r#"{"say":"fail"}"#, 500, "busy"),
        (r#"{"say":"what?"}"#, 501, "no rule fits"),
        ("{}", 400, "no `say`"),
        ("?", 400, "no JSON"),
    ] {
        let answer = post(&transport, "/parrot", body).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{body}: {answer}");
        let (_, json) = answer.split_once("\r\n\r\n").expect("a head");
        let json: Value = serde_json::from_str(json).expect("JSON");
        assert!(json["squawk"].as_str().is_some_and(|why| why.contains(squawk)), "{json}");
    }
    let broken = post(&transport, "/parrot", r#"{"say":"break","slowly":true}"#).await;
    assert_eq!(events(&broken), ["ebb", "squawk busy"]);
    let cut = post(&transport, "/parrot", r#"{"say":"cut","slowly":true}"#).await;
    assert_eq!(events(&cut), ["ebb"]);
}

#[tokio::test]
async fn a_protocol_answers_its_other_pages_and_no_path_answers_for_all() {
    let transport = MockTransport::new(Script::cycling(["ebb"]));
    let page = post(&transport, "/v1/parrot/age", "please").await;
    assert!(page.ends_with(r#"{"age":7}"#), "{page}");
    let refused = post(&transport, "/v1/parrot/age", "now").await;
    assert!(refused.starts_with("HTTP/1.1 400 "), "{refused}");
    assert!(refused.ends_with(r#"{"squawk":"say please"}"#), "{refused}");
    let unknown = post(&transport, "/v1/owl", "").await;
    assert!(unknown.starts_with("HTTP/1.1 404 "), "{unknown}");
    assert!(
        unknown.contains("/chat/completions or /parrot or /embeddings or :batchEmbedContents or"),
        "{unknown}"
    );
    assert_eq!(transport.call_count(), 0);
}
