//! The bytes on the wire: what they are, and that memory and TCP carry the same.

use ek_core::{Error, ErrorKind, LlmResponse, ToolCall, ToolCallFragment, Usage};
use ek_mock::wire::{MockServer, MockTransport};
use ek_mock::{Cuts, ErrorReply, Fault, MockReply, RawReply, Script};
use tokio::net::TcpStream;

use super::{closing, connection, exchange, question};

/// What memory carries.
async fn in_memory(reply: impl Into<MockReply>, streamed: bool) -> String {
    let transport = MockTransport::new(Script::cycling([reply]));
    let (bytes, reset) = exchange(&mut connection(&transport), &closing(&question(streamed))).await;
    let text = String::from_utf8_lossy(&bytes).replace('\r', "");
    format!("{text}{}", if reset { "<reset>" } else { "" })
}

fn rich() -> LlmResponse {
    let calls = [
        ToolCall::new("call_1", "tide", r#"{"city":"Tromsø"}"#),
        ToolCall::custom("call_2", "sh", "ls"),
    ];
    LlmResponse::text("Højvande 🌊!")
        .with_reasoning("hm")
        .with_tool_calls(calls)
        .with_usage(Usage::new(11, 4))
        .with_request_id("req_1")
}

/// One reply of each kind, and each cut and fault.
fn all() -> Vec<MockReply> {
    let text = || MockReply::from("Højvande klokken tolv 🌊.").with_chunk_chars(5);
    let busy = Error::new(ErrorKind::RateLimited, "slow down");
    let fragment = || ToolCallFragment::new().with_index(7);
    let fragments = [
        fragment().with_id("a").with_name("t").with_arguments("{"),
        fragment().with_arguments("}"),
    ];
    let raw = RawReply::new(200).with_header("content-type", "text/event-stream");
    let mut all = vec![
        text(),
        rich().into(),
        LlmResponse::default().with_refusal("no").into(),
        MockReply::in_fragments("", fragments),
        text().with_counted_usage(),
        text().without_done(),
        ErrorReply::new(busy.clone()).with_header("x-a", "b").with_body("own").into(),
        raw.with_body("data: 1\n\n: ping\n\ndata: [DONE]\n\n").into(),
    ];
    let cuts = [
        Cuts::Every(1),
        Cuts::Every(7),
        Cuts::At(vec![3, 200]),
        Cuts::InsideChars,
        Cuts::InsideFields,
    ];
    all.extend(cuts.into_iter().map(|cuts| text().with_cuts(cuts)));
    let faults =
        [Fault::Reset, Fault::Cut, Fault::End, Fault::Malformed, Fault::NoDone, busy.into()];
    for fault in faults {
        all.push(text().failing_after(2, fault.clone()));
        all.push(text().failing_at_byte(40, fault));
    }
    let kinds = [
        ErrorKind::Rejected,
        ErrorKind::Server,
        ErrorKind::Connect,
        ErrorKind::Interrupted,
        ErrorKind::Malformed,
        ErrorKind::TooLarge,
        ErrorKind::Config,
    ];
    all.extend(kinds.map(|kind| Error::new(kind, "why").into()));
    all
}

#[tokio::test]
async fn memory_carries_byte_for_byte_what_tcp_carries() {
    for (number, reply) in all().into_iter().enumerate() {
        for streamed in [false, true] {
            let sent = closing(&question(streamed));
            let script = Script::cycling([reply.clone()]);
            let transport = MockTransport::new(script.clone());
            let over_memory = exchange(&mut connection(&transport), &sent).await;
            let server = MockServer::start(script).await;
            let mut socket = TcpStream::connect(server.addr()).await.expect("a connection");
            let over_tcp = exchange(&mut socket, &sent).await;
            assert_eq!(over_memory, over_tcp, "reply {number}, streamed: {streamed}");
            let outcomes = (transport.calls()[0].outcome, server.calls()[0].outcome);
            assert_eq!(outcomes.0, outcomes.1);
        }
    }
}

#[tokio::test]
async fn a_whole_reply_is_a_completion() {
    insta::assert_snapshot!(in_memory(rich(), false).await, @r#"
    HTTP/1.1 200 OK
    content-type: application/json
    x-request-id: req_1
    content-length: 486

    {"id":"chatcmpl-mock-1","object":"chat.completion","created":1700000000,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Højvande 🌊!","refusal":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"tide","arguments":"{\"city\":\"Tromsø\"}"}},{"id":"call_2","type":"custom","custom":{"name":"sh","input":"ls"}}],"reasoning_content":"hm"},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":11,"completion_tokens":4,"total_tokens":15}}
    "#);
}

