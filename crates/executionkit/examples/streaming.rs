//! A reply as it comes, over real HTTP. Ctrl-C stops it.
//!
//! Asks what the environment names (see `quickstart`), else a mock server on loopback.
#![expect(clippy::print_stdout, reason = "an example shows its result")]

mod support;

use std::io::Write as _;

use executionkit::{ChatRequest, Provider, Result, StreamEvent, StreamingProvider};

#[tokio::main]
async fn main() -> Result<()> {
    match Provider::from_env() {
        Ok(provider) => show(&provider).await,
        Err(error) if error.code() == Some("environment_unset") => {
            let server = support::mock_server().await;
            println!("The environment names no endpoint: starting a mock server on loopback.");
            show(&Provider::new(server.uri(), "mock-1")?).await
        }
        Err(error) => Err(error),
    }
}

async fn show(provider: &Provider) -> Result<()> {
    tokio::select! {
        biased; // the signal first, so that it is listened for before anything is printed
        Ok(()) = tokio::signal::ctrl_c() => println!("\nstopped"), // and the stream is dropped
        outcome = print(provider) => outcome?,
    }
    provider.close().await;
    Ok(())
}

async fn print(provider: &Provider) -> Result<()> {
    let known = |count: Option<u64>| count.map_or("unknown".to_owned(), |n| n.to_string());
    let mut stream = provider.stream(&ChatRequest::user("Why must a kiln cool slowly?")).await?;
    while let Some(event) = stream.next().await {
        match event? {
            StreamEvent::Text(piece) => print!("{piece}"),
            StreamEvent::Done(reply) => {
                let (input, output) = (reply.input_tokens(), reply.output_tokens());
                println!("\ntokens: {} in, {} out", known(input), known(output));
            }
            _ => {}
        }
        let _ = std::io::stdout().flush(); // a piece ends no line
    }
    Ok(())
}
