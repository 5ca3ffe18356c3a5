//! A whole reply's bytes become an [`LlmResponse`].

use ek_core::LlmResponse;

use super::response::Response;
use super::turn::Turn;
use crate::failure::read_fault::ReadFault;
use crate::json::scan;
use crate::protocol::body::{self, Found};

/// Reads a reply. Of it, no more than `cap` bytes are kept.
pub(super) fn read(body: &[u8], cap: usize) -> Result<LlmResponse, ReadFault> {
    let found = Found { missing: "the reply has no output", wrapped: "output" };
    body::read(body, found, |text| {
        let response = scan::read::<Response<'_>>(text).ok().filter(Response::is_reply)?;
        Some(Turn::new(cap).finish(&response, None, &mut Vec::new()))
    })
}

#[cfg(test)]
mod tests {
    use ek_core::FinishReason;
    use serde_json::{Value, json};

    use super::*;

    fn reply(more: &[(&str, Value)]) -> LlmResponse {
        let mut body = json!({"object": "response", "status": "completed"});
        more.iter().for_each(|(key, value)| body[*key] = value.clone());
        read(body.to_string().as_bytes(), 1 << 20).expect("a reply")
    }

    #[test]
    fn the_text_beside_the_items_counts_where_they_have_none() {
        let summary = json!([{"type": "summary_text", "text": "t"}]);
        let reasoning = json!({"type": "reasoning", "summary": summary});
        let message = |text| {
            json!({"type": "message", "role": "assistant",
                "content": [{"type": "output_text", "text": text}]})
        };
        for (output, beside, content) in [
            (json!(null), json!("a"), "a"),
            (json!([]), json!("a"), "a"),
            (json!([reasoning]), json!("a"), "a"),
            (json!([reasoning, message("")]), json!("a"), "a"),
            (json!([reasoning, message("b")]), json!("a"), "b"),
            (json!([reasoning]), json!(""), ""),
            (json!([reasoning]), json!(7), ""),
        ] {
            let found = reply(&[("output", output.clone()), ("output_text", beside.clone())]);
            assert_eq!(found.content, content, "{output} {beside}");
        }
    }

    #[test]
    fn a_reason_that_says_nothing_leaves_the_word_of_the_status() {
        for (reason, finish) in [
            ("max_output_tokens", FinishReason::Length),
            ("none", FinishReason::Stop),
            ("null", FinishReason::Stop),
            (" ", FinishReason::Stop),
        ] {
            let details = ("incomplete_details", json!({"reason": reason}));
            let found = reply(&[details, ("output", json!([]))]);
            assert_eq!(found.finish_reason, Some(finish), "{reason}");
        }
    }
}
