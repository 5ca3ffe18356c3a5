//! The scanner accepts what serde_json accepts and refuses what it refuses, for any text.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::{Raw, Readable, Scanner, Unreadable, read};
use crate::json::string;

impl Readable<'_> for IgnoredAny {
    fn read(scanner: &mut Scanner<'_>) -> Result<Self, Unreadable> {
        scanner.skip().map(|()| Self)
    }
}

impl Readable<'_> for String {
    fn read(scanner: &mut Scanner<'_>) -> Result<Self, Unreadable> {
        match scanner.peek()? {
            b'"' => Raw::read(scanner).map(|raw| string::decode(raw.get())),
            _ => Err(Unreadable),
        }
    }
}

/// The keys of an object.
#[derive(Debug, PartialEq)]
struct Keys(Vec<String>);

impl Readable<'_> for Keys {
    fn read(scanner: &mut Scanner<'_>) -> Result<Self, Unreadable> {
        let mut keys = Vec::new();
        scanner.entries(|key, value| {
            keys.push(key.to_owned());
            value.skip()
        })?;
        Ok(Self(keys))
    }
}

/// Pieces of JSON, and of almost JSON.
const PIECES: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\"a\"",
    "\"\\n\"",
    "\"\\u00e9\"",
    "\"\\ud83d\"",
    "\"é\"",
    "\"a\u{1}\"",
    "\"\\x\"",
    "\"\\u12\"",
    "\"12345678\\\\\"",
    "\"\u{7f}\"",
    "0",
    "-",
    "-0",
    "01",
    "1.5",
    "1.",
    ".5",
    "1e5",
    "1E+5",
    "1e",
    "1e999",
    "true",
    "false",
    "null",
    "nul",
    "nulll",
    " ",
    "\n",
    "\t",
    "\u{b}",
    "\u{a0}",
    "{\"a\":1}",
    "[1,2]",
    "{\"a\":[]}",
    "{\"\":{}}",
    "x",
];

/// A document of any shape.
fn document() -> impl Strategy<Value = String> {
    let leaf = select(&["1", "-2.5e3", "\"a\"", "\"\\\"\"", "true", "null", "[]", "{}", " 0 "][..]);
    leaf.prop_map(str::to_owned).prop_recursive(6, 60, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(|items| format!("[{}]", items.join(","))),
            vec(inner, 0..5).prop_map(|items| {
                let entries: Vec<_> =
                    items.iter().map(|item| format!("\"k\\t\" :{item}")).collect();
                format!("{{ {}\n}}", entries.join(" , "))
            }),
        ]
    })
}

fn same(text: &str) -> Result<(), TestCaseError> {
    let theirs = serde_json::from_str::<&RawValue>(text).ok().map(RawValue::get);
    prop_assert_eq!(read::<Raw<'_>>(text).ok().map(Raw::get), theirs, "{}", text);
    let theirs = serde_json::from_str::<IgnoredAny>(text).is_ok();
    prop_assert_eq!(read::<IgnoredAny>(text).is_ok(), theirs, "{}", text);
    let theirs = serde_json::from_str::<Vec<&RawValue>>(text).ok();
    let theirs = theirs.map(|items| items.into_iter().map(RawValue::get).collect::<Vec<_>>());
    let ours = read::<Vec<Raw<'_>>>(text).ok();
    let ours = ours.map(|items| items.into_iter().map(Raw::get).collect::<Vec<_>>());
    prop_assert_eq!(ours, theirs, "{}", text);
    let theirs = serde_json::from_str::<String>(text).ok().filter(|_| !text.contains("\\ud"));
    let ours = read::<String>(text).ok().filter(|_| !text.contains("\\ud"));
    prop_assert_eq!(ours, theirs, "{}", text);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_accepted_or_refused_as_by_serde_json(pieces in vec(select(PIECES), 0..10)) {
        same(&pieces.concat())?;
    }

    #[test]
    fn keys_are_decoded(keys in vec("(?s:.|[\"\\\\\\x00-\\x20]){0,20}", 0..5)) {
        let entries: Vec<_> =
            keys.iter().map(|key| format!("{} : []", serde_json::to_string(key).expect("a text"))).collect();
        prop_assert_eq!(read(&format!("{{{}}}", entries.join(","))), Ok(Keys(keys)));
    }

    #[test]
    fn a_document_and_a_damaged_one_are_accepted_or_refused_as_by_serde_json(
        document in document(), at in any::<Index>(), piece in select(PIECES), removed in 0..3_usize,
    ) {
        same(&document)?;
        let mut damaged = document;
        let start = at.index(damaged.len() + 1);
        let end = damaged.len().min(start + removed);
        damaged.replace_range(start..end, piece);
        same(&damaged)?;
    }
}

#[test]
fn deep_nesting_takes_no_stack() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
        assert!(read::<Raw<'_>>(&deep).is_ok());
        assert!(read::<Raw<'_>>(&deep[..deep.len() - 1]).is_err());
    }
}
