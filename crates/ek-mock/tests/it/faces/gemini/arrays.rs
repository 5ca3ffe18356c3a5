//! Streams without `alt=sse`: one JSON array, which comes item by item.

use std::time::Duration;

use ek_core::{
    ChatRequest, Error, ErrorKind, LlmResponse, StreamEvent, StreamingProvider as _, ToolCall,
    Usage,
};
use ek_http::Provider;
use ek_mock::wire::{MockServer, MockTransport};
use ek_mock::{Fault, MockReply, RawReply, Script};
use tokio::net::TcpStream;

use super::super::{closing, exchange, heard};
use super::over;

const LINE: &str = "POST /v1beta/models/m:streamGenerateContent HTTP/1.1\r\nhost: mock\r\n";

/// The head of the answer, and its chunks.
async fn sent(reply: MockReply, line: &str) -> (String, Vec<String>) {
    let server = MockServer::start(Script::cycling([reply])).await;
    let body = r#"{"contents":[{"parts":[{"text":"?"}]}]}"#;
    let question = format!("{line}content-length: {}\r\n\r\n{body}", body.len());
    let mut stream = TcpStream::connect(server.addr()).await.expect("a server");
    let (bytes, _) = exchange(&mut stream, &closing(question.as_bytes())).await;
    let text = String::from_utf8(bytes).expect("UTF-8");
    let (head, mut rest) = text.split_once("\r\n\r\n").expect("a head");
    let mut chunks = Vec::new();
    while let Some((length, behind)) = rest.split_once("\r\n") {
        let length = usize::from_str_radix(length, 16).expect("a length");
        chunks.push(behind[..length].to_owned());
        rest = behind[length..].strip_prefix("\r\n").expect("the end of a chunk");
    }
    (head.to_owned(), chunks)
}

fn reply() -> MockReply {
    MockReply::from("Ebb and flood").with_chunk_chars(8)
}

