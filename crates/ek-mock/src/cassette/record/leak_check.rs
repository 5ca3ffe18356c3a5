//! The last look at what is about to be written: whether a secret is left in it.

use std::collections::HashMap;

use crate::cassette::exchange::Exchange;
use crate::masking::{Mask, by_shape, data_of, each_string, is_json};

/// Why this must not be written, if a secret is left in it.
pub(super) fn refused(exchange: &Exchange, text: &str, mask: &Mask) -> Option<String> {
    let frames = exchange.response.frames.iter();
    let body: Vec<u8> = frames.filter_map(|frame| frame.bytes().ok()).flatten().collect();
    if mask.finds(text.as_bytes()) || mask.finds(&body) {
        return Some("a credential of the request is left where it cannot be masked".to_owned());
    }
    spread(&String::from_utf8_lossy(&body), mask).then(|| {
        "a credential is spread over several pieces of the answer, where it cannot be masked"
            .to_owned()
    })
}

/// What stands at one place of an answer, put together.
#[derive(Default)]
struct Gathered {
    text: String,
    in_logprobs: bool,
}

/// Whether texts that come in pieces hold, put together, what none of the pieces shows.
fn spread(body: &str, mask: &Mask) -> bool {
    let mut gathered: HashMap<u64, Gathered> = HashMap::new();
    let mut gather = |json: &str| {
        each_string(json, |spot, text| {
            if !spot.is_name {
                let one = gathered.entry(spot.place).or_default();
                one.text.push_str(text);
                one.in_logprobs = spot.in_logprobs;
            }
        });
    };
    if is_json(body) {
        gather(body);
    } else {
        body.lines().map(|line| data_of(line).1).filter(|data| is_json(data)).for_each(gather);
    }
    gathered.values().any(|one| {
        // The tokens of a text have shapes that it has not: alternatives stand between them.
        mask.finds(one.text.as_bytes()) || (!one.in_logprobs && by_shape(&one.text).is_some())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn is_spread(body: &str) -> bool {
        spread(body, &Mask::knowing(&["kiln0key".to_owned()]))
    }

    fn deltas(pieces: &[&str]) -> String {
        let frames = pieces.iter().map(|piece| {
            format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"{piece}\"}}}}]}}\n\n")
        });
        frames.chain(["data: [DONE]\n\n".to_owned()]).collect()
    }

    #[test]
    fn a_secret_in_pieces_of_a_stream_is_found() {
        for pieces in
            [&["kiln", "0key"][..], &["kiln", "", "0k", "ey"], &["sk-", "abc1", "23456789"]]
        {
            assert!(is_spread(&deltas(pieces)), "{pieces:?}");
        }
        for plain in [&["kiln", "s are hot"][..], &["it is [REDACTED]", " I think"]] {
            assert!(!is_spread(&deltas(plain)), "{plain:?}");
        }
        let twice = deltas(&["x", "kiln\",\"content\":\"0key"]);
        assert!(is_spread(&twice), "under one name");
    }

    #[test]
    fn a_secret_in_the_tokens_of_logprobs_is_found() {
        let tokens = |tokens: &[&str]| -> Vec<Value> {
            let tops = json!([{"token": "api"}, {"token": "key=1234abcd"}]);
            tokens.iter().map(|token| json!({"token": token, "top_logprobs": tops})).collect()
        };
        let body = |pieces: &[&str]| json!({"logprobs": {"content": tokens(pieces)}}).to_string();
        assert!(is_spread(&body(&["ki", "ln0", "key"])));
        assert!(!is_spread(&body(&["ki", "ln", "s"])));
    }
}
