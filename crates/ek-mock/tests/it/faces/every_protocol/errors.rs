//! Errors through our client.

use std::time::Duration;

use ek_core::{ChatRequest, Error, ErrorKind, StreamingProvider as _};
use ek_mock::wire::MockTransport;
use ek_mock::{MockReply, Script};

use super::super::ask;
use super::{ALL, over};

#[tokio::test(start_paused = true)]
async fn every_kind_that_a_server_can_make_is_what_the_client_says() {
    use ErrorKind::*;
    for protocol in &ALL {
        for (kind, heard, retryable) in [
            (Rejected, Rejected, false),
            (QuotaExhausted, QuotaExhausted, false),
            (RateLimited, RateLimited, true),
            (Server, Server, true),
            (Timeout, Timeout, true),
            (Connect, Interrupted, true),
            (Interrupted, Interrupted, true),
            (Malformed, Malformed, true),
            (TooLarge, TooLarge, false),
            // No server can make these: a refusal that says so, and is not tried again.
            (Config, Server, false),
            (Unsupported, Server, false),
            (Tls, Server, false),
        ] {
            let transport = MockTransport::new(Script::cycling([Error::new(kind, "why")]));
            let error = ask(&over(protocol, &transport), "?").await.expect_err("an error");
            let found = (error.kind(), error.is_retryable());
            assert_eq!(found, (heard, retryable), "{protocol} {kind:?}: {error}");
        }
    }
}

#[tokio::test]
async fn an_overloaded_server_says_so_by_status_and_in_mid_stream() {
    for (protocol, status) in ALL.iter().zip([503, 529, 500, 503]) {
        let busy = || {
            Error::new(ErrorKind::Server, "overloaded")
                .with_status(status)
                .with_request_id("req_1")
                .with_retry_after(Duration::from_secs(3))
        };
        let error = ask(&over(protocol, &MockTransport::new(Script::cycling([busy()]))), "?").await;
        let error = error.expect_err("an error");
        assert_eq!((error.kind(), error.status()), (ErrorKind::Server, Some(status)), "{protocol}");
        assert_eq!(
            (error.request_id(), error.retry_after()),
            (Some("req_1"), Some(Duration::from_secs(3))),
            "{protocol}"
        );

        let reply = MockReply::from("Slowly, or the clay cracks.").failing_after(2, busy());
        let script = Script::cycling([reply]).with_chunk_chars(8);
        let real = over(protocol, &MockTransport::new(script));
        let stream = real.stream(&ChatRequest::user("?")).await.expect("a stream");
        let error = stream.collect().await.expect_err("it breaks off");
        assert_eq!(error.kind(), ErrorKind::Server, "{protocol}");
        assert_eq!(error.partial().expect("what came").content, "Slowly, or the c", "{protocol}");
    }
}

#[tokio::test]
async fn a_rate_limit_in_mid_stream_is_one() {
    for protocol in &ALL {
        let limit = Error::new(ErrorKind::RateLimited, "slow down");
        let reply = MockReply::from("Slowly, or the clay cracks.").failing_after(2, limit);
        let real = over(protocol, &MockTransport::new(Script::cycling([reply])));
        let stream = real.stream(&ChatRequest::user("?")).await.expect("a stream");
        let error = stream.collect().await.expect_err("it breaks off");
        assert_eq!(error.kind(), ErrorKind::RateLimited, "{protocol}: {error}");
    }
}

/// The code is what programs decide by.
#[tokio::test]
async fn a_code_of_the_script_reaches_the_client() {
    for (protocol, code) in ALL.iter().zip([
        "model_not_found",
        "not_found_error",
        "model_not_found",
        "FAILED_PRECONDITION",
    ]) {
        let error = Error::new(ErrorKind::Rejected, "why").with_code(code);
        let error = ask(&over(protocol, &MockTransport::new(Script::cycling([error]))), "?").await;
        assert_eq!(error.expect_err("an error").code(), Some(code), "{protocol}");
    }
}
