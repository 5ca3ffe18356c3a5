//! Asking somebody before a tool is run.

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;

use ek_core::ToolCall;
use futures_util::FutureExt as _;

type Answer = Pin<Box<dyn Future<Output = bool> + Send>>;

/// Decides whether a call is run: by a rule, or by asking a person.
///
/// It sees the whole call, name and arguments, after they have been checked. Calls of one reply are put
/// to it one at a time, in the model's order; it may take its time, and the tools' limit does not run
/// meanwhile. A denied call is answered to the model. A panic counts as a denial.
///
/// ```
/// use ek_patterns::Approval;
///
/// let careful = Approval::new(|call| async move {
///     let arguments = call.arguments.object().unwrap_or_default();
///     let path = arguments.get("path").and_then(|path| path.as_str()).unwrap_or_default();
///     call.name != "delete" || path.starts_with("/scratch/")
/// });
/// ```
#[derive(Clone)]
pub struct Approval(Arc<dyn Fn(ToolCall) -> Answer + Send + Sync>);

impl Approval {
    /// Asks this closure; true lets the call run.
    pub fn new<Fut>(ask: impl Fn(ToolCall) -> Fut + Send + Sync + 'static) -> Self
    where
        Fut: Future<Output = bool> + Send + 'static,
    {
        Self(Arc::new(move |call| Box::pin(ask(call))))
    }

    /// Whether the call may run.
    pub(super) async fn allows(&self, call: ToolCall) -> bool {
        let asked = AssertUnwindSafe(async { (self.0)(call).await }).catch_unwind();
        asked.await.unwrap_or(false)
    }
}

impl fmt::Debug for Approval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<approval>")
    }
}
