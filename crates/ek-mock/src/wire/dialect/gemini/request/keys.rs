//! Keys in camel case.

use serde_json::{Map, Value};

use crate::wire::dialect::written::Written;

/// The object with its keys in camel case, and without those that are `null`. Objects in it are left as
/// they are.
pub(super) fn camel_keys(object: Written<'_>) -> Written<'_> {
    object.renamed(in_camel_case)
}

/// The same of values.
pub(super) fn camel(object: Map<String, Value>) -> Map<String, Value> {
    let set = object.into_iter().filter(|(_, value)| !value.is_null());
    set.map(|(key, value)| (in_camel_case(&key), value)).collect()
}

fn in_camel_case(key: &str) -> String {
    let mut words = key.split('_');
    let mut camel = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        camel.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        camel.push_str(letters.as_str());
    }
    camel
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_in_snake_case_are_the_same_keys() {
        for (key, camel) in [
            ("system_instruction", "systemInstruction"),
            ("topP", "topP"),
            ("response_mime_type", "responseMimeType"),
            ("x", "x"),
        ] {
            assert_eq!(in_camel_case(key), camel);
        }
    }
}
