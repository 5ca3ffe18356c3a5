//! A thousand slow streams on one thread: `cargo run --release -p executionkit-tests --bin slow-streams`.
//!
//! Opens the streams twice against a server of its own process, once with executionkit and once with
//! plain hyper that only counts bytes, each client in a process of its own, and prints how much memory
//! a stream costs (the growth of the resident set with all streams open). Linux only.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command prints")]

use std::future::poll_fn;
use std::io::{BufRead as _, BufReader};
use std::pin::Pin;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use ek_mock::wire::{Connection, RawServer, chunk, response_head};
use executionkit::{ChatRequest, Provider, StreamEvent, StreamingProvider as _};
use hyper::body::Body as _;
use tokio::sync::Barrier;

const STREAMS: usize = 1_000;
const DELTAS: usize = 100;
const PAUSE: Duration = Duration::from_millis(20);

type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// One piece per pause, then the end.
fn script() -> Connection {
    let delta =
        r#"data: {"id":"c","model":"m","choices":[{"index":0,"delta":{"content":"piece "}}]}"#;
    let piece = chunk(format!("{delta}\n\n"));
    let end =
        r#"data: {"id":"c","model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;
    let end = [chunk(format!("{end}\n\ndata: [DONE]\n\n")), chunk("")].concat();
    let headers = [("content-type", "text/event-stream"), ("transfer-encoding", "chunked")];
    Connection::new()
        .read_request()
        .write(response_head(200, &headers))
        .write_every(PAUSE, vec![piece; DELTAS])
        .write(end)
}

async fn serve() -> Outcome<()> {
    let server = RawServer::start(script()).await;
    println!("{}", server.uri());
    server.wait_for_connections(usize::MAX).await;
    Ok(())
}

/// The resident set, in KiB.
fn resident() -> Outcome<usize> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    Ok(line.and_then(|line| line.split_whitespace().next()).ok_or("no VmRSS")?.parse()?)
}

/// Opens all streams, measures with all of them open, and lets them run to their end.
async fn measure<F, Fut>(open: F) -> Outcome<()>
where
    F: Fn(Arc<Barrier>) -> Fut,
    Fut: Future<Output = Outcome<()>> + Send + 'static,
{
    let before = resident()?;
    let all_open = Arc::new(Barrier::new(STREAMS + 1));
    let tasks: Vec<_> = (0..STREAMS).map(|_| tokio::spawn(open(Arc::clone(&all_open)))).collect();
    all_open.wait().await;
    let grown = resident()?.saturating_sub(before);
    for task in tasks {
        task.await??;
    }
    println!("{grown}");
    Ok(())
}

async fn with_executionkit(uri: String) -> Outcome<()> {
    let provider = Provider::builder(uri, "m").max_connections(STREAMS).build()?;
    measure(|all_open| {
        let provider = provider.clone();
        async move {
            let mut stream = provider.stream(&ChatRequest::user("go")).await?;
            let mut pieces = 0;
            while let Some(event) = stream.next().await {
                match event? {
                    StreamEvent::Text(_) => {
                        pieces += 1;
                        if pieces == 1 {
                            all_open.wait().await;
                        }
                    }
                    StreamEvent::Done(reply) if reply.content.len() == DELTAS * 6 => return Ok(()),
                    other => return Err(format!("unexpected: {other:?}").into()),
                }
            }
            Err("no Done".into())
        }
    })
    .await
}

async fn with_hyper(uri: String) -> Outcome<()> {
    use hyper_util::client::legacy::Client;
    use hyper_util::rt::TokioExecutor;

    struct Whole(Option<Bytes>);
    impl hyper::body::Body for Whole {
        type Data = Bytes;
        type Error = std::convert::Infallible;
        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Result<hyper::body::Frame<Bytes>, Self::Error>>> {
            std::task::Poll::Ready(self.0.take().map(|bytes| Ok(hyper::body::Frame::data(bytes))))
        }
    }

    let client: Client<_, Whole> = Client::builder(TokioExecutor::new()).build_http();
    measure(|all_open| {
        let client = client.clone();
        let request = hyper::Request::post(&uri).body(Whole(Some(Bytes::from_static(b"{}"))));
        async move {
            let mut body = client.request(request?).await?.into_body();
            let mut bytes = 0;
            while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
                let data = frame?.into_data().unwrap_or_default();
                if bytes == 0 && !data.is_empty() {
                    all_open.wait().await;
                }
                bytes += data.len();
            }
            if bytes > DELTAS * 80 { Ok(()) } else { Err("too few bytes".into()) }
        }
    })
    .await
}

/// A process of this program in another part.
fn part(words: &[&str]) -> Outcome<(Child, String)> {
    let mut child =
        Command::new(std::env::current_exe()?).args(words).stdout(Stdio::piped()).spawn()?;
    let mut line = String::new();
    BufReader::new(child.stdout.take().ok_or("no output")?).read_line(&mut line)?;
    Ok((child, line.trim().to_owned()))
}

fn compare() -> Outcome<()> {
    let (mut server, uri) = part(&["serve"])?;
    let measured = ["executionkit", "hyper"].map(|client| {
        let (mut child, grown) = part(&[client, &uri])?;
        let ended = child.wait()?;
        if !ended.success() {
            return Err(format!("{client} failed").into());
        }
        Ok(grown.parse::<f64>()?)
    });
    server.kill()?;
    server.wait()?;
    let [ours, plain]: [Outcome<f64>; 2] = measured;
    let (ours, plain) = (ours?, plain?);
    println!(
        "{STREAMS} streams of {DELTAS} deltas, one each {PAUSE:?}, on one thread: all complete"
    );
    let each = |kib: f64| kib / 1_000.0;
    println!("executionkit  {:6.1} KiB per stream", each(ours));
    println!("plain hyper   {:6.1} KiB per stream", each(plain));
    println!("ratio         {:6.2}", ours / plain);
    Ok(())
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let outcome = match (words.first().map(String::as_str), words.get(1), runtime) {
        (_, _, Err(error)) => Err(error.into()),
        (None, _, _) => compare(),
        (Some("serve"), _, Ok(runtime)) => runtime.block_on(serve()),
        (Some("executionkit"), Some(uri), Ok(runtime)) => {
            runtime.block_on(with_executionkit(uri.clone()))
        }
        (Some("hyper"), Some(uri), Ok(runtime)) => runtime.block_on(with_hyper(uri.clone())),
        _ => Err("takes no arguments".into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
