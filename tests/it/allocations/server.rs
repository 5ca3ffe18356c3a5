//! A server in threads of its own: the same bytes to every request, over connections that stay open.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Barrier};

use super::answers::Answer;

/// The headers a real endpoint sends, besides those that frame the body.
const HEADERS: &str = "\
date: Mon, 16 Jun 2025 12:00:00 GMT\r\n\
access-control-expose-headers: X-Request-ID\r\n\
alt-svc: h3=\":443\"; ma=86400\r\n\
cf-cache-status: DYNAMIC\r\n\
cf-ray: 95062fd0aa9bd0c5-OSL\r\n\
openai-organization: kiln-and-sons\r\n\
openai-processing-ms: 412\r\n\
openai-version: 2020-10-01\r\n\
server: cloudflare\r\n\
strict-transport-security: max-age=31536000; includeSubDomains; preload\r\n\
x-content-type-options: nosniff\r\n\
x-ratelimit-limit-requests: 10000\r\n\
x-ratelimit-limit-tokens: 200000\r\n\
x-ratelimit-remaining-requests: 9999\r\n\
x-ratelimit-remaining-tokens: 199987\r\n\
x-request-id: req_1f0c3f8a2d6b4e7f9a5c8d2e4b6a7f90\r\n";

/// Gives its base URL. The threads end with the process.
///
/// This number of connections go in step: no write is made before each of them has come to it. By this, and
/// not by a clock, the calls are under way at the same time.
pub(super) fn start(answer: &Answer, together: usize) -> String {
    let kind = if answer.stream { "text/event-stream" } else { "application/json" };
    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\n{HEADERS}");
    let writes: Vec<String> = match answer.stream {
        true => {
            let mut writes: Vec<_> = answer.pieces().map(chunk).collect();
            writes[0].insert_str(0, &format!("{head}transfer-encoding: chunked\r\n\r\n"));
            writes.last_mut().expect("a piece").push_str("0\r\n\r\n");
            writes
        }
        false => {
            vec![format!("{head}content-length: {}\r\n\r\n{}", answer.body.len(), answer.body)]
        }
    };
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let uri = format!("http://{}/v1", listener.local_addr().expect("an address"));
    let (writes, step) = (Arc::new(writes), Arc::new(Barrier::new(together)));
    std::thread::spawn(move || {
        while let Ok((socket, _)) = listener.accept() {
            let (writes, step) = (Arc::clone(&writes), Arc::clone(&step));
            // A client that goes away ends its connection and nothing else.
            std::thread::spawn(move || drop(answer_all(&socket, &writes, &step)));
        }
    });
    uri
}

fn chunk(piece: &str) -> String {
    format!("{:x}\r\n{piece}\r\n", piece.len())
}

fn answer_all(socket: &TcpStream, writes: &[String], step: &Barrier) -> std::io::Result<()> {
    socket.set_nodelay(true)?;
    let mut reader = BufReader::new(socket);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
            if line == "\r\n" {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let mut socket = socket;
        for write in writes {
            step.wait();
            socket.write_all(write.as_bytes())?;
        }
    }
}
