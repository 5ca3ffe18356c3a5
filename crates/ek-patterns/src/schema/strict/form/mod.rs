//! Converts a schema to its strict form.

mod nullable;
#[cfg(test)]
mod tests;

use serde_json::Value;

use super::WRAPPER;
use crate::schema::kind;
use crate::schema::ordered::{Object, Ordered};
use crate::schema::subset::is_linear;
use crate::schema::wrong_value::join;
use nullable::make_nullable;

/// The keywords of strict mode. All others are left out, or refused where they are in [`SHAPES`].
const KEPT: &[&str] = &[
    "$defs",
    "$ref",
    "additionalProperties",
    "anyOf",
    "const",
    "definitions",
    "description",
    "enum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "items",
    "maxItems",
    "maximum",
    "minItems",
    "minimum",
    "multipleOf",
    "pattern",
    "properties",
    "required",
    "title",
    "type",
];

/// Keywords that change the shape of a value, so that they cannot be left out.
const SHAPES: &[&str] = &[
    "$dynamicRef",
    "$recursiveRef",
    "additionalItems",
    "dependencies",
    "dependentRequired",
    "dependentSchemas",
    "else",
    "if",
    "not",
    "patternProperties",
    "prefixItems",
    "propertyNames",
    "then",
    "unevaluatedItems",
];

/// The formats that strict mode knows.
const FORMATS: &[&str] =
    &["date", "date-time", "duration", "email", "hostname", "ipv4", "ipv6", "time", "uuid"];

type Form<T = ()> = Result<T, String>;

/// The strict form, and whether it is wrapped.
pub(super) fn strict(mut schema: Ordered) -> Form<(Ordered, bool)> {
    node(&mut schema, "")?;
    let Ordered::Object(root) = &mut schema else { return Err(any("")) };
    let is_object = match root.get("type") {
        Some(Ordered::Array(kinds)) => kinds.iter().any(|kind| kind.as_str() == Some("object")),
        kind => kind.and_then(Ordered::as_str) == Some("object"),
    };
    if is_object && !root.has("$ref") && !root.has("anyOf") {
        // A root may not be null.
        root.set("type", Ordered::text("object"));
        return Ok((schema, false));
    }
    let mut outer: Object = [
        ("type".to_owned(), Ordered::text("object")),
        ("properties".to_owned(), Ordered::Object(Object::default())),
        ("required".to_owned(), Ordered::Array(vec![Ordered::text(WRAPPER)])),
        ("additionalProperties".to_owned(), Value::from(false).into()),
    ]
    .into_iter()
    .collect();
    for key in ["$defs", "definitions"] {
        if let Some(definitions) = root.remove(key) {
            outer.set(key, definitions);
        }
    }
    let inner: Object = [(WRAPPER.to_owned(), schema)].into_iter().collect();
    outer.set("properties", Ordered::Object(inner));
    let mut outer = Ordered::Object(outer);
    lead_into_wrapper(&mut outer);
    Ok((outer, true))
}

/// References by pointers from the root get a longer path, except those to definitions.
fn lead_into_wrapper(value: &mut Ordered) {
    match value {
        Ordered::Array(items) => items.iter_mut().for_each(lead_into_wrapper),
        Ordered::Object(object) => {
            for (key, value) in &mut object.0 {
                let pointer = value.as_str().and_then(|target| target.strip_prefix('#'));
                match pointer.filter(|_| key == "$ref") {
                    Some(p) if !p.starts_with("/$defs/") && !p.starts_with("/definitions/") => {
                        *value = Ordered::text(&format!("#/properties/{WRAPPER}{p}"));
                    }
                    _ => lead_into_wrapper(value),
                }
            }
        }
        Ordered::Plain(_) => {}
    }
}

fn any(path: &str) -> String {
    format!("{} allows any value; say which", named(path))
}

fn named(path: &str) -> String {
    if path.is_empty() { "the root".to_owned() } else { format!("`{path}`") }
}

fn node(schema: &mut Ordered, path: &str) -> Form {
    let Ordered::Object(object) = schema else {
        return Err(match schema.as_bool() {
            Some(false) => format!("{} allows nothing", named(path)),
            _ => any(path),
        });
    };
    let shape = object.0.iter().find(|(key, _)| SHAPES.contains(&key.as_str()));
    if let Some((key, _)) = shape {
        return Err(format!("the keyword `{key}` at {} is not known to strict mode", named(path)));
    }
    let is_nullable = object.get("nullable").and_then(Ordered::as_bool) == Some(true);
    merge_all_of(object, path)?;
    if let Some(alternatives) = object.remove("oneOf") {
        if object.has("anyOf") {
            return Err(format!("{} has `oneOf` beside `anyOf`", named(path)));
        }
        object.set("anyOf", alternatives);
    }
    object.0.retain(|(key, value)| is_kept(key, value));
    for definitions in ["$defs", "definitions"] {
        if let Some(Ordered::Object(schemas)) = object.get_mut(definitions) {
            let place = join(path, definitions);
            schemas.0.iter_mut().try_for_each(|(name, s)| node(s, &join(&place, name)))?;
        }
    }
    if object.has("$ref") {
        reference(object, path)?;
    } else if object.has("anyOf") {
        alternatives(object, path)?;
    } else {
        plain(object, path)?;
    }
    if is_nullable {
        make_nullable(schema);
    }
    Ok(())
}

