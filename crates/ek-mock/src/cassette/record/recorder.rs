//! The recorder as a value: a server that a client asks in place of the real endpoint.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ek_core::{Error, ErrorKind, Result};

use super::{RecordMode, Tape};
use crate::wire::MockServer;
use crate::{Cassette, Script};

/// What became of one exchange.
///
/// ```no_run
/// use ek_mock::{Cassette, Recording};
///
/// # async fn run() -> ek_core::Result<()> {
/// let recorder = Cassette::record("tests/tides", "https://api.openai.com/v1").await?;
/// for recording in recorder.stop().await {
///     match recording {
///         Recording::Written { path } => println!("{}", path.display()),
///         Recording::Refused { why } => println!("not written: {why}"),
///         _ => {}
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Recording {
    /// It is on the disk.
    Written {
        /// The file.
        path: PathBuf,
    },
    /// It is not: nothing of it was written.
    Refused {
        /// The reason, in words.
        why: String,
    },
}

/// A server that passes requests on to a real endpoint, its answers back as they come, and keeps the
/// exchanges in a folder. Made by [`Cassette::record`].
///
/// Only requests for replies of a model and for embeddings are kept, one file each. Nothing is kept of an answer that is cut, of a refused
/// key (401, 403), of a redirect, and of an answer in which a credential is left that cannot be masked,
/// such as one that is spread over several pieces of a stream: [`recordings`](Self::recordings) tells
/// which and why.
///
/// What is masked: headers but for a chosen few are left out; the credentials of the request wherever
/// they come back; and everything that is shaped like one ([`ek_core::redact`]), in the request and in the
/// answer. The credentials are the values of headers and of the query whose name says so
/// ([`ek_core::is_credential_name`]), and those under any other name that are long and random. They are
/// known again as they are, from 12 characters in a row on, and in base64, hexadecimal digits and the
/// escapes of JSON, URLs and HTML. What a model says otherwise is kept as it is: read a cassette before
/// you publish it.
///
/// ```no_run
/// use ek_mock::Cassette;
///
/// # async fn run() -> ek_core::Result<()> {
/// let recorder = Cassette::record("tests/tides", "https://api.openai.com/v1").await?;
/// println!("let the client ask {}", recorder.uri());
/// let recordings = recorder.stop().await;
/// # Ok(())
/// # }
/// ```
#[must_use = "a recorder that is dropped is gone"]
pub struct Recorder {
    server: MockServer,
    tape: Arc<Tape>,
}

impl Cassette {
    /// Starts a recorder on a free port of 127.0.0.1: let the client under test ask
    /// [`Recorder::uri`] in place of the endpoint, with its own key.
    ///
    /// `upstream` is the base URL of the endpoint, such as `https://api.openai.com/v1`. Certificates are
    /// judged as the platform does.
    ///
    /// A question that the folder has already is recorded in place of the old recording
    /// ([`RecordMode::Replace`]); [`record_with`](Self::record_with) takes another mode.
    ///
    /// ```no_run
    /// use ek_mock::Cassette;
    ///
    /// # async fn example() -> ek_core::Result<()> {
    /// let recorder = Cassette::record("tests/cassettes/tides", "https://api.openai.com/v1").await?;
    /// // Provider::builder(recorder.uri(), "gpt-4.1-mini").api_key(key)... and ask it
    /// for recording in recorder.stop().await {
    ///     println!("{recording:?}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Config`] if the URL is no base URL, TLS cannot be set up, there is no free port, or
    /// a file of the folder is no recording.
    pub async fn record(folder: impl AsRef<Path>, upstream: &str) -> Result<Recorder> {
        Self::record_with(folder, upstream, RecordMode::default()).await
    }

    /// The same, and says what happens to a question that the folder has already.
    ///
    /// # Errors
    /// As [`record`](Self::record).
    pub async fn record_with(
        folder: impl AsRef<Path>,
        upstream: &str,
        mode: RecordMode,
    ) -> Result<Recorder> {
        let tape = Tape::new(folder.as_ref(), upstream, mode)?;
        Recorder::bind(Script::new(), tape, ([127, 0, 0, 1], 0).into()).await
    }
}

impl Recorder {
    /// The same on an address, and for what no rule of a script fits.
    pub(crate) async fn bind(script: Script, tape: Tape, addr: SocketAddr) -> Result<Self> {
        let tape = Arc::new(tape);
        let server = MockServer::bind_unverified(script, Some(Arc::clone(&tape)), addr).await;
        let server = server.map_err(|error| {
            Error::new(ErrorKind::Config, format!("the recorder has no port: {error}"))
                .with_source(error)
        })?;
        Ok(Self { server, tape })
    }

    /// The base URL for the client.
    #[must_use]
    pub fn uri(&self) -> String {
        self.server.uri()
    }

    #[cfg(feature = "cli")]
    pub(crate) fn server(&self) -> &MockServer {
        &self.server
    }

    /// What became of the exchanges so far, in the order in which they ended.
    #[must_use]
    pub fn recordings(&self) -> Vec<Recording> {
        self.tape.outcomes().read(Vec::clone)
    }

    /// Waits until this number of exchanges was written or refused. It has no time limit of its own.
    pub async fn wait_for_recordings(&self, count: usize) {
        self.tape.outcomes().wait_until(|all| all.len() >= count).await;
    }

    /// Stops the server, and gives what became of all exchanges.
    pub async fn stop(self) -> Vec<Recording> {
        self.server.stop().await;
        self.tape.outcomes().read(Vec::clone)
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder")
            .field("uri", &self.uri())
            .field("recordings", &self.recordings().len())
            .finish_non_exhaustive()
    }
}
