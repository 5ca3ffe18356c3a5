//! JSON that is put together from parts which were read before, so that nothing has to check it again.

use ek_core::RawJson;

/// The JSON in these bytes; `None` if they are no text.
#[cfg(any(feature = "anthropic", feature = "gemini", test))]
pub(crate) fn put_together(bytes: Vec<u8>) -> Option<RawJson> {
    String::from_utf8(bytes).ok().map(of_text)
}

/// The JSON in this text. Builds with debug assertions check that it is JSON.
pub(crate) fn of_text(text: String) -> RawJson {
    debug_assert!(is_json(&text), "parts of JSON, put together, are none");
    RawJson::from_checked(text)
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_together_is_kept_as_it_is() {
        let json = put_together(b"[ {}, \"\\ud800\"]".to_vec()).expect("JSON");
        assert_eq!(json.as_str(), "[ {}, \"\\ud800\"]");
        assert_eq!(put_together(b"\"\xff\"".to_vec()), None);
    }

    #[test]
    #[should_panic(expected = "put together, are none")]
    fn a_fault_in_the_putting_together_is_seen_by_every_test() {
        put_together(b"[1,]".to_vec());
    }
}
