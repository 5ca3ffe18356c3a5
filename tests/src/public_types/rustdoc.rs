//! Reads rustdoc's JSON: the paths that public items name, each with the crate that it comes from.

use serde_json::Value;

/// A type or trait that a public item names.
#[derive(Debug)]
pub(super) struct Named {
    pub(super) crate_name: String,
    /// The full path of the type.
    pub(super) path: String,
    /// The item that names it.
    pub(super) item: String,
}

/// Everything that the public items of a crate name. Implementations that rustdoc adds itself, of traits
/// for all types and of auto traits, are nobody's promise and are left out.
///
/// # Errors
/// A message, if the document has not the parts of one.
pub(super) fn named(doc: &Value) -> Result<Vec<Named>, String> {
    let part = |key: &str| {
        doc.get(key).and_then(Value::as_object).ok_or(format!("no rustdoc JSON: lacks `{key}`"))
    };
    let (index, paths, crates) = (part("index")?, part("paths")?, part("external_crates")?);
    let mut all = Vec::new();
    for item in index.values().filter(|item| item["crate_id"] == 0) {
        let inner = &item["inner"];
        let implementation = &inner["impl"];
        if !implementation["blanket_impl"].is_null() || implementation["is_synthetic"] == true {
            continue;
        }
        let mut ids = Vec::new();
        if let Some(id) = inner["use"].get("id") {
            ids.push(id);
        }
        collect_ids(inner, &mut ids);
        for id in ids {
            let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
            let Some(summary) = paths.get(&id).filter(|summary| summary["crate_id"] != 0) else {
                continue;
            };
            let crate_name = &crates[&summary["crate_id"].to_string()]["name"];
            let path = summary["path"].as_array().into_iter().flatten();
            let words: Vec<&str> = path.filter_map(Value::as_str).collect();
            all.push(Named {
                crate_name: crate_name.as_str().unwrap_or_default().to_owned(),
                path: words.join("::"),
                item: label(item),
            });
        }
    }
    Ok(all)
}

/// The ids of all paths below: objects with a `path` and its `args`.
fn collect_ids<'a>(value: &'a Value, ids: &mut Vec<&'a Value>) {
    match value {
        Value::Object(fields) => {
            if let (Some(id), Some(_), Some(_)) =
                (fields.get("id"), fields.get("path"), fields.get("args"))
            {
                ids.push(id);
            }
            fields.values().for_each(|value| collect_ids(value, ids));
        }
        Value::Array(list) => list.iter().for_each(|value| collect_ids(value, ids)),
        _ => {}
    }
}

/// The name of an item, or the trait and the type of an implementation.
fn label(item: &Value) -> String {
    let implementation = &item["inner"]["impl"];
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    if item["name"].is_string() {
        return word(&item["name"]);
    }
    let of = word(&implementation["trait"]["path"]);
    format!("impl {of} for {}", word(&implementation["for"]["resolved_path"]["path"]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn doc(inner: &Value) -> Value {
        json!({
            "external_crates": {"7": {"name": "hyper"}},
            "paths": {"1": {"crate_id": 7, "path": ["hyper", "Uri"]},
                "2": {"crate_id": 0, "path": ["kiln", "Kiln"]}},
            "index": {"9": {"crate_id": 0, "name": null, "inner": inner}},
        })
    }

    fn found(inner: &Value) -> Vec<String> {
        let all = named(&doc(inner)).expect("a document").into_iter();
        all.map(|named| format!("{}: {}", named.item, named.path)).collect()
    }

    #[test]
    fn a_path_deep_in_a_signature_is_found() {
        let uri = json!({"resolved_path": {"path": "Uri", "id": 1, "args": null}});
        let ours = json!({"path": "Kiln", "id": 2, "args": {"angle_bracketed": {"args": [{"type": uri}]}}});
        let inner = json!({"impl": {"trait": {"path": "From", "id": 3, "args": null},
            "for": {"resolved_path": ours}, "blanket_impl": null, "is_synthetic": false}});
        assert_eq!(found(&inner), ["impl From for Kiln: hyper::Uri"]);
    }

    #[test]
    fn a_trait_of_another_crate_and_a_re_export_are_found() {
        let inner = json!({"impl": {"trait": {"path": "Uri", "id": 1, "args": null}, "for": {}}});
        assert_eq!(found(&inner).len(), 1);
        assert_eq!(found(&json!({"use": {"source": "hyper::Uri", "id": 1}})).len(), 1);
    }

    #[test]
    fn implementations_that_rustdoc_adds_are_left_out() {
        let of = json!({"path": "Uri", "id": 1, "args": null});
        for inner in [
            json!({"impl": {"trait": of, "for": {}, "blanket_impl": {"generic": "T"}}}),
            json!({"impl": {"trait": of, "for": {}, "is_synthetic": true}}),
        ] {
            assert_eq!(found(&inner), [""; 0]);
        }
    }
}
