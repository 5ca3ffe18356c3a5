//! Copies the headers that an error may need after the body has begun.
//!
//! hyper's header values are slices of the connection's read buffer, and one value keeps the whole buffer.
//! Without a copy each stream would hold 8 KiB more than it needs, for minutes.

use bytes::BytesMut;
use hyper::header::{HeaderMap, HeaderValue};

/// Whether a retry hint, a request id, a rate limit or the end of the body is read from a header.
///
/// A search for each part would be half of what it costs to begin a stream.
fn is_kept(name: &str) -> bool {
    const PARTS: [&[u8]; 4] = [b"ratelimit", b"rate-limit", b"request-id", b"retry"];
    let is_part = |at| PARTS.iter().any(|part| name.as_bytes()[at..].starts_with(part));
    matches!(name, "cf-ray" | "content-length" | "date" | "transfer-encoding" | "x-amzn-requestid")
        || memchr::memchr_iter(b'r', name.as_bytes()).any(is_part)
}

/// Copies these headers.
pub(crate) fn retained(headers: &HeaderMap) -> HeaderMap {
    let kept = || headers.iter().filter(|(name, _)| is_kept(name.as_str()));
    let (count, size) = kept().fold((0, 0), |(n, size), (_, value)| (n + 1, size + value.len()));
    let (mut copy, mut bytes) = (HeaderMap::with_capacity(count), BytesMut::with_capacity(size));
    for (name, value) in kept() {
        bytes.extend_from_slice(value.as_bytes());
        // A copied value is always valid.
        if let Ok(value) = HeaderValue::from_maybe_shared(bytes.split().freeze()) {
            copy.append(name.clone(), value);
        }
    }
    copy
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use ek_core::ErrorKind;
    use hyper::StatusCode;

    use super::*;
    use crate::failure::retry_hint::rate_limit;
    use crate::failure::status::Answer;
    use crate::secrets::Secrets;
    use crate::transport::ends_with_connection;

    #[test]
    fn an_error_is_the_same_with_the_copied_headers() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_768_564_800);
        let secrets = Secrets::default();
        let error = |headers: &HeaderMap| {
            let (status, path) = (StatusCode::OK, "/");
            let answer = Answer { status, headers, secrets: &secrets, now, path };
            let error = answer.fault(ErrorKind::Server, "x");
            (error.retry_after(), error.request_id().map(str::to_owned), error.is_retryable())
        };
        let names = ["x-request-id", "request-id", "apim-request-id", "x-ms-request-id"];
        let ids =
            names.into_iter().chain(["x-amzn-requestid", "cf-ray"]).map(|name| (name, "id-1"));
        let others = [
            ("retry-after", "20"),
            ("retry-after", "Fri, 16 Jan 2026 12:00:20 GMT"),
            ("retry-after-ms", "1500"),
            ("x-should-retry", "false"),
            ("x-ratelimit-timeremaining", "7"),
            ("x-rate-limit-reset", "7"),
            ("ratelimit", "\"a\";r=0;t=7"),
            ("x-ms-retry-after-ms", "7000"),
            ("x-ratelimit-limit-requests", "9"),
            ("x-ratelimit-remaining-tokens", "0"),
            ("x-ratelimit-reset-tokens", "120ms"),
            ("anthropic-ratelimit-tokens-reset", "2026-01-16T12:00:30Z"),
            ("content-length", "7"),
            ("transfer-encoding", "chunked"),
        ];
        for (name, value) in ids.chain(others) {
            let mut all = HeaderMap::new();
            all.insert("date", HeaderValue::from_static("Fri, 16 Jan 2026 12:00:00 GMT"));
            all.insert("server", HeaderValue::from_static("kiln"));
            all.insert(name, HeaderValue::from_static(value));
            let copy = retained(&all);
            assert_eq!(copy.len(), 2, "{name}");
            assert_eq!(error(&copy), error(&all), "{name}");
            assert_eq!(rate_limit(&copy, now), rate_limit(&all, now), "{name}");
            let ends = |headers: &HeaderMap| ends_with_connection(hyper::Version::HTTP_11, headers);
            assert_eq!(ends(&copy), ends(&all), "{name}");
        }
    }

    #[test]
    fn a_name_is_kept_wherever_its_part_stands() {
        for name in
            ["retry-after", "x-my-retry", "x-request-id", "mirror-rate-limit-reset", "rratelimit"]
        {
            assert!(is_kept(name), "{name}");
        }
        for name in ["server", "x-ratelimi", "x-rate-limi", "retr", "request", "r", "", "via"] {
            assert!(!is_kept(name), "{name}");
        }
    }

    #[test]
    fn several_values_of_a_name_stay_in_order() {
        let mut all = HeaderMap::new();
        for value in ["abc", "7"] {
            all.append("retry-after", HeaderValue::from_static(value));
        }
        let values: Vec<_> = retained(&all).get_all("retry-after").iter().cloned().collect();
        assert_eq!(values, ["abc", "7"]);
    }
}
