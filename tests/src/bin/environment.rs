//! One call of a provider in a process of its own, so that a test can give it an environment.
//!
//! Variables of the running test cannot be set without unsafe code, and would reach its neighbours.
#![allow(clippy::print_stdout, reason = "the outcome is what this program is for")]

use executionkit::{ChatRequest, LlmProvider as _, Provider, ProviderBuilder, Result};

const USAGE: &str = "usage: environment from-env | ask URL | ask-by-proxy URL";

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["from-env"] => match Provider::from_env() {
            Ok(provider) => println!("{provider:?}"),
            Err(error) => println!("{:?}: {error}", error.kind()),
        },
        ["ask", url] => tell(ask(Provider::builder(url, "m")).await),
        ["ask-by-proxy", url] => tell(ask(Provider::builder(url, "m").proxy_from_env()).await),
        _ => println!("{USAGE}"),
    }
}

async fn ask(settings: ProviderBuilder) -> Result<String> {
    let reply = settings.build()?.complete(&ChatRequest::user("hi")).await?;
    Ok(reply.content)
}

fn tell(outcome: Result<String>) {
    match outcome {
        Ok(text) => println!("ok: {text}"),
        Err(error) => println!("{:?}: {error}", error.kind()),
    }
}
