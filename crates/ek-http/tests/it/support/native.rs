//! A provider of any protocol in front of a server that gives prepared answers.

use ek_core::{
    ChatRequest, Error, LlmProvider as _, LlmResponse, StreamEvent, StreamingProvider as _,
};
use ek_http::{Provider, ProviderBuilder};
use ek_mock::wire::{Connection, RawScript, RawServer};
use serde_json::Value;

use super::{KEY, in_time};

/// A server that gives these answers, one after the other, and a provider in front of it.
pub(crate) struct Rig {
    pub(crate) server: RawServer,
    pub(crate) provider: Provider,
}

impl Rig {
    /// The settings get the server's URL and a key before `change` sees them.
    pub(crate) async fn with(
        settings: ProviderBuilder,
        answers: impl IntoIterator<Item = Vec<u8>>,
        change: impl FnOnce(ProviderBuilder, &str) -> ProviderBuilder,
    ) -> Self {
        let connections =
            answers.into_iter().map(|answer| Connection::new().read_request().write(answer).fin());
        let server = RawServer::start(RawScript::in_order(connections)).await;
        let settings = settings.base_url(server.uri()).api_key(KEY);
        let provider = change(settings, &server.uri()).build().expect("sound settings");
        Self { server, provider }
    }

    pub(crate) async fn ask(&self, request: &ChatRequest) -> Result<LlmResponse, Error> {
        in_time(self.provider.complete(request)).await
    }

    /// Every event of a stream.
    pub(crate) async fn stream(&self, request: &ChatRequest) -> Result<Vec<StreamEvent>, Error> {
        let mut stream = in_time(self.provider.stream(request)).await?;
        let mut events = Vec::new();
        while let Some(event) = in_time(stream.next()).await {
            events.push(event?);
        }
        Ok(events)
    }

    /// The reply of a stream.
    pub(crate) async fn streamed(&self, request: &ChatRequest) -> Result<LlmResponse, Error> {
        match self.stream(request).await?.pop() {
            Some(StreamEvent::Done(reply)) => Ok(*reply),
            other => panic!("{other:?} ends the stream"),
        }
    }

    /// The body of a request that was sent.
    pub(crate) fn sent(&self, number: usize) -> Value {
        serde_json::from_slice(&self.server.requests()[number].body).expect("JSON")
    }
}
