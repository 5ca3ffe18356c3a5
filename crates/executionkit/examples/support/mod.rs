//! The mock server of the examples: real HTTP on loopback, and one answer in both forms.

use std::time::Duration;

use ek_mock::wire::{Connection, RawServer, chunk, chunked, response, response_head};

const REPLY: &str = r#"{"model":"mock-1","choices":[{"index":0,"finish_reason":"stop",
    "message":{"role":"assistant","content":"Fast cooling cracks the clay."}}],
    "usage":{"prompt_tokens":23,"completion_tokens":7,"total_tokens":30}}"#;

const PIECES: [&str; 5] = ["Fast", " cooling", " cracks", " the", " clay."];

const TAIL: &str = r#"data: {"model":"mock-1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}

data: {"model":"mock-1","choices":[],"usage":{"prompt_tokens":23,"completion_tokens":7}}

data: [DONE]

"#;

/// Answers in pieces where a request asks for a stream, else in one.
pub(crate) async fn mock_server() -> RawServer {
    let answer = Connection::new().read_request().choose(|request| {
        if request.body_text().contains(r#""stream":true"#) {
            return streamed();
        }
        Connection::new().write(response(200, &[("content-type", "application/json")], REPLY))
    });
    RawServer::start(answer.repeat()).await
}

fn streamed() -> Connection {
    let headers = [("content-type", "text/event-stream"), ("transfer-encoding", "chunked")];
    let pieces = PIECES.map(|text| {
        let data = r#"{"model":"mock-1","choices":[{"index":0,"delta":{"content":""#;
        chunk(format!("data: {data}{text}\"}}}}]}}\n\n"))
    });
    let begun = Connection::new().write(response_head(200, &headers));
    begun.write_every(Duration::from_millis(60), pieces).write(chunked([TAIL]))
}
