//! Cases about an answer: it is asked for, read in every delivery, and its turn is sent back.

use executionkit::{
    ChatRequest, Error, LlmProvider as _, LlmResponse, ProviderBuilder, StreamingProvider as _,
};

use super::super::case::{Answer, Case};
use super::super::compare::{self, Found, Mismatch};
use super::super::kind::Kind;
use super::next_request;
use super::{Delivery, provider, server};

const MODEL: &str = "acme-7b";

pub(super) async fn run(case: &Case, answer: &Answer) -> Vec<(Delivery, Mismatch)> {
    let mut mismatches = Vec::new();
    for delivery in Delivery::of(answer) {
        let found = find(case, answer, delivery, false).await;
        let compared = compare::outcome(case, &case.expect, &found);
        mismatches.extend(compared.into_iter().map(|mismatch| (delivery, mismatch)));
        if let Some(expect) = compare::with_think_tags_split(&case.expect) {
            let found = find(case, answer, delivery, true).await;
            let compared = compare::outcome(case, &expect, &found);
            mismatches.extend(compared.into_iter().map(|mismatch| (delivery, mismatch)));
        }
    }
    mismatches
}

async fn find(case: &Case, answer: &Answer, delivery: Delivery, split_think_tags: bool) -> Found {
    let configure = |uri: &str| {
        let builder = provider(case, uri, MODEL).expect("the protocol is built");
        builder.split_think_tags(split_think_tags)
    };
    let outcome = ask(case, answer, delivery, configure).await;
    let next_request = match &outcome {
        Ok(reply) => next_request::after(case, reply, configure).await,
        Err(_) => None,
    };
    Found { outcome, next_request }
}

async fn ask(
    case: &Case,
    answer: &Answer,
    delivery: Delivery,
    configure: impl Fn(&str) -> ProviderBuilder,
) -> Result<LlmResponse, Error> {
    let server = server(answer, delivery).await;
    let provider = configure(&server.uri()).build()?;
    let request = ChatRequest::user(next_request::QUESTION);
    match case.kind {
        Kind::Stream => provider.stream(&request).await?.collect().await,
        _ => provider.complete(&request).await,
    }
}
