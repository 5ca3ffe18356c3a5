//! Watching a pattern at work: events for progress bars and logs of one's own, and spans for tracing.

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

/// Is told what a pattern does, as it happens.
///
/// Any closure is one. It is called within the pattern's own task, so it should be quick, and it can
/// fail nothing: whatever it panics with is dropped.
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
    /// Something happened.
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

/// Tells the observer, if there is one, whatever it makes of it.
pub(crate) fn tell(observer: Option<&Arc<dyn Observer>>, event: &Event<'_>) {
    if let Some(observer) = observer {
        let _ = catch_unwind(AssertUnwindSafe(|| observer.on_event(event)));
    }
}
