//! What the subset allows, what it refuses, and that it agrees with the whole where both can judge.

use serde_json::{Value, json};

use super::Checker;

fn checker(schema: &Value) -> Checker {
    Checker::compile(schema).expect("a schema of the subset")
}

fn refused(schema: &Value) -> String {
    Checker::compile(schema).expect_err("refused")
}

/// One row for each keyword: a schema, what fits, what does not, and what is told of that.
#[test]
fn each_keyword_allows_what_fits_and_tells_what_does_not() {
    let rows = [
        (json!(false), None, json!({}), "nothing is allowed here"),
        (json!({"type": "integer"}), Some(json!(3.0)), json!(3.5), "not of type \"integer\""),
        (json!({"type": ["string", "null"]}), Some(json!(null)), json!(1), "\"string\", \"null\""),
        (json!({"enum": ["a", 1]}), Some(json!(1.0)), json!("b"), "not one of \"a\", 1"),
        (json!({"const": {"a": 1}}), Some(json!({"a": 1.0})), json!({}), "not one of"),
        (json!({"minimum": 2}), Some(json!(2)), json!(1), "not at least 2"),
        (json!({"exclusiveMinimum": 2}), Some(json!(2.5)), json!(2), "not more than 2"),
        (json!({"maximum": 2}), Some(json!("long")), json!(3), "not at most 2"),
        (json!({"exclusiveMaximum": 2}), Some(json!(1)), json!(2.0), "not less than 2"),
        (json!({"minLength": 2}), Some(json!("æø")), json!("æ"), "at least 2 characters"),
        (json!({"maxLength": 2}), Some(json!("æø")), json!("æøå"), "at most 2 characters"),
        (json!({"minItems": 1}), Some(json!([0])), json!([]), "at least 1 items"),
        (json!({"maxItems": 1}), Some(json!([0])), json!([0, 0]), "at most 1 items"),
        (json!({"uniqueItems": true}), Some(json!([1, 2])), json!([1, 2, 1.0]), "more than once"),
        (json!({"minProperties": 1}), Some(json!([])), json!({}), "at least 1 properties"),
        (json!({"maxProperties": 0}), Some(json!({})), json!({"a": 1}), "at most 0 properties"),
        (json!({"required": ["a"]}), Some(json!({"a": null})), json!({}), "\"a\" is a required"),
        (
            json!({"properties": {"a": {"type": "null"}}}),
            Some(json!({"b": 1})),
            json!({"a": 1}),
            "/a: ",
        ),
        (
            json!({"additionalProperties": false}),
            Some(json!(1)),
            json!({"a": 1}),
            "\"a\" is not expected",
        ),
        (
            json!({"additionalProperties": {"type": "null"}}),
            Some(json!({})),
            json!({"a": 1}),
            "/a: ",
        ),
        (json!({"items": {"type": "null"}}), Some(json!([null])), json!([null, 1]), "/1: "),
        (json!({"allOf": [true, {"type": "null"}]}), Some(json!(null)), json!(1), "type \"null\""),
        (json!({"anyOf": [false, {"type": "null"}]}), Some(json!(null)), json!(1), "none of the"),
        (json!({"oneOf": [true, {"minimum": 2}]}), Some(json!(1)), json!(3), "fits 2 of the"),
        (json!({"not": {"type": "null"}}), Some(json!(1)), json!(null), "must not be"),
        (json!({"$ref": "#/$defs/a", "$defs": {"a": false}}), None, json!(1), "nothing is allowed"),
    ];
    for (schema, fits, misfit, told) in rows {
        let checker = checker(&schema);
        assert_eq!(fits.map_or(Ok(()), |fits| checker.check(&fits)), Ok(()), "{schema}");
        let why = checker.check(&misfit).expect_err("a misfit");
        assert!(why.contains(told), "{schema}: {why}");
    }
}

#[test]
fn annotations_forbid_nothing() {
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "place", "title": "t",
        "description": "d", "default": 1, "examples": [1], "format": "uint8", "x-order": 3,
        "deprecated": true, "readOnly": true, "$comment": "c", "$defs": {"unused": {"if": true}},
    });
    assert_eq!(checker(&schema).check(&json!({"a": 1})), Ok(()));
}

#[test]
fn a_keyword_it_cannot_express_is_refused_by_name_and_names_the_feature() {
    for keyword in [
        "pattern",
        "patternProperties",
        "if",
        "contains",
        "propertyNames",
        "prefixItems",
        "dependentRequired",
        "unevaluatedProperties",
        "multipleOf",
        "$dynamicRef",
        "$anchor",
        "requierd",
    ] {
        let schema = json!({"properties": {"a/b": {keyword: {}}}});
        let why =
            format!("the keyword `{keyword}` at `/properties/a~1b` needs the feature `jsonschema`");
        assert_eq!(refused(&schema), why);
    }
    let tuple = refused(&json!({"items": [true]}));
    assert_eq!(tuple, "the keyword `items` needs the feature `jsonschema`");
    let moved = refused(&json!({"items": {"$id": "elsewhere"}}));
    assert!(moved.contains("`$id`"), "{moved}");
    let elsewhere = refused(&json!({"$ref": "https://localhost/a"}));
    assert!(elsewhere.ends_with("(only `#/...` is followed without it)"), "{elsewhere}");
}

