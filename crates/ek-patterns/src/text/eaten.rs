//! Replies that the model's reasoning has used up.

use ek_core::{Error, ErrorKind, LlmResponse};

use super::without_thoughts;

/// The error of a reply whose token limit was used up before its answer began; `None` for any other.
///
/// A reasoning model thinks first, and its thoughts count. What is left is an empty text, which must not
/// pass for an answer. The reply is in the error.
pub(crate) fn eaten(reply: &LlmResponse) -> Option<Error> {
    let has_answer = !without_thoughts(&reply.content).trim().is_empty()
        || reply.refusal.is_some()
        || reply.has_tool_calls();
    if has_answer || !reply.was_truncated() {
        return None;
    }
    let why = "the token limit was used up before the answer began: raise max_tokens, or have the \
               model reason less";
    let error = Error::new(ErrorKind::Malformed, why).with_retryable(false);
    Some(error.with_partial(reply.clone()))
}

#[cfg(test)]
mod tests {
    use ek_core::{FinishReason, ToolCall};

    use super::*;

    #[test]
    fn a_reply_without_an_answer_that_was_cut_is_an_error_and_no_other_is() {
        let cut = |text: &str| LlmResponse::text(text).with_finish_reason(FinishReason::Length);
        for reply in [cut(""), cut(" \n").with_reasoning("Let me see"), cut("<think>Let me see")] {
            let error = eaten(&reply).expect("eaten");
            assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Malformed, false));
            assert!(error.to_string().contains("raise max_tokens"), "{error}");
            assert_eq!(error.partial(), Some(&reply));
        }
        let call = ToolCall::new("a", "tide", "{}");
        let calls = LlmResponse::default().with_tool_calls([call]);
        for reply in [
            LlmResponse::text(""),
            cut("At 04"),
            cut("<think>a</think>At"),
            cut("").with_refusal("No."),
            calls.with_finish_reason(FinishReason::Length),
        ] {
            assert!(eaten(&reply).is_none(), "{reply:?}");
        }
    }
}
