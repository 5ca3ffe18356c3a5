//! One case over TCP: the server's side and the client's.

use std::time::Duration;

use ek_mock::wire::{Connection, RawServer, response_head};
use executionkit::{
    ChatRequest, Error, LlmProvider as _, LlmResponse, Provider, StreamingProvider as _,
};

use super::case::{Case, Kind};
use super::compare::{self, Mismatch};

/// How the bytes of a body reach the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// In one write.
    Whole,
    /// In pieces, as the case says.
    Split,
    /// One byte at a time.
    Bytes,
}

impl Delivery {
    /// The deliveries that differ for this case.
    fn of(case: &Case) -> Vec<Self> {
        let mut all = vec![Self::Whole];
        if !case.split_at.is_empty() {
            all.push(Self::Split);
        }
        if case.body.len() > 1 {
            all.push(Self::Bytes);
        }
        all
    }

    fn pieces(self, case: &Case) -> Vec<Vec<u8>> {
        match self {
            Self::Whole => vec![case.body.clone()],
            Self::Bytes => case.body.iter().map(|byte| vec![*byte]).collect(),
            Self::Split => {
                let mut ends = case.split_at.clone();
                ends.retain(|end| *end > 0 && *end < case.body.len());
                ends.push(case.body.len());
                ends.sort_unstable();
                ends.dedup();
                let mut start = 0;
                ends.into_iter()
                    .map(|end| case.body[std::mem::replace(&mut start, end)..end].to_vec())
                    .collect()
            }
        }
    }
}

/// No answer takes longer: a hang is a failure, not a wait.
const LIMIT: Duration = Duration::from_secs(20);

/// Runs a case in every delivery.
///
/// # Errors
/// Everything that came out otherwise than expected.
pub async fn run(case: &Case) -> Result<(), Vec<(Delivery, Mismatch)>> {
    let mut mismatches = Vec::new();
    for delivery in Delivery::of(case) {
        let found = ask(case, delivery, false).await;
        let compared = compare::outcome(&case.expect, &found);
        mismatches.extend(compared.into_iter().map(|mismatch| (delivery, mismatch)));
        if let Some(expect) = compare::with_think_tags_split(&case.expect) {
            let found = ask(case, delivery, true).await;
            let compared = compare::outcome(&expect, &found);
            mismatches.extend(compared.into_iter().map(|mismatch| (delivery, mismatch)));
        }
    }
    if mismatches.is_empty() { Ok(()) } else { Err(mismatches) }
}

/// What a call came to.
pub(super) type Outcome = Result<LlmResponse, Error>;

async fn ask(case: &Case, delivery: Delivery, split_think_tags: bool) -> Outcome {
    let length = case.body.len().to_string();
    let mut headers: Vec<(&str, &str)> =
        case.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let framed = ["content-length", "transfer-encoding"];
    if !headers.iter().any(|(name, _)| framed.iter().any(|f| f.eq_ignore_ascii_case(name))) {
        headers.push(("content-length", &length));
    }
    let connection = Connection::new()
        .read_request()
        .write(response_head(case.status, &headers))
        .write_pieces(delivery.pieces(case));
    let server = RawServer::start(connection).await;

    let mut builder = Provider::builder(server.uri(), "acme-7b")
        .timeout(LIMIT)
        .split_think_tags(split_think_tags);
    if let Some(now) = case.now {
        builder = builder.wall_clock(move || now);
    }
    let provider = builder.build()?;
    let request = ChatRequest::user("hello");
    match case.kind {
        Kind::Body | Kind::Error => provider.complete(&request).await,
        Kind::Stream => provider.stream(&request).await?.collect().await,
    }
}
