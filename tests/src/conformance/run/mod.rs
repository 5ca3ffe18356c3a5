//! One case over TCP: the server's side and the client's.

mod delivery;
mod next_request;
mod reply;
mod request;

use std::time::Duration;

use executionkit::ProviderBuilder;

use super::case::Case;
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
        (Kind::Embeddings, _) => return Ok(Verdict::NotBuilt),
        _ if provider(case, "http://127.0.0.1", "kiln-1").is_none() => {
            return Ok(Verdict::NotBuilt);
        }
        (_, Some(answer)) => reply::run(case, answer).await,
        (_, None) => {
            let mismatches = request::run(case).await?.into_iter();
            mismatches.map(|mismatch| (Delivery::Whole, mismatch)).collect()
        }
    };
    Ok(if mismatches.is_empty() { Verdict::Passed } else { Verdict::Failed(mismatches) })
}

/// The provider that all requests of a case use.
fn provider(case: &Case, base_url: &str, model: &str) -> Option<ProviderBuilder> {
    let builder = builder_for(&case.protocol, base_url, model)?.api_key(KEY).timeout(LIMIT);
    Some(match case.now {
        Some(now) => builder.wall_clock(move || now),
        None => builder,
    })
}
