//! The handle of a connected server.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use ek_core::Result;
use ek_patterns::{Tool, ToolError};
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::McpOptions;
use crate::names;
use crate::session::Session;
use crate::stdio::{self, McpCommand};

/// A connected MCP server: made by [`command`](Self::command) or [`over`](Self::over), or by `url` (feature
/// `http`).
///
/// Cheap to clone. The connection lasts as long as a clone or a tool of it: dropping the last one ends it, and
/// with it the server's process.
///
/// ```no_run
/// use ek_mcp::{McpOptions, McpServer};
///
/// # async fn run() -> ek_core::Result<()> {
/// let time = McpServer::command("uvx").arg("mcp-server-time");
/// let time = time.options(McpOptions::default().with_prefix("time_")).connect().await?;
/// for tool in time.tools().await? {
///     println!("{}", tool.name());
/// }
/// time.close().await;
/// # Ok(())
/// # }
/// ```
#[doc(alias("model context protocol", "mcp"))]
#[derive(Clone)]
pub struct McpServer {
    session: Arc<Session>,
}

impl McpServer {
    /// A server that is run as a process, and spoken with over its standard input and output.
    pub fn command(program: impl Into<std::ffi::OsString>) -> McpCommand {
        McpCommand::new(program.into())
    }

    /// Speaks with a server over any pair of pipes, such as those of a container, or `tokio::io::duplex` in a
    /// test. One line is one message, as over stdio.
    ///
    /// ```no_run
    /// # async fn run() -> ek_core::Result<()> {
    /// use ek_mcp::{McpOptions, McpServer};
    ///
    /// let (ours, theirs) = tokio::io::duplex(64 * 1024);
    /// // A server of this program takes `theirs`.
    /// let (reader, writer) = tokio::io::split(ours);
    /// let server = McpServer::over(reader, writer, McpOptions::default().with_name("own")).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`McpCommand::connect`].
    pub async fn over<R, W>(reader: R, writer: W, options: McpOptions) -> Result<Self>
    where
        R: AsyncRead + Send + Unpin + 'static,
        W: AsyncWrite + Send + Unpin + 'static,
    {
        stdio::over(reader, writer, options).await
    }

    pub(crate) fn new(session: Session) -> Self {
        Self { session: Arc::new(session) }
    }

    /// What errors, spans and logs call the server.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.session.name
    }

    /// How the server advises to use its tools: a text for the model's instructions, if the program trusts the
    /// server.
    #[must_use]
    pub fn instructions(&self) -> Option<&str> {
        self.session.connection.instructions.get().map(String::as_str)
    }

    /// Asks for the server's tools. They are as the server has them now; a later call asks again.
    ///
    /// Arguments are not checked here, but by the server. A name that providers do not take (1 to 64 letters,
    /// digits, `_`, `-`) is changed for the model: other characters become `_`, and one that is too long ends
    /// with a hash.
    ///
    /// # Errors
    /// `Config` where two tools would get one name, or where the server lacks a tool of
    /// [`only`](McpOptions::only); `TooLarge` for more than 1,000 tools, 100 pages or 16 MiB (or
    /// [`max_message_bytes`](McpOptions::max_message_bytes), if that is more); `Timeout`; else as the
    /// connection fails: `Interrupted` where it has ended.
    pub async fn tools(&self) -> Result<Vec<Tool>> {
        let session = &self.session;
        session.connection.tools_changed.store(false, Ordering::Relaxed);
        let listed = session.list().await?;
        let names = listed.iter().map(|tool| &*tool.name);
        let names = names::all_for_model(&session.name, &session.options.prefix, names)?;
        let tools = listed.into_iter().zip(names).map(|(tool, name)| {
            let (session, remote) = (Arc::clone(session), Arc::<str>::from(tool.name));
            let code = move |arguments| {
                let (session, remote) = (Arc::clone(&session), Arc::clone(&remote));
                async move {
                    match arguments {
                        Value::Object(arguments) => session.call(&remote, arguments).await,
                        _ => Err(ToolError::shown("the arguments are not a JSON object")),
                    }
                }
            };
            let tool = Tool::unchecked(name, tool.description, tool.schema, code)?;
            Ok(tool.with_timeout(self.session.options.call_timeout))
        });
        tools.collect()
    }

    /// Whether the server has said, since the last call of [`tools`](Self::tools), that its tools have changed.
    /// The tools of that call stay as they are.
    #[must_use]
    pub fn has_changed(&self) -> bool {
        self.session.connection.tools_changed.load(Ordering::Relaxed)
    }

    /// Ends the connection for all clones and tools, and waits until it has ended: a process is given two
    /// seconds to end itself, and is killed then. Calls under way fail.
    ///
    /// Not needed for cleaning up: dropping the last clone and tool ends the connection too.
    pub async fn close(&self) {
        self.session.close().await;
    }
}

/// Shows the name only.
impl fmt::Debug for McpServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("McpServer").field("name", &self.name()).finish_non_exhaustive()
    }
}
