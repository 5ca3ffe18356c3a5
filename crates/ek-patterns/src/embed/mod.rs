//! Many texts as vectors: split into requests that a server takes, several of them at once, in order.

mod all;
mod batch;
mod input;
mod job;
mod options;
mod split;
mod stream;
#[cfg(test)]
mod tests;

use ek_core::{EmbeddingProvider, Embeddings, Result};
use futures_util::Stream;
use futures_util::stream::iter;

use crate::Outcome;
use all::All;
pub use all::{EmbedDetail, EmbedFailure, FailedInputs};
pub use batch::EmbedBatch;
pub use input::EmbedInput;
pub use options::{EmbedOptions, TokenCounter};
pub use stream::EmbedStream;

/// Turns all texts into vectors, one for each and in their order, in as many requests as it takes. Lists of
/// token ids stand for texts too: [`EmbedInput`].
///
/// A request is full when it has [`max_inputs`](EmbedOptions::max_inputs) inputs, or when one more would
/// pass [`max_tokens`](EmbedOptions::max_tokens); several are under way at once. Each is retried, counted
/// and watched as the calls of all patterns are, and has a reservation of its own in the ledger. Dropping
/// the future cancels all of them.
///
/// A server that refuses a request for its inputs or its size (HTTP 400, 413, 422, or as too long for the
/// model) does not say which input it is. So the request is halved, and its halves again, until the input is
/// found or the parts are small enough.
///
/// The usage of the vectors is the sum of all calls, and the model is that of the first.
///
/// # Errors
/// - `Config` if an option cannot be used, before any call.
/// - The first failure, with the place of its inputs, counted from 0, at the beginning of its message
///   (`input 37: ...`, `inputs 0 to 99: ...`). The requests under way are cancelled, unless
///   [`keep_going`](EmbedOptions::keep_going) is on.
/// - `Rejected`, with the code [`CONTEXT_OVERFLOW`](ek_core::Error::CONTEXT_OVERFLOW), for an input that
///   is longer than [`max_input_tokens`](EmbedOptions::max_input_tokens): a list of that many token ids, or a
///   text by the caller's own count. It is not sent.
/// - `BudgetExhausted` as soon as the budget does not cover another call: that always ends the run.
/// - `Malformed` if an answer has more or fewer vectors than inputs, or vectors of another width than the
///   answers before.
///
/// Each has the spend of all calls, and the vectors that came in an [`EmbedFailure`] as its
/// [`detail`](ek_core::Error::detail).
///
/// ```
/// use ek_mock::MockProvider;
/// use ek_patterns::{EmbedOptions, embed_all};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> ek_core::Result<()> {
/// let provider = MockProvider::default();
/// let pages = ["Kilns cool slowly.", "The lake is calm.", "Clay shrinks in the fire."];
/// let options = EmbedOptions::default().with_max_inputs(2);
/// let found = embed_all(&provider, pages, &options).await?;
/// assert_eq!((found.value.len(), found.spend.calls), (3, 2));
///
/// let question = embed_all(&provider, ["How do kilns cool?"], &options).await?.value;
/// assert_eq!(found.value.nearest(question.values(), 1)[0].0, 0);
/// # Ok(())
/// # }
/// ```
pub async fn embed_all<P, T>(
    provider: &P,
    inputs: impl IntoIterator<Item = T>,
    options: &EmbedOptions,
) -> Result<Outcome<Embeddings, EmbedDetail>>
where
    P: EmbeddingProvider,
    T: Into<EmbedInput>,
{
    let job = job::Job::begin("embed_all", provider, options, !options.keep_going)?;
    let batches = job.batches(iter(inputs));
    let mut batches = std::pin::pin!(batches);
    let all = job.run().span().run(All::collect(batches.as_mut(), options.keep_going)).await;
    all.finish(job.run())
}

/// Turns the texts of an iterator into vectors, as a stream: memory is bounded, however many there are.
///
/// Works as [`embed_stream`] does.
///
/// ```
/// use ek_mock::MockProvider;
/// use ek_patterns::{EmbedOptions, embed_iter};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> ek_core::Result<()> {
/// let provider = MockProvider::default();
/// let lines = (0..1_000).map(|number| format!("line {number}"));
/// let mut batches = embed_iter(&provider, lines, &EmbedOptions::default())?;
/// let mut stored = 0;
/// while let Some(batch) = batches.next().await {
///     let vectors = batch.vectors?; // or note the places in `batch.inputs`, and go on
///     assert_eq!(batch.inputs.len(), vectors.len());
///     stored += vectors.len();
/// }
/// assert_eq!(stored, 1_000);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// `Config` if an option cannot be used.
pub fn embed_iter<'a, P, T, I>(
    provider: &'a P,
    inputs: I,
    options: &EmbedOptions,
) -> Result<EmbedStream<'a>>
where
    P: EmbeddingProvider,
    T: Into<EmbedInput>,
    I: IntoIterator<Item = T>,
    I::IntoIter: Send + 'a,
{
    embed_stream(provider, iter(inputs), options)
}

/// Turns the texts of a stream into vectors, as a stream of batches in the order of the inputs.
///
/// Works as [`embed_all`] does, with these differences. At most
/// [`concurrency`](EmbedOptions::concurrency) batches are held at a time, those under way and those that
/// wait for an earlier one. A batch that fails is an item with an error and without vectors, and the stream
/// goes on; it ends early with `BudgetExhausted` alone. Dropping the stream cancels the calls that are under
/// way. It runs only while it is polled.
///
/// A request is sent when it is full or the inputs are at their end, so inputs that come slowly wait for
/// those that fill their request.
///
/// # Errors
/// `Config` if an option cannot be used.
pub fn embed_stream<'a, P, T>(
    provider: &'a P,
    inputs: impl Stream<Item = T> + Send + 'a,
    options: &EmbedOptions,
) -> Result<EmbedStream<'a>>
where
    P: EmbeddingProvider,
    T: Into<EmbedInput>,
{
    let job = job::Job::begin("embed_stream", provider, options, false)?;
    Ok(EmbedStream::new(job.batches(inputs), job.run()))
}
