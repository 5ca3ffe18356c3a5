//! Collects what this crate and the crates below it log at TRACE during a test.
//!
//! Each thread has its own log, because a test and its runtime run on their own thread.

use std::cell::RefCell;
use std::io;
use std::sync::Once;

use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::format::FmtSpan;

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

/// Empties the log of this thread.
pub(crate) fn start() {
    static SUBSCRIBER: Once = Once::new();
    SUBSCRIBER.call_once(|| {
        // Also collects records of the `log` crate, which rustls writes.
        tracing_subscriber::fmt()
            .with_max_level(LevelFilter::TRACE)
            .with_span_events(FmtSpan::FULL)
            .with_ansi(false)
            .with_writer(|| ThisThread)
            .init();
    });
    LOGGED.with_borrow_mut(Vec::clear);
}

/// The log of this thread, without h2's frames: h2 prints each frame it reads, and with it the text of a
/// server that goes away. This crate cannot change that (SECURITY.md).
pub(crate) fn so_far() -> String {
    let logged = LOGGED.with_borrow(|logged| String::from_utf8_lossy(logged).into_owned());
    let is_ours = |line: &&str| !(line.contains(" h2::") && line.contains("GoAway"));
    logged.split_inclusive('\n').filter(is_ours).collect()
}
