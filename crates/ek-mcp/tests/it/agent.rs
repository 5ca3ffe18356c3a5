//! Tools of a server in an agent.

use ek_core::{Content, LlmResponse, Role, ToolCall};
use ek_mcp::McpOptions;
use ek_mock::MockProvider;
use ek_patterns::{ReactOptions, react_loop};

use crate::support::connect;

#[tokio::test]
async fn an_agent_calls_the_tools_of_a_server_and_reads_their_failures() {
    let (server, _) = connect(McpOptions::default().with_prefix("sea_")).await;
    let tools = server.tools().await.expect("a list");
    let ask = |name| LlmResponse::default().with_tool_calls([ToolCall::new(name, name, "{}")]);
    let replies = [ask("sea_tide"), ask("sea_fail"), LlmResponse::text("At 04:12.")];
    let llm = MockProvider::new(replies);
    let question = "When is high tide?";
    let outcome = react_loop(&llm, question, &tools, &ReactOptions::default()).await;
    let outcome = outcome.expect("an answer");
    assert_eq!(outcome.value, "At 04:12.");
    let calls = llm.calls();
    let last = calls.last().expect("a call").request.messages.iter();
    let results = last.filter(|message| message.role == Role::Tool);
    let results: Vec<_> = results.filter_map(|message| message.content.clone()).collect();
    assert_eq!(results, ["04:12", "Tool 'sea_fail' failed: no such town"].map(Content::from));
}
