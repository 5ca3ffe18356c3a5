//! Checks the headers that callers add, so that a bad one is a clear error and not a broken request.

use ek_core::{Error, ErrorKind, Result, is_credential_name};
use hyper::header::{HeaderMap, HeaderName, HeaderValue};

/// Headers that frame the message or the connection. Setting them would break both.
const RESERVED: [&str; 12] = [
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Checks a header. The value is marked sensitive, which keeps it out of logs, and errors do not show it.
pub(crate) fn checked(name: &str, value: &str) -> Result<(HeaderName, HeaderValue)> {
    let Ok(header) = HeaderName::from_bytes(name.as_bytes()) else {
        return Err(config("a header's name is empty or holds a character that is not allowed"));
    };
    if RESERVED.contains(&header.as_str()) {
        return Err(config(&format!("the header `{header}` is set by the client itself")));
    }
    let Ok(mut value) = HeaderValue::from_str(value) else {
        let message = format!(
            "the value of the header `{header}` holds a line break or another character that is not \
             allowed"
        );
        return Err(config(&message));
    };
    value.set_sensitive(true);
    Ok((header, value))
}

/// Joins two values of a header whose value is a list.
pub(crate) fn joined(first: Option<&HeaderValue>, second: &HeaderValue) -> HeaderValue {
    let Some(first) = first else { return second.clone() };
    let bytes = [first.as_bytes(), b",", second.as_bytes()].concat();
    HeaderValue::from_bytes(&bytes).unwrap_or_else(|_| second.clone())
}

/// Whether any header is a credential by its name.
pub(crate) fn has_credentials(headers: &HeaderMap) -> bool {
    headers.keys().any(|name| is_credential_name(name.as_str()))
}

fn config(message: &str) -> Error {
    Error::new(ErrorKind::Config, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_headers_are_refused_by_name_and_never_by_value() {
        for (name, value, why) in [
            ("", "x", "name is empty"),
            ("bad name", "x", "name is empty or holds"),
            ("content-length", "7", "`content-length` is set by the client"),
            ("Host", "x", "`host` is set by the client"),
            ("x-team", "MARK\r\nx-evil: 1", "value of the header `x-team`"),
        ] {
            let error = checked(name, value).expect_err(name).to_string();
            assert!(error.contains(why) && !error.contains("MARK"), "{error}");
        }
    }

    #[test]
    fn values_are_marked_sensitive() {
        assert!(checked("x-team", "blue").expect("sound").1.is_sensitive());
    }
}
