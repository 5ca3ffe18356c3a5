//! Makes an optional property one that may be null, since strict mode requires every property.

use serde_json::{Value, json};

use crate::schema::ordered::Ordered;

/// Makes a schema in its strict form allow null too.
pub(super) fn make_nullable(schema: &mut Ordered) {
    let null = || Ordered::from(json!({"type": "null"}));
    let Ordered::Object(object) = schema else { return };
    if let Some(Ordered::Array(alternatives)) = object.get_mut("anyOf") {
        if !alternatives.contains(&null()) {
            alternatives.push(null());
        }
        return;
    }
    if object.has("$ref") {
        let reference = Ordered::Object(std::mem::take(object));
        object.set("anyOf", Ordered::Array(vec![reference, null()]));
        return;
    }
    if let Some(only) = object.remove("const") {
        object.set("enum", Ordered::Array(vec![only]));
    }
    let is_null = Ordered::Plain(Value::Null);
    match object.get_mut("enum") {
        Some(Ordered::Array(values)) if !values.contains(&is_null) => values.push(is_null),
        _ => {}
    }
    let null = Ordered::text("null");
    match object.get_mut("type") {
        Some(Ordered::Array(kinds)) if !kinds.contains(&null) => kinds.push(null),
        Some(kind @ Ordered::Plain(_)) if *kind != null => {
            *kind = Ordered::Array(vec![kind.clone(), null]);
        }
        _ => {}
    }
}
