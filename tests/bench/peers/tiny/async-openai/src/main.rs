//! The smallest program that asks one question with async-openai.

use async_openai::Client;
use async_openai::config::OpenAIConfig;
use async_openai::types::chat::{
    ChatCompletionRequestUserMessage, CreateChatCompletionRequestArgs,
};
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
    let client = Client::build(http()?, OpenAIConfig::new().with_api_base(url));
    let message = ChatCompletionRequestUserMessage::from("hello");
    let request =
        CreateChatCompletionRequestArgs::default().model("m").messages([message.into()]).build()?;
    let reply = client.chat().create(request).await?;
    let content = reply.choices.first().and_then(|choice| choice.message.content.as_deref());
    println!("{}", content.ok_or("no content")?.len());
    Ok(())
}
