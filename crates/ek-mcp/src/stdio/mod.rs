//! Servers that are spoken with over a pair of pipes: mostly the standard input and output of a process.

mod child;
mod command;
mod lines;
mod transport;

use std::sync::Arc;

use ek_core::Result;
use tokio::io::{AsyncRead, AsyncWrite};

pub use command::{McpCommand, McpStderr};

use crate::connection::Connection;
use crate::session::{Session, Setup, in_runtime};
use crate::{McpOptions, McpServer};
use transport::Pipes;

/// A server at the other end of these pipes.
pub(crate) async fn over<R, W>(reader: R, writer: W, options: McpOptions) -> Result<McpServer>
where
    R: AsyncRead + Send + Unpin + 'static,
    W: AsyncWrite + Send + Unpin + 'static,
{
    options.check()?;
    let name = options.name.clone().unwrap_or_else(|| "pipes".to_owned());
    in_runtime(&name)?;
    let connection = Arc::new(Connection::default());
    let pipes =
        Pipes::new(reader, writer, None, Arc::clone(&connection), options.max_message_bytes);
    let mask = Arc::new(|text: &str| ek_core::redact(text).into_owned());
    let setup = Setup { name, options, connection, mask };
    Session::begin(setup, pipes).await.map(McpServer::new)
}
