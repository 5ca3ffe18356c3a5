//! A provider in front of a scripted server with one bad connection and then good ones.

use ek_core::{Error, ErrorKind, LlmProvider as _, LlmResponse, Result};
use ek_http::{Provider, ProviderBuilder, TlsRoots};
use ek_mock::wire::{Connection, RawScript, RawServer, ServerTls};

use super::hidden::assert_error_hides;
use super::{REPLY, good, in_time, question, settings, settled};

/// What happens to the connection of a failed call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Socket {
    /// It goes back to the pool, because the answer was read to its end.
    Kept,
    /// It is closed.
    Gone,
}

pub(crate) struct Rig {
    pub(crate) server: RawServer,
    pub(crate) provider: Provider,
}

impl Rig {
    /// Runs `first` on the first connection, and then good ones.
    pub(crate) async fn new(bad: Connection) -> Self {
        Self::with(bad, |settings| settings).await
    }

    /// As above, with settings.
    pub(crate) async fn with(
        bad: Connection,
        change: impl FnOnce(ProviderBuilder) -> ProviderBuilder,
    ) -> Self {
        let script = RawScript::in_order([bad]).then_every(good());
        Self::of(RawServer::start(script).await, change)
    }

    /// As above over TLS, with trust in the server's authority.
    pub(crate) async fn tls(
        bad: Connection,
        tls: ServerTls,
        change: impl FnOnce(ProviderBuilder) -> ProviderBuilder,
    ) -> Self {
        let script = RawScript::in_order([bad]).then_every(good());
        let ca = tls.ca_pem().to_owned();
        let server = RawServer::start_tls(script, tls).await;
        let trusting = |settings: ProviderBuilder| settings.root_certificate(ca);
        Self::of(server, |settings| change(trusting(settings.tls_roots(TlsRoots::Added))))
    }

    /// A provider for this server.
    pub(crate) fn of(
        server: RawServer,
        change: impl FnOnce(ProviderBuilder) -> ProviderBuilder,
    ) -> Self {
        let provider = change(settings(&server.uri())).build();
        let provider = provider.expect("sound settings");
        Self { server, provider }
    }

    pub(crate) async fn ask(&self) -> Result<LlmResponse> {
        in_time(self.provider.complete(&question())).await
    }

    /// Makes a call that succeeds.
    pub(crate) async fn works(&self) -> LlmResponse {
        let reply = self.ask().await.expect("an answer");
        assert_eq!(reply.content, REPLY);
        reply
    }

    /// Makes a call that fails with this kind, and checks what all failures have in common: one
    /// attempt, no secret is shown, no socket is left open, and the next call succeeds.
    pub(crate) async fn fails(&self, kind: ErrorKind, socket: Socket) -> Error {
        let server = &self.server;
        let (connections, requests) = (server.connection_count(), server.request_count());
        let error = self.ask().await.expect_err("a failure");
        assert_eq!(error.kind(), kind, "{error:?}");
        assert_eq!(error.attempts(), 1);
        assert_error_hides(&error);
        settled().await;
        let opened = server.connection_count() - connections;
        assert!(opened <= 1, "{opened} connections for one call");
        let sent = server.request_count() - requests;
        assert!(sent <= 1, "{sent} requests for one call");
        if socket == Socket::Gone {
            for connection in 0..server.connection_count() {
                in_time(server.wait_closed(connection)).await;
            }
        }
        let before = server.connection_count();
        self.works().await;
        let fresh = server.connection_count() - before;
        let expected = usize::from(socket == Socket::Gone);
        assert_eq!(fresh, expected, "new connections after {error}");
        error
    }
}
