//! A connection after its handshake: its requests, and what their failures mean.

use std::error::Error as StdError;
use std::sync::{Arc, Mutex, PoisonError};

use ek_core::{Error, ErrorKind, Result};
use ek_patterns::{ToolError, ToolOutput};
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, ClientCapabilities, ClientConfig, Implementation,
    JsonObject, ProtocolVersion,
};
use rmcp::service::{ClientInitializeError, RunningService, ServiceError};
use rmcp::transport::Transport;
use rmcp::{Peer, RoleClient, ServiceExt as _};
use tokio::time::timeout;
use tracing::{Instrument as _, Span, debug, info_span};

use crate::connection::{Connection, Watched};
use crate::failure::{Failure, What};
use crate::output;
use crate::{McpOptions, listing};

/// Masks the secrets that a server may echo.
pub(crate) type Mask = Arc<dyn Fn(&str) -> String + Send + Sync>;

/// The most of a server's message that is shown, in characters.
const MAX_MESSAGE_CHARS: usize = 1_000;
/// The most that is masked before that, so that no half of a secret is left at the end, in characters.
const MAX_MASKED_CHARS: usize = 16_000;

/// What a connection needs besides its transport.
pub(crate) struct Setup {
    pub(crate) name: String,
    pub(crate) options: McpOptions,
    pub(crate) connection: Arc<Connection>,
    pub(crate) mask: Mask,
}

pub(crate) struct Session {
    pub(crate) name: String,
    pub(crate) options: McpOptions,
    pub(crate) connection: Arc<Connection>,
    pub(crate) peer: Peer<RoleClient>,
    mask: Mask,
    /// Closes the connection when it is dropped.
    running: Mutex<Option<RunningService<RoleClient, ClientConfig>>>,
    /// Schemas of one list at a time are kept.
    listing: tokio::sync::Mutex<()>,
}

/// Refuses to work where there is no runtime, which rmcp would answer with a panic.
pub(crate) fn in_runtime(server: &str) -> Result<()> {
    let why = || format!("the MCP server `{server}` was connected outside a tokio runtime");
    let runtime = tokio::runtime::Handle::try_current();
    runtime.map(drop).map_err(|_| Error::new(ErrorKind::Config, why()))
}

impl Session {
    /// Shakes hands with the server, within `connect_timeout`.
    pub(crate) async fn begin<T>(setup: Setup, transport: T) -> Result<Self>
    where
        T: Transport<RoleClient> + 'static,
    {
        let Setup { name, options, connection, mask } = setup;
        let client = Implementation::new("executionkit", env!("CARGO_PKG_VERSION"));
        let client = ClientConfig::new(ClientCapabilities::default(), client)
            .with_protocol_version(ProtocolVersion::LATEST_WITH_INITIALIZE);
        let watched = Watched { inner: transport, connection: Arc::clone(&connection) };
        let limit = options.connect_timeout;
        let failed = |what| Failure { server: &name, what }.of_handshake();
        let running = match timeout(limit, client.serve(watched)).await {
            Ok(Ok(running)) => running,
            Ok(Err(error)) => {
                return Err(failed(what_of_handshake(
                    &error,
                    &connection,
                    options.max_message_bytes,
                    &mask,
                )));
            }
            Err(_) => return Err(failed(What::TimedOut { limit })),
        };
        let peer = running.peer().clone();
        if let Some(info) = peer.peer_info() {
            let version = info.protocol_version.as_str();
            debug!(mcp.server = name, mcp.protocol.version = version, "an MCP server is ready");
        }
        let (running, listing) = (Mutex::new(Some(running)), tokio::sync::Mutex::default());
        Ok(Self { name, options, connection, peer, mask, running, listing })
    }

    /// All tools that are taken, within `connect_timeout`.
    pub(crate) async fn list(&self) -> Result<Vec<listing::Listed>> {
        let limit = self.options.connect_timeout;
        let listed = async {
            let _one = self.listing.lock().await;
            listing::all(self).await
        };
        let listed = timeout(limit, listed).await.unwrap_or_else(|_| {
            Err(Failure { server: &self.name, what: What::TimedOut { limit } }.of_list())
        })?;
        listing::only(&self.name, listed, self.options.only.as_deref())
    }

