//! The smallest program that asks one question with executionkit.

use executionkit::{ChatRequest, LlmProvider as _, Provider, Result};

fn main() -> Result<()> {
    let url = std::env::args().nth(1).unwrap_or_else(|| "https://localhost/v1".to_owned());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let provider = Provider::new(url, "m")?;
        let reply = provider.complete(&ChatRequest::user("hello")).await?;
        println!("{}", reply.content.len());
        Ok(())
    })
}
