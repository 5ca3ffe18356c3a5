//! The shape of variants in the OpenAI chat API: `{"type": "x", "x": {...}}`.
//!
//! This and all that serialises here is written by hand: it is little, and so the crate needs no macros,
//! which take longer to build than the crate itself.

use serde::ser::{Serialize, SerializeMap as _, Serializer};

/// A variant under its name.
pub(crate) struct Tagged<'a, T>(pub(crate) &'a str, pub(crate) T);

impl<T: Serialize> Serialize for Tagged<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("type", self.0)?;
        map.serialize_entry(self.0, &self.1)?;
        map.end()
    }
}
