//! Everything that is logged at TRACE while a test runs, by this crate and all beneath it.
//!
//! Kept for each thread: a test and its runtime have one of their own.

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

/// Starts anew on this thread.
pub(crate) fn start() {
    static SUBSCRIBER: Once = Once::new();
    SUBSCRIBER.call_once(|| {
        // Records of the `log` crate, as rustls writes them, are taken in as well.
        tracing_subscriber::fmt()
            .with_max_level(LevelFilter::TRACE)
            .with_span_events(FmtSpan::FULL)
            .with_ansi(false)
            .with_writer(|| ThisThread)
            .init();
    });
    LOGGED.with_borrow_mut(Vec::clear);
}

/// What was logged on this thread since the start, but for the one thing that is beyond this crate: h2
/// prints each frame that it reads, and with it what a server says when it goes away (SECURITY.md).
pub(crate) fn so_far() -> String {
    let logged = LOGGED.with_borrow(|logged| String::from_utf8_lossy(logged).into_owned());
    let is_ours = |line: &&str| !(line.contains(" h2::") && line.contains("GoAway"));
    logged.split_inclusive('\n').filter(is_ours).collect()
}
