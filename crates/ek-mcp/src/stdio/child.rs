//! The process of a server: how it ends, and where its standard error goes.

use std::time::Duration;

use ek_core::redact;
use tokio::io::{AsyncRead, BufReader};
use tokio::process::Child;
use tokio::time::timeout;
use tracing::debug;

use super::lines::{Line, Lines};

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
pub(crate) async fn log_stderr<R: AsyncRead + Unpin>(server: String, stderr: R) {
    let mut lines = Lines::new(BufReader::new(stderr), MAX_STDERR_LINE);
    loop {
        let line = match lines.next().await {
            Ok(Some(Line::Whole(line))) => line,
            Ok(Some(Line::TooLong { head, .. })) => head,
            Ok(None) | Err(_) => return,
        };
        let line = String::from_utf8_lossy(&line);
        let line = redact(line.trim_end());
        debug!(target: "ek_mcp::stderr", server, "{line}");
    }
}
