//! Watching a pattern as it runs: events for progress bars and logs, and spans for tracing.

#[cfg(feature = "tracing")]
mod content;
mod event;
#[cfg(feature = "tracing")]
mod spans;
#[cfg(not(feature = "tracing"))]
#[path = "no_spans.rs"]
mod spans;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

pub use event::Event;
pub(crate) use spans::{CallSpan, PatternSpan, ToolSpan, retrying};

/// Gets the events of a pattern as they happen.
///
/// Any closure is one. It is called in the pattern's own task, so it should be quick. It cannot make the
/// pattern fail: its panics are dropped.
///
/// ```
/// use ek_patterns::{Event, Observer};
///
/// let progress = |event: &Event<'_>| {
///     if let Event::SampleDone { done, total, .. } = event {
///         println!("{done} of {total}");
///     }
/// };
/// fn takes_any(_: impl Observer) {}
/// takes_any(progress);
/// ```
pub trait Observer: Send + Sync {
    /// Called at each event.
    fn on_event(&self, event: &Event<'_>);
}

impl<F: Fn(&Event<'_>) + Send + Sync> Observer for F {
    fn on_event(&self, event: &Event<'_>) {
        self(event);
    }
}

impl<O: Observer + ?Sized> Observer for Arc<O> {
    fn on_event(&self, event: &Event<'_>) {
        (**self).on_event(event);
    }
}

impl fmt::Debug for dyn Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<observer>")
    }
}

/// Calls the observer, if there is one. A panic of the observer is dropped.
pub(crate) fn notify(observer: Option<&Arc<dyn Observer>>, event: &Event<'_>) {
    if let Some(observer) = observer {
        let _ = catch_unwind(AssertUnwindSafe(|| observer.on_event(event)));
    }
}
