//! A request as it came in, and a `Debug` that shows nothing of what it carries.

use std::borrow::Cow;
use std::fmt;

/// One request that a server has read to its end.
///
/// Its `Debug` prints the method, the path, the names of the headers and the length of the body, for
/// the rest may hold keys and prompts: the query, the values, the body.
///
/// ```
/// use ek_mock::wire::RawServer;
///
/// fn assert_that_no_key_is_sent(server: &RawServer) {
///     for request in server.requests() {
///         assert_eq!(request.path(), "/v1/chat/completions");
///         assert_eq!(request.header("authorization"), None);
///     }
/// }
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RawRequest {
    /// The index of the connection that it came on.
    pub connection: usize,
    /// The method, as sent.
    pub method: String,
    /// The target, as sent: path and query, or `host:port` of a `CONNECT`.
    pub target: String,
    /// Names as sent and values without the white space around them, in order. Bytes that are not
    /// UTF-8 are replaced; `head` has them.
    pub headers: Vec<(String, String)>,
    /// The body, with chunks put together.
    pub body: Vec<u8>,
    /// The head byte by byte, with the empty line at its end.
    pub head: Vec<u8>,
}

impl RawRequest {
    /// The first value of a header, whatever the case of its name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.header_values(name).next()
    }

    /// All values of a header, whatever the case of its name.
    pub fn header_values(&self, name: &str) -> impl Iterator<Item = &str> {
        let wanted = move |(key, _): &&(String, String)| key.eq_ignore_ascii_case(name);
        self.headers.iter().filter(wanted).map(|(_, value)| value.as_str())
    }

    /// The target without the query.
    pub fn path(&self) -> &str {
        self.target.split_once('?').map_or(&self.target, |(path, _)| path)
    }

    /// The query, or an empty text.
    pub fn query(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }

    /// The body as text. Bytes that are not UTF-8 are replaced.
    pub fn body_text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }
}

impl fmt::Debug for RawRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("RawRequest")
            .field("connection", &self.connection)
            .field("method", &self.method)
            .field("path", &self.path())
            .field("header_names", &names)
            .field("body_length", &self.body.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> RawRequest {
        RawRequest {
            connection: 3,
            method: "POST".to_owned(),
            target: "/v1/chat?key=sk-query".to_owned(),
            headers: vec![
                ("Authorization".to_owned(), "Bearer sk-header".to_owned()),
                ("x-twice".to_owned(), "one".to_owned()),
                ("X-Twice".to_owned(), "two".to_owned()),
            ],
            body: b"a private prompt".to_vec(),
            head: b"POST /v1/chat?key=sk-query HTTP/1.1\r\n\r\n".to_vec(),
        }
    }

    #[test]
    fn headers_are_found_whatever_their_case() {
        let request = request();
        assert_eq!(request.header("authorization"), Some("Bearer sk-header"));
        assert_eq!(request.header_values("X-TWICE").collect::<Vec<_>>(), ["one", "two"]);
        assert_eq!(request.header("x-absent"), None);
    }

    #[test]
    fn debug_shows_names_and_lengths_and_no_values() {
        assert_eq!(
            format!("{:?}", request()),
            "RawRequest { connection: 3, method: \"POST\", path: \"/v1/chat\", header_names: \
             [\"Authorization\", \"x-twice\", \"X-Twice\"], body_length: 16, .. }"
        );
    }
}
