//! JSON whose members keep their order, since a model writes first what it reads first.
//!
//! `serde_json::Map` sorts its keys, unless some crate in the build turns on `preserve_order`, which changes all
//! maps of the program.

use std::fmt;

use ek_core::RawJson;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap as _, Serializer};
use serde_json::{Number, Value};

/// A JSON value whose objects are lists.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Ordered {
    /// Anything but an object or an array.
    Plain(Value),
    Array(Vec<Ordered>),
    Object(Object),
}

/// The members of an object, in order.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Object(pub(super) Vec<(String, Ordered)>);

impl Ordered {
    /// Reads a document; `None` if it has what a `Value` cannot have.
    pub(super) fn read(json: &RawJson) -> Option<Self> {
        serde_json::from_str(json.as_str()).ok()
    }

    pub(super) fn write(&self) -> Option<RawJson> {
        RawJson::new(serde_json::to_string(self).ok()?).ok()
    }

    pub(super) fn text(text: &str) -> Self {
        Self::Plain(Value::from(text))
    }

    pub(super) fn as_str(&self) -> Option<&str> {
        match self {
            Self::Plain(Value::String(text)) => Some(text),
            _ => None,
        }
    }

    pub(super) fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Plain(Value::Bool(is)) => Some(*is),
            _ => None,
        }
    }
}

impl Object {
    pub(super) fn get(&self, key: &str) -> Option<&Ordered> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    pub(super) fn get_mut(&mut self, key: &str) -> Option<&mut Ordered> {
        self.0.iter_mut().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    pub(super) fn remove(&mut self, key: &str) -> Option<Ordered> {
        let place = self.0.iter().position(|(name, _)| name == key)?;
        Some(self.0.remove(place).1)
    }

    /// Sets a member; one that is present keeps its place.
    pub(super) fn set(&mut self, key: &str, value: Ordered) {
        match self.get_mut(key) {
            Some(old) => *old = value,
            None => self.0.push((key.to_owned(), value)),
        }
    }
}

impl FromIterator<(String, Ordered)> for Object {
    fn from_iter<I: IntoIterator<Item = (String, Ordered)>>(members: I) -> Self {
        Self(members.into_iter().collect())
    }
}

/// In the order of the map.
impl From<Value> for Ordered {
    fn from(value: Value) -> Self {
        match value {
            Value::Array(items) => Self::Array(items.into_iter().map(Self::from).collect()),
            Value::Object(members) => {
                let members = members.into_iter().map(|(key, value)| (key, Self::from(value)));
                Self::Object(members.collect())
            }
            plain => Self::Plain(plain),
        }
    }
}

impl Serialize for Ordered {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Plain(value) => value.serialize(serializer),
            Self::Array(items) => items.serialize(serializer),
            Self::Object(object) => {
                let mut map = serializer.serialize_map(Some(object.0.len()))?;
                for (key, value) in &object.0 {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Ordered {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Ordered;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Ordered, E> {
        Ok(Ordered::Plain(Value::Null))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Ordered, E> {
        Ok(Ordered::Plain(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Ordered, E> {
        Ok(Ordered::Plain(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Ordered, E> {
        Ok(Ordered::Plain(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Ordered, E> {
        Ok(Ordered::Plain(Number::from_f64(value).map_or(Value::Null, Value::Number)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Ordered, E> {
        Ok(Ordered::text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Ordered, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Ordered::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Ordered, A::Error> {
        let mut object = Object::default();
        while let Some((key, value)) = members.next_entry::<String, _>()? {
            object.set(&key, value);
        }
        Ok(Ordered::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_keep_their_order_and_the_last_of_one_name_counts() {
        let text = r#"{"z":1,"a":[true,null,{"y":-2,"b":"x"}],"m":1.5}"#;
        let read = |text: &str| Ordered::read(&RawJson::new(text).expect("JSON")).expect("a tree");
        assert_eq!(read(text).write().expect("a text").as_str(), text);
        assert_eq!(read(r#"{"a":1,"b":2,"a":3}"#), read(r#"{"a":3,"b":2}"#));
    }
}
