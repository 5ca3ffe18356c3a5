//! The process of a server: how it ends, and where its standard error goes.

use std::time::Duration;

use tokio::io::{AsyncRead, BufReader};
use tokio::process::Child;
use tokio::time::timeout;
use tracing::debug;

use super::lines::{Line, Lines};
use crate::session::Mask;

/// How long a process may take to end itself once its input is closed.
pub(crate) const GRACE: Duration = Duration::from_secs(2);
/// How long a process whose output has ended may take to end itself, before it is not waited for.
const LAST_WORDS: Duration = Duration::from_millis(500);
/// The longest line of standard error that is logged, in bytes.
const MAX_STDERR_LINE: usize = 4 * 1024;

/// A process that is killed when it is dropped.
pub(crate) struct Process(pub(crate) Child);

impl Process {
    /// How the process has ended, now that its output has.
    pub(crate) async fn ending(&mut self) -> String {
        match timeout(LAST_WORDS, self.0.wait()).await {
            Ok(Ok(status)) => format!("its process has ended ({status})"),
            Ok(Err(_)) | Err(_) => "its process has closed its output".to_owned(),
        }
    }

    /// Waits until the process has ended, whose input is closed. Kills it after a while.
    pub(crate) async fn end(&mut self) -> std::io::Result<()> {
        match timeout(GRACE, self.0.wait()).await {
            Ok(ended) => ended.map(drop),
            Err(_) => self.0.kill().await,
        }
    }
}

/// Logs what the server writes to its standard error, line by line.
pub(crate) async fn log_stderr<R: AsyncRead + Unpin>(server: String, stderr: R, mask: Mask) {
    let mut lines = Lines::new(BufReader::new(stderr), MAX_STDERR_LINE);
    loop {
        let line = match lines.next().await {
            Ok(Some(Line::Whole(line))) => line,
            Ok(Some(Line::TooLong { head, .. })) => whole_words(head),
            Ok(None) | Err(_) => return,
        };
        let line = String::from_utf8_lossy(&line);
        let line = mask(line.trim_end());
        debug!(target: "ek_mcp::stderr", server, "{line}");
    }
}

/// The head of a line without its last word, which may be half a secret.
fn whole_words(mut head: Vec<u8>) -> Vec<u8> {
    let end = head.iter().rposition(u8::is_ascii_whitespace).unwrap_or_default();
    head.truncate(end);
    head.extend_from_slice(b" [truncated]");
    head
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("no panic").extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn standard_error_is_logged_line_by_line_cut_and_masked() {
        let log = Log::default();
        let writer = log.clone();
        let subscriber =
            tracing_subscriber::fmt().with_ansi(false).with_max_level(tracing::Level::DEBUG);
        let subscriber = subscriber.with_writer(move || writer.clone()).finish();
        let listening = tracing::subscriber::set_default(subscriber);
        let text = format!(
            "ready\r\nkey sk-ant-api03-FAKEFAKEFAKEFAKE\n{}SECRET-VALUE {}end\n",
            "no tide ".repeat(31),
            "x".repeat(5000),
        );
        let mask: Mask = Arc::new(|text: &str| {
            ek_core::redact(&text.replace("SECRET-VALUE", "[REDACTED]")).into_owned()
        });
        log_stderr("tides".to_owned(), text.as_bytes(), mask).await;
        drop(listening);
        let log = String::from_utf8(log.0.lock().expect("no panic").clone()).expect("text");
        let lines: Vec<_> = log.lines().collect();
        assert_eq!(lines.len(), 3, "{log}");
        assert!(lines[0].ends_with("ek_mcp::stderr: ready server=\"tides\""), "{log}");
        assert!(lines[1].contains("key [REDACTED]"), "{log}");
        assert!(lines[2].contains("no tide [truncated]") && !log.contains("SECRET"), "{log}");
    }
}
