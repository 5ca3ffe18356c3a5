//! One agent on four protocols: the line that builds the provider changes, and nothing else.

use ek_mock::wire::MockServer;
use ek_mock::{MockReply, Script, When};
use executionkit::{
    ChatRequest, LlmResponse, ProtocolName, Provider, RawJson, ReactEvent, ReactOptions, Result,
    StreamingProvider, StructuredEvent, StructuredOptions, Tool, ToolCall, ToolCallingProvider,
    ToolError, Usage, react_loop_stream, structured_stream,
};
use serde_json::{Value, json};

const TOWN: &str = r#"{"type":"object","properties":{"town":{"type":"string"}}}"#;
const PLAN: &str = r#"{"type":"object","properties":{"why":{"type":"string"},"hour":{"type":"integer"}},"required":["why","hour"],"additionalProperties":false}"#;

#[derive(Debug, PartialEq, serde::Deserialize)]
struct Plan {
    why: String,
    hour: u8,
}

/// What the agent found: the pieces of its answer, what the tools said, the plan as it came, and the tokens.
#[derive(Debug, PartialEq)]
struct Found {
    text: String,
    observations: Vec<String>,
    drafts: Vec<Value>,
    plan: Option<Plan>,
    tokens: Option<u64>,
}

async fn agent(llm: &(impl ToolCallingProvider + StreamingProvider)) -> Result<Found> {
    let tide = |_: Value| async { Ok::<_, ToolError>("high at 16:38") };
    let wind = |_: Value| async { Ok::<_, ToolError>("12 knots") };
    let tools = [Tool::new("tide", "tides", TOWN, tide)?, Tool::new("wind", "wind", TOWN, wind)?];
    let question = ChatRequest::user("When shall I sail?");
    let mut events = react_loop_stream(llm, question, &tools, &ReactOptions::default())?;
    let (mut text, mut observations, mut tokens) = (String::new(), Vec::new(), None);
    while let Some(event) = events.next().await {
        match event? {
            ReactEvent::Text(piece) => text.push_str(&piece),
            ReactEvent::ToolFinished { observation, .. } => observations.push(observation),
            ReactEvent::Done(outcome) => tokens = outcome.spend.usage.total(),
            _ => {}
        }
    }
    observations.sort_unstable();
    let options = StructuredOptions::default().with_schema("plan", RawJson::new(PLAN)?);
    let mut events = structured_stream(llm, text.as_str(), &options.with_strict(true))?;
    let (mut drafts, mut plan) = (Vec::new(), None);
    while let Some(event) = events.next().await {
        match event? {
            StructuredEvent::Partial => drafts.extend(events.partial()),
            StructuredEvent::Done(outcome) => plan = Some(outcome.value),
            _ => {}
        }
    }
    Ok(Found { text, observations, drafts, plan, tokens })
}

fn script() -> Script {
    let call = |id: &str, name: &str| ToolCall::new(id, name, r#"{"town":"Bergen"}"#);
    let calling = LlmResponse::text("I look. ").with_reasoning("Both matter.");
    let calling = calling.with_tool_calls([call("call_1", "tide"), call("call_2", "wind")]);
    let answer = LlmResponse::text("Sail at 20:00.").with_usage(Usage::new(40, 6));
    Script::new()
        .on(When::tool_result_of("wind"), [answer])
        .on(When::offers_tool("tide"), [calling.with_usage(Usage::new(20, 9))])
        .otherwise([MockReply::from(r#"{"why":"the ebb","hour":20}"#).with_chunk_chars(12)])
}

#[tokio::test]
async fn the_same_agent_finds_the_same_on_all_four_protocols() {
    for (protocol, builder) in [
        (ProtocolName::ChatCompletions, Provider::builder("http://localhost", "m")),
        (ProtocolName::AnthropicMessages, Provider::anthropic("m")),
        (ProtocolName::OpenAiResponses, Provider::openai_responses("m")),
        (ProtocolName::GeminiGenerateContent, Provider::gemini("m")),
    ] {
        let server = MockServer::start(script()).await;
        let llm = builder.base_url(server.uri()).build().expect("settings");
        let found = agent(&llm).await.expect("a plan");
        let expected = Found {
            text: "I look. Sail at 20:00.".to_owned(),
            observations: vec!["12 knots".to_owned(), "high at 16:38".to_owned()],
            drafts: vec![
                json!({"why": "the "}),
                json!({"why": "the ebb"}),
                json!({"why": "the ebb", "hour": 20}),
            ],
            plan: Some(Plan { why: "the ebb".to_owned(), hour: 20 }),
            tokens: Some(75),
        };
        assert_eq!(found, expected, "{protocol}");
        let calls = server.calls();
        assert!(calls.iter().all(|call| call.protocol.as_ref() == Some(&protocol)), "{protocol}");
        let streamed: Vec<bool> = calls.iter().map(|call| call.streamed).collect();
        assert_eq!(streamed, [true; 3], "{protocol}");
        // The turn with the calls came back, and the schema was sent as one.
        assert_eq!(calls[1].request.messages[1].tool_calls.len(), 2, "{protocol}");
        assert!(calls[2].request.response_format.is_some(), "{protocol}");
    }
}
