//! The arguments of a call, read from the text that a reply has for them.

use ek_core::Arguments;

use crate::json::scan::{self, Raw};

/// As [`Arguments::from_text`] reads them. Most are an object, which the scanner checks at half the cost.
pub(crate) fn read(text: String) -> Arguments {
    let is_object =
        text.trim_ascii_start().starts_with('{') && scan::read::<Raw<'_>>(&text).is_ok();
    if is_object { Arguments::from_checked_object(text) } else { Arguments::from_text(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

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
