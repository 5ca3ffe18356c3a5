//! Clauses on calls as such: answered, repeatable, independent of each other, safe to give up.

use ek_core::{ChatRequest, ErrorKind, LlmProvider, Message};
use futures_util::future::join_all;

use super::ask::{Clause, DISTINCT, foreign, mark, question};
use super::give_up::give_up_after;
use super::{Judged, Violation};

/// A plain question is answered.
///
/// # Errors
/// What was seen instead.
pub async fn a_question_is_answered(provider: &impl LlmProvider) -> Result<Judged, Violation> {
    let clause = Clause::new("a_question_is_answered", "`complete` answers a plain question");
    clause.reply(provider, &question(&mark(0))).await.map(|_| Judged::Kept)
}

/// A conversation with instructions and several turns is answered, not only a lone question.
///
/// # Errors
/// What was seen instead.
pub async fn a_conversation_of_several_turns_is_answered(
    provider: &impl LlmProvider,
) -> Result<Judged, Violation> {
    let clause = Clause::new(
        "a_conversation_of_several_turns_is_answered",
        "`complete` takes messages of the system, the user and the assistant",
    );
    let request = ChatRequest::new([
        Message::system("Be brief."),
        Message::user("Is the kiln warm?"),
        Message::assistant("Yes."),
        Message::user("And the clay?"),
    ]);
    clause.reply(provider, &request).await.map(|_| Judged::Kept)
}

/// One request can be asked again, which is what retries and samples do.
///
/// # Errors
/// What was seen instead.
pub async fn the_same_request_can_be_asked_again(
    provider: &impl LlmProvider,
) -> Result<Judged, Violation> {
    let clause = Clause::new(
        "the_same_request_can_be_asked_again",
        "retries and samples ask one request many times: nothing of a call outlives it",
    );
    let request = question(&mark(0));
    clause.reply(provider, &request).await?;
    let again = clause.outcome(provider, &request).await?;
    again.map(|_| Judged::Kept).map_err(|error| clause.failed("the second call", &error))
}

/// A request without messages is answered, or refused with `Config`, `Rejected` or `Unsupported`. It
/// neither panics nor looks like a failure that another attempt could mend.
///
/// # Errors
/// What was seen instead.
pub async fn an_empty_conversation_is_answered_or_refused(
    provider: &impl LlmProvider,
) -> Result<Judged, Violation> {
    let clause = Clause::new(
        "an_empty_conversation_is_answered_or_refused",
        "a request without messages is answered, or refused with Config, Rejected or Unsupported",
    );
    match clause.outcome(provider, &ChatRequest::default()).await? {
        Ok(_) => Ok(Judged::Kept),
        Err(error) => {
            use ErrorKind::{Config, Rejected, Unsupported};
            let refused = matches!(error.kind(), Config | Rejected | Unsupported);
            if refused { Ok(Judged::Kept) } else { Err(clause.failed("the call", &error)) }
        }
    }
}

/// Calls that run at the same time each get their own answer.
///
/// Seen only where the backend's answers depend on the questions, as those of
/// [`echo`](super::echo) do.
///
/// # Errors
/// What was seen instead.
pub async fn parallel_calls_do_not_mix(provider: &impl LlmProvider) -> Result<Judged, Violation> {
    const CALLS: usize = 8;
    let clause = Clause::new(
        "parallel_calls_do_not_mix",
        "a provider is shared by parallel callers: each gets the answer to its own request",
    );
    let requests: Vec<_> = (0..CALLS).map(|call| question(&mark(call))).collect();
    let calls = requests.iter().map(|request| clause.reply(provider, request));
    let mut are_distinct = false;
    for (own, reply) in join_all(calls).await.into_iter().enumerate() {
        let said = reply?.content;
        are_distinct |= said.contains(&mark(own));
        let other = foreign(&said, own, CALLS);
        clause.require(other.is_none(), || {
            let other = other.unwrap_or_default();
            format!("of {CALLS} parallel calls, number {own} got the answer to number {other}")
        })?;
    }
    clause.kept_if(are_distinct, DISTINCT)
}

/// A call that is dropped, wherever it waits, leaves nothing behind that the next one meets.
///
/// # Errors
/// What was seen instead.
pub async fn a_dropped_call_leaves_the_provider_usable(
    provider: &impl LlmProvider,
) -> Result<Judged, Violation> {
    let clause = Clause::new(
        "a_dropped_call_leaves_the_provider_usable",
        "dropping a call's future stops its work, wherever it waits; the next call is unharmed",
    );
    let (dropped, kept) = (question(&mark(0)), question(&mark(1)));
    let mut has_waited = false;
    for waits in 0..6 {
        // Whether it ends before that, and how, is no matter here.
        let given_up = clause.guarded("the call", provider.complete(&dropped));
        let over = give_up_after(waits, given_up).await.transpose()?.is_some();
        let next = clause.outcome(provider, &kept).await?;
        let next = next.map_err(|error| clause.failed("the call after a dropped one", &error))?;
        clause.require(!next.content.contains(&mark(0)), || {
            "the call after a dropped one got the answer to the dropped one".to_owned()
        })?;
        if over {
            break;
        }
        has_waited |= waits > 0;
    }
    clause.kept_if(has_waited, "a call that waits for its backend, such as a reply with a latency")
}
