//! The same script in Anthropic's protocol: what our client makes of it, and what the mock makes of what
//! our client sends.

mod cassettes;
mod events;
mod pages;
mod replies;
mod requests;

use ek_http::Provider;
use ek_mock::wire::MockTransport;

use super::{closing, connection, exchange};

/// A real client over memory.
fn over(transport: &MockTransport) -> Provider {
    let settings = Provider::anthropic("m").base_url(transport.uri());
    settings.connector(transport.clone()).build().expect("sound settings")
}

/// The answer to a request that is written by hand: its head's first line and its body.
async fn answer(
    transport: &MockTransport,
    line: &str,
    headers: &str,
    body: &str,
) -> (String, String) {
    let length = body.len();
    let sent = format!(
        "{line} HTTP/1.1\r\nhost: localhost\r\n{headers}content-length: {length}\r\n\r\n{body}"
    );
    let (bytes, _) = exchange(&mut connection(transport), &closing(sent.as_bytes())).await;
    let text = String::from_utf8(bytes).expect("UTF-8");
    let (head, body) = text.split_once("\r\n\r\n").expect("a head");
    (head.to_owned(), body.to_owned())
}
