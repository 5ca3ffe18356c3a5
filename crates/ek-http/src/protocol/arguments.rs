//! The arguments of a call, read from the text that a reply has for them.

use ek_core::Arguments;

use crate::json::scan::{self, Raw};

/// As [`Arguments::from_text`] reads them. Most are an object, which the scanner checks at half the cost.
pub(crate) fn read(text: String) -> Arguments {
    let is_object =
        text.trim_ascii_start().starts_with('{') && scan::read::<Raw<'_>>(&text).is_ok();
    debug_assert!(!is_object || Arguments::from_text(text.as_str()).as_str() == text);
    if is_object { Arguments::from_checked_object(text) } else { Arguments::from_text(text) }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;
    use serde_json::value::RawValue;

    use super::*;

    /// Pieces of arguments, and of almost arguments.
    const PIECES: &[&str] = &[
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\"a\"",
        "\"\\ud800\"",
        "\"\\ud83d\\ude00\"",
        "\"\\x\"",
        "\\",
        "\\\"",
        "1",
        "-0",
        "01",
        "1e999",
        "null",
        "true",
        " ",
        "\n",
        "\u{b}",
        "\u{c}",
        "\u{a0}",
        "\u{2028}",
        "\u{feff}",
        "{}",
        "{\"a\":1}",
        "{\"a\":1,\"a\":[{}]}",
        "\"{}\"",
        "\"{\\\"a\\\":1}\"",
        "é",
        "\u{1}",
    ];

    proptest! {
        #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_text_is_what_ek_core_reads_and_json_where_it_is_valid(
            pieces in vec(select(PIECES), 0..8),
        ) {
            let text = pieces.concat();
            let read = read(text.clone());
            prop_assert_eq!(&read, &Arguments::from_text(text));
            let is_object = serde_json::from_str::<&RawValue>(read.as_str())
                .is_ok_and(|json| json.get().starts_with('{'));
            prop_assert_eq!(read.is_valid(), is_object);
        }
    }

    #[test]
    fn deep_arguments_are_what_ek_core_reads() {
        for (open, close) in [("{\"a\":", "}"), ("[", "]")] {
            let deep = format!("{{\"a\":{}1{}}}", open.repeat(100_000), close.repeat(100_000));
            let arguments = read(deep.clone());
            assert!(arguments.is_valid() && arguments.object().is_none());
            assert_eq!(arguments, Arguments::from_text(deep.as_str()));
            let cut = &deep[..deep.len() - 1];
            assert!(!read(cut.to_owned()).is_valid() && !Arguments::from_text(cut).is_valid());
        }
    }

    #[test]
    fn they_are_what_ek_core_reads() {
        for text in [
            "",
            " ",
            "null",
            "{}",
            " {\"a\": [1e999, \"\\ud800\"]} ",
            "\u{a0}{}",
            "{\"a\":\"x",
            "{} {}",
            "[1]",
            "\"{\\\"a\\\":1}\"",
            "plain",
        ] {
            assert_eq!(read(text.to_owned()), Arguments::from_text(text), "{text}");
        }
    }
}
