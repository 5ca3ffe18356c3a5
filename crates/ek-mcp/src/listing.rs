//! The list of a server's tools, page after page, within limits: the server chooses how long it is.

use std::collections::BTreeSet;

use ek_core::{Error, ErrorKind, RawJson, Result};
use rmcp::model::{ClientRequest, ListToolsRequest, PaginatedRequestParams, ServerResult};
use rmcp::service::ServiceError;

use crate::session::Session;

/// The most tools of one server.
pub(crate) const MAX_TOOLS: usize = 1_000;
const MAX_PAGES: usize = 100;
/// The most of a list in bytes, unless a message may be larger: names, descriptions, schemas, cursors.
const MAX_LIST_BYTES: usize = 16 * 1024 * 1024;

/// A tool as its server describes it.
pub(crate) struct Listed {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) schema: RawJson,
}

/// All tools of the server, in its order.
pub(crate) async fn all(session: &Session) -> Result<Vec<Listed>> {
    let (mut tools, mut cursor, mut seen) = (Vec::new(), None, BTreeSet::new());
    let max_bytes = MAX_LIST_BYTES.max(session.options.max_message_bytes);
    let mut bytes = 0;
    for _ in 0..MAX_PAGES {
        let expected = session.connection.schemas.expect();
        let page = page(session, cursor.take()).await?;
        let mut written = expected.take();
        for tool in page.tools {
            let schema = match written.remove(&*tool.name) {
                Some(schema) => schema,
                None => serde_json::Value::Object((*tool.input_schema).clone()).into(),
            };
            let description: String =
                tool.description.map(Into::into).or(tool.title).unwrap_or_default();
            bytes += tool.name.len() + description.len() + schema.as_str().len();
            tools.push(Listed { name: tool.name.into_owned(), description, schema });
        }
        bytes += page.next_cursor.as_ref().map_or(0, String::len);
        if bytes > max_bytes {
            let why = format!(
                "the MCP server `{}` lists tools of more than {max_bytes} bytes",
                session.name
            );
            return Err(Error::new(ErrorKind::TooLarge, why));
        }
        if tools.len() > MAX_TOOLS {
            break;
        }
        match page.next_cursor {
            None => return Ok(tools),
            Some(next) if seen.insert(next.clone()) => cursor = Some(next),
            Some(_) => {
                let why = format!("the MCP server `{}` lists its tools in a circle", session.name);
                return Err(Error::new(ErrorKind::Malformed, why));
            }
        }
    }
    let why = format!(
        "the MCP server `{}` lists more than {MAX_TOOLS} tools or {MAX_PAGES} pages",
        session.name
    );
    Err(Error::new(ErrorKind::TooLarge, why))
}

async fn page(session: &Session, cursor: Option<String>) -> Result<rmcp::model::ListToolsResult> {
    let params = PaginatedRequestParams::default().with_cursor(cursor);
    let request = ListToolsRequest::with_param(params);
    // Not by rmcp's own door: it would give an old list where the server fails.
    let answer = session.peer.send_request(ClientRequest::ListToolsRequest(request)).await;
    let failed = |error| session.failure(&error).of_list();
    match answer {
        Ok(ServerResult::ListToolsResult(page)) => Ok(page),
        Ok(_) => Err(failed(ServiceError::UnexpectedResponse)),
        Err(error) => Err(failed(error)),
    }
}

/// The tools that `only` names, in the server's order.
///
/// # Errors
/// `Config` for a name that the server lacks.
pub(crate) fn only(
    server: &str,
    mut tools: Vec<Listed>,
    only: Option<&[String]>,
) -> Result<Vec<Listed>> {
    let Some(only) = only else { return Ok(tools) };
    if let Some(missing) = only.iter().find(|name| tools.iter().all(|tool| tool.name != **name)) {
        let known: Vec<_> = tools.iter().map(|tool| &*tool.name).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        let why = format!("the MCP server `{server}` has no tool {missing:?}; it has: {known}");
        return Err(Error::new(ErrorKind::Config, why));
    }
    tools.retain(|tool| only.contains(&tool.name));
    Ok(tools)
}
