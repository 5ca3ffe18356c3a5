//! Handles for code that must not be generic over its provider.
//!
//! The public traits return `impl Future` and cannot be made into objects. One private mirror of them
//! with boxed futures can; the handles are `Arc`s around it.

use std::any::type_name;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use crate::{ChatRequest, LlmProvider, LlmResponse, Result, ToolCallingProvider};

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The mirror of all provider traits.
trait Erased: Send + Sync {
    fn complete<'a>(&'a self, request: &'a ChatRequest) -> BoxFuture<'a, Result<LlmResponse>>;
    fn model(&self) -> Option<&str>;
    fn supports_tools(&self) -> bool;
    fn type_name(&self) -> &'static str;
}

struct Plain<P>(P);

impl<P: LlmProvider> Erased for Plain<P> {
    fn complete<'a>(&'a self, request: &'a ChatRequest) -> BoxFuture<'a, Result<LlmResponse>> {
        Box::pin(self.0.complete(request))
    }

    fn model(&self) -> Option<&str> {
        self.0.model()
    }

    fn supports_tools(&self) -> bool {
        false
    }

    fn type_name(&self) -> &'static str {
        type_name::<P>()
    }
}

struct WithTools<P>(P);

impl<P: ToolCallingProvider> Erased for WithTools<P> {
    fn complete<'a>(&'a self, request: &'a ChatRequest) -> BoxFuture<'a, Result<LlmResponse>> {
        Box::pin(self.0.complete(request))
    }

    fn model(&self) -> Option<&str> {
        self.0.model()
    }

    fn supports_tools(&self) -> bool {
        self.0.supports_tools()
    }

    fn type_name(&self) -> &'static str {
        type_name::<P>()
    }
}

/// Any provider behind one type: `Clone`, `Send`, `Sync`, without generics.
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
/// ```
#[derive(Clone)]
pub struct DynProvider(Arc<dyn Erased>);

impl DynProvider {
    /// Takes any provider.
    #[must_use]
    pub fn new(provider: impl LlmProvider + 'static) -> Self {
        Self(Arc::new(Plain(provider)))
    }
}

/// Any provider that can call tools behind one type.
#[derive(Clone)]
pub struct DynToolProvider(Arc<dyn Erased>);

impl DynToolProvider {
    /// Takes any provider that can call tools.
    #[must_use]
    pub fn new(provider: impl ToolCallingProvider + 'static) -> Self {
        Self(Arc::new(WithTools(provider)))
    }
}

impl From<DynToolProvider> for DynProvider {
    fn from(provider: DynToolProvider) -> Self {
        Self(provider.0)
    }
}

macro_rules! forward {
    ($($handle:ty),*) => {$(
        #[deny(clippy::missing_trait_methods)]
        impl LlmProvider for $handle {
            async fn complete(&self, request: &ChatRequest) -> Result<LlmResponse> {
                self.0.complete(request).await
            }

            fn model(&self) -> Option<&str> {
                self.0.model()
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
