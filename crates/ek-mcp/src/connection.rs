//! What passes between the server and rmcp: the handle learns from it what has changed, and the
//! server's own notifications and requests go no further: rmcp logs them whole, and they hold any text.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rmcp::RoleClient;
use rmcp::model::{
    CustomRequest, JsonRpcMessage, RequestId, ServerJsonRpcMessage, ServerNotification,
    ServerRequest, ServerResult,
};
use rmcp::service::TxJsonRpcMessage;
use rmcp::transport::Transport;

use crate::schemas::Schemas;

/// How many requests of the server may wait for their answers to be taken. rmcp has a task for each, so what goes
/// beyond it is not passed on.
const MAX_UNANSWERED: usize = 64;

/// What the transport learns about the server.
#[derive(Default)]
pub(crate) struct Connection {
    pub(crate) schemas: Schemas,
    pub(crate) tools_changed: AtomicBool,
    /// Whether the server has answered the handshake.
    is_ready: AtomicBool,
    /// How the server advises to use it.
    pub(crate) instructions: OnceLock<String>,
    /// Why the connection has ended.
    pub(crate) ended: OnceLock<String>,
    /// Requests of the server whose answers it has not taken yet.
    unanswered: Mutex<HashSet<RequestId>>,
}

impl Connection {
    /// Whether a request of the server is passed on. Of two under one id rmcp answers one.
    fn takes_request(&self, id: &RequestId) -> bool {
        let mut unanswered = self.unanswered.lock().unwrap_or_else(PoisonError::into_inner);
        unanswered.len() < MAX_UNANSWERED && unanswered.insert(id.clone())
    }

    fn answered(&self, id: &RequestId) {
        self.unanswered.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
    }
}

/// A transport whose messages are looked at on their way to rmcp.
pub(crate) struct Watched<T> {
    pub(crate) inner: T,
    pub(crate) connection: Arc<Connection>,
}

impl<T: Transport<RoleClient>> Transport<RoleClient> for Watched<T> {
    type Error = T::Error;

    fn send(
        &mut self,
        item: TxJsonRpcMessage<RoleClient>,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send + 'static {
        let answers = match &item {
            JsonRpcMessage::Response(answer) => Some(answer.id.clone()),
            JsonRpcMessage::Error(answer) => answer.id.clone(),
            JsonRpcMessage::Request(_) | JsonRpcMessage::Notification(_) => None,
        };
        let (sent, connection) = (self.inner.send(item), Arc::clone(&self.connection));
        async move {
            let sent = sent.await;
            if let Some(id) = answers {
                connection.answered(&id);
            }
            sent
        }
    }

    async fn receive(&mut self) -> Option<ServerJsonRpcMessage> {
        loop {
            let message = self.inner.receive().await?;
            if let Some(message) = passed(message, &self.connection) {
                return Some(message);
            }
        }
    }

    async fn close(&mut self) -> Result<(), Self::Error> {
        self.inner.close().await
    }
}

