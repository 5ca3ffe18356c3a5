//! Which public types have no example in their documentation: a reader learns a type by its use.

use serde_json::Value;

/// The names of the structs, enums and traits without an example, in order.
pub(super) fn missing(doc: &Value) -> Vec<&str> {
    let items = doc["index"].as_object().into_iter().flat_map(|index| index.values());
    let mut names: Vec<&str> = items.filter(|item| lacks_example(item)).filter_map(name).collect();
    names.sort_unstable();
    names
}

fn lacks_example(item: &Value) -> bool {
    let is_type = ["struct", "enum", "trait"].iter().any(|kind| item["inner"].get(kind).is_some());
    let has_example = item["docs"].as_str().is_some_and(|docs| docs.contains("```"));
    is_type && item["visibility"] == "public" && item["crate_id"] == 0 && !has_example
}

fn name(item: &Value) -> Option<&str> {
    item["name"].as_str()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn item(crate_id: u32, kind: &str, docs: Option<&str>) -> Value {
        let name = format!("{kind}{crate_id}");
        json!({"crate_id": crate_id, "name": name, "visibility": "public", "docs": docs, "inner": {kind: {}}})
    }

    #[test]
    fn a_type_of_ours_without_an_example_is_named_and_nothing_else_is() {
        let doc = json!({"index": {
            "1": item(0, "trait", None),
            "2": item(0, "struct", Some("What it is.\n```\nuse it;\n```")),
            "3": item(0, "enum", Some("What it is.")),
            "4": item(0, "function", None),
            "5": item(1, "struct", None),
        }});
        assert_eq!(missing(&doc), ["enum0", "trait0"]);
    }
}
