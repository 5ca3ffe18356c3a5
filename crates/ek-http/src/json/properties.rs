//! Decoding holds for any JSON string, and mending for any text.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::scan::{self, Text};
use super::{mend, string};

/// A piece of a written JSON string with surrogates only in pairs.
fn written() -> impl Strategy<Value = String> {
    let unit = |c: char| {
        let mut units = [0; 2];
        let units = c.encode_utf16(&mut units).iter();
        units.map(|unit| format!("\\u{unit:04x}")).collect::<String>()
    };
    prop_oneof![
        "[^\"\\\\\\x00-\\x1f]{0,8}",
        select(vec![r#"\""#, r"\\", r"\/", r"\n", r"\t", r"\r", r"\b", r"\f"])
            .prop_map(String::from),
        any::<char>().prop_map(unit),
        any::<char>().prop_map(move |c| unit(c).to_uppercase().replace("\\U", "\\u")),
    ]
}

/// A written JSON string that also has lone surrogates.
fn with_halves() -> impl Strategy<Value = String> {
    let half = (0xd800..0xe000_u16).prop_map(|unit| format!("\\u{unit:04x}"));
    vec(prop_oneof![3 => written(), 1 => half], 0..8).prop_map(|pieces| pieces.concat())
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_json_string_decodes_as_serde_json_decodes_it(pieces in vec(written(), 0..8)) {
        let json = format!("\"{}\"", pieces.concat());
        let expected: String = serde_json::from_str(&json).expect("a JSON string");
        prop_assert_eq!(string::decode(&json), expected);
    }

    #[test]
    fn decoding_reverses_the_encoding_of_any_text(text in any::<String>()) {
        let json = serde_json::to_string(&text).expect("a string");
        prop_assert_eq!(string::decode(&json), text);
    }

    #[test]
    fn a_text_in_several_strings_decodes_as_in_one(pieces in vec(with_halves(), 0..6)) {
        let whole = string::decode(&format!("\"{}\"", pieces.concat()));
        let (mut joined, mut high) = (String::new(), None);
        for piece in &pieces {
            string::decode_onto(&format!("\"{piece}\""), &mut joined, &mut high);
        }
        string::flush(&mut joined, &mut high);
        prop_assert_eq!(joined, whole);
    }

    #[test]
    fn a_text_decoded_during_the_scan_is_what_the_decoder_returns(inner in with_halves()) {
        let json = format!("\"{inner}\"");
        let (mut out, mut high) = (String::new(), None);
        string::decode_onto(&json, &mut out, &mut high);
        let document = format!("{json}{:1024}", "");
        let text: Text<'_> = scan::read(&document).expect("a string");
        prop_assert_eq!(text.raw.get(), &json);
        prop_assert_eq!(text.decoded.is_some(), inner.contains('\\'));
        if let Some(decoded) = text.decoded {
            prop_assert_eq!((decoded.text, decoded.high), (out, high));
        }
    }

    #[test]
    fn mending_and_decoding_agree_on_lone_surrogates(inner in with_halves()) {
        let json = format!("\"{inner}\"");
        let mended = mend::mend(json.as_bytes());
        let text: String = serde_json::from_str(&mended).expect("mended");
        prop_assert_eq!(string::decode(&json), text);
    }

    #[test]
    fn no_text_and_no_bytes_panic(text in any::<String>(), bytes in vec(any::<u8>(), 0..200)) {
        string::decode(&text);
        let mended = mend::mend(&bytes);
        // An invalid byte becomes three bytes (U+FFFD), an escape keeps its length.
        prop_assert!(mended.len() <= 3 * bytes.len());
    }
}
