//! The whole of JSON Schema is the oracle: whatever schema the subset takes, both judge alike.

use serde_json::{Value, json};

use super::checker;
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
    let bound =
        prop::sample::select(vec!["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"]);
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
        (1i64..4).prop_map(|n| json!({"multipleOf": n})),
        prop::sample::select(vec!["^a", "[^a]$", "^.{2}$", "\\\\w"])
            .prop_map(|pattern| json!({"pattern": pattern})),
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
            inner.clone().prop_map(|names| json!({"propertyNames": names})),
            (list.clone(), inner.clone())
                .prop_map(|(list, rest)| json!({"prefixItems": list, "items": rest})),
            (inner.clone(), inner.clone()).prop_map(
                |(a, rest)| json!({"patternProperties": {"^a": a}, "additionalProperties": rest})
            ),
            inner.prop_map(|not| json!({"not": not})),
            (prop::sample::select(vec!["allOf", "anyOf", "oneOf"]), list)
                .prop_map(|(word, list)| json!({word: list})),
        ]
    })
}

proptest! {
    #[test]
    fn the_subset_judges_as_the_whole_does(schema in schema(), value in value()) {
        let whole = crate::schema::full::Checker::compile(&schema).expect("a schema");
        let subset = checker(&schema);
        let (whole, subset) = (whole.check(&value), subset.check(&value));
        prop_assert_eq!(whole.is_ok(), subset.is_ok(), "{:?} {:?}", whole, subset);
    }
}
