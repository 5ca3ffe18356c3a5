//! The traits. The smallest one is all that an adapter must write; the others say what more it can do.
//!
//! Methods return `impl Future + Send`, so implementors write `async fn` and callers may spawn. For
//! code that cannot be generic there are [`DynProvider`](crate::DynProvider) and
//! [`DynToolProvider`](crate::DynToolProvider).

use std::sync::Arc;

use crate::{ChatRequest, ChatStream, LlmResponse, Result};

/// A backend that completes a conversation.
///
/// Three steps make an adapter: write `complete`; return [`LlmResponse::text`] with the usage, if it is
/// known; and, if the backend can call tools, implement [`ToolCallingProvider`] and fill
/// [`LlmResponse::tool_calls`].
///
/// ```
/// use ek_core::{ChatRequest, LlmProvider, LlmResponse, Result};
///
/// struct Shout;
///
/// impl LlmProvider for Shout {
///     async fn complete(&self, request: &ChatRequest) -> Result<LlmResponse> {
///         Ok(LlmResponse::text(request.last_user_text().unwrap_or_default().to_uppercase()))
///     }
/// }
/// ```
#[doc(alias("adapter", "chat", "backend"))]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an LLM provider",
    label = "this cannot complete a conversation",
    note = "implement `LlmProvider` for it: `async fn complete(&self, request: &ChatRequest) -> Result<LlmResponse>` is all it needs",
    note = "`&P`, `Arc<P>` and `Box<P>` are providers where `P` is one"
)]
pub trait LlmProvider: Send + Sync {
    /// Completes the conversation: one request, one answer. Retries are the caller's.
    ///
    /// The request is borrowed, so that retries and samples reuse one value. Dropping the future must
    /// stop the work.
    ///
    /// # Errors
    /// Any [`Error`](crate::Error); its [`kind`](crate::Error::kind) decides about retries.
    fn complete(&self, request: &ChatRequest) -> impl Future<Output = Result<LlmResponse>> + Send;

    /// The model asked by default, for spans, prices and reports. Wrappers delegate.
    fn model(&self) -> Option<&str> {
        None
    }

    /// Who serves the model, for spans: a name of the OpenTelemetry GenAI conventions (`openai`,
    /// `anthropic`, ...) or one's own. Wrappers delegate.
    fn provider_name(&self) -> Option<&str> {
        None
    }

    /// The limit on the reply that is sent where a request has no
    /// [`max_tokens`](ChatRequest::max_tokens); `None` where none is sent, or it is not known. Budgets
    /// set as much aside. Wrappers delegate.
    fn default_max_tokens(&self) -> Option<u32> {
        None
    }
}

/// A backend that answers in pieces as they come.
///
/// ```
/// use ek_core::{ChatRequest, Result, StreamingProvider};
///
/// async fn shout(llm: &impl StreamingProvider, question: &str) -> Result<String> {
///     let stream = llm.stream(&ChatRequest::user(question)).await?;
///     Ok(stream.collect().await?.content.to_uppercase())
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot stream",
    label = "a stream is needed here",
    note = "implement `StreamingProvider` for it: `async fn stream(&self, request: &ChatRequest) -> Result<ChatStream>`; `ResponseAssembly` puts pieces together"
)]
pub trait StreamingProvider: LlmProvider {
    /// Starts to complete the conversation. The future ends when the answer begins; the stream owns
    /// all that it needs.
    ///
    /// # Errors
    /// Any [`Error`](crate::Error) that comes before the first piece.
    fn stream(&self, request: &ChatRequest) -> impl Future<Output = Result<ChatStream>> + Send;

    /// Whether this value can stream: false for a handle around something that cannot. Wrappers
    /// delegate.
    fn supports_streaming(&self) -> bool {
        true
    }
}

/// A backend whose models can call tools.
///
/// A type that does not implement it is refused by the compiler where tools are needed; a value whose
/// [`supports_tools`](Self::supports_tools) is false is refused before any call is made.
///
/// ```
/// use ek_core::{ChatRequest, LlmProvider, LlmResponse, Result, ToolCall, ToolCallingProvider};
///
/// /// Calls the first tool that it is given.
/// struct Eager;
///
/// impl LlmProvider for Eager {
///     async fn complete(&self, request: &ChatRequest) -> Result<LlmResponse> {
///         let calls = request.tools.first().map(|tool| ToolCall::new("call_1", &tool.name, "{}"));
///         Ok(LlmResponse::default().with_tool_calls(calls))
///     }
/// }
///
/// impl ToolCallingProvider for Eager {}
/// ```
#[doc(alias = "function calling")]
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot call tools",
    label = "tools are needed here",
    note = "if its backend can call tools, add `impl ToolCallingProvider for ... {{}}` and fill `LlmResponse::tool_calls` in `complete`"
)]
pub trait ToolCallingProvider: LlmProvider {
    /// Whether this value can call tools. Wrappers delegate.
    fn supports_tools(&self) -> bool {
        true
    }
}

macro_rules! delegate {
    ($($wrapper:ty),*) => {$(
        #[deny(clippy::missing_trait_methods)]
        impl<P: LlmProvider + ?Sized> LlmProvider for $wrapper {
            fn complete(
                &self,
                request: &ChatRequest,
            ) -> impl Future<Output = Result<LlmResponse>> + Send {
                (**self).complete(request)
            }

            fn model(&self) -> Option<&str> {
                (**self).model()
            }

            fn provider_name(&self) -> Option<&str> {
                (**self).provider_name()
            }

            fn default_max_tokens(&self) -> Option<u32> {
                (**self).default_max_tokens()
            }
        }

        #[deny(clippy::missing_trait_methods)]
        impl<P: StreamingProvider + ?Sized> StreamingProvider for $wrapper {
            fn stream(
                &self,
                request: &ChatRequest,
            ) -> impl Future<Output = Result<ChatStream>> + Send {
                (**self).stream(request)
            }

            fn supports_streaming(&self) -> bool {
                (**self).supports_streaming()
            }
        }

        #[deny(clippy::missing_trait_methods)]
        impl<P: ToolCallingProvider + ?Sized> ToolCallingProvider for $wrapper {
            fn supports_tools(&self) -> bool {
                (**self).supports_tools()
            }
        }
    )*};
}

delegate!(&P, Arc<P>, Box<P>);
