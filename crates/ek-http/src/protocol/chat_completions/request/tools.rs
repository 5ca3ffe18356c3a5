//! The tools as the API takes them.

use ek_core::ToolSpec;

use crate::json::list::List;
use crate::json::object::Object;
use crate::protocol::tool_schema;

/// Writes the tools: schemas are text already, and the same ones go out with each turn.
pub(crate) fn write(tools: &[ToolSpec], out: &mut Vec<u8>) {
    let mut list = List::begin(out);
    for tool in tools {
        match &tool.raw {
            Some(raw) => list.json(raw.as_str()),
            None => write_tool(tool, list.item()),
        }
    }
    list.end();
}

fn write_tool(tool: &ToolSpec, out: &mut Vec<u8>) {
    let kind = if tool.parameters.is_some() { "function" } else { "custom" };
    let mut object = Object::begin(out);
    object.text("type", kind);
    let mut inner = Object::begin(object.key(kind));
    inner.text("name", &tool.name);
    if let Some(description) = &tool.description {
        inner.text("description", description);
    }
    if let Some(schema) = &tool.parameters {
        let schema = tool_schema::with_type_and_properties(schema);
        inner.key("parameters").extend_from_slice(schema.as_bytes());
    }
    if let Some(strict) = tool.strict {
        let word: &[u8] = if strict { b"true" } else { b"false" };
        inner.key("strict").extend_from_slice(word);
    }
    inner.end();
    object.end();
}

#[cfg(test)]
mod tests {
    use super::*;
    use ek_core::RawJson;
    use proptest::collection::vec;
    use proptest::option;
    use proptest::prelude::*;
    use proptest::sample::select;

    fn any_tool() -> impl Strategy<Value = ToolSpec> {
        let text = || "(?s:.|[\"\\\\\\x00-\\x20]){0,20}";
        let whole = r#"{"z": 1,  "type" : "object", "properties": {} }"#;
        let schema =
            option::of(select(vec![whole, r#"{"anyOf":[2],"type":"object"}"#, "true", "null"]));
        let raw = option::of(select(vec![r#"{"type":"web_search"}"#, "[ 1 ]"]));
        let known = (text(), option::of(text()), schema, option::of(any::<bool>()));
        (known, raw).prop_map(|((name, description, schema, strict), raw)| {
            let json = |text| RawJson::new(text).expect("JSON");
            let mut tool = ToolSpec::custom(name, "");
            tool.description = description;
            tool.parameters = schema.map(json);
            tool.strict = strict;
            tool.raw = raw.map(json);
            tool
        })
    }

    #[test]
    fn a_schema_without_a_type_or_properties_gets_them() {
        let tool = ToolSpec::new("t", "d", r#"{"type":"object"}"#).expect("a schema");
        let mut out = Vec::new();
        write(&[tool], &mut out);
        let sent = String::from_utf8(out).expect("UTF-8");
        assert!(sent.contains(r#""parameters":{"type":"object","properties":{}}"#), "{sent}");
    }

    proptest! {
        #[test]
        fn tools_are_written_as_serde_writes_them(all in vec(any_tool(), 0..4)) {
            let mut out = Vec::new();
            write(&all, &mut out);
            let expected = serde_json::to_string(&all).expect("writes");
            prop_assert_eq!(String::from_utf8(out).expect("UTF-8"), expected);
        }
    }
}
