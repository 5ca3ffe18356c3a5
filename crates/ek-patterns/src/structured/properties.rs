//! Properties of the search in any reply: it finds the JSON in any prose, takes no part of it for the whole,
//! and its work is linear in the length.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::extract::Reading;
use super::mend::mended;

fn documents() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[a-z{}\\[\\]\"\\\\` \n]{0,12}".prop_map(Value::from),
    ];
    let tree = leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::hash_map("[a-z{}\"\\]]{0,6}", inner, 0..5)
                .prop_map(|map| map.into_iter().collect::<serde_json::Map<_, _>>().into()),
        ]
    });
    tree.prop_map(|inner| json!({ "document": inner }))
}

/// Text that cannot begin a fence or JSON.
fn prose() -> impl Strategy<Value = String> {
    "[A-Za-z,.:!'\"é\n ]{0,40}"
}

fn candidates(reply: &str) -> Vec<&str> {
    super::extract::candidates(reply, Reading::Exact)
}

fn parsed(reply: &str) -> Option<Value> {
    candidates(reply).into_iter().find_map(|text| serde_json::from_str(text).ok())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn json_is_found_in_any_prose(
        document in documents(), before in prose(), after in prose(), pretty: bool,
    ) {
        let text = if pretty {
            serde_json::to_string_pretty(&document).expect("a document")
        } else {
            document.to_string()
        };
        prop_assert_eq!(parsed(&format!("{before}{text}{after}")), Some(document.clone()));
        let fenced = format!("{before}\n```json\n{text}\n```\n{after}");
        prop_assert_eq!(parsed(&fenced), Some(document));
    }

    #[test]
    fn no_part_of_a_document_that_was_cut_is_taken_for_it(
        document in documents(), before in "[A-Za-z,.:!'é\n ]{0,40}", cut in any::<prop::sample::Index>(),
    ) {
        let text = document.to_string();
        let mut end = cut.index(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        prop_assert_eq!(parsed(&format!("{before}{}", &text[..end])), None);
    }

    #[test]
    fn any_text_is_searched_without_panic_and_what_is_found_lies_in_it(
        reply in "[\\PC`{}\\[\\]\"\\\\\n]{0,200}",
    ) {
        for found in candidates(&reply) {
            prop_assert!(reply.contains(found));
        }
    }

    #[test]
    fn a_lenient_reading_finds_what_an_exact_one_finds_and_mends_no_json(
        document in documents(), before in "[A-Za-z,.:!é\n ]{0,40}",
    ) {
        let reply = format!("{before}{document}");
        let found = super::extract::candidates(&reply, Reading::Lenient);
        prop_assert!(found.contains(&document.to_string().as_str()));
        let mended: Option<Value> = serde_json::from_str(&mended(&document.to_string())).ok();
        prop_assert_eq!(mended, Some(document));
    }

    #[test]
    fn any_text_is_mended_without_panic_and_grows_little(text in "[\\PC{}\\[\\],:'\"\\\\\n\t ]{0,200}") {
        prop_assert!(mended(&text).len() <= 6 * text.len());
    }

    /// All candidates together are the reply, its fences and its blocks: at most three times its length.
    #[test]
    fn the_text_to_parse_is_linear_in_the_length(
        reply in "([{}\\[\\]\"\\\\1n]|```\n|\n){0,300}",
    ) {
        let sum: usize = candidates(&reply).iter().map(|found| found.len()).sum();
        prop_assert!(sum <= 3 * reply.len());
    }
}

/// Texts on which a search that starts again at each sign takes quadratic time: more than a minute for these,
/// where one pass takes milliseconds.
#[test]
fn any_number_of_open_signs_is_searched_in_one_pass() {
    for sign in
        ["[", "{\"\":", "[1", "{\"", "{ ", "[\"]\"", "```\n", "{}", "['", "'", ", ", "[\"x "]
    {
        let reply = sign.repeat(200_000);
        assert!(!candidates(&reply).is_empty());
        assert!(!super::extract::candidates(&reply, Reading::Lenient).is_empty());
        assert!(mended(&reply).len() <= 6 * reply.len());
    }
}
