//! Servers behind a URL, over streamable HTTP.

mod client;
mod events;
mod sessions;
mod url;

pub use url::McpUrl;

use ek_core::Error;
use rmcp::transport::streamable_http_client::StreamableHttpError;

use crate::failure::What;

/// What a failure of rmcp's HTTP transport is, if it is one.
pub(crate) fn what(error: &(dyn std::error::Error + 'static)) -> Option<What> {
    let error = error.downcast_ref::<StreamableHttpError<Error>>()?;
    Some(match error {
        StreamableHttpError::Client(error) => What::Transport(error.clone()),
        StreamableHttpError::SessionExpired | StreamableHttpError::ReinitializationFailed(_) => {
            What::Ended(Some("the server does not know the session any more".to_owned()))
        }
        StreamableHttpError::TransportChannelClosed => What::Ended(None),
        _ => What::Unreadable,
    })
}
