//! A first completion over real HTTP. It needs nothing: no key, no settings.
//!
//! Asks the endpoint that the environment names, in `EXECUTIONKIT_BASE_URL`, `_MODEL` and `_API_KEY`, or in
//! `_MODEL` and `_API_KEY` of `OPENAI`, `ANTHROPIC` or `GEMINI`. If it names none, a mock server on loopback
//! answers, and the example says what to set.
#![expect(clippy::print_stdout, reason = "an example shows its result")]

mod support;

use executionkit::{ChatRequest, LlmProvider, Message, Provider, Result};

const HOW_TO_ASK_A_MODEL: &str = "\
To ask a real model, set one of these groups of variables and run it again. A model is a name such as
gpt-4.1-mini, and EXECUTIONKIT_BASE_URL any server's, such as Ollama's http://localhost:11434/v1.";

#[tokio::main]
async fn main() -> Result<()> {
    match Provider::from_env() {
        Ok(provider) => ask(&provider, "the endpoint in your environment").await,
        Err(error) if error.code() == Some("environment_unset") => {
            println!("found:  {error}");
            let server = support::mock_server().await;
            let provider = Provider::new(server.uri(), "mock-1")?;
            ask(&provider, &format!("a mock server at {}", server.uri())).await?;
            println!("\n{HOW_TO_ASK_A_MODEL}");
            Ok(())
        }
        Err(error) => Err(error),
    }
}

async fn ask(provider: &Provider, source: &str) -> Result<()> {
    println!("asking: {source}, the model {}", provider.model().unwrap_or("unknown"));
    let request = ChatRequest::new([
        Message::system("Answer in one short sentence."),
        Message::user("Why must a kiln cool slowly?"),
    ]);
    let answer = provider.complete(&request).await?;
    let known = |count: Option<u64>| count.map_or("unknown".to_owned(), |n| n.to_string());
    println!("answer: {}", answer.content);
    println!("tokens: {} in, {} out", known(answer.input_tokens()), known(answer.output_tokens()));
    provider.close().await;
    Ok(())
}
