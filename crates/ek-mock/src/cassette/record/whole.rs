//! Whether an answer is whole and may be kept: what is cut, refused or holds a secret in pieces is not.

use serde_json::Value;

use super::Keeping;
use crate::cassette::masking::Mask;

/// Why an answer with this status and these headers is not kept, if it is not.
pub(super) fn refused_head(status: u16, headers: &[(String, String)]) -> Option<String> {
    let encoding = headers.iter().find(|(name, _)| name == "content-encoding");
    match status {
        401 | 403 | 407 => Some(format!(
            "HTTP {status}: the endpoint refused the key, and a recording of that is of no use"
        )),
        300..=399 => Some(format!("HTTP {status} is a redirect; name its target as the upstream")),
        _ if encoding.is_some_and(|(_, value)| value != "identity") => {
            Some("the answer is compressed although nobody asked for that".to_owned())
        }
        _ => None,
    }
}

/// Why a body that came to its end is not kept, if it is not.
pub(super) fn refused_body(body: &Keeping<'_>, mask: &Mask) -> Option<String> {
    let Ok(text) = std::str::from_utf8(body.bytes) else { return None };
    if !body.streamed {
        let json = body.status < 300 && serde_json::from_str::<Value>(text).is_err();
        return (json && body.json).then(|| "the answer is cut: its JSON has no end".to_owned());
    }
    let events: Vec<Value> = text
        .lines()
        .filter_map(|line| serde_json::from_str(line.strip_prefix("data:")?.trim()).ok())
        .collect();
    let done = text
        .lines()
        .any(|line| line.strip_prefix("data:").is_some_and(|data| data.trim() == "[DONE]"));
    let finished = events.iter().any(|event| {
        event.pointer("/choices/0/finish_reason").is_some_and(|reason| !reason.is_null())
    });
    let failed = events.iter().any(|event| event.get("error").is_some());
    if !(done || finished || failed) {
        return Some(
            "the stream is cut: it ended with neither [DONE] nor a finish reason".to_owned(),
        );
    }
    spread(&events, mask).then(|| {
        "a credential is spread over several pieces of the stream, where it cannot be masked"
            .to_owned()
    })
}

/// Whether texts that come in pieces hold, put together, what none of the pieces shows.
fn spread(events: &[Value], mask: &Mask) -> bool {
    let mut texts: Vec<(String, String, String)> = Vec::new();
    for event in events {
        gather("", event, &mut |place, piece| {
            let masked = mask.text(piece);
            match texts.iter_mut().find(|(known, ..)| known == place) {
                Some((_, whole, shown)) => {
                    whole.push_str(piece);
                    shown.push_str(&masked);
                }
                None => texts.push((place.to_owned(), piece.to_owned(), masked.into_owned())),
            }
        });
    }
    texts.iter().any(|(_, whole, shown)| {
        // What each piece masks by itself is no secret any more.
        whole == shown && mask.text(whole) != *whole || whole != shown && mask.text(shown) != *shown
    })
}

fn gather(place: &str, value: &Value, take: &mut impl FnMut(&str, &str)) {
    match value {
        Value::String(text) => take(place, text),
        Value::Array(list) => {
            for (at, item) in list.iter().enumerate() {
                gather(&format!("{place}/{at}"), item, take);
            }
        }
        Value::Object(object) => {
            for (key, item) in object {
                gather(&format!("{place}/{key}"), item, take);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(text: &str) -> Option<String> {
        let mask = Mask::knowing(["kiln0key".to_owned()]);
        let body = Keeping { status: 200, streamed: true, json: false, bytes: text.as_bytes() };
        refused_body(&body, &mask)
    }

    fn deltas(pieces: &[&str]) -> String {
        let frames = pieces.iter().map(|piece| {
            format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"{piece}\"}}}}]}}\n\n")
        });
        frames.chain(["data: [DONE]\n\n".to_owned()]).collect()
    }

    #[test]
    fn a_stream_is_whole_with_done_or_a_finish_reason_or_an_error() {
        for whole in [
            "data: [DONE]\n\n",
            "data:[DONE]\r\n\r\n",
            "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
            "data: {\"error\":{\"message\":\"overloaded\"}}\n\n",
        ] {
            assert_eq!(stream(whole), None, "{whole}");
        }
        for cut in ["", "data: {\"choices\":[{\"finish_reason\":null}]}\n\n", ": ping\n\n"] {
            let why = stream(cut).expect("it is cut");
            assert_eq!(why, "the stream is cut: it ended with neither [DONE] nor a finish reason");
        }
    }

    #[test]
    fn a_json_body_is_whole_if_it_can_be_read() {
        let body = |status, json, text: &str| {
            let body = Keeping { status, streamed: false, json, bytes: text.as_bytes() };
            refused_body(&body, &Mask::default())
        };
        assert_eq!(body(200, true, "{}"), None);
        assert!(body(200, true, "{\"choices\":[").expect("cut").contains("has no end"));
        assert_eq!(body(502, true, "<html>"), None, "errors are kept as they are");
        assert_eq!(body(200, false, "hello"), None);
    }

    #[test]
    fn a_key_in_pieces_is_not_kept_and_one_in_a_piece_may_be_masked() {
        for spread in [&["kiln", "0key"][..], &["sk-", "abc1", "23456789"]] {
            let why = stream(&deltas(spread)).expect("refused");
            assert!(why.starts_with("a credential is spread over"), "{why}");
        }
        for plain in [&["kiln", "s are hot"][..], &["it is kiln0key", " I think"]] {
            assert_eq!(stream(&deltas(plain)), None, "{plain:?}");
        }
    }

    #[test]
    fn refusals_of_the_key_and_redirects_are_not_kept() {
        let none: [(String, String); 0] = [];
        for status in [401, 403, 407, 307] {
            assert!(refused_head(status, &none).is_some(), "{status}");
        }
        for status in [200, 400, 429, 500] {
            assert_eq!(refused_head(status, &none), None, "{status}");
        }
        let gzip = [("content-encoding".to_owned(), "gzip".to_owned())];
        assert!(refused_head(200, &gzip).is_some());
    }
}
