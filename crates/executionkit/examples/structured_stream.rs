//! A list of steps that fills itself while the model writes it, and at the end the checked value.
//!
//! It asks the endpoint that the environment names (see `Provider::from_env`); if it names none, a mock that corrects
//! itself once.
#![expect(clippy::print_stdout, reason = "an example shows its result")]

use executionkit::{
    Error, ErrorKind, MockProvider, Provider, RawJson, Result, StreamingProvider, StructuredEvent,
    StructuredOptions, structured_stream,
};
use serde::Deserialize;

const SCHEMA: &str = r#"{"type":"object","properties":{"title":{"type":"string"},"steps":{"type":"array","items":{"type":"string"}},"days":{"type":"integer"}},"required":["title","steps","days"],"additionalProperties":false}"#;

#[derive(Debug, Deserialize)]
struct Recipe {
    title: String,
    steps: Vec<String>,
    days: u8,
}

/// What there may be of a recipe.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Draft {
    title: String,
    steps: Vec<String>,
}

async fn write(llm: &impl StreamingProvider) -> Result<Recipe> {
    let options =
        StructuredOptions::default().with_schema("recipe", RawJson::new(SCHEMA)?).with_check(
            |recipe: &Recipe| if recipe.days == 0 { Err("clay dries for days") } else { Ok(()) },
        );
    let prompt = "How do I make a cup of clay? As JSON with `title`, `steps` and `days`.";
    let mut events = structured_stream(llm, prompt, &options)?;
    while let Some(event) = events.next().await {
        match event? {
            StructuredEvent::Partial => {
                let Draft { title, steps } = events.partial_as().unwrap_or_default();
                let newest = steps.last().map(String::as_str).unwrap_or_default();
                println!("{title} | {}. {newest}", steps.len());
            }
            StructuredEvent::Repairing { repair, max, misfit, .. } => {
                println!("--- again ({repair} of {max}): {misfit:?}");
            }
            StructuredEvent::Done(outcome) => return Ok(outcome.value),
            _ => {}
        }
    }
    Err(Error::new(ErrorKind::Interrupted, "the stream ended without a recipe"))
}

#[tokio::main]
async fn main() -> Result<()> {
    let recipe = match Provider::from_env() {
        Err(error) if error.code() == Some("environment_unset") => {
            println!("The environment names no endpoint: asking a mock.");
            let mock = MockProvider::new([
                r#"{"title":"A cup","steps":["Wedge the clay"],"days":0}"#,
                r#"{"title":"A cup","steps":["Wedge the clay","Pull the wall","Fire it"],"days":9}"#,
            ]);
            write(&mock.with_chunk_chars(14)).await?
        }
        named => write(&named?).await?,
    };
    let Recipe { title, steps, days } = recipe;
    println!("=== {title}: {} steps, {days} days", steps.len());
    Ok(())
}
