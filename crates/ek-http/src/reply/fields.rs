//! Reading objects key by key, without the strictness of derived types.
//!
//! A derived `Deserialize` refuses duplicate keys, a missing field, a number where an object belongs;
//! and it reads numbers that nobody needs, which then may be out of range. Here a type says what it
//! wants of each key, and everything else is skipped unread.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::scan::{Scanner, Unreadable};

/// What is read of an object. Keys given twice come twice: the last one counts.
pub(crate) trait Fields<'de>: Default {
    /// What stands for a value that is neither an object nor null.
    fn of_no_object() -> Self {
        Self::default()
    }

    /// Reads the value of one key, or [`skip`]s it.
    fn field<M: MapAccess<'de>>(&mut self, key: &str, map: &mut M) -> Result<(), M::Error>;
}

/// Passes over a value without reading it, however deep or odd it is.
pub(crate) fn skip<'de, M: MapAccess<'de>>(map: &mut M) -> Result<(), M::Error> {
    map.next_value::<IgnoredAny>().map(drop)
}

/// Reads an object; what is no object is as good as an empty one.
pub(crate) fn read<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Fields<'de>,
{
    deserializer.deserialize_any(FieldsVisitor(PhantomData))
}

/// The same of a text by itself.
pub(crate) fn of<'de, T: Fields<'de>>(text: &'de str) -> Result<T, Unreadable> {
    let mut scanner = Scanner::new(text);
    let fields = read(&mut scanner)?;
    scanner.end()?;
    Ok(fields)
}

struct FieldsVisitor<T>(PhantomData<T>);

impl<'de, T: Fields<'de>> Visitor<'de> for FieldsVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<T, M::Error> {
        let mut fields = T::default();
        while let Some(key) = map.next_key::<Key<'de>>()? {
            fields.field(&key.0, &mut map)?;
        }
        Ok(fields)
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<T, S::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(T::of_no_object())
    }

    fn visit_unit<E: Error>(self) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<T, E> {
        Ok(T::of_no_object())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<T, E> {
        Ok(T::of_no_object())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<T, E> {
        Ok(T::of_no_object())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<T, E> {
        Ok(T::of_no_object())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<T, E> {
        Ok(T::of_no_object())
    }
}

/// A key, borrowed where it has no escapes (`Cow` itself would always be owned).
struct Key<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;

        impl<'de> Visitor<'de> for KeyVisitor {
            type Value = Key<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Borrowed(key)))
            }

            fn visit_str<E>(self, key: &str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(key.to_owned())))
            }
        }

        deserializer.deserialize_str(KeyVisitor)
    }
}
