//! Whether an answer is whole and of use: what is cut or refused is not kept.

use serde_json::Value;

use super::Keeping;

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
pub(super) fn refused_body(body: &Keeping<'_>) -> Option<String> {
    let Ok(text) = std::str::from_utf8(body.bytes) else { return None };
    if !body.streamed {
        let json = body.status < 300 && serde_json::from_str::<Value>(text).is_err();
        return (json && body.json).then(|| "the answer is cut: its JSON has no end".to_owned());
    }
    let mut data = text.lines().filter_map(|line| line.strip_prefix("data:"));
    (!data.any(|data| (body.dialect.is_end)(data.trim())))
        .then(|| "the stream is cut: nothing in it marks its end".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::dialect;

    fn stream(text: &str) -> Option<String> {
        let body = Keeping {
            dialect: dialect::DEFAULT,
            status: 200,
            streamed: true,
            json: false,
            bytes: text.as_bytes(),
        };
        refused_body(&body)
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
            assert_eq!(why, "the stream is cut: nothing in it marks its end");
        }
    }

    #[test]
    fn a_json_body_is_whole_if_it_can_be_read() {
        let body = |status, json, text: &str| {
            let body = Keeping {
                dialect: dialect::DEFAULT,
                status,
                streamed: false,
                json,
                bytes: text.as_bytes(),
            };
            refused_body(&body)
        };
        assert_eq!(body(200, true, "{}"), None);
        assert!(body(200, true, "{\"choices\":[").expect("cut").contains("has no end"));
        assert_eq!(body(502, true, "<html>"), None, "errors are kept as they are");
        assert_eq!(body(200, false, "hello"), None);
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
