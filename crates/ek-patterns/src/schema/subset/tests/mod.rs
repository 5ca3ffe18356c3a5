//! What the subset allows, and what it refuses.

#[cfg(feature = "jsonschema")]
mod agreement;
mod bounds;

use serde_json::{Value, json};

use super::Checker;
use crate::schema::Unfit;

fn checker(schema: &Value) -> Checker {
    Checker::compile(schema).unwrap_or_else(|why| panic!("{schema}: {why}"))
}

fn refused(schema: &Value) -> String {
    Checker::compile(schema).expect_err("refused")
}

/// The misfits of a value; none if it fits.
fn misfits(schema: &Value, value: &Value) -> Vec<String> {
    match checker(schema).check(value) {
        Ok(()) => Vec::new(),
        Err(Unfit::Wrong(wrong)) => wrong.iter().map(ToString::to_string).collect(),
        Err(Unfit::TooComplex) => vec!["too complex".to_owned()],
    }
}

/// One row for each keyword: a schema, what fits, what does not, and its misfit.
#[test]
fn each_keyword_allows_what_fits_and_reports_what_does_not() {
    let null = || json!({"type": "null"});
    let rows = [
        (json!(false), None, json!({}), "expected nothing, found object"),
        (
            json!({"type": "integer"}),
            Some(json!(3.0)),
            json!(3.5),
            "expected integer, found number",
        ),
        (
            json!({"type": ["string", "null"]}),
            Some(json!(null)),
            json!(1),
            "expected string or null, found integer",
        ),
        (
            json!({"enum": ["a", 1]}),
            Some(json!(1.0)),
            json!("b"),
            "expected one of \"a\", 1, found",
        ),
        (
            json!({"const": {"a": 1}}),
            Some(json!({"a": 1.0})),
            json!({}),
            "expected {\"a\":1}, found",
        ),
        (json!({"minimum": 2}), Some(json!(2)), json!(1), "expected at least 2, found integer"),
        (json!({"exclusiveMinimum": 2}), Some(json!(2.5)), json!(2), "expected more than 2,"),
        (json!({"maximum": 2}), Some(json!("long")), json!(3), "expected at most 2,"),
        (json!({"exclusiveMaximum": 2}), Some(json!(1)), json!(2.0), "expected less than 2,"),
        (json!({"minimum": 2, "exclusiveMinimum": true}), Some(json!(3)), json!(2), "more than 2"),
        (json!({"maximum": 2, "exclusiveMaximum": false}), Some(json!(2)), json!(3), "at most 2"),
        (json!({"multipleOf": 0.5}), Some(json!(1.5)), json!(1.7), "expected a multiple of 0.5,"),
        (json!({"minLength": 2}), Some(json!("æø")), json!("æ"), "at least 2 characters"),
        (json!({"maxLength": 2}), Some(json!("æø")), json!("æøå"), "at most 2 characters"),
        (
            json!({"pattern": "^\\d+$"}),
            Some(json!("12")),
            json!("1a"),
            "that matches ^\\d+$, found",
        ),
        (json!({"minItems": 1}), Some(json!([0])), json!([]), "at least 1 items"),
        (json!({"maxItems": 1}), Some(json!([0])), json!([0, 0]), "at most 1 items"),
        (json!({"uniqueItems": true}), Some(json!([1, 2])), json!([1, 2, 1.0]), "that all differ"),
        (json!({"minProperties": 1}), Some(json!([])), json!({}), "at least 1 properties"),
        (json!({"maxProperties": 0}), Some(json!({})), json!({"a": 1}), "at most 0 properties"),
        (
            json!({"required": ["a"]}),
            Some(json!({"a": null})),
            json!({}),
            "/a: expected a value, found nothing",
        ),
        (
            json!({"properties": {"a": (null())}}),
            Some(json!({"b": 1})),
            json!({"a": 1}),
            "/a: expected null, found integer",
        ),
        (
            json!({"patternProperties": {"^a": (null())}, "additionalProperties": false}),
            Some(json!({"ab": null})),
            json!({"a": 1}),
            "/a: expected null,",
        ),
        (
            json!({"additionalProperties": false}),
            Some(json!(1)),
            json!({"a": 1}),
            "/a: expected nothing, found integer",
        ),
        (json!({"additionalProperties": (null())}), Some(json!({})), json!({"a": 1}), "/a: "),
        (
            json!({"propertyNames": {"maxLength": 1}}),
            Some(json!({"a": 1})),
            json!({"ab": 1}),
            "/ab: expected another name,",
        ),
        (json!({"items": (null())}), Some(json!([null])), json!([null, 1]), "/1: expected null,"),
        (
            json!({"prefixItems": [(null()), {"type": "string"}], "items": false}),
            Some(json!([null, "a"])),
            json!([null, 1]),
            "/1: expected string,",
        ),
        (json!({"prefixItems": [true], "items": false}), Some(json!([])), json!([1, 2]), "/1: "),
        (
            json!({"items": [(null())], "additionalItems": false}),
            Some(json!([null])),
            json!([null, 1]),
            "/1: expected nothing,",
        ),
        (json!({"allOf": [true, (null())]}), Some(json!(null)), json!(1), "expected null,"),
        (
            json!({"anyOf": [false, (null()), {"type": "string"}]}),
            Some(json!(null)),
            json!(1),
            "expected one of the alternatives",
        ),
        (
            json!({"anyOf": [{"type": "string"}, (null())]}),
            Some(json!("a")),
            json!(1),
            "expected one of the alternatives (string or null), found integer",
        ),
        (json!({"oneOf": [true, {"minimum": 2}]}), Some(json!(1)), json!(3), "exactly one of the"),
        (
            json!({"not": (null())}),
            Some(json!(1)),
            json!(null),
            "expected another value, found null",
        ),
        (
            json!({"type": "string", "nullable": true}),
            Some(json!(null)),
            json!(1),
            "expected string, found integer",
        ),
        (json!({"$ref": "#/$defs/a", "$defs": {"a": false}}), None, json!(1), "expected nothing"),
    ];
    for (schema, fits, misfit, why) in rows {
        assert!(fits.is_none_or(|fits| misfits(&schema, &fits).is_empty()), "{schema}");
        let found = misfits(&schema, &misfit);
        assert!(found.len() == 1 && found[0].contains(why), "{schema}: {found:?}");
    }
}

