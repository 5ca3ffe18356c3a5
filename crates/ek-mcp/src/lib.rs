//! The tools of MCP servers: a server of the Model Context Protocol, run as a process or reached by a URL,
//! becomes a list of [`Tool`](ek_patterns::Tool)s that an agent calls.
//!
//! ```no_run
//! use ek_mcp::McpServer;
//! use ek_patterns::{ReactOptions, react_loop};
//!
//! # async fn run(llm: &impl ek_core::ToolCallingProvider) -> ek_core::Result<()> {
//! let files = McpServer::command("npx")
//!     .args(["-y", "@modelcontextprotocol/server-filesystem", "/srv/tides"])
//!     .connect()
//!     .await?;
//! let tools = files.tools().await?;
//! let question = "Which of the files is the newest?";
//! let answer = react_loop(llm, question, &tools, &ReactOptions::default()).await?;
//! files.close().await;
//! # Ok(())
//! # }
//! ```
//!
//! | look here | for |
//! | --- | --- |
//! | [`McpServer`] | a connected server: its tools, whether they have changed, its end |
//! | [`McpCommand`] | a server that is run as a process and spoken with over its standard input and output |
//! | `McpUrl` (feature `http`) | a server behind a URL, over streamable HTTP |
//! | [`McpOptions`] | names, the allow-list, limits in time and size |
//!
//! **What a call gives back.** Texts are joined, line by line. Images stay images. Embedded texts stay texts,
//! with their URI in front. `structuredContent` is added as JSON where the texts do not say it already. What
//! the model cannot get (audio, other files) is named in a line that begins with `[left out:`.
//!
//! **What a failed call says.** A result with `isError` is an error whose text the model reads. All other
//! failures name the server and the tool: an error of the protocol, a server that went away, a limit in time
//! or size. The model reads that too, and [`ToolError::source`](ek_patterns::ToolError::source) has the error.
//!
//! **Cancellation.** A call that is dropped or out of time sends `notifications/cancelled`.
//!
//! The client offers the server nothing: no sampling, no roots, no elicitation. The crate `rmcp` speaks the
//! protocol. Its own events, whose targets begin with `rmcp`, show whole messages at the level TRACE, and of a
//! handshake over HTTP at DEBUG; those of this crate never do.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod connection;
mod failure;
#[cfg(feature = "http")]
mod http;
mod listing;
mod names;
mod options;
mod output;
mod schemas;
mod server;
mod session;
mod stdio;

#[cfg(feature = "http")]
pub use http::McpUrl;
pub use options::McpOptions;
pub use server::McpServer;
pub use stdio::{McpCommand, McpStderr};
