//! Answers that are errors, under the fuzzer: any status, any headers, any body.
//!
//! The input's first byte chooses the status; lines of `name: value` up to an empty line are the
//! headers, the rest is the body. A byte 0xff in either stands for the configured key, so that the
//! fuzzer need not guess it.

use std::time::{Duration, SystemTime};

use ek_core::ErrorKind;
use hyper::StatusCode;
use hyper::header::{HeaderMap, HeaderName, HeaderValue};

use crate::failure::status::Answer;
use crate::secrets::Secrets;

const KEY: &str = "0f3a77c1Zebra55d9e2b8";
const YEAR: Duration = Duration::from_secs(366 * 24 * 3600);
const STATUSES: [u16; 12] = [200, 204, 302, 400, 401, 404, 408, 413, 429, 500, 502, 529];

/// Every error answer becomes one error that can be shown: bounded, printable, without the key.
///
/// # Panics
/// If it does not hold.
pub fn answer(input: &[u8]) {
    let Some((first, rest)) = input.split_first() else { return };
    let rest = with_key(rest);
    let (head, body) = split(&rest);
    let status = STATUSES[usize::from(*first) % STATUSES.len()];
    let mut secrets = Secrets::default();
    secrets.add_key(KEY);
    let answer = Answer {
        status: StatusCode::from_u16(status).expect("a status"),
        headers: &headers(head),
        secrets: &secrets,
        now: SystemTime::UNIX_EPOCH + Duration::from_secs(1_790_000_000),
        path: "/v1/chat/completions",
    };
    let error = answer.error(body);
    assert_ne!(error.kind(), ErrorKind::Config);
    assert!(error.retry_after().is_none_or(|wait| wait <= YEAR), "{:?}", error.retry_after());
    let shown = error.to_string();
    assert!(shown.len() < 16 * 1024, "{} bytes", shown.len());
    assert!(!shown.chars().any(char::is_control), "{shown:?}");
    let words = [error.code(), error.request_id()].map(Option::unwrap_or_default).concat();
    let all = format!("{shown} {error:?} {words}");
    assert!(!all.contains(KEY), "the key is shown: {all}");
}

fn with_key(input: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(input.len());
    for byte in input {
        match byte {
            0xff => out.extend_from_slice(KEY.as_bytes()),
            _ => out.push(*byte),
        }
    }
    out
}

fn split(input: &[u8]) -> (&[u8], &[u8]) {
    let end = input.windows(2).position(|two| two == b"\n\n");
    end.map_or((&[], input), |end| (&input[..end], &input[end + 2..]))
}

fn headers(head: &[u8]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in head.split(|byte| *byte == b'\n').take(100) {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        let name = HeaderName::from_bytes(&line[..colon]);
        let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii());
        if let (Ok(name), Ok(value)) = (name, value) {
            headers.append(name, value);
        }
    }
    headers
}