#[test]
fn every_misfit_is_reported_with_its_place_up_to_ten() {
    let schema = json!({"$ref": "#/$defs/glaze", "$defs": {"glaze": {
        "type": "object",
        "required": ["name", "celsius"],
        "properties": {
            "name": {"type": "string"},
            "celsius": {"type": "integer", "minimum": 900},
            "tags": {"type": "array", "items": {"type": "string"}},
            "base": {"anyOf": [{"$ref": "#"}, {"type": "null"}]},
        },
        "additionalProperties": false,
    }}});
    let value =
        json!({"name": 7, "celsius": 12, "tags": ["a", 1, null], "base": {"name": 8}, "x": 1});
    let mut found = misfits(&schema, &value);
    // In the order of the maps, which something else in the build may change.
    found.sort_unstable();
    assert_eq!(
        found,
        [
            "/base/celsius: expected a value, found nothing",
            "/base/name: expected string, found integer",
            "/celsius: expected at least 900, found integer",
            "/name: expected string, found integer",
            "/tags/1: expected string, found integer",
            "/tags/2: expected string, found null",
            "/x: expected nothing, found integer",
        ]
    );
    let many: Vec<_> = (0..100).collect();
    assert_eq!(misfits(&json!({"items": {"type": "string"}}), &many.into()).len(), 10);
}

#[test]
fn of_alternatives_with_a_tag_the_one_that_is_meant_is_explained() {
    let variant = |tag: &str, field: &str| {
        json!({"type": "object", "required": ["op", field],
            "properties": {"op": {"const": tag}, field: {"type": "string"}}})
    };
    let schema = json!({"oneOf": [variant("ask", "whom"), variant("stop", "why")]});
    assert_eq!(misfits(&schema, &json!({"op": "stop"})), ["/why: expected a value, found nothing"]);
    assert_eq!(misfits(&schema, &json!({"op": "ask", "whom": 1})).len(), 1);
    let unknown = misfits(&schema, &json!({"op": "go"}));
    assert_eq!(unknown, ["expected exactly one of the alternatives, found object"]);
}

#[test]
fn annotations_forbid_nothing() {
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "place", "title": "t",
        "description": "d", "default": 1, "examples": [1], "format": "uint8", "x-order": 3,
        "deprecated": true, "readOnly": true, "$comment": "c", "$defs": {"unused": {"if": true}},
        "contentEncoding": "base64", "contentMediaType": "image/png", "nullable": false,
        "discriminator": {"propertyName": "kind"}, "example": 1, "externalDocs": {}, "$anchor": "a",
    });
    assert!(misfits(&schema, &json!({"a": 1})).is_empty());
}

#[test]
fn every_keyword_that_cannot_be_checked_is_named_with_its_place() {
    for keyword in
        ["if", "contains", "dependentRequired", "unevaluatedProperties", "$dynamicRef", "requierd"]
    {
        let why = refused(&json!({"properties": {"a/b": {keyword: {}}}}));
        let start =
            format!("it cannot be checked for the keyword `{keyword}` at `/properties/a~1b`;");
        assert!(why.starts_with(&start), "{why}");
        assert!(why.contains("`jsonschema`") && why.contains("`Tool::unchecked`"), "{why}");
    }
    let two = refused(&json!({"if": true, "items": {"pattern": "(?=a)"}}));
    let both = "the keyword `if` at `/`, the keyword `pattern` at `/items`;";
    assert!(two.contains(both), "{two}");
    let moved = refused(&json!({"items": {"$id": "elsewhere"}}));
    assert!(moved.contains("`$id` at `/items`"), "{moved}");
    let elsewhere = refused(&json!({"$ref": "https://localhost/a"}));
    assert!(elsewhere.contains("`$ref` at `/`"), "{elsewhere}");
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
        (json!({"multipleOf": 0}), "`/multipleOf` is no number above 0"),
        (json!({"pattern": 1}), "`/pattern` is no text"),
    ] {
        assert_eq!(refused(&schema), why);
    }
}

#[test]
fn a_schema_may_refer_to_itself_by_way_of_a_value_and_not_without() {
    let tree = json!({"properties": {"next": {"$ref": "#"}}, "required": ["name"]});
    assert!(misfits(&tree, &json!({"name": 1, "next": {"name": 2}})).is_empty());
    let why = misfits(&tree, &json!({"name": 1, "next": {"name": 2, "next": {}}}));
    assert_eq!(why, ["/next/next/name: expected a value, found nothing"]);

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