fn is_kept(key: &str, value: &Ordered) -> bool {
    match key {
        "format" => value.as_str().is_some_and(|format| FORMATS.contains(&format)),
        "pattern" => value.as_str().is_some_and(is_linear),
        key => KEPT.contains(&key),
    }
}

/// Puts the only schema of an `allOf` in its place.
fn merge_all_of(object: &mut Object, path: &str) -> Form {
    let Some(all) = object.remove("allOf") else { return Ok(()) };
    let Ordered::Array(mut all) = all else {
        return Err(format!("`allOf` at {} is no list", named(path)));
    };
    let (1, Some(Ordered::Object(inner))) = (all.len(), all.pop()) else {
        return Err(format!("`allOf` at {} has more than one schema", named(path)));
    };
    for (key, value) in inner.0 {
        match object.get(&key) {
            None => object.set(&key, value),
            Some(_) if key == "description" || key == "title" => {}
            Some(_) => {
                return Err(format!("`allOf` at {} has another `{key}`", named(path)));
            }
        }
    }
    Ok(())
}

/// A `$ref` has no keyword beside it; a description is put around it.
fn reference(object: &mut Object, path: &str) -> Form {
    let Some(target) = object.remove("$ref") else { return Ok(()) };
    if !target.as_str().is_some_and(|target| target.starts_with('#')) {
        return Err(format!("`$ref` at {} leads to another document", named(path)));
    }
    let beside = ["$defs", "definitions", "description", "title"];
    let other = object.0.iter().find(|(key, _)| !beside.contains(&key.as_str()));
    if let Some((key, _)) = other.filter(|(key, _)| key != "type") {
        return Err(format!("`$ref` at {} has `{key}` beside it", named(path)));
    }
    object.remove("type");
    if object.0.is_empty() {
        object.set("$ref", target);
    } else {
        let reference: Object = [("$ref".to_owned(), target)].into_iter().collect();
        object.set("anyOf", Ordered::Array(vec![Ordered::Object(reference)]));
    }
    Ok(())
}

fn alternatives(object: &mut Object, path: &str) -> Form {
    if let Some(key) = ["properties", "items", "enum", "const"].iter().find(|key| object.has(key)) {
        return Err(format!("{} has `{key}` beside alternatives", named(path)));
    }
    // Each alternative has its own.
    ["type", "required", "additionalProperties"].iter().for_each(|key| drop(object.remove(key)));
    let Some(Ordered::Array(schemas)) = object.get_mut("anyOf") else {
        return Err(format!("the alternatives of {} are no list", named(path)));
    };
    let place = join(path, "anyOf");
    schemas.iter_mut().enumerate().try_for_each(|(n, s)| node(s, &join(&place, &n.to_string())))
}

/// A schema of a type.
fn plain(object: &mut Object, path: &str) -> Form {
    if !object.has("type") {
        object.0.insert(0, ("type".to_owned(), kind_of(object).ok_or_else(|| any(path))?));
    }
    if has_kind(object, "object") {
        close(object, path)?;
    }
    if has_kind(object, "array") {
        let place = join(path, "items");
        let items = object.get_mut("items");
        let items =
            items.ok_or_else(|| format!("{} does not say what its items are", named(path)))?;
        node(items, &place)?;
    }
    Ok(())
}

/// The type of a schema without `type`.
fn kind_of(object: &Object) -> Option<Ordered> {
    if object.has("properties") {
        return Some(Ordered::text("object"));
    }
    if object.has("items") {
        return Some(Ordered::text("array"));
    }
    let values = match (object.get("const"), object.get("enum")) {
        (Some(value), _) => vec![value.clone()],
        (None, Some(Ordered::Array(values))) => values.clone(),
        _ => return None,
    };
    let mut kinds: Vec<Ordered> = Vec::new();
    for value in values {
        let Ordered::Plain(value) = value else { return None };
        let kind = Ordered::text(kind(&value));
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    if kinds.len() == 1 { kinds.pop() } else { Some(Ordered::Array(kinds)) }
}

fn has_kind(object: &Object, kind: &str) -> bool {
    match object.get("type") {
        Some(Ordered::Array(kinds)) => kinds.iter().any(|k| k.as_str() == Some(kind)),
        one => one.and_then(Ordered::as_str) == Some(kind),
    }
}

/// Closes an object, and makes all its properties required.
fn close(object: &mut Object, path: &str) -> Form {
    match object.get("additionalProperties").map(Ordered::as_bool) {
        None | Some(Some(false)) => {}
        Some(_) => return Err(format!("{} has properties whose names are not known", named(path))),
    }
    let required: Vec<String> = match object.get("required") {
        Some(Ordered::Array(names)) => {
            names.iter().filter_map(Ordered::as_str).map(str::to_owned).collect()
        }
        _ => Vec::new(),
    };
    if !object.has("properties") {
        object.set("properties", Ordered::Object(Object::default()));
    }
    let Some(Ordered::Object(properties)) = object.get_mut("properties") else {
        return Err(format!("the properties of {} are no object", named(path)));
    };
    if let Some(name) = required.iter().find(|name| !properties.has(name)) {
        return Err(format!("{} requires `{name}` and does not say what it is", named(path)));
    }
    let place = join(path, "properties");
    for (name, schema) in &mut properties.0 {
        node(schema, &join(&place, name))?;
        if !required.contains(name) {
            make_nullable(schema);
        }
    }
    let all = properties.0.iter().map(|(name, _)| Ordered::text(name)).collect();
    object.set("required", Ordered::Array(all));
    object.set("additionalProperties", Value::from(false).into());
    Ok(())
}
