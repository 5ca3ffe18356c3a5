//! The live check's client side in the native protocols: asks a server of another project.
//!
//! `cargo xtask live` starts the servers and sets `EXECUTIONKIT_LIVE_BASE_URL`, `EXECUTIONKIT_LIVE_API_KEY`
//! and `EXECUTIONKIT_LIVE_MODEL`. The first argument is the protocol: `anthropic`, `responses` or `gemini`.
//! With `--tools` the server has to call the tool that it is offered, and to answer once it has the result;
//! with `--nameless` its replies have neither an id nor a model.

use std::process::ExitCode;

use executionkit::{
    ChatRequest, FinishReason, LlmProvider as _, LlmResponse, Message, Provider, StreamEvent,
    StreamingProvider as _, ToolSpec,
};
use executionkit_tests::live::{Check, Checked, expect, is_given, report, setting};

fn provider() -> Result<Provider, String> {
    let model = setting("EXECUTIONKIT_LIVE_MODEL")?;
    let builder = match std::env::args().nth(1).as_deref() {
        Some("anthropic") => Provider::anthropic(model),
        Some("responses") => Provider::openai_responses(model),
        Some("gemini") => Provider::gemini(model),
        _ => return Err("the first argument is no protocol".to_owned()),
    };
    builder
        .base_url(setting("EXECUTIONKIT_LIVE_BASE_URL")?)
        .api_key(setting("EXECUTIONKIT_LIVE_API_KEY")?)
        .build()
        .map_err(|error| error.to_string())
}

async fn whole(provider: &Provider, request: &ChatRequest) -> Result<LlmResponse, String> {
    provider.complete(request).await.map_err(|error| error.to_string())
}

async fn completion(provider: &Provider) -> Checked {
    let reply = whole(provider, &ChatRequest::user("Is the kiln warm?")).await?;
    expect(!reply.content.is_empty(), "a text", &reply)?;
    expect(reply.finish_reason == Some(FinishReason::Stop), "the finish reason", &reply)?;
    let is_named = reply.model.is_some() && reply.id.is_some();
    expect(is_named || is_given("--nameless"), "id and model", &reply)?;
    expect(reply.input_tokens() > Some(0) && reply.output_tokens() > Some(0), "counts", &reply)?;
    Ok(format!("{:?}", reply.content))
}

async fn stream(provider: &Provider) -> Checked {
    let request = ChatRequest::user("Is the kiln warm?");
    let unary = whole(provider, &request).await?;
    let mut stream = provider.stream(&request).await.map_err(|error| error.to_string())?;
    let (mut text, mut pieces, mut done) = (String::new(), 0, None);
    while let Some(event) = stream.next().await {
        expect(done.is_none(), "nothing after Done", &event)?;
        match event.map_err(|error| error.to_string())? {
            StreamEvent::Text(piece) => {
                text.push_str(&piece);
                pieces += 1;
            }
            StreamEvent::Done(reply) => done = Some(reply),
            _ => {}
        }
    }
    let done = done.ok_or("no Done")?;
    expect(text == unary.content && done.content == text, "the same text", &done)?;
    expect(done.finish_reason == unary.finish_reason, "the same finish reason", &done)?;
    expect(done.output_tokens() > Some(0), "a count of the output", &done)?;
    Ok(format!("{pieces} pieces"))
}

/// A tool is called, whole and streamed, and its result is answered.
async fn tools(provider: &Provider) -> Checked {
    let schema = r#"{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}"#;
    let tide = ToolSpec::new("tide", "The next high tide", schema).map_err(|e| e.to_string())?;
    let mut request = ChatRequest::user("When is high tide in Oslo?").with_tools([tide]);
    let streamed = provider.stream(&request).await.map_err(|error| error.to_string())?;
    let streamed = streamed.collect().await.map_err(|error| error.to_string())?;
    let reply = whole(provider, &request).await?;
    for reply in [&reply, &streamed] {
        let sound = |reply: &LlmResponse| {
            let called = reply.tool_calls.first();
            called.is_some_and(|call| call.name == "tide" && call.arguments.is_valid())
        };
        expect(sound(reply), "a call of the tool", reply)?;
        expect(reply.finish_reason == Some(FinishReason::ToolCalls), "the finish reason", reply)?;
    }
    request.messages.push(Message::from(&reply));
    let results = reply.tool_calls.iter().map(|call| Message::tool(&call.id, "14:05"));
    request.messages.extend(results);
    let answer = whole(provider, &request).await?;
    expect(!answer.content.is_empty(), "an answer", &answer)?;
    Ok(format!("{} calls, then {:?}", reply.tool_calls.len(), answer.content))
}

async fn checks() -> Result<Vec<Check>, String> {
    let provider = provider()?;
    let mut checks =
        vec![("a completion", completion(&provider).await), ("a stream", stream(&provider).await)];
    if is_given("--tools") {
        checks.push(("a tool", tools(&provider).await));
    }
    Ok(checks)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    report(checks().await)
}
