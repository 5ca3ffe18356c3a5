//! Token ids in place of texts: the same order, splitting, search and counts.

use ek_core::{EmbeddingInputs, EmbeddingProvider, EmbeddingRequest, Embeddings, Error, ErrorKind};
use ek_mock::MockProvider;
use ek_patterns::{
    Budget, EmbedFailure, EmbedInput, EmbedOptions, Ledger, RunOptions, embed_all, embed_iter,
    embed_stream,
};
use futures_util::stream;

use super::sizes;

fn lists(count: u32) -> impl Iterator<Item = Vec<u32>> {
    (0..count).map(|number| vec![number, number + 1, 7])
}

fn options() -> EmbedOptions {
    EmbedOptions::default().with_dimensions(8).with_max_inputs(3).with_concurrency(2)
}

/// The vector of these tokens, asked for alone.
async fn alone(tokens: Vec<u32>) -> Vec<f32> {
    let request = EmbeddingRequest::new(vec![tokens]).with_dimensions(8);
    MockProvider::default().embed(&request).await.expect("a vector").into_values()
}

async fn assert_in_order(found: &Embeddings, count: u32) {
    assert_eq!(found.len(), count as usize);
    for (tokens, vector) in lists(count).zip(found.iter()) {
        assert_eq!(vector, alone(tokens).await);
    }
}

#[tokio::test]
async fn every_vector_stands_at_the_place_of_its_token_ids() {
    let provider = MockProvider::default();
    let found = embed_all(&provider, lists(10), &options()).await.expect("vectors");
    assert_in_order(&found.value, 10).await;
    let calls = provider.calls().into_iter().filter_map(|call| call.embedding);
    assert!(calls.map(|call| call.inputs).all(|inputs| inputs.texts().is_none()));
    assert_eq!(sizes(&provider), [3, 3, 3, 1]);
    assert_eq!(found.spend.usage.input_tokens, Some(30));
}

#[tokio::test]
async fn a_stream_of_token_ids_is_embedded_in_order() {
    let provider = MockProvider::default();
    let mut from_iter = embed_iter(&provider, lists(7), &options()).expect("options");
    let mut from_stream =
        embed_stream(&provider, stream::iter(lists(7)), &options()).expect("options");
    for batches in [&mut from_iter, &mut from_stream] {
        let mut all = Vec::new();
        while let Some(batch) = batches.next().await {
            all.extend(batch.vectors.expect("vectors").into_values());
        }
        assert_in_order(&Embeddings::new(all, 8).expect("vectors"), 7).await;
    }
}

#[tokio::test]
async fn a_list_of_too_many_token_ids_is_named_and_not_sent() {
    let provider = MockProvider::default();
    let inputs = [vec![1_u32; 2], vec![1; 6], vec![1; 5]];
    let keep = options().with_max_input_tokens(5).with_keep_going(true);
    let error = embed_all(&provider, inputs, &keep).await.expect_err("too long");
    assert_eq!(error.to_string(), "input 1: 6 tokens, and the model takes at most 5");
    assert!(error.is_context_overflow() && error.attempts() == 0, "{error:?}");
    let failure = error.detail::<EmbedFailure>().expect("what came");
    assert_eq!(failure.iter().map(|(place, _)| place).collect::<Vec<_>>(), [0, 2]);
    assert_eq!(sizes(&provider), [1, 1]);
}

/// Refuses each request with the token 5 as its first.
struct Picky(MockProvider);

impl EmbeddingProvider for Picky {
    async fn embed(&self, request: &EmbeddingRequest) -> ek_core::Result<Embeddings> {
        match &request.inputs {
            EmbeddingInputs::Tokens(lists) if lists.iter().all(|list| list[0] != 5) => {
                self.0.embed(request).await
            }
            _ => Err(Error::new(ErrorKind::Rejected, "HTTP 400").with_status(400)),
        }
    }
}

#[tokio::test]
async fn the_list_that_a_server_refuses_is_found_and_the_others_have_their_vectors() {
    let provider = Picky(MockProvider::default());
    let keep = options().with_max_inputs(10).with_keep_going(true);
    let error = embed_all(&provider, lists(10), &keep).await.expect_err("refused");
    assert_eq!(error.to_string(), "input 5: HTTP 400");
    let failure = error.detail::<EmbedFailure>().expect("what came");
    assert_eq!(failure.failed[0].inputs, 5..6);
    let others: Vec<_> = lists(10).enumerate().filter(|(place, _)| *place != 5).collect();
    assert_eq!(failure.iter().count(), others.len());
    for ((place, vector), (expected, tokens)) in failure.iter().zip(others) {
        assert_eq!((place, vector), (expected, alone(tokens).await.as_slice()));
    }
}

#[tokio::test]
async fn a_reservation_has_exactly_the_token_ids_of_its_request() {
    // Two requests of 9 tokens: the third does not fit.
    let ledger = Ledger::new(Budget::default().with_input_tokens(26)).expect("a budget");
    let run = RunOptions::default().with_ledger(ledger.clone());
    let limited = options().with_concurrency(1).with_run(run);
    let error = embed_all(&MockProvider::default(), lists(9), &limited).await.expect_err("budget");
    assert_eq!(error.kind(), ErrorKind::BudgetExhausted);
    assert_eq!(ledger.spend().usage.input_tokens, Some(18));
}

#[tokio::test]
async fn texts_and_token_ids_may_be_mixed_and_stay_in_order() {
    let provider = MockProvider::default();
    let inputs: Vec<EmbedInput> = vec!["a".into(), vec![5_u32, 6, 7].into(), "b".into()];
    let found = embed_all(&provider, inputs, &options()).await.expect("vectors").value;
    assert_eq!(found.get(0), Some(&ek_mock::text_vector("a", 8)[..]));
    assert_eq!(found.get(1), Some(&alone(vec![5, 6, 7]).await[..]));
    assert_eq!(found.get(2), Some(&ek_mock::text_vector("b", 8)[..]));
}