#[tokio::test]
async fn a_stream_is_a_frame_for_each_piece_then_reason_usage_and_done() {
    insta::assert_snapshot!(in_memory(MockReply::from(rich()).with_chunk_chars(9), true).await, @r#"
    HTTP/1.1 200 OK
    content-type: text/event-stream
    x-request-id: req_1
    transfer-encoding: chunked

    c5
    data: {"id":"chatcmpl-mock-1","object":"chat.completion.chunk","created":1700000000,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","reasoning_content":"hm"},"finish_reason":null}]}


    b0
    data: {"id":"chatcmpl-mock-1","object":"chat.completion.chunk","created":1700000000,"model":"m","choices":[{"index":0,"delta":{"content":"Højvande "},"finish_reason":null}]}


    ab
    data: {"id":"chatcmpl-mock-1","object":"chat.completion.chunk","created":1700000000,"model":"m","choices":[{"index":0,"delta":{"content":"🌊!"},"finish_reason":null}]}


    fe
    data: {"id":"chatcmpl-mock-1","object":"chat.completion.chunk","created":1700000000,"model":"m","choices":[{"index":0,"delta":{"tool_calls":[{"function":{"arguments":"","name":"tide"},"id":"call_1","index":0,"type":"function"}]},"finish_reason":null}]}


    dc
    data: {"id":"chatcmpl-mock-1","object":"chat.completion.chunk","created":1700000000,"model":"m","choices":[{"index":0,"delta":{"tool_calls":[{"function":{"arguments":"{\"city\":\""},"index":0}]},"finish_reason":null}]}


    da
    data: {"id":"chatcmpl-mock-1","object":"chat.completion.chunk","created":1700000000,"model":"m","choices":[{"index":0,"delta":{"tool_calls":[{"function":{"arguments":"Tromsø\"}"},"index":0}]},"finish_reason":null}]}


    f4
    data: {"id":"chatcmpl-mock-1","object":"chat.completion.chunk","created":1700000000,"model":"m","choices":[{"index":0,"delta":{"tool_calls":[{"custom":{"input":"","name":"sh"},"id":"call_2","index":1,"type":"custom"}]},"finish_reason":null}]}


    cc
    data: {"id":"chatcmpl-mock-1","object":"chat.completion.chunk","created":1700000000,"model":"m","choices":[{"index":0,"delta":{"tool_calls":[{"custom":{"input":"ls"},"index":1}]},"finish_reason":null}]}


    a2
    data: {"id":"chatcmpl-mock-1","object":"chat.completion.chunk","created":1700000000,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}


    b4
    data: {"id":"chatcmpl-mock-1","object":"chat.completion.chunk","created":1700000000,"model":"m","choices":[],"usage":{"prompt_tokens":11,"completion_tokens":4,"total_tokens":15}}


    e
    data: [DONE]


    0
    "#);
}

#[tokio::test]
async fn fragments_go_out_with_the_indexes_that_they_have() {
    let fragment = |index| ToolCallFragment::new().with_index(index);
    let mut nameless = ToolCallFragment::new().with_id("b").with_name("u");
    nameless.arguments = None;
    let reply = MockReply::in_fragments(
        "",
        [fragment(4_000_000_000).with_id("a").with_name("t").with_arguments("{}"), nameless],
    );
    let sent = in_memory(reply, true).await;
    let deltas: Vec<&str> = sent.lines().filter(|line| line.contains("tool_calls\":")).collect();
    insta::assert_snapshot!(deltas.join("\n"), @r#"
    data: {"id":"chatcmpl-mock-1","object":"chat.completion.chunk","created":1700000000,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","tool_calls":[{"function":{"arguments":"{}","name":"t"},"id":"a","index":4000000000,"type":"function"}]},"finish_reason":null}]}
    data: {"id":"chatcmpl-mock-1","object":"chat.completion.chunk","created":1700000000,"model":"m","choices":[{"index":0,"delta":{"tool_calls":[{"function":{"name":"u"},"id":"b","type":"function"}]},"finish_reason":null}]}
    "#);
}

#[tokio::test]
async fn usage_comes_in_a_stream_only_if_it_was_asked_for() {
    let transport = MockTransport::new(Script::cycling([rich()]));
    let sent = String::from_utf8(closing(&question(true))).expect("text");
    let unasked = sent.replace("true}", "null}");
    let (bytes, _) = exchange(&mut connection(&transport), unasked.as_bytes()).await;
    assert!(!String::from_utf8_lossy(&bytes).contains("usage"));
}

#[tokio::test]
async fn each_fault_ends_the_bytes_in_its_own_way() {
    let reply = || MockReply::from("abcdef").with_chunk_chars(2);
    let mut ends = Vec::new();
    for (name, fault) in [
        ("reset", Fault::Reset),
        ("cut", Fault::Cut),
        ("end", Fault::End),
        ("malformed", Fault::Malformed),
        ("error", Error::new(ErrorKind::Server, "overloaded").with_code("busy").into()),
    ] {
        for streamed in [true, false] {
            let sent = in_memory(reply().failing_after(1, fault.clone()), streamed).await;
            let end = sent.split_once("\n\n").map_or(sent.as_str(), |(_, body)| body);
            ends.push(format!(
                "{name}, {}\n{}",
                if streamed { "stream" } else { "call" },
                end.trim()
            ));
        }
    }
    insta::assert_snapshot!(ends.join("\n\n"), @r#"
    reset, stream
    bb
    data: {"id":"chatcmpl-mock-1","object":"chat.completion.chunk","created":1700000000,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"ab"},"finish_reason":null}]}


    <reset>

    reset, call
    {"id":"chatcmpl-mock-1","object":"chat.completion","created":1700000000,"model":"m","choices":[{"i<reset>

    cut, stream
    bb
    data: {"id":"chatcmpl-mock-1","object":"chat.completion.chunk","created":1700000000,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"ab"},"finish_reason":null}]}

    cut, call
    {"id":"chatcmpl-mock-1","object":"chat.completion","created":1700000000,"model":"m","choices":[{"i

    end, stream
    bb
    data: {"id":"chatcmpl-mock-1","object":"chat.completion.chunk","created":1700000000,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"ab"},"finish_reason":null}]}


    0

    end, call
    {"id":"chatcmpl-mock-1","object":"chat.completion","created":1700000000,"model":"m","choices":[{"i

    malformed, stream
    bb
    data: {"id":"chatcmpl-mock-1","object":"chat.completion.chunk","created":1700000000,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"ab"},"finish_reason":null}]}


    1e
    data: {"reply": [malformed]}


    0

    malformed, call
    {"reply": [malformed]}

    error, stream
    bb
    data: {"id":"chatcmpl-mock-1","object":"chat.completion.chunk","created":1700000000,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"ab"},"finish_reason":null}]}


    5b
    data: {"error":{"message":"overloaded","type":"server_error","param":null,"code":"busy"}}


    0

    error, call
    {"error":{"message":"overloaded","type":"server_error","param":null,"code":"busy"}}
    "#);
}

