//! What the tests of the wire share: a client of a few lines, for requests that no library makes.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// What a server answers to a GET, head and all.
pub(crate) async fn get(address: &str, path: &str) -> String {
    get_of(address, path, &["host: localhost"]).await
}

/// The same with these headers, the host among them.
pub(crate) async fn get_of(address: &str, path: &str, headers: &[&str]) -> String {
    exchange(address, &format!("GET {path} HTTP/1.1"), headers, "").await
}

/// What a server answers to a POST with these headers, head and all.
pub(crate) async fn post(address: &str, target: &str, headers: &[&str], body: &str) -> String {
    let headers = [&["host: localhost"], headers].concat();
    exchange(address, &format!("POST {target} HTTP/1.1"), &headers, body).await
}

async fn exchange(address: &str, line: &str, headers: &[&str], body: &str) -> String {
    let length = format!("content-length: {}", body.len());
    let head = [&[line], headers, &[&length, "connection: close", "", body]].concat();
    let mut stream = TcpStream::connect(address).await.expect("a server");
    stream.write_all(head.join("\r\n").as_bytes()).await.expect("the request is taken");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("an answer");
    String::from_utf8_lossy(&answer).into_owned()
}

/// The body of an answer, as JSON.
pub(crate) fn json(answer: &str) -> serde_json::Value {
    let (_, body) = answer.split_once("\r\n\r\n").expect("a head");
    serde_json::from_str(body).expect("JSON")
}
