//! The same question by hand: what any client of this kind is built from, and nothing else.

use http_body_util::{BodyExt as _, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};

type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome<()> {
    let url = std::env::args().nth(1).unwrap_or_else(|| "https://localhost/v1".to_owned());
    let https = hyper_rustls::HttpsConnectorBuilder::new()
        .with_webpki_roots()
        .https_or_http()
        .enable_http1()
        .build();
    let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new()).build(https);
    let body = json!({"model": "m", "messages": [{"role": "user", "content": "hello"}]});
    let request = Request::post(format!("{url}/chat/completions"))
        .header("content-type", "application/json")
        .body(Full::from(body.to_string()))?;
    let answer = client.request(request).await?.into_body().collect().await?.to_bytes();
    let reply: Value = serde_json::from_slice(&answer)?;
    let content = reply["choices"][0]["message"]["content"].as_str().ok_or("no content")?;
    println!("{}", content.len());
    Ok(())
}