/// The message as rmcp may see it; `None` for what the client has no use for.
fn passed(
    mut message: ServerJsonRpcMessage,
    connection: &Connection,
) -> Option<ServerJsonRpcMessage> {
    match &mut message {
        JsonRpcMessage::Notification(said) => {
            if let ServerNotification::ToolListChangedNotification(_) = said.notification {
                connection.tools_changed.store(true, Ordering::Relaxed);
            }
            None
        }
        JsonRpcMessage::Request(request) => {
            let is_ping = matches!(request.request, ServerRequest::PingRequest(_));
            // Before the handshake rmcp answers a ping alone.
            let is_answered = is_ping || connection.is_ready.load(Ordering::Relaxed);
            if !is_answered || !connection.takes_request(&request.id) {
                return None;
            }
            let method = match &mut request.request {
                ServerRequest::PingRequest(_) => return Some(message),
                ServerRequest::CreateMessageRequest(_) => "sampling/createMessage",
                ServerRequest::ListRootsRequest(_) => "roots/list",
                ServerRequest::ElicitRequest(_) => "elicitation/create",
                // Its name may be any text.
                _ => "unknown",
            };
            // rmcp answers that there is no such method.
            request.request = ServerRequest::CustomRequest(CustomRequest::new(method, None));
            Some(message)
        }
        JsonRpcMessage::Response(response) => {
            if let ServerResult::InitializeResult(ready) = &mut response.result {
                connection.is_ready.store(true, Ordering::Relaxed);
                if let Some(instructions) = ready.instructions.take() {
                    // A second handshake, after a session has expired, says the same.
                    let _ = connection.instructions.set(instructions);
                }
            }
            Some(message)
        }
        JsonRpcMessage::Error(error) => {
            if error.id.is_none() {
                error.error.message = "an error without the id of a request".into();
                error.error.data = None;
            }
            Some(message)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn pass(message: Value, connection: &Connection) -> Option<Value> {
        let message = serde_json::from_value(message).expect("a message");
        passed(message, connection).map(|message| serde_json::to_value(message).expect("JSON"))
    }

    fn notification(method: &str, params: &Value) -> Value {
        json!({"jsonrpc": "2.0", "method": method, "params": params})
    }

    #[test]
    fn texts_that_nobody_asked_for_are_held_back() {
        let connection = Connection::default();
        for (method, params) in [
            ("notifications/message", json!({"level": "info", "data": "MARK"})),
            (
                "notifications/progress",
                json!({"progressToken": 1, "progress": 1, "message": "MARK"}),
            ),
            ("notifications/resources/updated", json!({"uri": "MARK"})),
            ("notifications/cancelled", json!({"requestId": 1, "reason": "MARK"})),
            ("notifications/elsewhere", json!({"text": "MARK"})),
        ] {
            assert_eq!(pass(notification(method, &params), &connection), None, "{method}");
        }
    }

    fn ready() -> Connection {
        let connection = Connection::default();
        connection.is_ready.store(true, Ordering::Relaxed);
        connection
    }

    #[test]
    fn before_the_handshake_a_ping_passes_and_no_other_request_takes_a_place() {
        let connection = Connection::default();
        let request = |id: usize, method| json!({"jsonrpc": "2.0", "id": id, "method": method});
        for id in 0..=MAX_UNANSWERED {
            assert_eq!(pass(request(id, "roots/list"), &connection), None);
        }
        assert!(pass(request(1_000, "ping"), &connection).is_some());
        let ready = json!({"jsonrpc": "2.0", "id": 0, "result": {
            "protocolVersion": "2025-06-18", "capabilities": {},
            "serverInfo": {"name": "tides", "version": "1"},
        }});
        pass(ready, &connection).expect("the handshake");
        assert!(pass(request(1_001, "roots/list"), &connection).is_some());
    }

    #[test]
    fn a_request_of_the_server_passes_without_its_content() {
        let request = json!({
            "jsonrpc": "2.0", "id": 1, "method": "sampling/createMessage",
            "params": {"maxTokens": 1, "messages": [
                {"role": "user", "content": {"type": "text", "text": "MARK"}},
            ]},
        });
        let passed = pass(request, &ready()).expect("rmcp has to answer it");
        assert_eq!(passed["method"], "sampling/createMessage");
        assert!(!passed.to_string().contains("MARK"), "{passed}");
        let request = json!({"jsonrpc": "2.0", "id": 1, "method": "MARK", "params": {"a": "MARK"}});
        let passed = pass(request, &ready()).expect("rmcp has to answer it");
        assert_eq!(passed["method"], "unknown");
        let ping = json!({"jsonrpc": "2.0", "id": 1, "method": "ping"});
        assert_eq!(pass(ping, &ready()).expect("a ping")["method"], "ping");
    }

    #[test]
    fn a_changed_list_and_the_advice_for_use_are_noted() {
        let connection = Connection::default();
        pass(notification("notifications/tools/list_changed", &json!({})), &connection);
        assert!(connection.tools_changed.load(Ordering::Relaxed));
        let ready = json!({"jsonrpc": "2.0", "id": 1, "result": {
            "protocolVersion": "2025-06-18", "capabilities": {}, "instructions": "MARK",
            "serverInfo": {"name": "tides", "version": "1"},
        }});
        let passed = pass(ready, &connection).expect("the handshake").to_string();
        assert!(passed.contains("tides") && !passed.contains("MARK"), "{passed}");
        assert_eq!(connection.instructions.get().map(String::as_str), Some("MARK"));
    }
}