    /// Calls a tool by the server's name of it, within `call_timeout`. A call that is dropped, or that takes
    /// too long, is cancelled at the server.
    pub(crate) async fn call(
        &self,
        tool: &str,
        arguments: JsonObject,
    ) -> Result<ToolOutput, ToolError> {
        let span = info_span!(
            "mcp",
            otel.name = format!("tools/call {tool}"),
            otel.kind = "client",
            mcp.method.name = "tools/call",
            mcp.server = self.name,
            gen_ai.tool.name = tool,
            "error.type" = tracing::field::Empty,
        );
        let ended = self.answer(tool, arguments).instrument(span.clone()).await;
        if let Err(error) = &ended {
            record_error(&span, error);
        }
        ended
    }

    async fn answer(&self, tool: &str, arguments: JsonObject) -> Result<ToolOutput, ToolError> {
        let limit = self.options.call_timeout;
        let params = CallToolRequestParams::new(tool.to_owned()).with_arguments(arguments);
        let what = match timeout(limit, self.peer.call_tool_once(params)).await {
            Ok(Ok(CallToolResponse::Complete(result))) => return output::read(result),
            Ok(Ok(_)) => What::WantsInput,
            Ok(Err(error)) => return Err(self.failure(&error).of_call(tool)),
            Err(_) => What::TimedOut { limit },
        };
        Err(Failure { server: &self.name, what }.of_call(tool))
    }

    /// What a failed request means.
    pub(crate) fn failure(&self, error: &ServiceError) -> Failure<'_> {
        let limit = self.options.max_message_bytes;
        let what = match error {
            ServiceError::McpError(error) => {
                What::refused(error, limit, |text| masked(text, &self.mask))
            }
            ServiceError::TransportSend(error) => {
                what_of_transport(&*error.error, &self.connection)
            }
            ServiceError::TransportClosed | ServiceError::Cancelled { .. } => {
                What::Ended(self.connection.ended.get().cloned())
            }
            _ => What::Unreadable,
        };
        Failure { server: &self.name, what }
    }

    /// Ends the connection, and waits until it has ended.
    pub(crate) async fn close(&self) {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(mut running) = running {
            // Where it has ended already, its reason stays.
            let _ = self.connection.ended.set("this program has closed the connection".to_owned());
            // An error here would be a panic of rmcp's task: the connection has ended in any case.
            let _ = running.close().await;
        }
    }
}

fn masked(text: &str, mask: &Mask) -> String {
    let head: String = text.chars().take(MAX_MASKED_CHARS).collect();
    mask(&head).chars().take(MAX_MESSAGE_CHARS).collect()
}

fn what_of_handshake(
    error: &ClientInitializeError,
    connection: &Connection,
    max_message_bytes: usize,
    mask: &Mask,
) -> What {
    match error {
        ClientInitializeError::JsonRpcError(error) => {
            What::refused(error, max_message_bytes, |text| masked(text, mask))
        }
        ClientInitializeError::TransportError { error, .. } => {
            what_of_transport(&*error.error, connection)
        }
        ClientInitializeError::ConnectionClosed(_) => What::Ended(connection.ended.get().cloned()),
        _ => What::Unreadable,
    }
}

fn what_of_transport(error: &(dyn StdError + 'static), connection: &Connection) -> What {
    #[cfg(feature = "http")]
    if let Some(what) = crate::http::what(error) {
        return what;
    }
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(error) = error.downcast_ref::<Error>() {
            return What::Transport(error.clone());
        }
        next = error.source();
    }
    let ended = connection.ended.get().cloned();
    What::Ended(ended.or_else(|| Some("it takes no input any more".to_owned())))
}

fn record_error(span: &Span, error: &ToolError) {
    let kind = error.source().and_then(|error| error.downcast_ref::<Error>());
    let kind = kind.map_or_else(|| "tool_error".to_owned(), |error| format!("{:?}", error.kind()));
    span.record("error.type", kind);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_half_of_a_secret_is_left_where_a_message_is_cut() {
        let mask: Mask = Arc::new(|text: &str| text.replace("SECRET-VALUE", "[REDACTED]"));
        for before in MAX_MESSAGE_CHARS - 20..MAX_MESSAGE_CHARS + 5 {
            let shown = masked(&format!("{}SECRET-VALUE, it says", "é".repeat(before)), &mask);
            assert!(
                !shown.contains("SEC") && shown.chars().count() <= MAX_MESSAGE_CHARS,
                "{shown}"
            );
        }
    }
}
