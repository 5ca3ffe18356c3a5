//! One call for each of many inputs, and one call that reduces their replies to an answer.

mod items;
mod options;

use ek_core::{ChatRequest, LlmProvider, LlmResponse, Result};
use futures_util::stream::{self, StreamExt};

use crate::Outcome;
use crate::no_answer::no_answer;
use crate::observe::Event;
use crate::run::Run;
use items::Items;
pub use items::{MapReduceDetail, MapReduceFailure};
pub use options::MapReduceOptions;

/// Completes a request for each input, several at once, and then one request for all replies.
///
/// `map` turns an input into a request (or a text, or messages), just before its call. `reduce` turns the
/// texts of all replies, in the order of the inputs, into the last request; inputs that failed and were
/// tolerated are left out. The value is the text of the last reply. Dropping the future cancels all calls.
///
/// # Errors
/// - `Config` if an option cannot be used or there are no inputs, before any call.
/// - The first failure of an input, once more have failed than
///   [`tolerate_failures`](MapReduceOptions::tolerate_failures), or if all have; the others are cancelled.
/// - `BudgetExhausted` as soon as the budget does not cover another call: that is never tolerated.
/// - The error of the last call.
/// - `Malformed`, not to be retried, for a reply without an answer, because reasoning used up its tokens: as
///   an input's failure, or as the error of the last call.
///
/// Each has the spend of all calls, and the result of each input in a [`MapReduceFailure`] as its
/// [`detail`](ek_core::Error::detail).
///
/// ```
/// use ek_mock::MockProvider;
/// use ek_patterns::{MapReduceOptions, map_reduce};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> ek_core::Result<()> {
/// let llm = MockProvider::respond_with(|request| {
///     format!("[{}]", request.last_user_text().unwrap_or_default())
/// });
/// let pages = ["clay", "glaze"];
/// let outcome = map_reduce(
///     &llm,
///     pages,
///     |page| format!("Sum up: {page}"),
///     |parts| format!("Join: {}", parts.join(", ")),
///     &MapReduceOptions::default(),
/// )
/// .await?;
/// assert_eq!(outcome.value, "[Join: [Sum up: clay], [Sum up: glaze]]");
/// assert_eq!(outcome.spend.calls, 3);
/// # Ok(())
/// # }
/// ```
pub async fn map_reduce<P, T, M, R>(
    provider: &P,
    inputs: impl IntoIterator<Item = T>,
    map: impl Fn(T) -> M,
    reduce: impl FnOnce(&[String]) -> R,
    options: &MapReduceOptions,
) -> Result<Outcome<String, MapReduceDetail>>
where
    P: LlmProvider,
    M: Into<ChatRequest>,
    R: Into<ChatRequest>,
{
    let inputs: Vec<T> = inputs.into_iter().collect();
    options.check(inputs.len())?;
    let run = Run::begin("map_reduce", &options.run)?;
    let mut items = Items::new(inputs.len());
    let requests = inputs.into_iter().map(|input| options.request(map(input)));
    let reduced = async {
        map_all(&run, provider, requests, &mut items, options).await?;
        let texts = items.texts()?;
        let request = options.request(reduce(&texts));
        run.observe(&Event::ReduceStarted { parts: texts.len() });
        answer(run.complete(provider, &request).await)
    };
    let reduced: Result<LlmResponse> = run.span().run(reduced).await;
    match reduced {
        Ok(reply) => {
            let value = reply.content.clone();
            Ok(run.outcome(value, None, items.finish(reply)))
        }
        Err(error) => Err(run.fail(items.fail(error))),
    }
}

/// A reply without an answer, because reasoning used up its tokens, is a failure and not an empty part.
fn answer(reply: Result<LlmResponse>) -> Result<LlmResponse> {
    let reply = reply?;
    no_answer(&reply).map_or(Ok(reply), Err)
}

/// Completes the requests, several at once. Calls that are still under way are cancelled when this returns.
async fn map_all<P: LlmProvider>(
    run: &Run,
    provider: &P,
    requests: impl Iterator<Item = ChatRequest>,
    items: &mut Items,
    options: &MapReduceOptions,
) -> Result<()> {
    let calls = requests
        .enumerate()
        .map(|(index, request)| async move { (index, run.complete(provider, &request).await) });
    let mut calls = stream::iter(calls).buffer_unordered(options.concurrency);
    while let Some((index, reply)) = calls.next().await {
        let reply = answer(reply);
        let ok = reply.is_ok();
        let added = items.add(index, reply, options.tolerate_failures);
        run.observe(&Event::ItemDone { done: items.done(), total: items.total(), ok });
        added?;
    }
    Ok(())
}
