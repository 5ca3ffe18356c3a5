//! Handles for code that must not be generic over its provider.
//!
//! The public traits return `impl Future` and cannot be made into objects. One private mirror of them
//! with boxed futures can; the handles are `Arc`s around it.

use std::any::type_name;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use crate::{
    ChatRequest, ChatStream, Error, ErrorKind, LlmProvider, LlmResponse, Result, StreamingProvider,
    ToolCallingProvider,
};

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The mirror of all provider traits.
trait Erased: Send + Sync {
    fn complete<'a>(&'a self, request: &'a ChatRequest) -> BoxFuture<'a, Result<LlmResponse>>;
    fn model(&self) -> Option<&str>;
    fn provider_name(&self) -> Option<&str>;
    fn default_max_tokens(&self) -> Option<u32>;
    fn type_name(&self) -> &'static str;

    fn supports_tools(&self) -> bool {
        false
    }

    fn supports_streaming(&self) -> bool {
        false
    }

    fn stream<'a>(&'a self, _: &'a ChatRequest) -> BoxFuture<'a, Result<ChatStream>> {
        let name = self.type_name();
        let why = format!(
            "`{name}` was taken by `new`, and not as a streaming provider: `streaming` does that"
        );
        Box::pin(std::future::ready(Err(Error::new(ErrorKind::Unsupported, why))))
    }
}

/// What each kind of provider can do besides completing.
macro_rules! erase {
    ($wrapper:ident: $($bound:ident)+ { $($more:item)* }) => {
        struct $wrapper<P>(P);

        impl<P: $($bound +)+> Erased for $wrapper<P> {
            fn complete<'a>(
                &'a self,
                request: &'a ChatRequest,
            ) -> BoxFuture<'a, Result<LlmResponse>> {
                Box::pin(self.0.complete(request))
            }

            fn model(&self) -> Option<&str> {
                self.0.model()
            }

            fn provider_name(&self) -> Option<&str> {
                self.0.provider_name()
            }

            fn default_max_tokens(&self) -> Option<u32> {
                self.0.default_max_tokens()
            }

            fn type_name(&self) -> &'static str {
                type_name::<P>()
            }

            $($more)*
        }
    };
}

erase!(Plain: LlmProvider {});

erase!(Streams: StreamingProvider {
    fn supports_streaming(&self) -> bool {
        self.0.supports_streaming()
    }

    fn stream<'a>(&'a self, request: &'a ChatRequest) -> BoxFuture<'a, Result<ChatStream>> {
        Box::pin(self.0.stream(request))
    }
});

erase!(CallsTools: ToolCallingProvider {
    fn supports_tools(&self) -> bool {
        self.0.supports_tools()
    }
});

erase!(DoesBoth: StreamingProvider ToolCallingProvider {
    fn supports_tools(&self) -> bool {
        self.0.supports_tools()
    }

    fn supports_streaming(&self) -> bool {
        self.0.supports_streaming()
    }

    fn stream<'a>(&'a self, request: &'a ChatRequest) -> BoxFuture<'a, Result<ChatStream>> {
        Box::pin(self.0.stream(request))
    }
});

/// Any provider behind one type: `Clone`, `Send`, `Sync`, without generics.
///
/// It streams if it was made with [`streaming`](Self::streaming).
///
/// ```
/// use ek_core::{ChatRequest, DynProvider, LlmProvider, LlmResponse, Result};
///
/// struct Fixed;
/// impl LlmProvider for Fixed {
///     async fn complete(&self, _: &ChatRequest) -> Result<LlmResponse> {
///         Ok(LlmResponse::text("hello"))
///     }
/// }
///
/// struct Service { llm: DynProvider } // no generics here
/// let service = Service { llm: DynProvider::new(Fixed) };
/// assert!(!service.llm.supports_streaming());
/// ```
#[derive(Clone)]
pub struct DynProvider(Arc<dyn Erased>);

impl DynProvider {
    /// Takes any provider.
    #[must_use]
    pub fn new(provider: impl LlmProvider + 'static) -> Self {
        Self(Arc::new(Plain(provider)))
    }

    /// Takes a provider that streams.
    #[must_use]
    pub fn streaming(provider: impl StreamingProvider + 'static) -> Self {
        Self(Arc::new(Streams(provider)))
    }
}

/// Any provider that can call tools behind one type.
///
/// It streams if it was made with [`streaming`](Self::streaming).
///
/// ```
/// use ek_core::{ChatRequest, DynToolProvider, LlmProvider, LlmResponse, Result, ToolCallingProvider};
///
/// struct Fixed;
/// impl LlmProvider for Fixed {
///     async fn complete(&self, _: &ChatRequest) -> Result<LlmResponse> {
///         Ok(LlmResponse::text("hello"))
///     }
/// }
/// impl ToolCallingProvider for Fixed {}
///
/// struct Agent { llm: DynToolProvider } // no generics here
/// let agent = Agent { llm: DynToolProvider::new(Fixed) };
/// assert!(agent.llm.supports_tools());
/// ```
#[derive(Clone)]
pub struct DynToolProvider(Arc<dyn Erased>);

impl DynToolProvider {
    /// Takes any provider that can call tools.
    #[must_use]
    pub fn new(provider: impl ToolCallingProvider + 'static) -> Self {
        Self(Arc::new(CallsTools(provider)))
    }

    /// Takes a provider that can call tools and streams.
    #[must_use]
    pub fn streaming(provider: impl ToolCallingProvider + StreamingProvider + 'static) -> Self {
        Self(Arc::new(DoesBoth(provider)))
    }
}

impl From<DynToolProvider> for DynProvider {
    fn from(provider: DynToolProvider) -> Self {
        Self(provider.0)
    }
}

macro_rules! forward {
    ($($handle:ty),*) => {$(
        impl $handle {
            /// Whether what is inside streams; if not, `stream` answers `Unsupported`.
            #[must_use]
            pub fn supports_streaming(&self) -> bool {
                self.0.supports_streaming()
            }
        }

        #[deny(clippy::missing_trait_methods)]
        impl LlmProvider for $handle {
            async fn complete(&self, request: &ChatRequest) -> Result<LlmResponse> {
                self.0.complete(request).await
            }

            fn model(&self) -> Option<&str> {
                self.0.model()
            }

            fn provider_name(&self) -> Option<&str> {
                self.0.provider_name()
            }

            fn default_max_tokens(&self) -> Option<u32> {
                self.0.default_max_tokens()
            }
        }

        #[deny(clippy::missing_trait_methods)]
        impl StreamingProvider for $handle {
            async fn stream(&self, request: &ChatRequest) -> Result<ChatStream> {
                self.0.stream(request).await
            }

            fn supports_streaming(&self) -> bool {
                self.0.supports_streaming()
            }
        }

        /// The type of what is inside, and nothing of its value.
        impl fmt::Debug for $handle {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($handle), "({})"), self.0.type_name())
            }
        }
    )*};
}

forward!(DynProvider, DynToolProvider);

#[deny(clippy::missing_trait_methods)]
impl ToolCallingProvider for DynToolProvider {
    fn supports_tools(&self) -> bool {
        self.0.supports_tools()
    }
}
