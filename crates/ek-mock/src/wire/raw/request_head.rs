//! Reads a request head, strictly: what a proxy could take in two ways is refused here, so that a
//! client that sends it is found out. By hand and not by `httparse`, because a record of what came
//! wants the target and the names exactly as sent.

/// What a head says.
pub(super) struct RequestHead {
    pub(super) method: String,
    pub(super) target: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: BodyFraming,
}

/// Where the body of a request ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BodyFraming {
    Length(usize),
    Chunked,
}

/// Whether a method or a header name may have this byte (RFC 9110, 5.6.2).
pub(super) fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_token_byte)
}

/// Parses a head that ends with an empty line.
///
/// # Errors
///
/// What is wrong with it, in words that quote nothing of it.
pub(super) fn parse(head: &[u8]) -> Result<RequestHead, &'static str> {
    let text = String::from_utf8_lossy(head);
    let mut lines = text.trim_end_matches("\r\n").split("\r\n");
    let request_line = lines.next().unwrap_or_default();
    let mut words = request_line.split(' ');
    let (Some(method), Some(target), Some(version), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err("the request line is not a method, a target and a version");
    };
    if !is_token(method) {
        return Err("the method is not a token");
    }
    if target.is_empty() || target.contains(|c: char| c.is_control()) {
        return Err("the target is empty or has a control character");
    }
    if !matches!(version, "HTTP/1.1" | "HTTP/1.0") {
        return Err("the version is not HTTP/1.1 or HTTP/1.0");
    }
    let headers = lines.map(header).collect::<Result<Vec<_>, _>>()?;
    let body = framing(&headers)?;
    Ok(RequestHead { method: method.to_owned(), target: target.to_owned(), headers, body })
}

fn header(line: &str) -> Result<(String, String), &'static str> {
    let Some((name, value)) = line.split_once(':') else {
        return Err("a header has no colon");
    };
    if !is_token(name) {
        return Err("a header name is not a token");
    }
    if value.contains(['\r', '\n', '\0']) {
        return Err("a header value has a lone CR, a lone LF or a NUL");
    }
    let value = value.trim_matches([' ', '\t']);
    Ok((name.to_owned(), value.to_owned()))
}

fn framing(headers: &[(String, String)]) -> Result<BodyFraming, &'static str> {
    let values = |wanted: &'static str| {
        headers
            .iter()
            .filter(move |(name, _)| name.eq_ignore_ascii_case(wanted))
            .map(|(_, value)| value.as_str())
    };
    let mut lengths = values("content-length");
    let mut codings = values("transfer-encoding");
    match (lengths.next(), codings.next()) {
        (None, None) => Ok(BodyFraming::Length(0)),
        (Some(_), Some(_)) => Err("it has both a content-length and a transfer-encoding"),
        (None, Some(coding)) => {
            if codings.next().is_none() && coding.eq_ignore_ascii_case("chunked") {
                Ok(BodyFraming::Chunked)
            } else {
                Err("the transfer-encoding is not chunked alone")
            }
        }
        (Some(length), None) => {
            if lengths.next().is_some() {
                return Err("it has two content-lengths");
            }
            // `parse` alone would take a plus sign.
            if !length.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err("the content-length is not a number");
            }
            let length = length.parse();
            length.map(BodyFraming::Length).map_err(|_| "the content-length is not a number")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_taken_apart_without_changing_what_was_sent() {
        let head =
            parse(b"POST /a%20b?q=1 HTTP/1.1\r\nHoSt: x\r\nn:\r\ncontent-length: 12\r\n\r\n");
        let head = head.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((head.method.as_str(), head.target.as_str()), ("POST", "/a%20b?q=1"));
        let headers = [("HoSt", "x"), ("n", ""), ("content-length", "12")];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(head.headers, headers);
        assert_eq!(head.body, BodyFraming::Length(12));
    }

    #[test]
    fn a_head_that_two_readers_could_read_differently_is_refused() {
        for (head, why) in [
            ("GET /\r\n\r\n", "the request line is not a method, a target and a version"),
            (
                "GET / b HTTP/1.1\r\n\r\n",
                "the request line is not a method, a target and a version",
            ),
            ("G(T / HTTP/1.1\r\n\r\n", "the method is not a token"),
            ("GET  HTTP/1.1\r\n\r\n", "the target is empty or has a control character"),
            ("GET /\t HTTP/1.1\r\n\r\n", "the target is empty or has a control character"),
            ("PRI * HTTP/2.0\r\n\r\n", "the version is not HTTP/1.1 or HTTP/1.0"),
            ("GET / HTTP/1.1\r\nx\r\n\r\n", "a header has no colon"),
            ("GET / HTTP/1.1\r\nx : y\r\n\r\n", "a header name is not a token"),
            (
                "GET / HTTP/1.1\r\nx: y\nz: 1\r\n\r\n",
                "a header value has a lone CR, a lone LF or a NUL",
            ),
            (
                "GET / HTTP/1.1\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
                "it has both a content-length and a transfer-encoding",
            ),
            (
                "GET / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 1\r\n\r\n",
                "it has two content-lengths",
            ),
            ("GET / HTTP/1.1\r\ncontent-length: +1\r\n\r\n", "the content-length is not a number"),
            ("GET / HTTP/1.1\r\ncontent-length:\r\n\r\n", "the content-length is not a number"),
            (
                "GET / HTTP/1.1\r\ntransfer-encoding: gzip, chunked\r\n\r\n",
                "the transfer-encoding is not chunked alone",
            ),
        ] {
            assert_eq!(parse(head.as_bytes()).err(), Some(why), "{head:?}");
        }
    }
}
