//! One row for each rewriting, and for each refusal.

use super::*;
use ek_core::RawJson;

fn form(schema: &str) -> Form<String> {
    let schema = Ordered::read(&RawJson::new(schema).expect("JSON")).expect("a tree");
    Ok(strict(schema)?.0.write().expect("a text").as_str().to_owned())
}

#[test]
fn every_object_is_closed_and_requires_all_its_properties_in_their_order() {
    let schema = r#"{"type":"object","properties":{"z":{"type":"string"},"a":{"properties":{"b":{"type":"integer","format":"uint8","minimum":0,"maximum":255}}}},"required":["z"]}"#;
    let sent = r#"{"type":"object","properties":{"z":{"type":"string"},"a":{"type":["object","null"],"properties":{"b":{"type":["integer","null"],"minimum":0,"maximum":255}},"required":["b"],"additionalProperties":false}},"required":["z","a"],"additionalProperties":false}"#;
    assert_eq!(form(schema).as_deref(), Ok(sent));
}

#[test]
fn a_strict_schema_stays_as_it_is() {
    let schema = r##"{"type":"object","properties":{"a":{"$ref":"#/$defs/x"},"b":{"anyOf":[{"type":"string","format":"date"},{"type":"null"}]}},"required":["a","b"],"additionalProperties":false,"$defs":{"x":{"type":"string","enum":["p","q"]}}}"##;
    assert_eq!(form(schema).as_deref(), Ok(schema));
}

/// One row for each rewriting of a property that may be missing.
#[test]
fn what_may_be_missing_may_be_null_in_each_kind_of_schema() {
    for (schema, sent) in [
        (r#"{"type":"string"}"#, r#"{"type":["string","null"]}"#),
        (r#"{"type":["string","null"]}"#, r#"{"type":["string","null"]}"#),
        (r#"{"enum":["a"]}"#, r#"{"type":["string","null"],"enum":["a",null]}"#),
        (r#"{"const":1}"#, r#"{"type":["integer","null"],"enum":[1,null]}"#),
        (r##"{"$ref":"#"}"##, r##"{"anyOf":[{"$ref":"#"},{"type":"null"}]}"##),
        (
            r##"{"$ref":"#","description":"d","default":1}"##,
            r##"{"description":"d","anyOf":[{"$ref":"#"},{"type":"null"}]}"##,
        ),
        (
            r#"{"oneOf":[{"const":"a","description":"d"},{"type":"integer"}]}"#,
            r#"{"anyOf":[{"type":"string","const":"a","description":"d"},{"type":"integer"},{"type":"null"}]}"#,
        ),
        (
            r#"{"allOf":[{"type":"string","description":"inner"}],"description":"d"}"#,
            r#"{"description":"d","type":["string","null"]}"#,
        ),
        (r#"{"type":"string","nullable":true}"#, r#"{"type":["string","null"]}"#),
        (
            r#"{"type":"string","minLength":1,"pattern":"(?=a)","examples":["a"],"x-a":1}"#,
            r#"{"type":["string","null"]}"#,
        ),
        (
            r#"{"type":"object"}"#,
            r#"{"type":["object","null"],"properties":{},"required":[],"additionalProperties":false}"#,
        ),
    ] {
        let sent = format!(
            r#"{{"type":"object","properties":{{"p":{sent}}},"required":["p"],"additionalProperties":false}}"#
        );
        let schema = format!(r#"{{"type":"object","properties":{{"p":{schema}}}}}"#);
        assert_eq!(form(&schema), Ok(sent), "{schema}");
    }
}

#[test]
fn what_cannot_be_made_strict_is_named_with_its_path() {
    for (property, why) in [
        ("{}", "`/properties/p` allows any value; say which"),
        ("true", "`/properties/p` allows any value; say which"),
        ("false", "`/properties/p` allows nothing"),
        (
            r#"{"type":"object","additionalProperties":{"type":"string"}}"#,
            "`/properties/p` has properties whose names are not known",
        ),
        (
            r#"{"type":"object","additionalProperties":true}"#,
            "`/properties/p` has properties whose names are not known",
        ),
        (
            r#"{"type":"array","prefixItems":[{"type":"string"}]}"#,
            "the keyword `prefixItems` at `/properties/p` is not known to strict mode",
        ),
        (r#"{"type":"array"}"#, "`/properties/p` does not say what its items are"),
        (
            r#"{"anyOf":[{"type":"array","items":{}}]}"#,
            "`/properties/p/anyOf/0/items` allows any value; say which",
        ),
        (
            r#"{"allOf":[{"type":"string"},{"minLength":1}]}"#,
            "`allOf` at `/properties/p` has more than one schema",
        ),
        (
            r#"{"properties":{},"oneOf":[{"type":"object"}]}"#,
            "`/properties/p` has `properties` beside alternatives",
        ),
        (r#"{"$ref":"other.json"}"#, "`$ref` at `/properties/p` leads to another document"),
        (
            r#"{"type":"object","required":["q"]}"#,
            "`/properties/p` requires `q` and does not say what it is",
        ),
        (
            r#"{"not":{"type":"null"}}"#,
            "the keyword `not` at `/properties/p` is not known to strict mode",
        ),
    ] {
        let schema = format!(r#"{{"type":"object","properties":{{"p":{property}}}}}"#);
        assert_eq!(form(&schema), Err(why.to_owned()), "{property}");
    }
    assert_eq!(form("{}"), Err("the root allows any value; say which".to_owned()));
    assert_eq!(form("true"), Err("the root allows any value; say which".to_owned()));
}
