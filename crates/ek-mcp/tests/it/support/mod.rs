//! A server with a tool for each case, and connections to it.

pub(crate) mod raw;
pub(crate) mod tides;

use std::sync::Arc;

use ek_core::{Arguments, Result};
use ek_mcp::{McpOptions, McpServer};
use ek_patterns::{Tool, ToolError, ToolOutput};
use rmcp::ServiceExt as _;
use tides::{Seen, Tides};

/// Connects to a server in this process.
pub(crate) async fn connect(options: McpOptions) -> (McpServer, Arc<Seen>) {
    let (ours, theirs) = tokio::io::duplex(1024);
    let tides = Tides::default();
    let seen = Arc::clone(&tides.seen);
    tokio::spawn(async move {
        let serving = tides.serve(tokio::io::split(theirs)).await.expect("a handshake");
        serving.waiting().await
    });
    let (reader, writer) = tokio::io::split(ours);
    let server = McpServer::over(reader, writer, options.with_name("tides")).await;
    (server.expect("a connection"), seen)
}

/// The tool of this name.
pub(crate) async fn tool(server: &McpServer, name: &str) -> Result<Tool> {
    let tools = server.tools().await?;
    Ok(tools.into_iter().find(|tool| tool.name() == name).expect("such a tool"))
}

/// Calls a tool by name.
pub(crate) async fn call(
    server: &McpServer,
    name: &str,
    arguments: &str,
) -> std::result::Result<ToolOutput, ToolError> {
    let tool = tool(server, name).await.expect("a list");
    tool.call(&Arguments::from_text(arguments)).await
}

/// What the model reads of a failed call, and the error behind it.
pub(crate) async fn failure(server: &McpServer, name: &str) -> (String, String) {
    let error = call(server, name, "{}").await.expect_err("a failure");
    let source = error.source().map(ToString::to_string).unwrap_or_default();
    (error.for_model().to_owned(), source)
}
