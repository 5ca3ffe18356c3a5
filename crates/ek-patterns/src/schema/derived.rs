//! The schema of a type, its properties in the order of the fields.
//!
//! schemars sorts the properties, unless `serde_json/preserve_order` is on, which would change the maps of the
//! whole program. Three other lists have the order of the fields: the names that serde asks for, and the
//! required properties of the schemas for reading and for writing.

use ek_core::RawJson;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::fields;
use super::ordered::{Object, Ordered};

/// The schema of a type, without the draft and the name of the type, which the model does not need.
pub(crate) fn schema_of<T: DeserializeOwned + JsonSchema>() -> RawJson {
    let settings = SchemaSettings::default;
    let schema = settings().for_deserialize().into_generator().into_root_schema_for::<T>();
    let written = settings().for_serialize().into_generator().into_root_schema_for::<T>();
    let (mut schema, written) = (schema.to_value(), written.to_value());
    if let Value::Object(root) = &mut schema {
        root.remove("$schema");
        root.remove("title");
    }
    let mut orders: Vec<Vec<String>> = fields::lists::<T>()
        .into_iter()
        .map(|names| names.iter().map(|name| (*name).to_owned()).collect())
        .collect();
    collect_required(&written, &mut orders);
    collect_required(&schema, &mut orders);
    let ordered = in_order(schema.clone(), &orders);
    ordered.write().unwrap_or_else(|| RawJson::from(schema))
}

/// The lists of required properties of all objects.
fn collect_required(schema: &Value, orders: &mut Vec<Vec<String>>) {
    match schema {
        Value::Object(members) => {
            if let Some(Value::Array(names)) = members.get("required") {
                orders.push(names.iter().filter_map(Value::as_str).map(str::to_owned).collect());
            }
            members.values().for_each(|inner| collect_required(inner, orders));
        }
        Value::Array(items) => items.iter().for_each(|inner| collect_required(inner, orders)),
        _ => {}
    }
}

/// The keywords that a reader wants first; definitions come last.
const FIRST: [&str; 4] = ["description", "type", "properties", "required"];

fn in_order(schema: Value, orders: &[Vec<String>]) -> Ordered {
    match schema {
        Value::Array(items) => {
            Ordered::Array(items.into_iter().map(|inner| in_order(inner, orders)).collect())
        }
        Value::Object(members) => {
            let mut members: Vec<_> = members.into_iter().collect();
            members.sort_by_key(|(keyword, _)| match keyword.as_str() {
                "$defs" => FIRST.len() + 1,
                word => FIRST.iter().position(|first| *first == word).unwrap_or(FIRST.len()),
            });
            let ordered = members.into_iter().map(|(keyword, value)| {
                let value = match (keyword.as_str(), value) {
                    ("properties", Value::Object(properties)) => by_fields(properties, orders),
                    ("$defs", Value::Object(schemas)) => {
                        let schemas = schemas.into_iter();
                        Ordered::Object(schemas.map(|(k, v)| (k, in_order(v, orders))).collect())
                    }
                    // Values and no schemas.
                    ("default" | "const" | "enum" | "examples", value) => Ordered::from(value),
                    (_, value) => in_order(value, orders),
                };
                (keyword, value)
            });
            Ordered::Object(ordered.collect())
        }
        plain => Ordered::Plain(plain),
    }
}

/// Properties in the order that knows most of them; what it does not know comes after.
fn by_fields(properties: Map<String, Value>, orders: &[Vec<String>]) -> Ordered {
    let known = |order: &&Vec<String>| order.iter().filter(|n| properties.contains_key(*n)).count();
    // Of several the first: `max_by_key` takes the last.
    let order = orders.iter().rev().max_by_key(known);
    let mut members: Vec<_> = properties.into_iter().collect();
    if let Some(order) = order {
        let place = |name: &String| order.iter().position(|known| known == name);
        members.sort_by_key(|(name, _)| place(name).unwrap_or(order.len()));
    }
    let members = members.into_iter().map(|(name, schema)| (name, in_order(schema, orders)));
    Ordered::Object(members.collect::<Object>())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A model that reads `answer` first answers before it has reasoned.
    #[derive(serde::Serialize, serde::Deserialize, JsonSchema)]
    struct Verdict {
        /// Think first
        reasoning: Option<String>,
        evidence: Vec<Quote>,
        #[serde(skip_serializing_if = "Option::is_none")]
        doubt: Option<Quote>,
        #[serde(default)]
        answer: bool,
        #[serde(flatten)]
        more: More,
        next: Next,
    }

    #[derive(serde::Serialize, serde::Deserialize, JsonSchema)]
    struct Quote {
        source: String,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        place: String,
        quote: String,
    }

    #[derive(serde::Serialize, serde::Deserialize, JsonSchema)]
    struct More {
        zeal: u8,
        care: u8,
    }

    #[derive(serde::Serialize, serde::Deserialize, JsonSchema)]
    #[serde(tag = "step", rename_all = "snake_case")]
    enum Next {
        Ask { whom: String, about: String },
        Stop,
    }

    fn order_of(schema: &str, first: &str) -> Vec<String> {
        let written = &schema[schema.find(first).expect(first)..];
        let Ok(Ordered::Object(object)) =
            serde_json::Deserializer::from_str(&written[written.find('{').expect("an object")..])
                .into_iter::<Ordered>()
                .next()
                .expect("a value")
        else {
            panic!("no object: {written}")
        };
        object.0.into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn the_properties_stand_in_the_order_of_the_fields_at_every_level() {
        #[derive(serde::Serialize, serde::Deserialize, JsonSchema)]
        struct Plain {
            reasoning: Option<String>,
            #[serde(skip_serializing_if = "Option::is_none")]
            doubt: Option<Quote>,
            answer: bool,
        }
        let schema = schema_of::<Plain>();
        let schema = schema.as_str();
        assert_eq!(order_of(schema, "\"properties\""), ["reasoning", "doubt", "answer"]);
        assert_eq!(
            order_of(&schema[schema.find("$defs").expect("defs")..], "\"properties\""),
            ["source", "place", "quote"]
        );
    }

    #[test]
    fn flattened_fields_and_tagged_variants_keep_their_order_too() {
        let schema = schema_of::<Verdict>();
        let schema = schema.as_str();
        let order = order_of(schema, "\"properties\"");
        // Fields that serde reads through a buffer are not asked for by name; only `doubt` is in no list.
        let known: Vec<_> = order.iter().filter(|name| *name != "doubt").collect();
        assert_eq!(known, ["reasoning", "evidence", "answer", "zeal", "care", "next"]);
        let variant = &schema[schema.find("oneOf").expect("variants")..];
        assert_eq!(order_of(variant, "\"properties\""), ["step", "whom", "about"]);
    }

    #[test]
    fn the_draft_and_the_type_s_name_are_left_out_and_descriptions_come_first() {
        let schema = schema_of::<Quote>();
        let value = schema.to_value().expect("JSON");
        assert_eq!((value.get("$schema"), value.get("title")), (None, None));
        let verdict = schema_of::<Verdict>();
        assert!(verdict.as_str().contains(r#""reasoning":{"description":"Think first","type":"#));
    }
}
