//! Signatures of a model's turn, which its name alone would call credentials. A server signs what its model
//! thought and wants the signature back with it: it opens nothing, and without it a recorded turn is worth
//! nothing to one that checks it.

/// What such a signature, or what it stands in, is named after.
const THOUGHT: [&str; 3] = ["reasoning", "thinking", "thought"];

/// Other names of what a turn consists of.
const PARTS_OF_A_TURN: [&str; 6] =
    ["content", "content_block", "delta", "message", "messages", "parts"];

/// Whether the value under this name is the signature of a turn. `within` is the name of the object that it
/// stands in, or of the list around that.
pub(super) fn signs_a_turn(name: &str, within: Option<&str>) -> bool {
    let name = name.to_ascii_lowercase();
    let of_thought = |name: &str| THOUGHT.iter().any(|word| name.contains(word));
    let Some(before) = name.strip_suffix("signature") else { return false };
    // A signature that says of nothing what it signs is judged by where it stands: among the arguments of
    // a call it may open something.
    of_thought(before)
        || (before.is_empty()
            && within.is_some_and(|within| {
                PARTS_OF_A_TURN.contains(&within) || of_thought(&within.to_ascii_lowercase())
            }))
}

#[cfg(test)]
mod tests {
    use super::super::Mask;

    fn masked(json: &str) -> String {
        Mask::default().json_text(json).into_owned()
    }

    #[test]
    fn the_signature_of_a_turn_stays_in_every_protocol() {
        for json in [
            // Anthropic: a reply and a request, a block of a stream, its delta.
            r#"{"content":[{"type":"thinking","thinking":"Ebb.","signature":"EqQB+c2lnbmVk"}]}"#,
            r#"{"messages":[{"content":[{"signature":"EqQB+c2lnbmVk","type":"thinking"}]}]}"#,
            r#"{"content_block":{"type":"thinking","signature":"EqQB+c2lnbmVk"}}"#,
            r#"{"delta":{"type":"signature_delta","signature":"EqQB+c2lnbmVk"}}"#,
            // Gemini, in both notations, and behind chat completions.
            r#"{"parts":[{"functionCall":{"name":"tide"},"thoughtSignature":"CiQBc2lnbmVk"}]}"#,
            r#"{"parts":[{"text":"Ebb.","thought_signature":"CiQBc2lnbmVk"}]}"#,
            r#"{"extra_content":{"google":{"thought_signature":"CiQBc2lnbmVk"}}}"#,
            // Gateways in front of them.
            r#"{"message":{"reasoning_details":[{"signature":"EqQB+c2lnbmVk"}]}}"#,
            r#"{"thinking_blocks":[{"signature":"EqQB+c2lnbmVk"}]}"#,
            r#"{"reasoningContent":{"reasoningText":{"signature":"EqQB+c2lnbmVk"}}}"#,
            r#"{"message":{"content":"Ebb.","signature":"EqQB+c2lnbmVk"}}"#,
        ] {
            assert_eq!(masked(json), json);
        }
    }

    #[test]
    fn every_other_signature_is_masked() {
        for json in [
            r#"{"signature":"MARK"}"#,
            r#"{"url":{"signature":"MARK"}}"#,
            r#"{"content":[{"type":"tool_use","input":{"signature":"MARK"}}]}"#,
            r#"{"parts":[{"functionCall":{"args":{"signature":"MARK"}}}]}"#,
            r#"{"content":[{"X-Amz-Signature":"MARK"}]}"#,
            r#"{"content":[{"request_signature":"MARK"}]}"#,
            r#"{"content":[{"type":"image","source":{"signature":"MARK"}}]}"#,
        ] {
            let masked = masked(json);
            assert!(!masked.contains("MARK"), "{masked}");
        }
    }

    #[test]
    fn a_credential_that_calls_itself_a_signature_is_masked_all_the_same() {
        let mask = Mask::knowing(&["kiln0key0without0shape".to_owned()]);
        for value in ["kiln0key0without0shape", "sk-FAKEfakeFAKEfakeFAKEfake"] {
            let json = format!(r#"{{"delta":{{"signature":"{value}"}}}}"#);
            assert_eq!(mask.json_text(&json), r#"{"delta":{"signature":"[REDACTED]"}}"#);
        }
    }
}
