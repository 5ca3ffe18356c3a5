//! Whether an exchange can be played: what would break the connection, or last for ever, is refused
//! where the file is read.

use std::time::Duration;

use hyper::header::{HeaderName, HeaderValue};

use super::exchange::{Exchange, Response, VERSION};

/// No answer takes longer, and none is waited for longer.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// Why it cannot be played, in words.
pub(super) fn check(exchange: &Exchange) -> Result<(), String> {
    if exchange.version != VERSION {
        let version = exchange.version;
        return Err(format!("its version is {version}, and this reads version {VERSION}"));
    }
    let response = &exchange.response;
    if !(200..=599).contains(&response.status) {
        let status = response.status;
        return Err(format!("its status is {status}, and an answer has one from 200 to 599"));
    }
    check_wait(response.at_ms)?;
    let mut length = 0;
    for (number, frame) in response.frames.iter().enumerate() {
        let bytes = frame.bytes().and_then(|bytes| check_wait(frame.at_ms).map(|()| bytes));
        length += bytes.map_err(|why| format!("frame {number}: {why}"))?.len();
    }
    if length > 0 && matches!(response.status, 204 | 304) {
        return Err(format!("an answer with the status {} has no body", response.status));
    }
    check_headers(response, length)
}

fn check_wait(at_ms: u64) -> Result<(), String> {
    if Duration::from_millis(at_ms) <= LONGEST_WAIT {
        return Ok(());
    }
    let most = LONGEST_WAIT.as_millis();
    Err(format!("its `at_ms` is {at_ms}, and the most is {most}, a day"))
}

fn check_headers(response: &Response, length: usize) -> Result<(), String> {
    for (name, value) in &response.headers {
        if HeaderName::from_bytes(name.as_bytes()).is_err() {
            return Err(format!("{name:?} cannot be the name of a header"));
        }
        if HeaderValue::from_bytes(value.as_bytes()).is_err() {
            return Err(format!("the value of the header {name:?} has a control character in it"));
        }
        if name.eq_ignore_ascii_case("transfer-encoding") {
            return Err("the frames are the body itself, without a transfer-encoding".to_owned());
        }
        if name.eq_ignore_ascii_case("content-length") && value.trim() != length.to_string() {
            return Err(format!(
                "the header {name:?} says {value:?}, and the frames have {length} bytes; it may be \
                 left out"
            ));
        }
    }
    Ok(())
}
