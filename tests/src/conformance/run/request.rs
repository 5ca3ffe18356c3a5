//! Cases about a request: the client gets it in its portable form, and what reaches the server counts.

use ek_mock::wire::{Connection, RawServer, response};
use executionkit::{LlmProvider as _, StreamingProvider as _};

use super::super::case::Case;
use super::super::compare::{self, Mismatch, Sent};
use super::super::portable;
use super::{KEY, provider};

pub(super) async fn run(case: &Case) -> Result<Vec<Mismatch>, String> {
    let asked = portable::read(case.request.as_ref().ok_or("needs a `request`")?)?;
    // What the server answers does not matter: only the request is looked at.
    let connection = Connection::new().read_request().write(response(400, &[], "{}"));
    let server = RawServer::start(connection).await;
    let builder = provider(case, &server.uri(), &asked.model).expect("the protocol is built");
    let ended = match builder.build() {
        Ok(provider) if asked.streams => match provider.stream(&asked.request).await {
            Ok(stream) => stream.collect().await,
            Err(error) => Err(error),
        },
        Ok(provider) => provider.complete(&asked.request).await,
        Err(error) => Err(error),
    };
    let sent: Vec<Sent> = server.requests().into_iter().map(Sent::from).collect();
    Ok(compare::request(case, KEY, &sent, &ended))
}
