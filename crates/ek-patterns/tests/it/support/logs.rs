//! Every span and event of a test, at TRACE.
//!
//! One subscriber for the whole process, and a page for each thread: a test and its runtime have one of
//! their own. A subscriber for one thread would miss call sites that another test met first.

use std::cell::RefCell;
use std::io;
use std::sync::Once;

use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use super::spans;

thread_local! {
    static LOGGED: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

struct ThisThread;

impl io::Write for ThisThread {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOGGED.with_borrow_mut(|logged| logged.extend_from_slice(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Starts anew on this thread.
pub(crate) fn start() {
    subscribe();
    LOGGED.with_borrow_mut(Vec::clear);
}

/// Sets the subscriber of the process, which feeds [`spans`] too.
pub(super) fn subscribe() {
    static SUBSCRIBER: Once = Once::new();
    SUBSCRIBER.call_once(|| {
        let lines = tracing_subscriber::fmt::layer()
            .with_span_events(FmtSpan::CLOSE)
            .with_ansi(false)
            .with_writer(|| ThisThread);
        tracing_subscriber::registry().with(lines).with(spans::ThisThread).init();
    });
}

/// What was logged on this thread since the start: a line for each span that was closed.
pub(crate) fn so_far() -> String {
    LOGGED.with_borrow(|logged| String::from_utf8_lossy(logged).into_owned())
}