#[tokio::test]
async fn the_chunks_are_the_items_of_one_array() {
    let (head, chunks) = sent(reply(), LINE).await;
    assert!(head.contains("\r\ncontent-type: application/json\r\n"), "{head}");
    let texts: Vec<_> = chunks
        .iter()
        .map(|chunk| chunk.replace(r#""modelVersion":"m","responseId":"mock-1""#, "..."))
        .collect();
    assert_eq!(
        texts,
        [
            "[{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"Ebb and \"}],\"role\":\"model\"},\"index\":0}],...}\n",
            ",\r\n{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"flood\"}],\"role\":\"model\"},\"index\":0}],...}\n",
            ",\r\n{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"\"}],\"role\":\"model\"},\"finishReason\":\"STOP\",\"index\":0}],...}\n]",
            "",
        ]
    );
}

#[tokio::test]
async fn a_client_that_asks_for_events_gets_them() {
    for query in ["alt=sse", "$alt=sse", "key=k&alt=sse"] {
        let line = LINE.replacen(" HTTP", &format!("?{query} HTTP"), 1);
        let (head, chunks) = sent(reply(), &line).await;
        assert!(head.contains("\r\ncontent-type: text/event-stream\r\n"), "{query}: {head}");
        assert!(chunks[0].starts_with("data: {"), "{query}");
    }
    let (_, chunks) = sent(reply(), &LINE.replacen(" HTTP", "?alt=json HTTP", 1)).await;
    assert!(chunks[0].starts_with("[{"), "{chunks:?}");
}

/// What our client hears of a body that comes over a socket, in these pieces.
async fn read(pieces: &[String]) -> Result<LlmResponse, Error> {
    let answer = RawReply::new(200).with_header("content-type", "application/json");
    let answer = pieces
        .iter()
        .fold(answer, |answer, piece| answer.with_piece(Duration::ZERO, piece.as_bytes()));
    let server = MockServer::start(Script::cycling([answer])).await;
    let settings = Provider::gemini("m").base_url(server.uri());
    heard(&settings.build().expect("sound settings")).await
}

#[tokio::test]
async fn our_client_reads_an_array_as_it_reads_events() {
    let reply = LlmResponse::text("Ebb and flood").with_reasoning("The moon.");
    let reply = reply.with_usage(Usage::new(25, 15));
    let calls = [ToolCall::new("call_1", "tide", r#"{"a":1}"#)];
    for reply in [reply.clone(), reply.with_tool_calls(calls), LlmResponse::text("")] {
        let reply = MockReply::from(reply).with_chunk_chars(4);
        let (_, chunks) = sent(reply.clone(), LINE).await;
        let found = read(&chunks).await.expect("a reply");
        let expected = heard(&over(&MockTransport::new(Script::cycling([reply])))).await;
        assert_eq!(found, expected.expect("a reply"));
    }
}

#[tokio::test]
async fn an_array_that_is_cut_is_whole_only_behind_its_finish_reason() {
    let (_, chunks) = sent(reply(), LINE).await;
    let whole = chunks.concat();
    let second = whole.find("\n,\r\n{").expect("a second item") + 4;
    let last = whole.rfind("}").expect("the end of the last item");
    for end in 1..whole.len() {
        match read(&[whole[..end].to_owned()]).await {
            Ok(_) => assert!(end > last, "{end}"),
            // The first item alone is read as one document.
            Err(error) if end <= second => assert_eq!(error.kind(), ErrorKind::Malformed, "{end}"),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Interrupted, "{end}: {error}");
                let partial = error.partial().expect("what came");
                assert!(partial.content.starts_with("Ebb and "), "{end}: {partial:?}");
            }
        }
    }
}

#[tokio::test]
async fn faults_break_an_array_as_they_break_events() {
    for (fault, heard, end) in [
        (Fault::Cut, ErrorKind::Interrupted, "}\n"),
        (Fault::End, ErrorKind::Interrupted, "}\n"),
        (Fault::Malformed, ErrorKind::Malformed, ",\r\n{\"reply\": [malformed]}\n]"),
        (Error::new(ErrorKind::RateLimited, "slow down").into(), ErrorKind::RateLimited, "}}\n]"),
    ] {
        let reply = MockReply::from("Ebb and flood").with_chunk_chars(4);
        let (_, chunks) = sent(reply.failing_after(2, fault.clone()), LINE).await;
        assert!(chunks.concat().ends_with(end), "{fault:?}: {chunks:?}");
        let error = read(&chunks).await.expect_err("it breaks off");
        assert_eq!(error.kind(), heard, "{fault:?}: {error}");
        assert_eq!(error.partial().expect("what came").content, "Ebb and ", "{fault:?}");
    }
}

#[tokio::test]
async fn an_error_before_the_first_item_is_an_array_too() {
    let busy = Error::new(ErrorKind::Server, "overloaded").with_status(503);
    let (head, chunks) = sent(reply().failing_after(0, busy), LINE).await;
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    assert!(chunks[0].starts_with(r#"[{"error":{"code":503,"#), "{chunks:?}");
    assert_eq!(read(&chunks).await.expect_err("an error").kind(), ErrorKind::Server);
}

#[tokio::test]
async fn an_item_is_heard_as_soon_as_the_next_one_begins() {
    let (_, chunks) = sent(reply(), LINE).await;
    let items: Vec<serde_json::Value> = serde_json::from_str(&chunks.concat()).expect("an array");
    let pretty = serde_json::to_string_pretty(&items).expect("JSON");
    let between = "\n  },\n  {";
    let begun = pretty.find(between).expect("a second item") + between.len();
    let answer = MockReply::from(RawReply::new(200).with_body(pretty));
    let server = MockServer::start(Script::cycling([answer.failing_at_byte(begun, Fault::Hang)]));
    let server = server.await;
    let settings = Provider::gemini("m").base_url(server.uri());
    let real = settings.build().expect("sound settings");
    let mut stream = real.stream(&ChatRequest::user("?")).await.expect("a stream");
    let event = stream.next().await.expect("an event").expect("no error");
    assert_eq!(event, StreamEvent::Text("Ebb and ".to_owned()));
}
