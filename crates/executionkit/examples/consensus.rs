//! Asks the same question several times, and takes the answer of most samples.
//!
//! Asks the endpoint that the environment names, in `EXECUTIONKIT_BASE_URL`, `_MODEL` and `_API_KEY`
//! or in `OPENAI_MODEL` and `OPENAI_API_KEY`. If it names none, a mock answers.
#![expect(clippy::print_stdout, reason = "an example shows its result")]

use std::time::Duration;

use executionkit::{
    Budget, ConsensusOptions, DynProvider, Event, LlmResponse, MockProvider, Provider, Result,
    Usage, consensus,
};

const QUESTION: &str = "A kiln holds 17 shelves of 23 cups. How many cups? Answer with the number.";

#[tokio::main]
async fn main() -> Result<()> {
    let llm = match Provider::from_env() {
        Ok(provider) => DynProvider::new(provider),
        Err(error) if error.code() == Some("environment_unset") => {
            println!("The environment names no endpoint: asking a mock.");
            DynProvider::new(mock())
        }
        Err(error) => return Err(error),
    };
    let progress = |event: &Event<'_>| {
        if let Event::SampleDone { done, total, ok, .. } = event {
            println!("sample {done} of {total}{}", if *ok { "" } else { " failed" });
        }
    };
    let options = ConsensusOptions::default()
        .with_samples(5)
        .with_normalize(number)
        .with_tolerate_failures(1)
        .with_budget(Budget::default().with_calls(10))
        .with_observer(progress);

    let outcome = consensus(&llm, QUESTION, &options).await?;
    println!("answer:    {}", outcome.value);
    println!("agreement: {:.0} %", outcome.detail.agreement * 100.0);
    let tokens = outcome.spend.usage.total().map_or("unknown".to_owned(), |n| n.to_string());
    println!("spend:     {} calls, tokens: {tokens}", outcome.spend.calls);
    for sample in &outcome.detail.samples {
        println!("  {}: {}", sample.index, sample.text().unwrap_or("(failed)"));
    }
    Ok(())
}

/// Only the last number counts; the text around it is ignored.
fn number(answer: &str) -> String {
    let mut words = answer.split(|c: char| !c.is_ascii_digit());
    words.rfind(|word| !word.is_empty()).unwrap_or_default().to_owned()
}

fn mock() -> MockProvider {
    let answers = ["391", "17 * 23 = 391", "There are 391 cups.", "381", "391"];
    let reply = |text| LlmResponse::text(text).with_usage(Usage::new(21, 5));
    MockProvider::new(answers.map(reply)).with_latency(Duration::from_millis(50))
}
