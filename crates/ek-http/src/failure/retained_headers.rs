//! Keeps the headers that an error or a reply may need after the body has begun, as one text.
//!
//! hyper's header values are slices of the connection's read buffer, and one value keeps the whole buffer.
//! Without a copy each stream would hold 8 KiB more than it needs, for minutes; a map of copies is still
//! 1.5 KiB.

use hyper::header::{HeaderMap, HeaderName, HeaderValue};

/// Whether a retry hint, a request id, a rate limit or the end of the body is read from a header.
///
/// A search for each part would be half of what it costs to begin a stream.
fn is_kept(name: &str) -> bool {
    const PARTS: [&[u8]; 4] = [b"ratelimit", b"rate-limit", b"request-id", b"retry"];
    let is_part = |at| PARTS.iter().any(|part| name.as_bytes()[at..].starts_with(part));
    matches!(name, "cf-ray" | "content-length" | "date" | "transfer-encoding" | "x-amzn-requestid")
        || memchr::memchr_iter(b'r', name.as_bytes()).any(is_part)
}

/// A line for each header: its name, a colon, its value. No name holds a colon, and no value a line feed
/// (RFC 9110, section 5.5).
pub(crate) struct RetainedHeaders(Box<[u8]>);

impl RetainedHeaders {
    /// Copies what is kept of them.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        /// What a server of rate limits sends takes less.
        const ROOM: usize = 512;
        let mut lines = Vec::with_capacity(ROOM);
        for (name, value) in headers.iter().filter(|(name, _)| is_kept(name.as_str())) {
            for part in [name.as_str().as_bytes(), b":", value.as_bytes(), b"\n"] {
                lines.extend_from_slice(part);
            }
        }
        Self(lines.into())
    }

    /// The headers that were kept, several values of a name in their order.
    pub(crate) fn restore(&self) -> HeaderMap {
        let ends = || memchr::memchr_iter(b'\n', &self.0);
        let mut headers = HeaderMap::with_capacity(ends().count());
        let mut start = 0;
        for end in ends() {
            let line = &self.0[start..end];
            start = end + 1;
            let Some(colon) = memchr::memchr(b':', line) else { continue };
            // What was a header is one again.
            if let (Ok(name), Ok(value)) = (
                HeaderName::from_bytes(&line[..colon]),
                HeaderValue::from_bytes(&line[colon + 1..]),
            ) {
                headers.append(name, value);
            }
        }
        headers
    }
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
    fn an_error_is_the_same_with_the_retained_headers() {
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
            let copy = RetainedHeaders::of(&all).restore();
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
        let odd = [b"12:00:00".as_slice(), b"", b" 7\t", b"\xe9"];
        for value in odd {
            all.append("retry-after", HeaderValue::from_bytes(value).expect("a value"));
        }
        let kept = RetainedHeaders::of(&all).restore();
        let values: Vec<_> =
            kept.get_all("retry-after").iter().map(HeaderValue::as_bytes).collect();
        assert_eq!(values, odd);
    }
}
