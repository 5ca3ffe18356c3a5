//! A call that is dropped after any number of turns, on each kind of way: while it dials, asks a proxy, shakes
//! hands, sends a large request, waits, or reads. The one place is free for the next call, and no task is left.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use ek_core::{ChatRequest, LlmProvider as _, StreamingProvider as _};
use ek_http::{Provider, ProviderBuilder, TlsRoots};
use ek_mock::wire::ServerTls;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, DuplexStream};
use tokio::task::{JoinSet, yield_now};
use tokio::time::{Instant, sleep};
use tokio_rustls::TlsAcceptor;

use super::{ask, assert_well};
use crate::support::memory::{read_request, write};
use crate::support::metered::Metered;
use crate::support::{REPLY, completion, in_time, settings, settled, well};

/// What stands between the client and the answer.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Plain,
    Tls,
    Http2,
    Tunnel,
    Socks,
}

impl Way {
    fn is_secure(self) -> bool {
        self != Self::Plain && self != Self::Socks
    }
}

/// Writes these bytes in small pieces, and lets the others run after each.
async fn drip(stream: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) -> bool {
    for piece in bytes.chunks(40) {
        if !write(stream, piece).await {
            return false;
        }
        yield_now().await;
    }
    true
}

async fn answer_all(mut stream: impl AsyncRead + AsyncWrite + Unpin) {
    while read_request(&mut stream).await && drip(&mut stream, &well()).await {}
}

async fn answer_all_http2(stream: impl AsyncRead + AsyncWrite + Unpin) {
    let Ok(mut connection) = h2::server::handshake(stream).await else { return };
    let mut answers = JoinSet::new();
    while let Some(Ok((request, mut respond))) = connection.accept().await {
        answers.spawn(async move {
            let mut body = request.into_body();
            while let Some(Ok(data)) = body.data().await {
                let _ = body.flow_control().release_capacity(data.len());
            }
            let Ok(mut stream) = respond.send_response(hyper::Response::new(()), false) else {
                return;
            };
            for piece in completion(REPLY).as_bytes().chunks(40) {
                let _ = stream.send_data(piece.to_vec().into(), false);
                yield_now().await;
            }
            let _ = stream.send_data(Vec::new().into(), true);
        });
    }
}

/// Opens the way byte by byte. False if the client leaves.
async fn open(way: Way, stream: &mut DuplexStream) -> bool {
    let mut taken = [0; 19];
    match way {
        Way::Tunnel => {
            let established = b"HTTP/1.1 200 Connection established\r\n\r\n";
            read_request(stream).await && drip(stream, established).await
        }
        Way::Socks => {
            stream.read_exact(&mut taken[..3]).await.is_ok()
                && drip(stream, &[5]).await
                && drip(stream, &[0]).await
                && stream.read_exact(&mut taken[..17]).await.is_ok()
                && drip(stream, &[5, 0, 0, 1, 0]).await
                && drip(stream, &[0, 0, 0, 0, 0]).await
        }
        Way::Plain | Way::Tls | Way::Http2 => true,
    }
}

fn server(way: Way) -> (Metered, ProviderBuilder) {
    let tls = ServerTls::for_names(["model.test"]);
    let tls = tls.alpn(if way == Way::Http2 { ["h2"] } else { ["http/1.1"] });
    let acceptor = TlsAcceptor::from(Arc::new(tls.server_config().expect("a certificate")));
    let wire = Metered::new(move |mut stream| {
        let acceptor = acceptor.clone();
        async move {
            if !open(way, &mut stream).await {
                return;
            }
            if !way.is_secure() {
                return answer_all(stream).await;
            }
            match acceptor.accept(stream).await {
                Ok(stream) if way == Way::Http2 => answer_all_http2(stream).await,
                Ok(stream) => answer_all(stream).await,
                Err(_) => {}
            }
        }
    });
    let wire = wire.dialling(|_| async {
        yield_now().await;
        Ok(())
    });
    let base = if way.is_secure() { "https://model.test" } else { "http://model.test" };
    let settings = settings(base).allow_insecure_key(true).connector(wire.clone());
    let settings = settings.root_certificate(tls.ca_pem()).tls_roots(TlsRoots::Added);
    let settings = settings.max_connections(1).timeout(Duration::from_secs(60));
    let settings = match way {
        Way::Tunnel => settings.proxy("http://127.0.0.1:3128"),
        Way::Socks => settings.proxy("socks5h://127.0.0.1:1080"),
        Way::Plain | Way::Tls | Way::Http2 => settings,
    };
    (wire, settings)
}

/// Lets a call have this many turns at most, with all other tasks in between, and drops it. Whether it ended
/// before.
async fn dropped_after(turns: usize, call: impl Future<Output = ()>) -> bool {
    let mut call: Option<Pin<Box<_>>> = Some(Box::pin(call));
    let mut left = turns;
    std::future::poll_fn(move |cx| {
        if left == 0 {
            call = None;
            return Poll::Ready(false);
        }
        left -= 1;
        let polled = call.as_mut().map_or(Poll::Ready(()), |call| call.as_mut().poll(cx));
        cx.waker().wake_by_ref();
        polled.map(|()| true)
    })
    .await
}

async fn call(provider: Provider, streams: bool) {
    let large = ChatRequest::user("x".repeat(60_000));
    if streams {
        let mut stream = provider.stream(&large).await.expect("a stream");
        while let Some(event) = stream.next().await {
            event.expect("an event");
        }
    } else {
        provider.complete(&large).await.expect("an answer");
    }
}

#[tokio::test(start_paused = true)]
async fn s73_after_any_turn_of_a_dropped_call_the_one_place_is_free_and_no_task_is_left() {
    let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let before = tasks();
    for way in [Way::Plain, Way::Tls, Way::Http2, Way::Tunnel, Way::Socks] {
        let (wire, settings) = server(way);
        for (streams, is_warm) in [(false, false), (false, true), (true, false), (true, true)] {
            for turns in 0.. {
                let at = format!("{way:?}, streams: {streams}, warm: {is_warm}, turn {turns}");
                let provider = settings.clone().build().expect("sound settings");
                if is_warm {
                    assert_well(in_time(ask(provider.clone())).await);
                }
                let ended = dropped_after(turns, call(provider.clone(), streams)).await;
                let start = Instant::now();
                assert_well(in_time(ask(provider.clone())).await);
                assert!(start.elapsed() <= Duration::from_secs(5), "{at}");
                assert_eq!((wire.open(), wire.peak()), (1, 1), "{at}");
                drop(provider);
                sleep(Duration::from_secs(6)).await;
                settled().await;
                assert_eq!((wire.open(), tasks()), (0, before), "{at}");
                if ended {
                    assert!(turns > 5, "{at}");
                    break;
                }
            }
        }
    }
}
