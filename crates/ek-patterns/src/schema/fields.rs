//! The fields of a type in the order in which they are declared, as serde's derived code names them.
//!
//! A type gives a deserializer the names of its fields before it reads any. This deserializer has no data: it
//! follows one path of fields, variants and items, records the names at its end, and fails.

use std::collections::{HashSet, VecDeque};

use serde::de::value::{Error, StrDeserializer};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error as _, IntoDeserializer,
    MapAccess, SeqAccess, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

/// The most paths that are tried.
const MAX_PATHS: usize = 500;

type Names = &'static [&'static str];

/// The fields of each struct within the type, in their order. Fields that serde buffers before it reads them
/// (flattened ones, and those of tagged variants) are not found.
pub(super) fn lists<T: DeserializeOwned>() -> Vec<Names> {
    let mut lists = Vec::new();
    let mut seen = HashSet::new();
    let mut open = VecDeque::from([Vec::new()]);
    for _ in 0..MAX_PATHS {
        let Some(path) = open.pop_front() else { break };
        let mut asked = None;
        // It always fails, since there is no data.
        let _ = T::deserialize(Probe { path: &path, asked: &mut asked });
        let Some(asked) = asked else { continue };
        let (Asked::Fields(names) | Asked::Variants(names)) = asked;
        if !seen.insert((names.as_ptr(), names.len())) {
            continue;
        }
        if let Asked::Fields(names) = asked {
            lists.push(names);
        }
        open.extend((0..names.len()).map(|choice| [path.as_slice(), &[choice]].concat()));
    }
    lists
}

/// What a type asks for at the end of a path.
#[derive(Clone, Copy)]
enum Asked {
    Fields(Names),
    Variants(Names),
}

struct Probe<'p> {
    path: &'p [usize],
    asked: &'p mut Option<Asked>,
}

impl<'p> Probe<'p> {
    /// The choice at this place of the path, and the probe for what follows; at the end of the path it records
    /// what was asked.
    fn choose(self, asked: Asked) -> Result<(&'static str, Self), Error> {
        let (Asked::Fields(names) | Asked::Variants(names)) = asked;
        match self.path.split_first() {
            Some((choice, rest)) => {
                let name = names.get(*choice).copied().unwrap_or_default();
                Ok((name, Probe { path: rest, asked: self.asked }))
            }
            None => {
                *self.asked = Some(asked);
                Err(no_data())
            }
        }
    }
}

fn no_data() -> Error {
    Error::custom("there is no data")
}

impl<'de> Deserializer<'de> for Probe<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(no_data())
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: Names,
        visitor: V,
    ) -> Result<V::Value, Error> {
        let (name, inner) = self.choose(Asked::Fields(fields))?;
        visitor.visit_map(Member { name: Some(name), inner: Some(inner) })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: Names,
        visitor: V,
    ) -> Result<V::Value, Error> {
        let (name, inner) = self.choose(Asked::Variants(variants))?;
        visitor.visit_enum(Variant { name, inner })
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_map(Member { name: Some(""), inner: Some(self) })
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_seq(Member { name: None, inner: Some(self) })
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct identifier ignored_any
    }
}

/// One member of a map, or one item of a list.
struct Member<'p> {
    name: Option<&'static str>,
    inner: Option<Probe<'p>>,
}

impl<'de> MapAccess<'de> for Member<'_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        let name: Option<StrDeserializer<'_, Error>> =
            self.name.take().map(IntoDeserializer::into_deserializer);
        name.map(|name| seed.deserialize(name)).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        seed.deserialize(self.inner.take().ok_or_else(no_data)?)
    }
}

impl<'de> SeqAccess<'de> for Member<'_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
        self.inner.take().map(|inner| seed.deserialize(inner)).transpose()
    }
}

struct Variant<'p> {
    name: &'static str,
    inner: Probe<'p>,
}

impl<'de, 'p> EnumAccess<'de> for Variant<'p> {
    type Error = Error;
    type Variant = Probe<'p>;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Self::Variant), Error> {
        let name: StrDeserializer<'_, Error> = self.name.into_deserializer();
        Ok((seed.deserialize(name)?, self.inner))
    }
}

impl<'de> VariantAccess<'de> for Probe<'_> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        Err(no_data())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, fields: Names, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_struct("", fields, visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[derive(serde::Deserialize)]
    #[expect(dead_code, reason = "only read by serde")]
    struct Outer {
        zinc: Option<Inner>,
        list: Vec<Choice>,
        map: BTreeMap<String, Deep>,
        again: Option<Box<Outer>>,
    }

    #[derive(serde::Deserialize)]
    #[expect(dead_code, reason = "only read by serde")]
    struct Inner {
        y: u8,
        x: u8,
    }

    #[derive(serde::Deserialize)]
    #[expect(dead_code, reason = "only read by serde")]
    enum Choice {
        Unit,
        One(Wrapped),
        Named { b: u8, a: u8 },
    }

    #[derive(serde::Deserialize)]
    #[expect(dead_code, reason = "only read by serde")]
    struct Wrapped {
        w: u8,
        v: u8,
    }

    #[derive(serde::Deserialize)]
    #[expect(dead_code, reason = "only read by serde")]
    struct Deep {
        d: u8,
        c: u8,
    }

    #[test]
    fn the_fields_of_every_struct_within_a_type_are_found_in_their_order() {
        let found: HashSet<Vec<&str>> = lists::<Outer>().into_iter().map(<[_]>::to_vec).collect();
        let expected = [
            vec!["zinc", "list", "map", "again"],
            vec!["y", "x"],
            vec!["w", "v"],
            vec!["b", "a"],
            vec!["d", "c"],
        ];
        assert_eq!(found, HashSet::from(expected));
    }

    #[test]
    fn a_type_without_fields_has_none() {
        assert!(lists::<u8>().is_empty() && lists::<Vec<String>>().is_empty());
        assert!(lists::<serde_json::Value>().is_empty());
    }
}
