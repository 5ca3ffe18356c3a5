//! The mock over TCP: a server whose connections end in the script.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use super::{RawServer, ServerTls};
use crate::Script;
use crate::engine::Engine;
use crate::verify::OnDrop;

/// A server on a free port of 127.0.0.1 that plays a script, for clients in any language.
///
/// The path says which protocol is spoken:
///
/// | `POST` to a path that ends in | protocol | beside it |
/// | --- | --- | --- |
/// | `/chat/completions` | chat completions | |
/// | `/messages` | Anthropic's Messages API | `/messages/count_tokens` |
/// | `/responses` | OpenAI's Responses API | `/responses/input_tokens` |
/// | `:generateContent`, `:streamGenerateContent` | Gemini, at Google AI Studio's paths and Vertex AI's; a stream is a JSON array, and server-sent events with `alt=sse` | `:countTokens` |
/// | `/embeddings` | OpenAI's embeddings, as numbers or as base64 | |
/// | `:embedContent`, `:batchEmbedContents` | Gemini's embeddings | |
///
/// It answers `GET` to a path that ends in `/models` (with `mock` and the models that rules name; with the
/// header `anthropic-version` in Anthropic's shape; with one that begins with `x-goog-`, or under `/v1beta`, in
/// Google's) or in `/__journal` (with its calls so far, as JSON), and 404 to everything else. It knows
/// keep-alive and parallel connections, and refuses a body that is no request of its protocol with 400, which
/// is recorded too. In tests of a Rust client [`MockTransport`](super::MockTransport) gives the same bytes
/// without a socket, on a clock that can be paused.
///
/// Dropping it closes the port and all connections as soon as the runtime gets to it.
///
/// # Panics
///
/// When it is dropped, if a closure of its script has panicked.
///
/// ```
/// use ek_mock::Script;
/// use ek_mock::wire::MockServer;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let server = MockServer::start(Script::cycling(["High water is at noon."])).await;
/// assert!(server.uri().starts_with("http://127.0.0.1:") && server.uri().ends_with("/v1"));
/// // ... let the client under test ask server.uri()
/// assert_eq!(server.call_count(), 0);
/// # }
/// ```
#[must_use = "a server that is dropped is gone"]
pub struct MockServer {
    engine: Arc<Engine>,
    raw: RawServer,
    _verify: Option<OnDrop>,
}

impl MockServer {
    /// Starts a server over plain TCP. It accepts when this returns.
    ///
    /// A script that cannot be played ([`Script::check`]) answers each call with the reason.
    ///
    /// # Panics
    ///
    /// If no port of 127.0.0.1 can be had, or outside a tokio runtime with I/O.
    pub async fn start(script: Script) -> Self {
        Self::start_on(script, None).await
    }

    /// Starts a server over TLS, with a certificate that was made for it.
    ///
    /// ```
    /// use ek_mock::Script;
    /// use ek_mock::wire::{MockServer, ServerTls};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let server = MockServer::start_tls(Script::cycling(["hi"]), ServerTls::localhost()).await;
    /// let trusted = server.tls().expect("it speaks TLS").ca_pem(); // for the client
    /// assert!(server.uri().starts_with("https://localhost:"));
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// As [`start`](Self::start), and if rustls refuses the certificate.
    pub async fn start_tls(script: Script, tls: ServerTls) -> Self {
        Self::start_on(script, Some(tls)).await
    }

    /// Starts a server over plain TCP on an address of your choice, for clients whose base URL is
    /// fixed.
    ///
    /// # Errors
    ///
    /// That of the system if the address cannot be had, for instance because the port is taken.
    ///
    /// ```
    /// use ek_mock::Script;
    /// use ek_mock::wire::MockServer;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// let server = MockServer::bind(Script::cycling(["hi"]), ([127, 0, 0, 1], 0)).await?;
    /// assert_ne!(server.addr().port(), 0);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn bind(script: Script, addr: impl Into<SocketAddr>) -> io::Result<Self> {
        let engine = Arc::new(Engine::new(script));
        let raw = RawServer::bind(Arc::clone(&engine), None, addr.into()).await?;
        Ok(Self::of(engine, raw))
    }

    /// The same for a program: it asks for what is unmet itself, where a test would panic. A real
    /// endpoint may stand behind it for what no rule fits.
    #[cfg(feature = "record")]
    pub(crate) async fn bind_unverified(
        script: Script,
        tape: Option<Arc<crate::cassette::Tape>>,
        addr: SocketAddr,
    ) -> io::Result<Self> {
        let engine = Engine::new(script);
        let engine = Arc::new(match tape {
            Some(tape) => engine.recording(tape),
            None => engine,
        });
        let raw = RawServer::bind(Arc::clone(&engine), None, addr).await?;
        Ok(Self { _verify: None, engine, raw })
    }

    /// Which expectations of the script are not met, in words.
    #[cfg(feature = "cli")]
    pub(crate) fn unmet(&self) -> Result<(), String> {
        crate::verify::verify(&self.engine)
    }

    async fn start_on(script: Script, tls: Option<ServerTls>) -> Self {
        let engine = Arc::new(Engine::new(script));
        let raw = RawServer::start_on(Arc::clone(&engine), tls).await;
        Self::of(engine, raw)
    }

    fn of(engine: Arc<Engine>, raw: RawServer) -> Self {
        Self { _verify: Some(OnDrop(Arc::clone(&engine))), engine, raw }
    }

    /// A base URL for the client: `http://127.0.0.1:PORT/v1`, or `https://localhost:PORT/v1` with TLS.
    #[must_use]
    pub fn uri(&self) -> String {
        format!("{}/v1", self.raw.uri())
    }

    /// The address that it listens on.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.raw.addr()
    }

    /// The TLS that it was started with.
    #[must_use]
    pub fn tls(&self) -> Option<&ServerTls> {
        self.raw.tls()
    }

    /// The server beneath, which knows the connections and the requests byte by byte.
    pub fn raw(&self) -> &RawServer {
        &self.raw
    }

    /// Stops the server, and returns when its port and all its connections are closed.
    ///
    /// # Panics
    ///
    /// If a closure of its script has panicked.
    pub async fn stop(self) {
        self.raw.stop().await;
    }
}

impl fmt::Debug for MockServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockServer")
            .field("uri", &self.uri())
            .field("rules", &self.engine.script().rules.len())
            .field("calls", &self.call_count())
            .finish_non_exhaustive()
    }
}

crate::assertions::call_assertions!(MockServer);
