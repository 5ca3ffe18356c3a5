//! The smallest program that asks one question with reqwest by hand.

use serde::{Deserialize, Serialize};
use std::sync::Arc;

type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// rustls with ring and bundled roots, as the other tiny programs have it.
fn http() -> Outcome<reqwest::Client> {
    let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(reqwest::Client::builder().tls_backend_preconfigured(tls).build()?)
}

#[derive(Serialize)]
struct Request {
    model: &'static str,
    messages: [Message<&'static str>; 1],
}

#[derive(Serialize, Deserialize)]
struct Message<T> {
    role: T,
    content: T,
}

#[derive(Deserialize)]
struct Reply {
    choices: Vec<Choice>,
}

#[derive(Deserialize)]
struct Choice {
    message: Message<String>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome<()> {
    let url = std::env::args().nth(1).unwrap_or_else(|| "https://localhost/v1".to_owned());
    let request = Request { model: "m", messages: [Message { role: "user", content: "hello" }] };
    let request = http()?.post(format!("{url}/chat/completions")).json(&request);
    let reply: Reply = request.send().await?.error_for_status()?.json().await?;
    println!("{}", reply.choices.first().ok_or("no choice")?.message.content.len());
    Ok(())
}
