//! How large a tree a JSON text would become, found without building it.
//!
//! A tree takes many times the room of its text: `{"":0}` is 7 bytes of text and 700 of memory. Texts that
//! a model or a server wrote are therefore counted before they are read into a `serde_json::Value`.

/// How many JSON values executionkit reads into one tree: 50,000, for about 16 MiB of memory at most,
/// texts not counted. The longest replies of today's models have room for fewer.
pub const MAX_JSON_VALUES: usize = 50_000;

/// How many values a JSON text holds at most: every object, array, text, number and word, without the
/// names of members. Exact but for empty objects and arrays, which count as two; a text that is no JSON
/// gets some count. Linear in the length, and builds nothing.
///
/// ```
/// use ek_core::count_json_values;
/// assert_eq!(count_json_values(r#"{"city":"Bergen, Norway","days":[1,2]}"#), 5);
/// ```
#[must_use]
pub fn count_json_values(text: &str) -> usize {
    let mut values = 1;
    let (mut in_string, mut escaped) = (false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            // What opens has a first value, and each comma has one behind it.
            b'{' | b'[' | b',' if !in_string => values += 1,
            _ => {}
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_counts_and_signs_in_texts_do_not() {
        for (text, values) in [
            ("1", 1),
            (r#""{[,\"{,""#, 1),
            (r#"{"a":{"b":[true,null]},"c":"\\"}"#, 6),
            ("[{},[]]", 5),
            ("", 1),
        ] {
            assert_eq!(count_json_values(text), values, "{text}");
        }
    }
}
