//! Converts a value of the strict form back to the original schema.

use serde_json::{Map, Value};

/// Removes members that are null where the schema allows them to be missing, and does not allow null: in
/// strict mode null stands for a missing member.
pub(super) fn remove_nulls(schema: &Value, value: &mut Value) {
    walk(schema, &[schema], value);
}

fn walk(root: &Value, schemas: &[&Value], value: &mut Value) {
    match value {
        Value::Object(members) => {
            let views = views(root, schemas);
            members.retain(|name, value| !value.is_null() || !is_filler(root, &views, name));
            for (name, value) in members.iter_mut() {
                let inner: Vec<_> = views.iter().filter_map(|v| property(v, name)).collect();
                walk(root, &inner, value);
            }
        }
        Value::Array(items) => {
            let views = views(root, schemas);
            let inner: Vec<_> = views.iter().filter_map(|view| view.get("items")).collect();
            items.iter_mut().for_each(|item| walk(root, &inner, item));
        }
        _ => {}
    }
}

/// All schemas of the same value: the given ones, those that they refer to, and their alternatives.
fn views<'a>(root: &'a Value, schemas: &[&'a Value]) -> Vec<&'a Map<String, Value>> {
    let mut open: Vec<&Value> = schemas.to_vec();
    let mut views: Vec<&Map<String, Value>> = Vec::new();
    while let Some(schema) = open.pop() {
        let Some(view) = schema.as_object() else { continue };
        if views.iter().any(|known| std::ptr::eq(*known, view)) {
            continue;
        }
        views.push(view);
        let pointer = view.get("$ref").and_then(Value::as_str).and_then(|r| r.strip_prefix('#'));
        open.extend(pointer.and_then(|pointer| root.pointer(pointer)));
        for choice in ["allOf", "anyOf", "oneOf"] {
            open.extend(view.get(choice).and_then(Value::as_array).into_iter().flatten());
        }
    }
    views
}

fn property<'a>(view: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    view.get("properties")?.get(name)
}

/// Whether a null under this name can only stand for a missing member.
fn is_filler(root: &Value, views: &[&Map<String, Value>], name: &str) -> bool {
    let mut known = views.iter().filter_map(|v| property(v, name).map(|p| (v, p))).peekable();
    known.peek().is_some()
        && known.all(|(view, schema)| {
            let required = view.get("required").and_then(Value::as_array);
            let is_required = required.is_some_and(|names| names.iter().any(|n| n == name));
            !is_required && !allows_null(root, schema)
        })
}

fn allows_null(root: &Value, schema: &Value) -> bool {
    let holds = |value: Option<&Value>, null: &Value| match value {
        Some(Value::Array(list)) => list.contains(null),
        Some(one) => one == null,
        None => false,
    };
    views(root, &[schema]).into_iter().any(|view| {
        holds(view.get("type"), &"null".into())
            || holds(view.get("enum"), &Value::Null)
            || holds(view.get("const"), &Value::Null)
            || holds(view.get("nullable"), &true.into())
    })
}
