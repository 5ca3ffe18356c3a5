//! rmcp's trait of an HTTP client, over the connections of `ek-http`.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use ek_core::{Error, ErrorKind};
use ek_http::{HttpBody, HttpClient};
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, Response, StatusCode};
use rmcp::model::{
    ClientJsonRpcMessage, ErrorCode, ErrorData, JsonRpcMessage, RequestId, ServerJsonRpcMessage,
};
use rmcp::transport::common::http_header::{HEADER_LAST_EVENT_ID, HEADER_SESSION_ID};
use rmcp::transport::streamable_http_client::{
    StreamableHttpClient, StreamableHttpError, StreamableHttpPostResponse,
};
use sse_stream::{Error as SseError, Sse};

use super::events::events;
use super::sessions::Sessions;
use crate::connection::Connection;
use crate::failure::TOO_LARGE;

const EVENTS: &str = "text/event-stream";
const JSON: &str = "application/json";

type Failed = StreamableHttpError<Error>;
type Headers = HashMap<HeaderName, HeaderValue>;

/// The client for one server's URL.
#[derive(Clone)]
pub(super) struct Client {
    pub(super) http: HttpClient,
    pub(super) connection: Arc<Connection>,
    pub(super) max_message_bytes: usize,
    pub(super) sessions: Sessions,
}

/// The answer in the place of one that is too large.
pub(super) fn too_large(id: RequestId) -> ServerJsonRpcMessage {
    let error = ErrorData::new(ErrorCode::INTERNAL_ERROR, TOO_LARGE, None);
    ServerJsonRpcMessage::error(error, Some(id))
}

impl Client {
    async fn send(
        &self,
        method: &str,
        session: Option<&str>,
        headers: Headers,
        accept: Option<&str>,
        body: Bytes,
    ) -> Result<Response<HttpBody>, Failed> {
        let mut sent: Vec<(String, String)> = Vec::with_capacity(headers.len() + 2);
        sent.extend(accept.map(|accept| ("accept".to_owned(), accept.to_owned())));
        let id = session.and_then(|session| self.sessions.show(session));
        sent.extend(id.map(|id| (HEADER_SESSION_ID.to_owned(), id)));
        for (name, value) in headers {
            let value = value.to_str().map_err(|_| {
                let why = format!("the header `{name}` is not text");
                Failed::Client(Error::new(ErrorKind::Config, why))
            })?;
            sent.push((name.as_str().to_owned(), value.to_owned()));
        }
        self.http.send(method, &sent, body).await.map_err(|error| match error.status() {
            Some(404) if session.is_some() => Failed::SessionExpired,
            _ => Failed::Client(error),
        })
    }

    /// The whole body; `None` where it is too large.
    async fn document(&self, mut body: HttpBody) -> Result<Option<Vec<u8>>, Failed> {
        let mut document = Vec::new();
        while let Some(piece) = body.next().await {
            let piece = piece.map_err(Failed::Client)?;
            if document.len() + piece.len() > self.max_message_bytes {
                return Ok(None);
            }
            document.extend_from_slice(&piece);
        }
        Ok(Some(document))
    }
}

impl StreamableHttpClient for Client {
    type Error = Error;

    async fn post_message(
        &self,
        _: Arc<str>,
        message: ClientJsonRpcMessage,
        session_id: Option<Arc<str>>,
        _: Option<String>,
        headers: Headers,
    ) -> Result<StreamableHttpPostResponse, Failed> {
        let request = match &message {
            JsonRpcMessage::Request(request) => Some(request.id.clone()),
            _ => None,
        };
        let body = serde_json::to_vec(&message)?.into();
        let accept = Some("application/json, text/event-stream");
        let answer = self.send("POST", session_id.as_deref(), headers, accept, body).await?;
        // The answer to a notification says nothing.
        let Some(id) = request else { return Ok(StreamableHttpPostResponse::Accepted) };
        if matches!(answer.status(), StatusCode::ACCEPTED | StatusCode::NO_CONTENT) {
            return Ok(StreamableHttpPostResponse::Accepted);
        }
        // A session begins with a handshake, which is sent without one.
        let given = answer.headers().get(HEADER_SESSION_ID).filter(|_| session_id.is_none());
        let session = given.and_then(|id| id.to_str().ok()).map(|id| self.sessions.hide(id));
        if is_of_type(&answer, EVENTS) {
            let connection = Arc::clone(&self.connection);
            let events = events(answer.into_body(), self.max_message_bytes, Some(id), connection);
            return Ok(StreamableHttpPostResponse::Sse(events, session));
        }
        if !is_of_type(&answer, JSON) {
            return Err(Failed::UnexpectedContentType(None));
        }
        let message = match self.document(answer.into_body()).await? {
            None => too_large(id),
            Some(document) => {
                self.connection.schemas.note(&document);
                serde_json::from_slice(&document).map_err(|_| {
                    Failed::UnexpectedServerResponse("the answer is not a message".into())
                })?
            }
        };
        Ok(StreamableHttpPostResponse::Json(message, session))
    }

    async fn delete_session(
        &self,
        _: Arc<str>,
        session_id: Arc<str>,
        _: Option<String>,
        headers: Headers,
    ) -> Result<(), Failed> {
        match self.send("DELETE", Some(&session_id), headers, None, Bytes::new()).await {
            Ok(_) => Ok(()),
            Err(Failed::Client(error)) if error.status() == Some(405) => {
                Err(Failed::ServerDoesNotSupportDeleteSession)
            }
            Err(error) => Err(error),
        }
    }

    async fn get_stream(
        &self,
        _: Arc<str>,
        session_id: Option<Arc<str>>,
        last_event_id: Option<String>,
        _: Option<String>,
        mut headers: Headers,
    ) -> Result<BoxStream<'static, Result<Sse, SseError>>, Failed> {
        if let Some(id) = last_event_id {
            let id = HeaderValue::try_from(id).map_err(|_| {
                Failed::UnexpectedServerResponse("the id of an event is no text".into())
            })?;
            let name = HeaderName::try_from(HEADER_LAST_EVENT_ID);
            headers.extend(name.ok().map(|name| (name, id)));
        }
        let answer = self.send("GET", session_id.as_deref(), headers, Some(EVENTS), Bytes::new());
        let answer = match answer.await {
            Err(Failed::Client(error)) if error.status() == Some(405) => {
                return Err(Failed::ServerDoesNotSupportSse);
            }
            answer => answer?,
        };
        if !is_of_type(&answer, EVENTS) {
            return Err(Failed::ServerDoesNotSupportSse);
        }
        let connection = Arc::clone(&self.connection);
        Ok(events(answer.into_body(), self.max_message_bytes, None, connection))
    }
}

fn is_of_type(answer: &Response<HttpBody>, kind: &str) -> bool {
    let found = answer.headers().get(CONTENT_TYPE).and_then(|found| found.to_str().ok());
    let found = found.and_then(|found| found.split(';').next());
    found.is_some_and(|found| found.trim().eq_ignore_ascii_case(kind))
}
