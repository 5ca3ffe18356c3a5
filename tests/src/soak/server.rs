//! The process that stages the faults. A request says itself which one it wants.

use std::io::Read as _;
use std::time::Duration;

use ek_mock::wire::{
    Connection, RawRequest, RawServer, ServerTls, chunk, chunked, response, response_head,
};

use super::fault::Fault;
use super::http2;
use super::question::{Question, Seen};

/// Replies are capped at this size in the soak.
pub(super) const CAP: usize = 256 * 1024;

const JSON: [(&str, &str); 1] = [("content-type", "application/json")];
const SSE: [(&str, &str); 2] =
    [("content-type", "text/event-stream"), ("transfer-encoding", "chunked")];
pub(super) const REPLY: &str = r#"{"choices":[{"message":{"content":"one two three "},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":3}}"#;
pub(super) const LAST: &str = r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":3}}"#;
pub(super) const STAGED: &str = r#"{"error":{"message":"staged"}}"#;
pub(super) const STAGED_500: &str = r#"{"error":{"message":"staged","code":500}}"#;

/// Serves until the input ends, after a line with the addresses: plain, TLS, HTTP/2, silent, resetting;
/// then the authority that signs.
///
/// # Errors
/// A message, if the output cannot be written.
pub async fn serve() -> Result<(), String> {
    let seen = Seen::default();
    let tls = ServerTls::localhost();
    let authority = tls.ca_pem().replace('\n', "|");
    let http2 = http2::start(tls.clone(), seen.clone()).await?;
    let plain = RawServer::start(script(&seen)).await;
    let secure = RawServer::start_tls(script(&seen), tls).await;
    let silent = RawServer::start(Connection::new().stall()).await;
    let resetting = RawServer::start(Connection::new().rst()).await;
    let uris = [plain.uri(), secure.uri(), http2, silent.uri(), resetting.uri(), authority];
    #[expect(clippy::print_stdout, reason = "the parent reads the addresses there")]
    {
        println!("{}", uris.join(" ; "));
    }
    let ended = tokio::task::spawn_blocking(|| {
        let mut rest = Vec::new();
        std::io::stdin().read_to_end(&mut rest)
    });
    ended.await.map_err(|e| e.to_string())?.map_err(|e| e.to_string())?;
    Ok(())
}

fn script(seen: &Seen) -> Connection {
    let seen = seen.clone();
    Connection::new().read_request().choose(move |request| answer(request, &seen)).repeat()
}

fn answer(request: &RawRequest, seen: &Seen) -> Connection {
    if request.path().ends_with("/seen/chat/completions") {
        let (all, twice) = seen.counts();
        let body = REPLY.replace("one two three ", &format!("{all} {twice}"));
        return Connection::new().write(response(200, &JSON, body));
    }
    let question = Question::of(&request.body_text());
    seen.add(&question);
    stage(question.fault, question.streamed)
}

fn stage(fault: Fault, streamed: bool) -> Connection {
    let connection = Connection::new();
    let status = |status, headers: &[(&str, &str)]| {
        Connection::new().write(response(status, headers, STAGED))
    };
    match fault {
        Fault::EndAfterRequest => connection.fin(),
        Fault::ResetAfterRequest => connection.rst(),
        Fault::Silence => connection.stall(),
        Fault::DrippedHead => {
            let head = response_head(200, &JSON);
            connection.write_every(Duration::from_millis(150), head.chunks(1)).stall()
        }
        Fault::PartialHead => connection.write("HTTP/1.1 200 OK\r\ncontent-le").fin(),
        Fault::Garbage => connection.write("\u{1}\u{2}SSH-2.0-not-http\r\n\r\n").fin(),
        Fault::HugeHead => {
            let head = response_head(200, &[("x-filler", &"f".repeat(600 * 1024))]);
            connection.write(head).stall()
        }
        Fault::Status302 => status(302, &[("location", "http://127.0.0.1:1/")]),
        Fault::Status400 => status(400, &JSON),
        Fault::Status401 => status(401, &JSON),
        Fault::Status429 => status(429, &[("retry-after-ms", "3")]),
        Fault::Status500 => status(500, &JSON),
        Fault::Status503 => {
            connection.write("HTTP/1.1 503 Busy\r\ncontent-length: 90\r\n\r\nbu").rst()
        }
        Fault::ShortBody => {
            let length = REPLY.len().to_string();
            let head = response_head(200, &[("content-length", &length)]);
            connection.write(head).write(&REPLY[..40]).fin()
        }
        Fault::CutChunk => connection.write(response_head(200, &SSE[1..])).write("40\r\n{").fin(),
        Fault::ResetInBody => connection.write(&response(200, &JSON, REPLY)[..90]).rst(),
        Fault::StalledBody => connection.write(&response(200, &JSON, REPLY)[..90]).stall(),
        Fault::Page => {
            let page = "<!doctype html><title>Sign in</title>";
            connection.write(response(200, &[("content-type", "text/html")], page))
        }
        Fault::NotJson => connection.write(response(200, &JSON, "no upstream")),
        Fault::ErrorUnder200 => connection.write(response(200, &JSON, STAGED_500)),
        Fault::TooLarge => {
            connection.write(response_head(200, &JSON)).write_endlessly("a".repeat(4096))
        }
        _ if streamed => stream(fault),
        _ => connection.write(response(200, &JSON, REPLY)),
    }
}

pub(super) fn delta(content: &str) -> String {
    format!("data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{content}\"}}}}]}}\n\n")
}

fn stream(fault: Fault) -> Connection {
    let head = Connection::new().write(response_head(200, &SSE));
    let begun = head.clone().write(chunk(delta("one ")));
    let last = format!("data: {LAST}\n\n");
    match fault {
        Fault::StreamCut => begun.write(chunk("data: {\"choices\":[{")).fin(),
        Fault::StreamReset => begun.rst(),
        Fault::StreamStall => begun.stall(),
        Fault::StreamFrame => begun.write(chunk("data: {\"choices\":[{]\n\n")).stall(),
        Fault::StreamError => begun.write(chunk(format!("data: {STAGED_500}\n\n"))).stall(),
        Fault::HugeEvent => begun.write(chunk("data: ")).write_endlessly(chunk("a".repeat(4096))),
        Fault::SlowStream => {
            let pieces = ["one ", "two ", "three "].map(|word| chunk(delta(word)));
            let slow = head.write_every(Duration::from_millis(40), pieces);
            slow.write(chunked([last.as_str(), "data: [DONE]\n\n"]))
        }
        Fault::NoDone => {
            let pieces = [delta("one "), delta("two "), delta("three "), last];
            head.write(chunked(pieces))
        }
        _ => {
            let done = "data: [DONE]\n\n".to_owned();
            head.write(chunked([delta("one "), delta("two "), delta("three "), last, done]))
        }
    }
}
