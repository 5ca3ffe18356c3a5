//! One case over TCP: the server's side and the client's.

mod delivery;
mod embeddings;
mod next_request;
mod reply;
mod request;

use std::time::Duration;

use ek_mock::wire::{Connection, RawServer, response_head};
use executionkit::ProviderBuilder;

use super::case::{Answer, Case};
use super::compare::Mismatch;
use super::kind::Kind;
use super::protocol::builder_for;
pub use delivery::Delivery;

/// No answer takes longer: a hang is a failure, not a wait.
const LIMIT: Duration = Duration::from_secs(20);
/// The key of every provider here. Loopback alone sees it.
const KEY: &str = "conformance-FAKE-0001";

/// How a case came out.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// As expected.
    Passed,
    /// Otherwise than expected.
    Failed(Vec<(Delivery, Mismatch)>),
    /// What it needs is not built yet.
    NotBuilt,
}

/// Runs a case, one about an answer in every delivery.
///
/// # Errors
/// A message, if the case cannot be run as it is written.
pub async fn run(case: &Case) -> Result<Verdict, String> {
    let mismatches = match (case.kind, &case.answer) {
        _ if provider(case, "http://127.0.0.1", "kiln-1").is_none() => {
            return Ok(Verdict::NotBuilt);
        }
        (Kind::Embeddings, Some(answer)) => embeddings::run(case, answer).await?,
        (_, Some(answer)) => reply::run(case, answer).await,
        (_, None) => {
            let mismatches = request::run(case).await?.into_iter();
            mismatches.map(|mismatch| (Delivery::Whole, mismatch)).collect()
        }
    };
    Ok(if mismatches.is_empty() { Verdict::Passed } else { Verdict::Failed(mismatches) })
}

/// The server's side: it reads one request and answers as the case says.
async fn server(answer: &Answer, delivery: Delivery) -> RawServer {
    let length = answer.body.len().to_string();
    let mut headers: Vec<(&str, &str)> =
        answer.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    if !answer.has_header("content-length") && !answer.has_header("transfer-encoding") {
        headers.push(("content-length", &length));
    }
    let connection = Connection::new()
        .read_request()
        .write(response_head(answer.status, &headers))
        .write_pieces(delivery.pieces(answer));
    RawServer::start(connection).await
}

/// The provider that all requests of a case use.
fn provider(case: &Case, base_url: &str, model: &str) -> Option<ProviderBuilder> {
    let builder = builder_for(&case.protocol, base_url, model)?.api_key(KEY).timeout(LIMIT);
    Some(match case.now {
        Some(now) => builder.wall_clock(move || now),
        None => builder,
    })
}
