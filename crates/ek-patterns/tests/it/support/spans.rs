//! Every span and event of this thread, with its parent and all its fields, at TRACE.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

use super::logs;

/// A span, or an event.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    id: Option<u64>,
    /// The span's name, or the event's message.
    pub(crate) name: String,
    /// The name of the span around it.
    pub(crate) within: Option<String>,
    pub(crate) fields: BTreeMap<String, String>,
    level: &'static str,
}

impl Seen {
    pub(crate) fn level(&self) -> &'static str {
        self.level
    }

    /// A field as text; empty if it was never recorded.
    pub(crate) fn get(&self, field: &str) -> &str {
        self.fields.get(field).map_or("", String::as_str)
    }
}

thread_local! {
    static SEEN: RefCell<Vec<Seen>> = const { RefCell::new(Vec::new()) };
}

/// Starts anew on this thread.
pub(crate) fn start() {
    logs::subscribe();
    SEEN.with_borrow_mut(Vec::clear);
}

/// What was seen on this thread since the start, in the order in which it began.
pub(crate) fn so_far() -> Vec<Seen> {
    SEEN.with_borrow(Clone::clone)
}

/// What was seen under this name.
pub(crate) fn named(name: &str) -> Vec<Seen> {
    so_far().into_iter().filter(|seen| seen.name == name).collect()
}

pub(super) struct ThisThread;

impl<S: Subscriber> Layer<S> for ThisThread {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, _: Context<'_, S>) {
        let mut seen = Seen { id: Some(id.into_u64()), ..Seen::default() };
        attributes.record(&mut seen);
        attributes.metadata().name().clone_into(&mut seen.name);
        keep(seen, attributes.parent());
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, _: Context<'_, S>) {
        SEEN.with_borrow_mut(|all| {
            if let Some(seen) = all.iter_mut().find(|seen| seen.id == Some(id.into_u64())) {
                values.record(seen);
            }
        });
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut seen = Seen::default();
        event.record(&mut seen);
        seen.name = seen.fields.remove("message").unwrap_or_default();
        seen.level = event.metadata().level().as_str();
        keep(seen, event.parent());
    }
}

fn keep(mut seen: Seen, parent: Option<&Id>) {
    SEEN.with_borrow_mut(|all| {
        let parent = parent.map(Id::into_u64);
        let around = all.iter().find(|seen| parent.is_some() && seen.id == parent);
        seen.within = around.map(|around| around.name.clone());
        all.push(seen);
    });
}

impl Visit for Seen {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.fields.insert(field.name().to_owned(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.fields.insert(field.name().to_owned(), value.to_owned());
    }
}
