//! The smallest program that asks one question with genai.

use genai::Client;
use genai::adapter::AdapterKind;
use genai::chat::{ChatMessage, ChatRequest};
use genai::resolver::{AuthData, Endpoint};
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

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome<()> {
    let url = std::env::args().nth(1).unwrap_or_else(|| "https://localhost/v1".to_owned());
    let endpoint = Endpoint::from_owned(format!("{url}/"));
    let client = Client::builder()
        .with_reqwest(http()?)
        .with_adapter_kind(AdapterKind::OpenAI)
        .append_provider_config(AdapterKind::OpenAI, (endpoint, AuthData::from_single("k")))
        .build()?;
    let request = ChatRequest::new(vec![ChatMessage::user("hello")]);
    let reply = client.exec_chat("m", request, None).await?;
    println!("{}", reply.first_text().ok_or("no content")?.len());
    Ok(())
}
