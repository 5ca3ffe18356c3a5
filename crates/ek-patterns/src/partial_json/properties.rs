//! Properties of the reader that can stop anywhere: it agrees with `serde_json` on every text, and what it shows of
//! a part is a part of the whole.

use ek_core::{ErrorKind, MAX_JSON_VALUES};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Map, Value, json};

use super::PartialJson;

fn documents() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-zé😀\"\\\\/{}\\[\\],: \n\u{1}]{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::hash_map("[a-zé\"\\\\]{0,3}", inner, 0..5)
                .prop_map(|map| map.into_iter().collect::<Map<_, _>>().into()),
        ]
    })
}

/// The text of a document, in one of the ways in which servers write it.
fn texts() -> impl Strategy<Value = String> {
    (documents(), any::<bool>(), any::<bool>()).prop_map(|(document, is_pretty, is_ascii)| {
        let text = match is_pretty {
            true => format!("{document:#}"),
            false => document.to_string(),
        };
        if !is_ascii {
            return text;
        }
        let mut ascii = String::new();
        for sign in text.chars() {
            match sign {
                ' '..='~' | '\n' => ascii.push(sign),
                _ => sign.encode_utf16(&mut [0; 2]).iter().for_each(|unit| {
                    ascii.push_str(&format!("\\u{unit:04X}"));
                }),
            }
        }
        ascii
    })
}

/// A text that is nearly JSON: a document with a few signs put in, left out or cut off.
fn near_json() -> impl Strategy<Value = String> {
    let signs = prop::sample::select("{}[]\",:\\u-+.0e1tnd8 \n\u{1}/".chars().collect::<Vec<_>>());
    let edits = prop::collection::vec((any::<Index>(), prop::option::of(signs)), 0..4);
    (texts(), edits, prop::option::of(any::<Index>())).prop_map(|(text, edits, cut)| {
        let mut signs: Vec<char> = text.chars().collect();
        for (place, edit) in edits {
            let place = place.index(signs.len() + 1);
            match edit {
                Some(sign) => signs.insert(place, sign),
                None if place < signs.len() => drop(signs.remove(place)),
                None => {}
            }
        }
        if let Some(cut) = cut {
            signs.truncate(cut.index(signs.len() + 1));
        }
        signs.into_iter().collect()
    })
}

fn is_start(part: &Value, whole: &Value) -> bool {
    match (part, whole) {
        (Value::String(part), Value::String(whole)) => whole.starts_with(part),
        (Value::Array(part), Value::Array(whole)) => match part.split_last() {
            None => true,
            Some((last, before)) => {
                part.len() <= whole.len()
                    && before == &whole[..before.len()]
                    && is_start(last, &whole[before.len()])
            }
        },
        (Value::Object(part), Value::Object(whole)) => {
            let starts = |(name, part): (_, &Value)| {
                whole.get::<String>(name).is_some_and(|whole| is_start(part, whole))
            };
            let unfinished =
                part.iter().filter(|(name, part)| whole.get(*name) != Some(*part)).count();
            unfinished <= 1 && part.iter().all(starts)
        }
        _ => part == whole,
    }
}

fn read(pieces: impl IntoIterator<Item = impl AsRef<str>>) -> PartialJson {
    let mut json = PartialJson::new();
    for piece in pieces {
        let _ = json.push(piece.as_ref());
    }
    json
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn each_part_gives_a_start_of_the_whole_and_the_last_is_the_whole(text in texts()) {
        let whole: Value = serde_json::from_str(&text).expect("JSON");
        let mut json = PartialJson::new();
        let mut last = None;
        for sign in text.chars() {
            let changes = json.changes();
            json.push(sign.encode_utf8(&mut [0; 4])).expect("JSON");
            let value = json.value();
            prop_assert!(value.as_ref().is_none_or(|value| is_start(value, &whole)), "{value:?}");
            if let (Some(before), Some(now)) = (&last, &value) {
                prop_assert!(is_start(before, now), "{before} {now}");
            }
            prop_assert_eq!(json.changes() == changes, value == last);
            last = value;
        }
        prop_assert_eq!(json.finish().expect("the whole"), whole);
    }

    #[test]
    fn any_text_is_read_as_serde_json_reads_it_however_it_is_cut(
        text in near_json(), cuts in prop::collection::vec(any::<Index>(), 0..4),
    ) {
        let mut places: Vec<_> = cuts.iter().map(|cut| cut.index(text.len() + 1)).collect();
        places.retain(|place| text.is_char_boundary(*place));
        places.extend([0, text.len()]);
        places.sort_unstable();
        let json = read(places.windows(2).map(|pair| &text[pair[0]..pair[1]]));
        prop_assert_eq!(json.value(), read([&text]).value());
        prop_assert_eq!(json.finish().ok(), serde_json::from_str::<Value>(&text).ok(), "{}", text);
    }
}