#[test]
fn what_is_not_json_schema_is_refused_with_its_place() {
    for (schema, why) in [
        (json!({"type": "objekt"}), "`/type` is no name of a type, nor a list of such names"),
        (json!({"items": {"minimum": "1"}}), "`/items/minimum` is no number"),
        (json!({"maxLength": -1}), "`/maxLength` is no whole number of at least 0"),
        (json!({"required": [1]}), "`/required` is no list of names"),
        (json!({"properties": {"a": 1}}), "`/properties/a` is neither an object nor true or false"),
        (json!({"anyOf": []}), "`/anyOf` is no list"),
        (json!({"$ref": "#/$defs/a"}), "`/$ref` refers to nothing"),
    ] {
        assert_eq!(refused(&schema), why);
    }
}

#[test]
fn a_schema_may_refer_to_itself_by_way_of_a_value_and_not_without() {
    let tree = checker(&json!({"properties": {"next": {"$ref": "#"}}, "required": ["name"]}));
    assert_eq!(tree.check(&json!({"name": 1, "next": {"name": 2}})), Ok(()));
    let why = tree.check(&json!({"name": 1, "next": {"name": 2, "next": {}}})).expect_err("misfit");
    assert!(why.starts_with("/next/next: "), "{why}");

    let circle = json!({"$ref": "#/$defs/a", "$defs": {"a": {"anyOf": [{"$ref": "#"}]}}});
    assert_eq!(refused(&circle), "a `$ref` leads back to itself");
}

#[test]
fn a_chain_of_references_without_end_is_refused() {
    let defs: Value = (0..1_000)
        .map(|n| (n.to_string(), json!({"$ref": format!("#/$defs/{}", n + 1)})))
        .chain([("1000".to_owned(), json!(true))])
        .collect();
    let why = refused(&json!({"$ref": "#/$defs/0", "$defs": defs}));
    assert_eq!(why, "it is nested more than 128 levels deep");
}

/// The whole is the oracle: whatever schema the subset takes, both judge alike.
#[cfg(feature = "jsonschema")]
mod agreement {
    use super::*;
    use proptest::prelude::*;

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(json!(null)),
            any::<bool>().prop_map(Value::from),
            (-3i64..4).prop_map(Value::from),
            (-6i32..6).prop_map(|n| json!(f64::from(n) / 2.0)),
            Just(json!(u64::MAX)),
            "[aæ]{0,3}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 12, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                prop::collection::btree_map("[ab]", inner, 0..3)
                    .prop_map(|map| map.into_iter().collect()),
            ]
        })
    }

    fn schema() -> impl Strategy<Value = Value> {
        let kind = prop::sample::select(vec![
            "null", "boolean", "integer", "number", "string", "array", "object",
        ]);
        let bound = prop::sample::select(vec![
            "minimum",
            "maximum",
            "exclusiveMinimum",
            "exclusiveMaximum",
        ]);
        let count = prop::sample::select(vec![
            "minLength",
            "maxLength",
            "minItems",
            "maxItems",
            "minProperties",
            "maxProperties",
        ]);
        let leaf = prop_oneof![
            any::<bool>().prop_map(Value::from),
            kind.prop_map(|kind| json!({"type": kind})),
            (bound, -2i64..3).prop_map(|(word, n)| json!({word: n})),
            (count, 0u64..3).prop_map(|(word, n)| json!({word: n})),
            value().prop_map(|value| json!({"const": value})),
            prop::collection::vec(value(), 1..3)
                .prop_filter("unique", |list| list.len() < 2 || list[0] != list[1])
                .prop_map(|list| json!({"enum": list})),
            Just(json!({"uniqueItems": true})),
            Just(json!({"required": ["a"]})),
            Just(json!({"properties": {"b": {"$ref": "#"}}})),
        ];
        leaf.prop_recursive(3, 12, 3, |inner| {
            let list = prop::collection::vec(inner.clone(), 1..3);
            prop_oneof![
                (inner.clone(), inner.clone()).prop_map(
                    |(a, rest)| json!({"properties": {"a": a}, "additionalProperties": rest})
                ),
                inner.clone().prop_map(|items| json!({"items": items})),
                inner.prop_map(|not| json!({"not": not})),
                (prop::sample::select(vec!["allOf", "anyOf", "oneOf"]), list)
                    .prop_map(|(word, list)| json!({word: list})),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_subset_judges_as_the_whole_does(schema in schema(), value in value()) {
            let whole = super::super::super::full::Checker::compile(&schema).expect("a schema");
            let subset = checker(&schema);
            let (whole, subset) = (whole.check(&value), subset.check(&value));
            prop_assert_eq!(whole.is_ok(), subset.is_ok(), "{:?} {:?}", whole, subset);
        }
    }
}
