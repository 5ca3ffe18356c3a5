//! One agent on four protocols: a streamed loop with two tools, and then a streamed value of its own type. Only
//! the line that builds the provider knows what is spoken.
//!
//! The first argument is `chat`, `anthropic`, `responses` or `gemini`. It asks the endpoint that the family of
//! variables of that protocol names (see `Provider::from_env` and its siblings); if it names none, a mock that
//! speaks the protocol.
#![expect(clippy::print_stdout, reason = "an example shows its result")]

use ek_mock::wire::MockServer;
use ek_mock::{Script, When};
use executionkit::{
    ChatRequest, Error, ErrorKind, LlmResponse, Provider, RawJson, ReactEvent, ReactOptions,
    Result, StreamingProvider, StructuredEvent, StructuredOptions, Tool, ToolCall,
    ToolCallingProvider, ToolError, react_loop_stream, structured_stream,
};
use serde_json::Value;

const TOWN: &str = r#"{"type":"object","properties":{"town":{"type":"string"}},"required":["town"],"additionalProperties":false}"#;
const PLAN: &str = r#"{"type":"object","properties":{"hour":{"type":"integer"},"why":{"type":"string"}},"required":["hour","why"],"additionalProperties":false}"#;

#[derive(Debug, serde::Deserialize)]
struct Plan {
    hour: u8,
    why: String,
}

async fn plan(llm: &(impl ToolCallingProvider + StreamingProvider)) -> Result<Plan> {
    let tide = |_: Value| async { Ok::<_, ToolError>("high at 04:12 and 16:38") };
    let wind = |_: Value| async { Ok::<_, ToolError>("12 knots, north-west, dropping at 20:00") };
    let tools = [
        Tool::new("tide", "The tides of a harbour town today", TOWN, tide)?,
        Tool::new("wind", "The wind at a harbour town today", TOWN, wind)?,
    ];
    let question = ChatRequest::user("When shall I sail from Bergen today? Look at tide and wind.");
    let mut events = react_loop_stream(llm, question, &tools, &ReactOptions::default())?;
    let mut advice = String::new();
    while let Some(event) = events.next().await {
        match event? {
            ReactEvent::Text(piece) => print!("{piece}"),
            ReactEvent::ToolFinished { name, observation, .. } => println!("{name}: {observation}"),
            ReactEvent::Done(outcome) => advice = outcome.value,
            _ => {}
        }
    }
    println!();
    let options = StructuredOptions::default().with_schema("plan", RawJson::new(PLAN)?);
    let prompt = format!("As JSON with `hour` (0 to 23) and `why`: {advice}");
    let mut events = structured_stream::<Plan, _>(llm, prompt, &options.with_strict(true))?;
    while let Some(event) = events.next().await {
        match event? {
            StructuredEvent::Partial => println!("{}", events.partial().unwrap_or_default()),
            StructuredEvent::Done(outcome) => return Ok(outcome.value),
            _ => {}
        }
    }
    Err(Error::new(ErrorKind::Interrupted, "the stream ended without a plan"))
}

#[tokio::main]
async fn main() -> Result<()> {
    let mock = MockServer::start(script()).await;
    let protocol = std::env::args().nth(1).unwrap_or_else(|| "chat".to_owned());
    // A variable names the endpoint, or else the mock is it.
    let (named, offline) = match protocol.as_str() {
        "chat" => (Provider::from_env(), Provider::builder(mock.uri(), "mock")),
        "anthropic" => (Provider::anthropic_from_env(), Provider::anthropic("mock")),
        "responses" => (Provider::openai_responses_from_env(), Provider::openai_responses("mock")),
        "gemini" => (Provider::gemini_from_env(), Provider::gemini("mock")),
        _ => return Err(Error::new(ErrorKind::Config, "chat, anthropic, responses or gemini?")),
    };
    let llm = match named {
        Err(error) if error.code() == Some("environment_unset") => {
            println!("The environment names no endpoint: asking a mock.");
            offline.base_url(mock.uri()).build()?
        }
        named => named?,
    };
    let Plan { hour, why } = plan(&llm).await?;
    println!("{hour}:00, since {why}");
    Ok(())
}

fn script() -> Script {
    let call = |id: &str, name: &str| ToolCall::new(id, name, r#"{"town":"Bergen"}"#);
    let calls = [call("call_1", "tide"), call("call_2", "wind")];
    let calling =
        LlmResponse::text("I look.").with_reasoning("Both matter.").with_tool_calls(calls);
    Script::new()
        .on(
            When::tool_result_of("wind"),
            ["Sail at 20:00: the ebb still runs, and the wind drops."],
        )
        .on(When::offers_tool("tide"), [calling])
        .otherwise([r#"{"hour":20,"why":"the ebb still runs and the wind drops"}"#])
}
