//! The smallest program that asks one question with executionkit.

use executionkit::{ChatRequest, LlmProvider as _, Provider, Result};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let url = std::env::args().nth(1).unwrap_or_else(|| "https://localhost/v1".to_owned());
    let provider = Provider::new(url, "m")?;
    let reply = provider.complete(&ChatRequest::user("hello")).await?;
    println!("{}", reply.content.len());
    Ok(())
}
