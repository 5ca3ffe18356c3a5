//! The request after a reply: the reply as a message, and behind it the results of its calls, or
//! another message of the user.

use ek_mock::wire::{Connection, RawServer, response};
use executionkit::{
    ChatRequest, LlmProvider as _, LlmResponse, Message, ProtocolName, ProviderBuilder,
};
use serde_json::Value;

use super::super::case::Case;

/// What the user asks first.
pub(super) const QUESTION: &str = "hello";

/// The body that the client sends, if the case says what it has to hold. Null where nothing was sent.
pub(super) async fn after(
    case: &Case,
    reply: &LlmResponse,
    configure: impl Fn(&str) -> ProviderBuilder,
) -> Option<Value> {
    let echo = case.expect.get("echo").or_else(|| case.expect.get("alt")?.get("echo"))?;
    let mut request = ChatRequest::new([Message::user(QUESTION), Message::from(reply)]);
    for call in &reply.tool_calls {
        request.messages.push(Message::tool(&call.id, "14:20"));
    }
    if reply.tool_calls.is_empty() {
        request.messages.push(Message::user("And then?"));
    }
    if case.protocol == ProtocolName::OpenAiResponses && has_no_ids(echo) {
        request = request.with_extra("store", false);
    }
    // What the server answers does not matter: only the request is looked at.
    let connection = Connection::new().read_request().write(response(400, &[], "{}"));
    let server = RawServer::start(connection).await;
    if let Ok(provider) = configure(&server.uri()).build() {
        let _ = provider.complete(&request).await;
    }
    let sent = server.requests();
    let body = sent.first().and_then(|request| serde_json::from_slice(&request.body).ok());
    Some(body.unwrap_or(Value::Null))
}

/// Whether the items are those of a reply that is not stored.
fn has_no_ids(items: &Value) -> bool {
    let items = items.as_array();
    items.is_some_and(|items| !items.is_empty() && items.iter().all(|item| item["id"].is_null()))
}
