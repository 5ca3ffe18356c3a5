//! Asks for approval before a tool runs.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use ek_core::{Arguments, ToolCall};

use super::contained::Contained;

type Answer = Pin<Box<dyn Future<Output = Decision> + Send>>;

/// The answer of an [`Approval`] to one call. `Debug` shows neither arguments nor reasons.
///
/// A `bool` becomes one: true allows the call, false denies it without a reason.
///
/// ```
/// use ek_patterns::{Decision, ReactOptions};
///
/// let options = ReactOptions::default().with_approval(|call| async move {
///     match call.name.as_str() {
///         "read" => Decision::Allow,
///         "pay" => Decision::Stop, // a person looks at it first
///         _ => Decision::deny("only reading is allowed"),
///     }
/// });
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decision {
    /// The call is run.
    Allow,
    /// The call is run with these arguments in place of the model's. They are checked like the model's, and
    /// the model reads them with the result.
    AllowWith(Arguments),
    /// The call is not run, and the model reads this reason; an empty one is left out.
    Deny(String),
    /// The loop ends. No other call of this reply begins, and the loop waits for those under way. The outcome
    /// has [`StopReason::Stopped`](crate::StopReason::Stopped) and a transcript that ends with
    /// the open calls: given back, the loop begins with them.
    Stop,
}

impl Decision {
    /// A denial with a reason for the model.
    #[must_use]
    pub fn deny(reason: impl Into<String>) -> Self {
        Self::Deny(reason.into())
    }
}

impl From<bool> for Decision {
    fn from(allowed: bool) -> Self {
        if allowed { Self::Allow } else { Self::Deny(String::new()) }
    }
}

impl fmt::Debug for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Allow => "Allow",
            Self::AllowWith(_) => "AllowWith(..)",
            Self::Deny(_) => "Deny(..)",
            Self::Stop => "Stop",
        })
    }
}

/// Decides whether a call is run: by a rule, or by asking a person.
///
/// It gets the whole call, name and arguments, after they have been checked. It gets the calls of one reply
/// one at a time, in the model's order. The time it takes does not count against the time limit of the tool.
/// The model reads that a call was denied. A panic counts as a denial.
///
/// ```
/// use ek_patterns::{Approval, Decision};
///
/// let careful = Approval::new(|call| async move {
///     let arguments = call.arguments.object().unwrap_or_default();
///     let path = arguments.get("path").and_then(|path| path.as_str()).unwrap_or_default();
///     match call.name.as_str() {
///         "delete" if path.starts_with("/scratch/") => Decision::Allow,
///         "delete" => Decision::deny("only files in /scratch may be deleted"),
///         "pay" => Decision::Stop, // a person has to check this first
///         _ => Decision::Allow,
///     }
/// });
/// ```
#[derive(Clone)]
pub struct Approval(Arc<dyn Fn(ToolCall) -> Answer + Send + Sync>);

impl Approval {
    /// Asks this closure, which answers with a [`Decision`] or a `bool`.
    pub fn new<D, Fut>(ask: impl Fn(ToolCall) -> Fut + Send + Sync + 'static) -> Self
    where
        D: Into<Decision>,
        Fut: Future<Output = D> + Send + 'static,
    {
        Self(Arc::new(move |call| {
            let asked = ask(call);
            Box::pin(async { asked.await.into() })
        }))
    }

    /// The decision on one call.
    pub(super) async fn decide(&self, call: ToolCall) -> Decision {
        let ask = Arc::clone(&self.0);
        let asked = Contained::new(Box::pin(async move { ask(call).await }));
        asked.await.unwrap_or_else(|_| false.into())
    }
}

impl fmt::Debug for Approval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<approval>")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bool_is_a_decision_and_debug_shows_no_text() {
        assert_eq!(Decision::from(true), Decision::Allow);
        assert_eq!(Decision::from(false), Decision::deny(""));
        let shown = format!(
            "{:?} {:?}",
            Decision::deny("MARK"),
            Decision::AllowWith(Arguments::free_text("MARK"))
        );
        assert_eq!(shown, "Deny(..) AllowWith(..)");
    }
}
