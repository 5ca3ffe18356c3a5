//! The settings of embedding many texts.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ek_core::{EmbeddingInputType, EmbeddingRequest, Error, ErrorKind, Result};

use crate::RunOptions;
use crate::setters::{run_setters, setters};

/// How [`embed_all`](crate::embed_all), [`embed_iter`](crate::embed_iter) and
/// [`embed_stream`](crate::embed_stream) run.
///
/// ```
/// use ek_core::EmbeddingInputType;
/// use ek_patterns::EmbedOptions;
///
/// let options = EmbedOptions::default()
///     .with_model("text-embedding-3-small")
///     .with_input_type(EmbeddingInputType::Document)
///     .with_max_inputs(500)
///     .with_concurrency(8);
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct EmbedOptions {
    /// The settings of every request: model, dimensions, input type, time limit, headers, more keys. It has
    /// no inputs of its own. Default: those of the provider.
    pub request: EmbeddingRequest,
    /// The most inputs in a request; at least 1. Default: the provider's
    /// [limit](ek_core::EmbeddingProvider::embedding_limits), or 100 where none is known.
    pub max_inputs: Option<usize>,
    /// The most tokens in a request; at least 1. An input that has more goes alone. Default: the provider's
    /// limit, or none where none is known.
    pub max_tokens: Option<u64>,
    /// The most tokens in an input. A list of more token ids, or a text of which
    /// [`token_counter`](Self::token_counter) counts more, is an error and is not sent; an estimate decides
    /// nothing, and leaves it to the server. Default: the provider's limit, or none where none is known.
    pub max_input_tokens: Option<u64>,
    /// Counts the tokens of a text, by the tokenizer of the model. Default: the estimate of
    /// [`Estimate::of_embedding`](crate::Estimate::of_embedding), half of it added as a margin where
    /// requests are split. Token ids are counted as they are.
    pub token_counter: Option<TokenCounter>,
    /// How many requests are under way at once. Default: 4; at least 1.
    pub concurrency: usize,
    /// Whether [`embed_all`](crate::embed_all) embeds the other inputs after some have failed; its error
    /// then has all vectors that came. Default: false.
    pub keep_going: bool,
    /// How calls are retried, limited and watched. Default: [`RunOptions::default`].
    pub run: RunOptions,
}

impl Default for EmbedOptions {
    fn default() -> Self {
        Self {
            request: EmbeddingRequest::default(),
            max_inputs: None,
            max_tokens: None,
            max_input_tokens: None,
            token_counter: None,
            concurrency: 4,
            keep_going: false,
            run: RunOptions::default(),
        }
    }
}

impl EmbedOptions {
    run_setters!(run);

    setters! {
        /// Sets the settings of every request.
        with_request(request: EmbeddingRequest);
        /// Sets the most inputs in a request.
        with_max_inputs(max_inputs: usize);
        /// Sets the most tokens in a request.
        with_max_tokens(max_tokens: u64);
        /// Sets the most tokens in an input.
        with_max_input_tokens(max_input_tokens: u64);
        /// Sets how many requests are under way at once.
        with_concurrency(concurrency: usize);
        /// Sets whether the other inputs are embedded after some have failed.
        with_keep_going(keep_going: bool);
        /// Sets how many numbers each vector shall have.
        with_dimensions([request] dimensions: u32);
        /// Sets what the vectors are for.
        with_input_type([request] input_type: EmbeddingInputType);
        /// Sets the longest time for one attempt.
        with_timeout([request] timeout: Duration);
    }

    /// Sets the model.
    #[must_use]
    pub fn with_model(mut self, model: impl Into<String>) -> Self {
        self.request.model = Some(model.into());
        self
    }

    /// Sets what counts the tokens of a text.
    #[must_use]
    pub fn with_token_counter(
        mut self,
        count: impl Fn(&str) -> u64 + Send + Sync + 'static,
    ) -> Self {
        self.token_counter = Some(TokenCounter::new(count));
        self
    }

    pub(super) fn check(&self) -> Result<()> {
        let refuse = |why: &str| Err(Error::new(ErrorKind::Config, why).with_attempts(0));
        if self.concurrency == 0 {
            return refuse("concurrency is 0; 1 sends one request after the other");
        }
        if self.max_inputs == Some(0) || self.max_tokens == Some(0) {
            return refuse("a request of at most 0 inputs or tokens embeds nothing");
        }
        if !self.request.inputs.is_empty() {
            return refuse(
                "the request of the options has inputs; they are passed beside the options",
            );
        }
        Ok(())
    }
}

/// Counts the tokens of a text.
///
/// ```
/// use ek_patterns::TokenCounter;
///
/// // In place of the model's own tokenizer.
/// let words = TokenCounter::new(|text| text.split_whitespace().count() as u64);
/// assert_eq!(words.count("Kilns cool slowly."), 3);
/// ```
#[derive(Clone)]
pub struct TokenCounter(Arc<dyn Fn(&str) -> u64 + Send + Sync>);

impl TokenCounter {
    /// Counts with this closure, which is called once for each input.
    #[must_use]
    pub fn new(count: impl Fn(&str) -> u64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(count))
    }

    /// The tokens of this text.
    #[must_use]
    pub fn count(&self, text: &str) -> u64 {
        (self.0)(text)
    }
}

impl fmt::Debug for TokenCounter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<token counter>")
    }
}
