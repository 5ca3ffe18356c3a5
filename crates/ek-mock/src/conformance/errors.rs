//! Clauses on errors: what they must not show, and the one kind that can be asked for.

use std::error::Error as StdError;
use std::time::Duration;

use ek_core::{ChatRequest, Error, ErrorKind, LlmProvider, Message, Result, StreamingProvider};

use super::ask::{Clause, mark, question};
use super::{Judged, Violation};

/// Stands in every prompt and header of these clauses.
const MARK: &str = "heronwood";

const OWED: &str = "errors are logged as they are: no text of them or of their causes holds a \
                    prompt, a header's value or a key";

/// What lets these clauses see an error.
const REFUSES: &str = "a backend that refuses a time limit of a nanosecond, an unknown model, no room for \
                       an answer, or a tool's result without a call";

/// Whatever fails, the error shows neither what was asked nor a key: not by `Display` or `Debug`, not
/// by its code or request id, not by its causes.
///
/// Asks what providers tend to refuse: a time limit of a nanosecond, headers that cannot be sent, a
/// model that is not there, no room for an answer, a tool's result without a call. `keys` are the
/// credentials that the provider was built with.
///
/// # Errors
/// What was seen instead.
pub async fn errors_show_neither_prompts_nor_keys(
    provider: &impl LlmProvider,
    keys: &[&str],
) -> Result<Judged, Violation> {
    let clause = Clause::new("errors_show_neither_prompts_nor_keys", OWED);
    let mut has_failed = false;
    for (what, request) in provocations() {
        if let Err(error) = clause.outcome(provider, &request).await? {
            hides(clause, what, &error, keys)?;
            has_failed = true;
        }
    }
    clause.kept_if(has_failed, REFUSES)
}

/// The same for the errors of [`stream`](StreamingProvider::stream) and of its events.
///
/// # Errors
/// What was seen instead.
pub async fn errors_of_streams_show_neither_prompts_nor_keys(
    provider: &impl StreamingProvider,
    keys: &[&str],
) -> Result<Judged, Violation> {
    let clause = Clause::new("errors_of_streams_show_neither_prompts_nor_keys", OWED);
    if !provider.supports_streaming() {
        return clause.unstreamed();
    }
    let mut has_failed = false;
    for (what, request) in provocations() {
        let outcome = clause
            .guarded("the stream", async { provider.stream(&request).await?.collect().await });
        if let Err(error) = outcome.await? {
            hides(clause, what, &error, keys)?;
            has_failed = true;
        }
    }
    clause.kept_if(has_failed, REFUSES)
}

/// A request's `timeout` ends the call with `Timeout`, and with no other kind: policies go by it.
///
/// A provider that is quicker than a nanosecond may answer.
///
/// # Errors
/// What was seen instead.
pub async fn a_passed_time_limit_is_a_timeout(
    provider: &impl LlmProvider,
) -> Result<Judged, Violation> {
    let clause = Clause::new(
        "a_passed_time_limit_is_a_timeout",
        "a call that passes its request's `timeout` fails with Timeout, which is retried",
    );
    let request = question(&mark(0)).with_timeout(Duration::from_nanos(1));
    match clause.outcome(provider, &request).await? {
        Err(error) if error.kind() != ErrorKind::Timeout => Err(clause.failed("the call", &error)),
        outcome => clause.kept_if(outcome.is_err(), "a call that takes longer than a nanosecond"),
    }
}

fn provocations() -> [(&'static str, ChatRequest); 6] {
    let asked = || ChatRequest::user(format!("What grows in the {MARK}?"));
    let orphan = Message::tool("call_of_nobody", format!("Nothing grows in the {MARK}."));
    [
        ("a time limit of a nanosecond", asked().with_timeout(Duration::from_nanos(1))),
        ("a header that cannot be sent", asked().with_header("x-note", format!("{MARK}\n"))),
        ("a header without a name", asked().with_header("", MARK)),
        ("a model that is not there", asked().with_model("no-such-model")),
        ("no room for an answer", asked().with_max_tokens(0)),
        ("a tool's result without a call", asked().with_message(orphan)),
    ]
}

fn hides(clause: Clause, what: &str, error: &Error, keys: &[&str]) -> Result<(), Violation> {
    let mut places = vec![
        ("`Display`", error.to_string()),
        ("`Debug`", format!("{error:?} {error:#?}")),
        ("`code()`", error.code().unwrap_or_default().to_owned()),
        ("`request_id()`", error.request_id().unwrap_or_default().to_owned()),
    ];
    let mut cause = error.source();
    while let Some(shown) = cause {
        places.push(("a cause", format!("{shown} {shown:?}")));
        cause = shown.source();
    }
    for (place, text) in places {
        let kind = error.kind();
        clause.require(!text.contains(MARK), || {
            format!("{what} gave {kind:?}, and {place} of the error shows what was asked")
        })?;
        clause.require(!shows_a_key(&text, keys), || {
            format!("{what} gave {kind:?}, and {place} of the error shows a key")
        })?;
    }
    Ok(())
}

pub(super) fn shows_a_key(text: &str, keys: &[&str]) -> bool {
    keys.iter().any(|key| !key.is_empty() && text.contains(key))
}
