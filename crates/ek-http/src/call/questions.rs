//! What a provider is asked besides replies: how long a prompt is, and which models there are.

use bytes::Bytes;
use ek_core::{ChatRequest, Error, ErrorKind, ModelInfo, Result};
use hyper::{Method, Uri};

use super::{Call, Settings};
use crate::protocol::body::Found;
use crate::protocol::{Asked, Mode};
use crate::provider::Provider;

/// The most models that are listed, and the most pages that are asked for.
const MAX_MODELS: usize = 10_000;
const MAX_PAGES: usize = 100;

impl Provider {
    /// How many tokens the prompt of a request has, by the provider's own count: instructions, messages
    /// and tools. Nothing is generated.
    ///
    /// # Errors
    /// `Unsupported` where the protocol has no way to ask, as chat completions has none; else as
    /// [`complete`](ek_core::LlmProvider::complete).
    ///
    /// ```no_run
    /// # async fn run() -> ek_core::Result<()> {
    /// use ek_core::ChatRequest;
    /// let provider = ek_http::Provider::from_env()?;
    /// let tokens = provider.count_tokens(&ChatRequest::user("Why are kilns hot?")).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn count_tokens(&self, request: &ChatRequest) -> Result<u64> {
        let context = self.context();
        let asked = Asked { request, defaults: &context.defaults, mode: Mode::Unary };
        let (uri, body) = context.protocol.write_count(&context.endpoint, &asked)?;
        let found = Found { missing: "the answer names no number of tokens", wrapped: "tokens" };
        let read = |text: &str| context.protocol.read_count(text);
        self.question(request.into(), (Method::POST, uri, body), found, read).await
    }

    /// The models that the provider lists, page after page, each in a request of its own. Those for
    /// embeddings stand among them where the provider lists them.
    ///
    /// # Errors
    /// As [`complete`](ek_core::LlmProvider::complete); `TooLarge` beyond 10,000 models or 100 pages.
    ///
    /// ```no_run
    /// # async fn run() -> ek_core::Result<()> {
    /// let provider = ek_http::Provider::from_env()?;
    /// for model in provider.models().await? {
    ///     println!("{} takes {:?} tokens", model.id, model.max_input_tokens);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn models(&self) -> Result<Vec<ModelInfo>> {
        let context = self.context();
        let (mut models, mut next) = (Vec::new(), None);
        for _ in 0..MAX_PAGES {
            let uri = context.protocol.models(&context.endpoint, next.as_deref())?;
            let found = Found { missing: "the answer is no list of models", wrapped: "\"id\"" };
            let read = |text: &str| context.protocol.read_models(text);
            let page = (Method::GET, uri, Bytes::new());
            let page = self.question(Settings::default(), page, found, read).await?;
            models.extend(page.models);
            next = page.next;
            if models.len() > MAX_MODELS {
                break;
            }
            if next.is_none() {
                return Ok(models);
            }
        }
        let why = format!("the list has more than {MAX_MODELS} models or {MAX_PAGES} pages");
        Err(Error::new(ErrorKind::TooLarge, why))
    }

    /// Sends a request and reads its whole answer, within the attempt's time.
    async fn question<T>(
        &self,
        settings: Settings<'_>,
        written: (Method, Uri, Bytes),
        found: Found,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<T> {
        let mut call = Call::begin(self.context(), settings, written).await?;
        let (head, body) = call.document_body().await?;
        head.document(&body, found, read)
    }
}
