//! Anthropic's Messages API: a completion, a stream, a tool, thinking and a cached prompt, with what each
//! of them used.
//!
//! With `ANTHROPIC_API_KEY` set it asks the real endpoint (and costs a few cents at most); without, a mock
//! that speaks the same protocol. `ANTHROPIC_MODEL` names the model.
#![expect(clippy::print_stdout, reason = "an example shows its result")]

use std::env;

use ek_mock::wire::MockServer;
use ek_mock::{Script, When};
use executionkit::{
    CacheMark, ChatRequest, LlmProvider, LlmResponse, Message, Price, Provider, Rates,
    ReasoningBudget, Result, StreamEvent, StreamingProvider, ToolCall, ToolSpec, Usage,
};

const MODEL: &str = "claude-haiku-4-5";
const HANDBOOK: &str = "You keep the tide tables of a harbour and answer in one sentence.";

/// The model's prices in dollars for a million tokens; ask the price list for another one.
fn rates() -> Rates {
    Rates::per_million(1.0, 5.0)
        .with_cached_input(Price::per_million(0.1))
        .with_cache_write(Price::per_million(1.25))
}

fn script() -> Script {
    let mut cached = Usage::new(1520, 12);
    cached.cached_input_tokens = Some(1500);
    let call = ToolCall::new("toolu_1", "tide", r#"{"city":"Bergen"}"#);
    let calling = LlmResponse::default().with_tool_calls([call]).with_usage(Usage::new(310, 40));
    let thinking = LlmResponse::text("Twice, since the earth turns below two bulges.")
        .with_reasoning("There is a bulge on the near side and one on the far side.")
        .with_usage(Usage::new(24, 60));
    Script::new()
        .on(When::tool_result_of("tide"), [LlmResponse::text("At 04:12.").with_usage(cached)])
        .on(When::offers_tool("tide"), [calling])
        .on(When::user_text_contains("twice"), [thinking])
        .otherwise(
            [LlmResponse::text("The moon pulls at the water.").with_usage(Usage::new(20, 8))],
        )
}

/// What a reply used, and what that costs.
fn bill(what: &str, reply: &LlmResponse) {
    let usage = reply.usage;
    let count = |tokens: Option<u64>| tokens.map_or("?".to_owned(), |tokens| tokens.to_string());
    println!(
        "  {what}: {} in (from a cache: {}, into one: {}), {} out; ${:.6}",
        count(usage.input_tokens),
        count(usage.cached_input_tokens),
        count(usage.cache_write_tokens),
        count(usage.output_tokens),
        rates().cost(&usage),
    );
}

#[tokio::main]
async fn main() -> Result<()> {
    let server = MockServer::start(script()).await;
    let model = env::var("ANTHROPIC_MODEL").unwrap_or_else(|_| MODEL.to_owned());
    let builder = Provider::anthropic(model);
    let provider = match env::var("ANTHROPIC_API_KEY") {
        Ok(key) if !key.is_empty() => builder.api_key(key),
        _ => builder.base_url(server.uri()),
    };
    let provider = provider.build()?;

    let reply = provider.complete(&ChatRequest::user("Why are there tides?")).await?;
    println!("{}", reply.content);
    bill("completion", &reply);

    let mut stream = provider.stream(&ChatRequest::user("Why are there tides?")).await?;
    while let Some(event) = stream.next().await {
        match event? {
            StreamEvent::Text(piece) => print!("{piece}"),
            StreamEvent::Done(reply) => {
                println!();
                bill("stream", &reply);
            }
            _ => {}
        }
    }

    // The mark lets the provider keep the tools and the system text for the next request.
    let schema = r#"{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}"#;
    let tide = ToolSpec::new("tide", "The next high tide of a harbour town", schema)?;
    let mut request = ChatRequest::new([
        Message::system(HANDBOOK).with_cache(CacheMark::new()),
        Message::user("When is high tide in Bergen?"),
    ])
    .with_tools([tide]);
    loop {
        let reply = provider.complete(&request).await?;
        bill("turn with a tool", &reply);
        if !reply.has_tool_calls() {
            println!("{}", reply.content);
            break;
        }
        request.messages.push(Message::from(&reply));
        for call in &reply.tool_calls {
            println!("{}({})", call.name, call.arguments.as_str());
            request.messages.push(Message::tool(&call.id, "04:12"));
        }
    }

    // Thinking comes with a signature, and goes back with it: the message keeps the turn as it came.
    let asked = Message::user("Why does it come twice a day?");
    let request =
        ChatRequest::new([asked.clone()]).with_reasoning_budget(ReasoningBudget::Tokens(1024));
    let reply = provider.complete(&request).await?;
    println!("thought: {}", reply.reasoning.as_deref().unwrap_or("(nothing to be seen)"));
    println!("{}", reply.content);
    bill("thinking", &reply);
    let again = [asked, Message::from(&reply), Message::user("And why not at the same time?")];
    bill("the turn behind it", &provider.complete(&request.with_messages(again)).await?);
    Ok(())
}
