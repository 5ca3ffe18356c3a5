//! What TLS says or fails at after its handshake, under either version of HTTP.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ek_core::ErrorKind::{Interrupted, Tls};
use ek_mock::wire::{ServerTls, response_head};
use tokio::io::AsyncWriteExt as _;

use super::frames::Frames;
use super::secure::{Secure, SecureWire};
use super::{ask, assert_well};
use crate::support::hidden::assert_error_hides;
use crate::support::memory::{read_request, write};
use crate::support::{REPLY, completion, in_time, well};

/// When a server breaks TLS.
#[derive(Clone, Copy, Debug, PartialEq)]
enum After {
    Request,
    SecondRequest,
    Head,
}

/// Writes these bytes beneath TLS, and ends the connection.
async fn break_off(mut stream: Secure, bytes: &[u8]) {
    let (tcp, _) = stream.get_mut();
    tcp.write_all(bytes).await.expect("the client reads");
    tcp.shutdown().await.expect("the client reads");
    read_request(tcp).await;
}

async fn break_http1(mut stream: Secure, after: After, bytes: &[u8]) {
    read_request(&mut stream).await;
    if after == After::SecondRequest {
        write(&mut stream, well()).await;
        read_request(&mut stream).await;
    }
    if after == After::Head {
        write(&mut stream, response_head(200, &[("content-length", "1000")])).await;
    }
    break_off(stream, bytes).await;
}

async fn break_http2(mut frames: Frames, after: After, bytes: &[u8]) {
    let mut stream = frames.asked().await.expect("a request");
    if after == After::SecondRequest {
        frames.answer(stream).await;
        stream = frames.asked().await.expect("a second one");
    }
    if after == After::Head {
        frames.head(stream).await;
    }
    break_off(frames.into_stream(), bytes).await;
}

/// A server of this protocol that breaks its first connection, and answers well on the others.
fn breaking(protocol: &'static str, after: After, bytes: &'static [u8]) -> SecureWire {
    let connections = Arc::new(AtomicUsize::new(0));
    SecureWire::new(&[protocol], move |mut stream| {
        let breaks = connections.fetch_add(1, Ordering::SeqCst) == 0;
        async move {
            if protocol == "h2" {
                let mut frames = Frames::begin(stream, &[]).await.expect("a client");
                return match breaks {
                    true => break_http2(frames, after, bytes).await,
                    false => frames.answer_all().await,
                };
            }
            if breaks {
                return break_http1(stream, after, bytes).await;
            }
            while read_request(&mut stream).await && write(&mut stream, well()).await {}
        }
    })
}

/// The handshake is over, so that the server may have read the request and done the work.
#[tokio::test(start_paused = true)]
async fn s38_tls_that_breaks_after_the_request_interrupts_a_call_that_may_have_been_executed() {
    for bytes in [
        &b"\x17\x03\x03\x00\x18MARK: not what it should"[..],
        b"HTTP/1.1 400 MARK\r\n\r\n",
        b"\x17\x03\x03\xff\xffMARK",
        // An alert, and a wish to negotiate anew, in the clear.
        b"\x15\x03\x03\x00\x02\x02\x50",
        b"\x16\x03\x03\x00\x04\x00\x00\x00\x00",
    ] {
        for after in [After::Request, After::SecondRequest, After::Head] {
            for protocol in ["h2", "http/1.1"] {
                let wire = breaking(protocol, after, bytes);
                let provider = wire.provider(|settings| settings);
                if after == After::SecondRequest {
                    assert_well(in_time(ask(provider.clone())).await);
                }
                let error = in_time(ask(provider.clone())).await.expect_err("broken");
                assert_eq!(error.kind(), Interrupted, "{protocol}, after {after:?}: {error:?}");
                assert!(error.is_retryable() && error.may_have_executed(), "{error:?}");
                let opening = "the connection to localhost broke before the answer was whole: ";
                assert!(error.to_string().starts_with(opening), "{error}");
                assert_error_hides(&error);
                assert_well(in_time(ask(provider)).await);
                assert_eq!(wire.wire.dialled(), 2);
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn s11_a_client_certificate_that_is_wanted_is_a_tls_error_over_http2_as_well() {
    let tls = ServerTls::localhost().alpn(["h2"]).with_client_auth();
    let wire = SecureWire::with_tls(&tls, |_| async {});
    let error = in_time(ask(wire.provider(|settings| settings))).await.expect_err("refused");
    assert_eq!((error.kind(), error.may_have_executed()), (Tls, false), "{error:?}");
    assert!(error.to_string().ends_with("AlertReceived: CertificateRequired"), "{error}");
    assert_eq!(wire.wire.dialled(), 1);
}

/// A key is changed before each byte.
#[tokio::test(start_paused = true)]
async fn keys_may_change_in_the_middle_of_an_answer() {
    let http1 = SecureWire::new(&["http/1.1"], |mut stream| async move {
        while read_request(&mut stream).await {
            for byte in well() {
                stream.get_mut().1.refresh_traffic_keys().expect("TLS 1.3");
                write(&mut stream, [byte]).await;
            }
        }
    });
    let http2 = SecureWire::new(&["h2"], |stream| async move {
        let mut frames = Frames::begin(stream, &[]).await.expect("a client");
        while let Some(stream) = frames.asked().await {
            frames.head(stream).await;
            for byte in completion(REPLY).bytes() {
                frames.change_key();
                frames.data(stream, [byte], false).await;
            }
            frames.data(stream, "", true).await;
        }
    });
    for wire in [http1, http2] {
        let provider = wire.provider(|settings| settings);
        assert_well(in_time(ask(provider.clone())).await);
        assert_well(in_time(ask(provider)).await);
        assert_eq!(wire.wire.dialled(), 1);
    }
}
