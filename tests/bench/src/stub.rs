//! The server: prepared bytes over keep-alive connections, as little work as can be. It runs in a
//! process of its own, so that nothing of it is in the client's figures.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bench_load::Outcome;
use bench_load::answers::{self, Answer};
use memchr::memmem;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// The headers that a real endpoint sends, besides those that frame the body.
pub const HEADERS: &str = "\
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

struct Prepared {
    writes: Vec<Vec<u8>>,
    pause: Option<Duration>,
}

impl Prepared {
    fn of(answer: Answer) -> Self {
        let kind =
            if answer.stream { "text/event-stream; charset=utf-8" } else { "application/json" };
        let length = match answer.stream {
            true => "transfer-encoding: chunked".to_owned(),
            false => format!("content-length: {}", answer.bytes()),
        };
        let head = format!("HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\n{length}\r\n{HEADERS}\r\n");
        let mut writes = vec![head.into_bytes()];
        for piece in answer.pieces {
            writes.push(if answer.stream { chunk(&piece) } else { piece });
        }
        if answer.stream {
            let last = writes.last_mut().expect("the head at least");
            last.extend_from_slice(b"0\r\n\r\n");
        }
        if !answer.stream {
            writes = vec![writes.concat()];
        }
        Self { writes, pause: answer.pause }
    }
}

fn chunk(piece: &[u8]) -> Vec<u8> {
    [format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat()
}

/// Tells its address on stdout and answers until it is ended.
///
/// # Errors
/// If it cannot listen.
pub async fn serve() -> Outcome<()> {
    let prepared = answers::all().into_iter().map(|answer| (answer.name, Prepared::of(answer)));
    let answers: Arc<HashMap<_, _>> = Arc::new(prepared.collect());
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    loop {
        let (socket, _) = listener.accept().await?;
        socket.set_nodelay(true)?;
        let answers = Arc::clone(&answers);
        // A client that goes away is its own affair.
        tokio::spawn(async move { drop(connection(socket, &answers).await) });
    }
}

async fn connection(mut socket: TcpStream, answers: &HashMap<&str, Prepared>) -> Outcome<()> {
    let mut buffer = Vec::with_capacity(128 * 1024);
    loop {
        let end = loop {
            if let Some(at) = memmem::find(&buffer, b"\r\n\r\n") {
                break at + 4;
            }
            if socket.read_buf(&mut buffer).await? == 0 {
                return Ok(());
            }
        };
        let head = std::str::from_utf8(&buffer[..end])?;
        let name = head.split('/').nth(1).ok_or("no path")?;
        let answer = answers.get(name).ok_or("no such answer")?;
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>())
        });
        let whole = end + length.ok_or("no content length")??;
        while buffer.len() < whole {
            if socket.read_buf(&mut buffer).await? == 0 {
                return Ok(());
            }
        }
        buffer.drain(..whole);
        for write in &answer.writes {
            socket.write_all(write).await?;
            if let Some(pause) = answer.pause {
                tokio::time::sleep(pause).await;
            }
        }
    }
}
