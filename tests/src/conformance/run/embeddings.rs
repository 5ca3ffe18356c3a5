//! Cases about embeddings: what is sent for the texts, and what is made of the answer.

use executionkit::EmbeddingProvider as _;

use super::super::case::{Answer, Case};
use super::super::compare::{self, Mismatch, Sent};
use super::super::portable;
use super::{Delivery, KEY, provider, server};

pub(super) async fn run(case: &Case, answer: &Answer) -> Result<Vec<(Delivery, Mismatch)>, String> {
    let request = case.request.as_ref().ok_or("needs a `request`")?;
    let (model, request) = portable::read_embedding(request)?;
    let mut mismatches = Vec::new();
    for delivery in Delivery::of(answer) {
        let server = server(answer, delivery).await;
        let builder = provider(case, &server.uri(), &model).expect("the protocol is built");
        let found = match builder.build() {
            Ok(provider) => provider.embed(&request).await,
            Err(error) => Err(error),
        };
        let sent: Vec<Sent> = server.requests().into_iter().map(Sent::from).collect();
        let compared = compare::embeddings(case, KEY, &sent, &found);
        mismatches.extend(compared.into_iter().map(|mismatch| (delivery, mismatch)));
    }
    Ok(mismatches)
}
