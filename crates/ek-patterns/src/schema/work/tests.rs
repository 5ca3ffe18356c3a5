//! How much work a check may be.

use super::*;
use serde_json::json;

fn steps(schema: &Value, value: &Value) -> u64 {
    super::steps(Reader::Each, schema, value)
}

/// A tree of `and` and `or`, whose alternatives differ in what comes after their branches.
fn tree() -> Value {
    let branch = |op: &str| json!({"properties": {"left": {"$ref": "#"}, "op": {"const": op}}, "required": ["op"]});
    json!({"anyOf": [branch("and"), branch("or"), {"type": "string"}]})
}

fn deep(levels: usize) -> Value {
    (0..levels).fold(json!("x"), |left, _| json!({"left": left, "op": "or"}))
}

#[test]
fn the_steps_of_a_recursive_schema_double_with_each_level_and_are_counted_in_one_pass() {
    assert!(steps(&tree(), &deep(10)) < MAX_STEPS);
    assert!(steps(&tree(), &deep(24)) > MAX_STEPS);
    assert_eq!(steps(&tree(), &deep(120)), u64::MAX);
}

#[test]
fn each_way_to_nest_a_schema_is_followed() {
    type Wrap = fn(Value) -> Value;
    let alternatives = |keyword: &str, wrap: Wrap| {
        let again = wrap(json!({"$ref": "#"}));
        json!({"allOf": [{keyword: again.clone()}, {keyword: again}]})
    };
    let object = (0..40).fold(json!(1), |inner, _| json!({"a": inner}));
    let array = (0..40).fold(json!(1), |inner, _| json!([inner]));
    let plain: Wrap = |schema| schema;
    let named: Wrap = |schema| json!({"a": schema});
    let listed: Wrap = |schema| json!([schema]);
    let cases: [(&str, Wrap, &Value); 9] = [
        ("properties", named, &object),
        ("patternProperties", named, &object),
        ("additionalProperties", plain, &object),
        ("unevaluatedProperties", plain, &object),
        ("prefixItems", listed, &array),
        ("items", listed, &array),
        ("items", plain, &array),
        ("contains", plain, &array),
        ("unevaluatedItems", plain, &array),
    ];
    for (keyword, wrap, value) in cases {
        assert!(steps(&alternatives(keyword, wrap), value) > MAX_STEPS, "{keyword}");
    }
    for schema in [
        json!({"if": {"$ref": "#/$defs/a"}, "then": {"$ref": "#/$defs/a"}}),
        json!({"not": {"$ref": "#/$defs/a"}, "else": {"$ref": "#/$defs/a"}}),
        json!({"dependentSchemas": {"x": {"$ref": "#/$defs/a"}, "y": {"$ref": "#/$defs/a"}}}),
        json!({"anyOf": [{"$ref": "#x"}, {"$dynamicRef": "#x"}]}),
    ] {
        let mut schema = schema;
        schema["$defs"] = json!({"a": {"properties": {"a": {"$ref": "#"}}, "$anchor": "x"}});
        assert!(steps(&schema, &object) > MAX_STEPS, "{schema}");
    }
}

#[test]
fn alternatives_with_a_tag_cost_a_reader_that_chooses_by_it_no_more_than_one_of_them() {
    let branch = |op: &str| json!({"properties": {"op": {"const": op}, "a": {"$ref": "#"}, "b": {"$ref": "#"}}});
    let schema = |word: &str| {
        json!({word: [branch("+"), branch("-"), branch("*"), {"$ref": "#/$defs/d"}],
            "$defs": {"d": branch("/")}})
    };
    let sum = (0..8).fold(json!(1), |side, _| json!({"op": "/", "a": side, "b": side}));
    let long = |reader, word: &str| is_long(reader, &schema(word), &sum);
    assert!(!long(Reader::ByTag, "oneOf") && long(Reader::Each, "oneOf"));
    assert!(long(Reader::ByTag, "anyOf"), "serde tries each variant of an untagged enum");
}

#[test]
fn a_cycle_is_endless_and_a_plain_schema_takes_a_step_for_each_value() {
    assert_eq!(steps(&json!({"$ref": "#"}), &json!(1)), u64::MAX);
    let list = json!({"items": {"properties": {"a": {"type": "null"}}}});
    let many: Vec<_> = (0..1_000).map(|_| json!({"a": 1})).collect();
    assert!(steps(&list, &many.into()) < 10_000);
}

#[test]
fn a_long_text_under_a_pattern_that_looks_around_counts_by_its_length() {
    let (short, long) = (json!("a".repeat(100)), json!("a".repeat(10_000)));
    for pattern in ["(?=a)b", r"(a|aa)+\1$"] {
        let schema = json!({"pattern": pattern});
        assert!(steps(&schema, &short) < MAX_STEPS && steps(&schema, &long) > MAX_STEPS);
    }
    let names = json!({"propertyNames": {"pattern": "(?<!a)b"}});
    assert!(steps(&names, &json!({"a".repeat(10_000): 1})) > MAX_STEPS);
    assert!(steps(&json!({"pattern": "^a+$"}), &long) < MAX_STEPS);
}
