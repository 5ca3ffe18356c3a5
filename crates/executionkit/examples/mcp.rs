//! An agent that calls the tools of an MCP server.
//!
//! The server is this program too: with the argument `serve` it answers over its standard input and output.
//! Asks the endpoint that the environment names, in `EXECUTIONKIT_BASE_URL`, `_MODEL` and `_API_KEY` or in
//! `OPENAI_MODEL` and `OPENAI_API_KEY`. If it names none, a mock answers.
//!
//! ```sh
//! cargo run --example mcp --features mcp
//! ```
#![expect(clippy::print_stdout, reason = "an example shows its result")]

use std::io::{BufRead as _, Write as _};

use executionkit::{
    DynToolProvider, LlmResponse, McpOptions, McpServer, MockProvider, Provider, ReactOptions,
    Result, ToolCall, react_loop,
};
use serde_json::{Value, json};

#[tokio::main]
async fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    if std::env::args().nth(1).as_deref() == Some("serve") {
        return Ok(serve()?);
    }
    let server = McpServer::command(std::env::current_exe()?)
        .arg("serve")
        .options(McpOptions::default().with_name("harbour").with_prefix("harbour_"))
        .connect()
        .await?;
    let tools = server.tools().await?;
    for tool in &tools {
        println!("{}: {}", tool.name(), tool.spec().description.as_deref().unwrap_or_default());
    }
    let question = "When is high tide in Bergen, and in Oslo?";
    let outcome = react_loop(&llm()?, question, &tools, &ReactOptions::default()).await?;
    for run in &outcome.detail.tool_calls {
        let ended = run.error.as_ref().map_or("answered", |error| error.for_model());
        println!("{}: {ended}", run.name);
    }
    println!("{}", outcome.value);
    server.close().await;
    Ok(())
}

fn llm() -> Result<DynToolProvider> {
    match Provider::from_env() {
        Ok(provider) => Ok(DynToolProvider::new(provider)),
        Err(error) if error.code() == Some("environment_unset") => {
            println!("The environment names no endpoint: asking a mock.");
            let call = |id: &str, city: &str| {
                ToolCall::new(id, "harbour_tide", format!(r#"{{"city":"{city}"}}"#))
            };
            let calls = [call("a", "Bergen"), call("b", "Oslo")];
            Ok(DynToolProvider::new(MockProvider::new([
                LlmResponse::default().with_tool_calls(calls),
                LlmResponse::text("In Bergen at 04:12; I do not know about Oslo."),
            ])))
        }
        Err(error) => Err(error),
    }
}

/// The least that a server has to answer, a message a line. One for real use is made with an MCP library.
fn serve() -> std::io::Result<()> {
    for line in std::io::stdin().lock().lines() {
        let request: Value = serde_json::from_str(&line?)?;
        let result = match request["method"].as_str() {
            Some("initialize") => json!({
                "protocolVersion": request["params"]["protocolVersion"],
                "capabilities": {"tools": {}},
                "serverInfo": {"name": "harbour", "version": "1"},
            }),
            Some("tools/list") => json!({"tools": [{
                "name": "tide",
                "description": "The next high tide of a harbour town",
                "inputSchema": {
                    "type": "object",
                    "properties": {"city": {"type": "string"}},
                    "required": ["city"],
                },
            }]}),
            Some("tools/call") => {
                let known = request["params"]["arguments"]["city"] == "Bergen";
                let text = if known { "04:12" } else { "only Bergen is known" };
                json!({"content": [{"type": "text", "text": text}], "isError": !known})
            }
            // Notifications have no answer.
            _ => continue,
        };
        let answer = json!({"jsonrpc": "2.0", "id": request["id"], "result": result});
        writeln!(std::io::stdout(), "{answer}")?;
    }
    Ok(())
}
