//! A first completion over real HTTP.
//!
//! Asks the endpoint that the environment names, in `EXECUTIONKIT_BASE_URL`, `_MODEL` and `_API_KEY`,
//! in `OPENAI_MODEL` and `OPENAI_API_KEY`, or in `ANTHROPIC_MODEL` and `ANTHROPIC_API_KEY`. If it names
//! none, a mock server on loopback answers.
#![expect(clippy::print_stdout, reason = "an example shows its result")]

mod support;

use executionkit::{ChatRequest, LlmProvider, Message, Provider, Result};

#[tokio::main]
async fn main() -> Result<()> {
    match Provider::from_env() {
        Ok(provider) => ask(&provider, "the endpoint in your environment").await,
        Err(error) if error.code() == Some("environment_unset") => {
            let server = support::mock_server().await;
            println!("Starting a mock server on loopback: {error}.");
            let provider = Provider::new(server.uri(), "mock-1")?;
            ask(&provider, &format!("the mock server at {}", server.uri())).await
        }
        Err(error) => Err(error),
    }
}

async fn ask(provider: &Provider, source: &str) -> Result<()> {
    let request = ChatRequest::new([
        Message::system("Answer in one short sentence."),
        Message::user("Why must a kiln cool slowly?"),
    ]);
    let answer = provider.complete(&request).await?;
    let known = |count: Option<u64>| count.map_or("unknown".to_owned(), |n| n.to_string());
    println!("answer: {}", answer.content);
    println!("tokens: {} in, {} out", known(answer.input_tokens()), known(answer.output_tokens()));
    println!("from:   {}, {source}", answer.model.as_deref().unwrap_or("a model"));
    provider.close().await;
    Ok(())
}
