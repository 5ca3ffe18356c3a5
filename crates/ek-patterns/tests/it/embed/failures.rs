//! What becomes of inputs that a server refuses, of batches that fail, and of vectors that cannot be right.

use ek_core::{EmbeddingProvider, EmbeddingRequest, Embeddings, Error, ErrorKind, Result};
use ek_mock::{MockProvider, MockReply, Rule, Script, When};
use ek_patterns::{Budget, EmbedFailure, EmbedOptions, RetryConfig, embed_all, embed_iter};

use super::{sizes, texts};

fn refused() -> Error {
    Error::new(ErrorKind::Rejected, "HTTP 400: too long").with_status(400)
}

/// Refuses each request with one of these texts in it.
fn refusing(bad: &[&str]) -> MockProvider {
    let rules = bad.iter().map(|text| When::embedding_text_contains(*text));
    MockProvider::from_script(
        rules.fold(Script::new(), |script, when| script.on(when, [refused()])),
    )
}

fn options() -> EmbedOptions {
    EmbedOptions::default().with_dimensions(8).with_concurrency(1)
}

fn detail(error: &Error) -> &EmbedFailure {
    error.detail::<EmbedFailure>().expect("what came")
}

#[tokio::test]
async fn the_input_that_a_server_refuses_is_found_and_named() {
    let provider = refusing(&["text 37"]);
    let error = embed_all(&provider, texts(100), &options()).await.expect_err("refused");
    assert_eq!(error.to_string(), "input 37: HTTP 400: too long");
    assert_eq!((error.kind(), error.status()), (ErrorKind::Rejected, Some(400)));
    assert!(sizes(&provider).len() <= 14, "{:?}", sizes(&provider));
    let failure = detail(&error);
    assert_eq!(failure.failed.len(), 1);
    assert_eq!(failure.failed[0].inputs, 37..38);
    assert_eq!(
        failure.iter().map(|(place, _)| place).collect::<Vec<_>>(),
        (0..37).collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn the_others_are_embedded_where_the_run_is_to_go_on() {
    let provider = refusing(&["text 11", "text 37"]);
    let keep = options().with_keep_going(true).with_max_inputs(50);
    let error = embed_all(&provider, texts(100), &keep).await.expect_err("refused");
    assert_eq!(error.to_string(), "input 11: HTTP 400: too long");
    let failure = detail(&error);
    let failed: Vec<_> = failure.failed.iter().map(|failed| failed.inputs.clone()).collect();
    assert_eq!(failed, [11..12, 37..38]);
    let came: Vec<_> = failure.iter().map(|(place, _)| place).collect();
    let expected: Vec<_> = (0..100).filter(|place| ![11, 37].contains(place)).collect();
    assert_eq!(came, expected);
    for (place, vector) in failure.iter() {
        assert_eq!(vector, ek_mock::text_vector(&format!("text {place}"), 8), "{place}");
    }
}

#[tokio::test]
async fn a_request_of_more_inputs_than_the_server_takes_is_halved_until_it_fits() {
    let provider = Small { most: 30, inner: MockProvider::default() };
    let found = embed_all(&provider, texts(100), &options()).await.expect("vectors");
    assert_eq!(found.value.len(), 100);
    assert_eq!(sizes(&provider.inner), [25; 4]);
}

/// Takes this many inputs at most.
struct Small {
    most: usize,
    inner: MockProvider,
}

impl EmbeddingProvider for Small {
    async fn embed(&self, request: &EmbeddingRequest) -> Result<Embeddings> {
        if request.inputs.len() > self.most {
            return Err(Error::new(ErrorKind::Rejected, "HTTP 413").with_status(413));
        }
        self.inner.embed(request).await
    }
}

#[tokio::test]
async fn a_fault_of_every_request_is_not_searched_for_in_each_input() {
    let provider = MockProvider::failing(refused());
    let keep = options().with_keep_going(true);
    let error = embed_all(&provider, texts(100), &keep).await.expect_err("refused");
    assert_eq!(error.to_string(), "input 0: HTTP 400: too long");
    assert!(provider.call_count() <= 12, "{}", provider.call_count());
    let failed = detail(&error).failed.iter().map(|failed| failed.inputs.len()).sum::<usize>();
    assert_eq!(failed, 100, "each input is accounted for");
}

#[tokio::test]
async fn errors_that_no_input_can_cause_are_not_searched() {
    let unauthorised = Error::new(ErrorKind::Rejected, "HTTP 401").with_status(401);
    for error in [unauthorised, Error::new(ErrorKind::QuotaExhausted, "HTTP 402")] {
        let provider = MockProvider::failing(error);
        let error = embed_all(&provider, texts(10), &options()).await.expect_err("an error");
        assert!(error.to_string().starts_with("inputs 0 to 9: HTTP 40"), "{error}");
        provider.assert_called(1);
    }
}

#[tokio::test]
async fn an_input_that_is_too_long_by_the_caller_s_count_is_not_sent() {
    let provider = MockProvider::default();
    let options = options()
        .with_token_counter(|text| text.len() as u64)
        .with_max_input_tokens(5)
        .with_keep_going(true);
    let error = embed_all(&provider, ["a", "much longer", "b"], &options).await.expect_err("long");
    assert_eq!(error.to_string(), "input 1: 11 tokens, and the model takes at most 5");
    assert!(error.is_context_overflow() && error.attempts() == 0, "{error:?}");
    assert_eq!(detail(&error).iter().map(|(place, _)| place).collect::<Vec<_>>(), [0, 2]);
    assert_eq!(sizes(&provider), [1, 1]);
}

#[tokio::test(start_paused = true)]
async fn a_batch_of_a_stream_that_fails_is_an_item_and_the_stream_goes_on() {
    let down = Error::new(ErrorKind::Server, "HTTP 503");
    let rule = Rule::new(When::embedding_text_contains("text 2")).reply(down);
    let provider = MockProvider::from_script(Script::new().rule(rule));
    let options = options().with_max_inputs(2).with_retry(RetryConfig::none());
    let mut batches = embed_iter(&provider, texts(6), &options).expect("options");
    let mut seen = Vec::new();
    while let Some(batch) = batches.next().await {
        seen.push((
            batch.inputs,
            batch.vectors.map(|found| found.len()).map_err(|e| e.to_string()),
        ));
    }
    let failed = Err("inputs 2 to 3: HTTP 503".to_owned());
    assert_eq!(seen, [(0..2, Ok(2)), (2..4, failed), (4..6, Ok(2))]);
    assert_eq!(batches.spend().calls, 3);
}

#[tokio::test]
async fn a_stream_ends_when_its_budget_is_exhausted() {
    let options = options().with_max_inputs(1).with_budget(Budget::default().with_calls(1));
    let provider = MockProvider::default();
    let mut batches = embed_iter(&provider, texts(9), &options).expect("options");
    assert!(batches.next().await.expect("a batch").vectors.is_ok());
    let error = batches.next().await.expect("the end").vectors.expect_err("no budget");
    assert_eq!(error.kind(), ErrorKind::BudgetExhausted);
    assert!(batches.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn too_few_vectors_are_asked_for_again_and_then_an_error() {
    let one = Embeddings::from_rows([[1.0, 0.0]]).expect("a vector");
    let two = Embeddings::from_rows([[1.0, 0.0], [0.0, 1.0]]).expect("vectors");
    let provider = Fixed(vec![one.clone(), two], 0.into());
    let found = embed_all(&provider, ["a", "b"], &options()).await.expect("the second answer");
    assert_eq!((found.value.len(), found.spend.calls), (2, 2));
    let error = embed_all(&Fixed(vec![one], 0.into()), ["a", "b"], &options()).await;
    let error = error.expect_err("never enough");
    assert_eq!(error.to_string(), "inputs 0 to 1: 1 vectors came for 2 inputs");
    assert_eq!(error.kind(), ErrorKind::Malformed);
}

#[tokio::test]
async fn vectors_of_another_width_than_those_before_are_an_error() {
    let rows = |width: usize| Embeddings::from_rows([vec![1.0; width]]).expect("a vector");
    let script =
        Script::new().on(When::embedding(), [rows(3), rows(3), rows(2)].map(MockReply::from));
    let options = options().with_max_inputs(1);
    let error = embed_all(&MockProvider::from_script(script), texts(3), &options).await;
    let error = error.expect_err("another width");
    assert_eq!(error.to_string(), "input 2: vectors of 2 numbers, and those before have 3");
    assert_eq!(detail(&error).vectors.len(), 2);
}

/// Gives these answers in turn.
struct Fixed(Vec<Embeddings>, std::sync::atomic::AtomicUsize);

impl EmbeddingProvider for Fixed {
    async fn embed(&self, _: &EmbeddingRequest) -> Result<Embeddings> {
        let call = self.1.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Ok(self.0[call % self.0.len()].clone())
    }
}
