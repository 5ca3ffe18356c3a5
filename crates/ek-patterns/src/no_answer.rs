//! Replies without an answer: reasoning used up all tokens, or the provider paused the turn.

use ek_core::{Error, ErrorKind, FinishReason, LlmResponse};

use crate::thoughts::without_thoughts;

/// Whether the provider paused its turn: the turn is sent back as it is, and goes on.
pub(crate) fn is_paused(reply: &LlmResponse) -> bool {
    reply.finish_reason == Some(FinishReason::Paused)
}

/// The error of a reply that has only reasoning, was cut before it had any text, or was paused. There is none
/// for an empty text that the model chose to write.
pub(crate) fn no_answer(reply: &LlmResponse) -> Option<Error> {
    if reply.has_tool_calls() || reply.refusal.is_some() {
        return None;
    }
    if is_paused(reply) {
        let why =
            "the provider paused the turn before its answer; `react_loop` goes on with such turns";
        return Some(malformed(why, reply));
    }
    if !without_thoughts(&reply.content).trim().is_empty() {
        return None;
    }
    let reasoned = reply.reasoning.as_ref().is_some_and(|text| !text.is_empty())
        || reply.usage.reasoning_tokens.is_some_and(|tokens| tokens > 0)
        || !reply.content.trim().is_empty();
    let why = match (reply.was_truncated(), reasoned) {
        (true, true) => {
            "the reply has no answer: its token limit was spent on reasoning; raise `max_tokens`"
        }
        (true, false) => "the reply was cut by its token limit before any text; raise `max_tokens`",
        (false, true) => "the reply has no answer besides its reasoning",
        (false, false) => return None,
    };
    Some(malformed(why, reply))
}

fn malformed(why: &str, reply: &LlmResponse) -> Error {
    let error = Error::new(ErrorKind::Malformed, why).with_retryable(false);
    error.with_partial(reply.clone())
}

#[cfg(test)]
mod tests {
    use ek_core::{ToolCall, Usage};

    use super::*;

    #[test]
    fn only_reasoning_and_a_paused_turn_are_no_answer_and_an_empty_text_by_choice_is_one() {
        let cut = |reply: LlmResponse| reply.with_finish_reason(FinishReason::Length);
        let mut counted = Usage::new(9, 4_096);
        counted.reasoning_tokens = Some(4_096);
        let call = LlmResponse::text("").with_tool_calls([ToolCall::new("1", "tide", "{}")]);
        for (reply, has_no_answer) in [
            (cut(LlmResponse::text("")), true),
            (cut(LlmResponse::text("").with_usage(counted)), true),
            (LlmResponse::text("").with_reasoning("41? No, 42."), true),
            (LlmResponse::text("<think>41? No, 42.</think>\n"), true),
            (cut(LlmResponse::text("<think>41? No, 4")), true),
            (LlmResponse::text("4").with_finish_reason(FinishReason::Paused), true),
            (LlmResponse::text(""), false),
            (LlmResponse::text("42").with_reasoning("41?"), false),
            (cut(LlmResponse::text("4")), false),
            (LlmResponse::text("").with_reasoning("hm").with_refusal("no"), false),
            (cut(call), false),
        ] {
            let error = no_answer(&reply);
            assert_eq!(error.is_some(), has_no_answer, "{reply:?}");
            assert!(error.is_none_or(|error| !error.is_retryable() && error.partial().is_some()));
        }
    }
}
