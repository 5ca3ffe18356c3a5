//! The server of the tests. Each tool stands for a case.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rmcp::ServerHandler;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, ErrorData,
    ListToolsResult, PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool,
};
use rmcp::service::{RequestContext, RoleServer};
use serde_json::{Value, json};
use tokio::sync::Notify;

/// The names of the tools, in order.
pub(crate) const NAMES: [&str; 12] = [
    "tide",
    "echo",
    "fail",
    "refuse",
    "break",
    "picture",
    "wait",
    "large",
    "die",
    "change",
    "env",
    "fs/read.file",
];

/// What the server has seen.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) waiting: Notify,
    pub(crate) cancelled: Notify,
    pub(crate) was_cancelled: AtomicBool,
}

#[derive(Clone, Default)]
pub(crate) struct Tides {
    pub(crate) seen: Arc<Seen>,
}

impl ServerHandler for Tides {
    fn get_info(&self) -> ServerConfig {
        let tools = ServerCapabilities::builder().enable_tools().enable_tool_list_changed().build();
        ServerConfig::new(tools).with_instructions("Ask for one town at a time.")
    }

    /// Four tools a page.
    async fn list_tools(
        &self,
        request: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let cursor = request.and_then(|request| request.cursor);
        let begin: usize = cursor.map_or(0, |cursor| cursor.parse().expect("our own cursor"));
        let end = NAMES.len().min(begin + 4);
        let tools = NAMES[begin..end].iter().map(|name| {
            let schema = json!({"type": "object", "properties": {"town": {"type": "string"}}});
            let Value::Object(schema) = schema else { panic!("an object") };
            Tool::new(*name, format!("About {name}"), Arc::new(schema))
        });
        let mut page = ListToolsResult::with_all_items(tools.collect());
        page.next_cursor = (end < NAMES.len()).then(|| end.to_string());
        Ok(page)
    }

    #[allow(clippy::exit, reason = "a server that ends")]
    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let arguments = request.arguments.unwrap_or_default();
        let text = |text: &str| Ok(CallToolResult::success(vec![ContentBlock::text(text)]).into());
        match &*request.name {
            "tide" => text("04:12"),
            "echo" => text(&Value::Object(arguments).to_string()),
            "fail" => Ok(CallToolResult::error(vec![ContentBlock::text("no such town")]).into()),
            "refuse" => Err(ErrorData::invalid_params("`town` is missing", None)),
            "break" => {
                Err(ErrorData::internal_error("no rows in sk-ant-api03-FAKEFAKEFAKEFAKE", None))
            }
            "picture" => Ok(CallToolResult::success(vec![
                ContentBlock::text("Metres over hours:"),
                ContentBlock::image("iVBO", "image/png"),
            ])
            .into()),
            "wait" => {
                self.seen.waiting.notify_one();
                context.ct.cancelled().await;
                self.seen.was_cancelled.store(true, Ordering::SeqCst);
                self.seen.cancelled.notify_one();
                text("too late")
            }
            "large" => {
                let bytes = arguments["bytes"].as_u64().expect("a number");
                text(&"x".repeat(usize::try_from(bytes).expect("small")))
            }
            "die" => std::process::exit(3),
            "change" => {
                context.peer.notify_tool_list_changed().await.expect("a client");
                text("changed")
            }
            "env" => {
                let names = std::env::vars().map(|(name, _)| name);
                text(&names.collect::<Vec<_>>().join(" "))
            }
            "fs/read.file" => text("read"),
            other => panic!("a call of {other}"),
        }
    }
}
