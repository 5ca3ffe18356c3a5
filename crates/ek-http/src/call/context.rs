//! What every exchange of a provider needs. The provider's clones share it, and nothing changes it.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use hyper::header::{HeaderMap, HeaderName};

use crate::auth::{Auth, KeySource};
use crate::endpoint::Endpoint;
use crate::protocol::embeddings::EmbeddingProfile;
use crate::protocol::{Defaults, Protocol};
use crate::secrets::Secrets;
use crate::transport::Transport;

/// The clock for retry hints that name a moment.
pub(crate) type Clock = Arc<dyn Fn() -> SystemTime + Send + Sync>;

/// The checked settings of a provider, and its transport.
pub(crate) struct Context {
    pub(crate) shown: Shown,
    pub(crate) protocol: &'static dyn Protocol,
    pub(crate) transport: Transport,
    pub(crate) endpoint: Endpoint,
    pub(crate) defaults: Defaults,
    pub(crate) embedding: Embedding,
    pub(crate) key: KeySource,
    pub(crate) auth: Auth,
    /// The connection is encrypted or local, or the user said that it is safe.
    pub(crate) key_may_travel: bool,
    pub(crate) headers: HeaderMap,
    pub(crate) idempotency_header: Option<HeaderName>,
    pub(crate) secrets: Secrets,
    pub(crate) supports_tools: bool,
    pub(crate) split_think_tags: bool,
    pub(crate) timeout: Duration,
    pub(crate) max_response_bytes: usize,
    pub(crate) max_event_bytes: usize,
    pub(crate) stream_idle_timeout: Duration,
    pub(crate) stream_usage: bool,
    /// The caller set an `accept` header.
    pub(crate) own_accept: bool,
    pub(crate) clock: Clock,
    /// The provider's name in spans.
    pub(crate) provider_name: String,
}

impl Context {
    /// The model that turns texts into vectors.
    pub(crate) fn embedding_model(&self) -> &str {
        self.embedding.model.as_deref().unwrap_or(&self.defaults.model)
    }
}

/// How texts become vectors here.
pub(crate) struct Embedding {
    /// `None` where the API has no way to ask for them.
    pub(crate) profile: Option<EmbeddingProfile>,
    /// Instead of the model that answers.
    pub(crate) model: Option<String>,
}

/// What a provider shows in its debug output.
#[derive(Clone)]
pub(crate) struct Shown {
    pub(crate) base_url: String,
    pub(crate) model: String,
    pub(crate) headers: Vec<String>,
}