#[test]
fn what_may_go_on_is_not_shown_until_it_ended() {
    for (text, value) in [
        ("", None),
        (" ", None),
        ("12", None),
        ("12 ", Some(json!(12))),
        ("tru", None),
        ("[tru", Some(json!([]))),
        ("[true", Some(json!([true]))),
        ("[1", Some(json!([]))),
        ("[1,", Some(json!([1]))),
        (r#"{"a"#, Some(json!({}))),
        (r#"{"a":"#, Some(json!({}))),
        (r#"{"a":""#, Some(json!({"a": ""}))),
        (r#"{"a":{"b":["c"#, Some(json!({"a": {"b": ["c"]}}))),
        (r#""x\"#, Some(json!("x"))),
        (r#""x\u00e"#, Some(json!("x"))),
        (r#""x\ud83d"#, Some(json!("x"))),
        (r#""x\ud83d\ude0"#, Some(json!("x"))),
        (r#""x\ud83d\ude00"#, Some(json!("x😀"))),
    ] {
        assert_eq!(read([text]).value(), value, "{text}");
    }
}

#[test]
fn half_of_a_pair_of_surrogates_is_no_text() {
    for text in [r#""\ud83d""#, r#""\ud83dx""#, r#""\ud83d\n""#, r#""\ud83d\u0041""#, r#""\ude00""#]
    {
        assert!(read([text]).finish().is_err(), "{text}");
    }
}

#[test]
fn a_fault_is_named_with_its_place_and_without_the_text_and_what_was_known_stays() {
    let mut json = PartialJson::new();
    json.push(r#"{"secret": ["a", "#).expect("JSON");
    let error = json.push("x]}").expect_err("no JSON");
    assert_eq!(error.kind(), ErrorKind::Malformed);
    assert_eq!(error.to_string(), "the JSON cannot be read: no value, at byte 17");
    assert!(json.push("1").is_err() && !format!("{json:?}").contains("secret"));
    assert_eq!(json.value(), Some(json!({"secret": ["a"]})));
    assert!(json.finish().is_err());
}

#[test]
fn depth_and_size_have_limits() {
    let deep = |depth: usize| PartialJson::new().push(&"[".repeat(depth)).is_ok();
    assert!(deep(127) && !deep(128));
    let many =
        |values: usize| PartialJson::new().push(&format!("[{}", "0,".repeat(values))).is_ok();
    assert!(many(MAX_JSON_VALUES - 1) && !many(MAX_JSON_VALUES));
}

#[test]
fn a_type_takes_a_part_without_the_open_text_where_it_does_not_take_it_with_it() {
    #[derive(Debug, PartialEq, serde::Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Urgency {
        High,
    }
    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Ticket {
        summary: String,
        urgency: Option<Urgency>,
    }
    let ticket = |summary: &str, urgency| Some(Ticket { summary: summary.into(), urgency });
    for (text, value) in [
        (r#"{"summ"#, None),
        (r#"{"summary":"co"#, ticket("co", None)),
        (r#"{"summary":"cold","urgency":"hi"#, ticket("cold", None)),
        (r#"{"summary":"cold","urgency":"high""#, ticket("cold", Some(Urgency::High))),
        (r#"{"summary":"cold","urgency":1,"#, None),
    ] {
        assert_eq!(read([text]).value_as::<Ticket>(), value, "{text}");
    }
}

/// Reading all again at each piece would allocate eight times as much where the text is eight times as long and has
/// eight times as many pieces: 64 times in all.
#[test]
fn the_cost_of_reading_grows_as_the_text_does() {
    let cost = |items: usize| {
        let item =
            r#"{"name":"a name of some length","tags":["x",1,{"y":null}],"text":"\u00e9\n"},"#;
        let text = format!("{{\"a long name of a member\":[{}", item.repeat(items));
        let pieces: Vec<_> =
            text.as_bytes().chunks(3).map(|piece| String::from_utf8_lossy(piece)).collect();
        let mut json = PartialJson::new();
        let measured = allocation_counter::measure(|| {
            for piece in &pieces {
                json.push(piece).expect("JSON");
            }
        });
        (measured.count_total, measured.bytes_total)
    };
    let (few, many) = (cost(50), cost(400));
    assert!(many.0 <= 9 * few.0 && many.1 <= 16 * few.1, "{few:?} {many:?}");
}