#[tokio::test]
async fn a_fault_at_a_byte_of_the_body_leaves_exactly_so_many() {
    let reply = MockReply::from("abc").failing_at_byte(10, Fault::Cut);
    let sent = in_memory(reply.clone(), false).await;
    assert_eq!(sent.split_once("\n\n").expect("a body").1, r#"{"id":"cha"#);
    let sent = in_memory(reply, true).await;
    assert_eq!(sent.split_once("\n\n").expect("a body").1, "a\ndata: {\"id\n");
}

#[tokio::test]
async fn a_cut_can_go_through_a_character_and_through_a_field() {
    let reply = |cuts| MockReply::from("ø").with_cuts(cuts);
    for (cuts, place) in
        [(Cuts::InsideChars, &b"\xc3\r\n"[..]), (Cuts::InsideFields, b"\r\nda\r\n")]
    {
        let transport = MockTransport::new(Script::cycling([reply(cuts.clone())]));
        let (bytes, _) = exchange(&mut connection(&transport), &closing(&question(true))).await;
        let found = bytes.windows(place.len()).any(|window| window == place);
        assert!(found, "{cuts:?}: {}", bytes.escape_ascii());
    }
}

#[tokio::test]
async fn errors_are_a_status_with_headers_and_a_body() {
    let error = |kind, text: &str| Error::new(kind, text);
    let busy = error(ErrorKind::RateLimited, "slow down");
    let mut sent = Vec::new();
    let replies: [MockReply; 7] = [
        busy.clone().with_retry_after(super::SECOND * 2).with_request_id("req_1").into(),
        busy.clone().with_retry_after(super::SECOND / 4).with_retryable(false).into(),
        ErrorReply::new(busy).with_header("content-type", "text/plain").with_body("slow").into(),
        error(ErrorKind::QuotaExhausted, "no credit").into(),
        error(ErrorKind::Server, "overloaded").with_status(529).with_code("busy").into(),
        error(ErrorKind::Timeout, "upstream").with_status(504).into(),
        error(ErrorKind::Tls, "bad certificate").into(),
    ];
    for reply in replies {
        sent.push(in_memory(reply, false).await);
    }
    insta::assert_snapshot!(sent.join("\n----\n"), @r#"
    HTTP/1.1 429 Too Many Requests
    content-type: application/json
    retry-after: 2
    x-request-id: req_1
    content-length: 87

    {"error":{"message":"slow down","type":"rate_limit_exceeded","param":null,"code":null}}
    ----
    HTTP/1.1 429 Too Many Requests
    content-type: application/json
    retry-after-ms: 250
    x-should-retry: false
    content-length: 87

    {"error":{"message":"slow down","type":"rate_limit_exceeded","param":null,"code":null}}
    ----
    HTTP/1.1 429 Too Many Requests
    content-type: text/plain
    content-length: 4

    slow
    ----
    HTTP/1.1 429 Too Many Requests
    content-type: application/json
    content-length: 102

    {"error":{"message":"no credit","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}
    ----
    HTTP/1.1 529 
    content-type: application/json
    content-length: 83

    {"error":{"message":"overloaded","type":"server_error","param":null,"code":"busy"}}
    ----
    HTTP/1.1 504 Gateway Timeout
    content-type: application/json
    content-length: 77

    {"error":{"message":"upstream","type":"mock_error","param":null,"code":null}}
    ----
    HTTP/1.1 501 Not Implemented
    content-type: application/json
    x-should-retry: false
    content-length: 84

    {"error":{"message":"bad certificate","type":"mock_error","param":null,"code":null}}
    "#);
}

#[tokio::test]
async fn a_raw_response_goes_out_as_it_is() {
    let raw = RawReply::new(418).with_header("X-Own", "1").with_body(vec![0xff, 0, b'a']);
    let transport = MockTransport::new(Script::cycling([raw]));
    let (bytes, _) = exchange(&mut connection(&transport), &closing(&question(false))).await;
    let expected = b"HTTP/1.1 418 \r\nX-Own: 1\r\ncontent-length: 3\r\n\r\n\xff\0a";
    assert_eq!(bytes, expected);
}
