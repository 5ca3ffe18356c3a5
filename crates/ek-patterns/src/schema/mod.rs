//! Checks values against their JSON Schema, with a limit on the work: arguments of tools, structured replies.

#[cfg(feature = "schemars")]
mod derived;
#[cfg(feature = "schemars")]
mod fields;
#[cfg(feature = "jsonschema")]
mod full;
mod misread;
mod ordered;
mod strict;
mod subset;
mod work;
mod wrong_value;

use ek_core::RawJson;
use serde_json::Value;

#[cfg(feature = "schemars")]
pub(crate) use derived::schema_of;
pub(crate) use misread::{Misread, read_tree};
pub(crate) use strict::Strict;
pub use wrong_value::WrongValue;
use wrong_value::kind;

/// The most misfits that are reported: enough to correct a value.
pub(crate) const MAX_MISFITS: usize = 10;

/// The check of a value would take too many steps.
#[derive(Debug)]
struct TooComplex;

/// Why a value cannot be used.
#[derive(Debug)]
pub(crate) enum Unfit {
    /// The check would take too many steps.
    TooComplex,
    /// At least one place, and at most [`MAX_MISFITS`].
    Wrong(Vec<WrongValue>),
}

impl From<TooComplex> for Unfit {
    fn from(TooComplex: TooComplex) -> Self {
        Self::TooComplex
    }
}

/// A schema, ready to check with.
pub(crate) struct Schema {
    checker: Checker,
    written: Value,
}

enum Checker {
    Subset(subset::Checker),
    #[cfg(feature = "jsonschema")]
    Full(Box<full::Checker>),
}

impl Schema {
    /// Reads a schema.
    ///
    /// # Errors
    /// What is wrong with it, or which of its keywords cannot be checked, with their paths.
    pub(crate) fn compile(schema: &RawJson) -> Result<Self, String> {
        let written = schema.to_value().map_err(|error| error.to_string())?;
        if !written.is_object() && !written.is_boolean() {
            return Err("not a JSON Schema: neither an object nor true or false".to_owned());
        }
        let checker = match subset::Checker::compile(&written) {
            Ok(checker) => Checker::Subset(checker),
            #[cfg(feature = "jsonschema")]
            Err(_) => Checker::Full(Box::new(full::Checker::compile(&written)?)),
            #[cfg(not(feature = "jsonschema"))]
            Err(why) => return Err(why),
        };
        Ok(Self { checker, written })
    }

    /// Whether the schema allows the value.
    pub(crate) fn check(&self, value: &Value) -> Result<(), Unfit> {
        match &self.checker {
            Checker::Subset(checker) => checker.check(value),
            #[cfg(feature = "jsonschema")]
            Checker::Full(checker) => {
                if work::is_long(work::Reader::Each, &self.written, value) {
                    return Err(Unfit::TooComplex);
                }
                checker.check(value)
            }
        }
    }

    /// Whether serde would take too many steps to read the value as the type of this schema: it tries every
    /// variant of an untagged enum from the start.
    pub(crate) fn takes_long(&self, value: &Value) -> bool {
        work::is_long(work::Reader::ByTag, &self.written, value)
    }
}

/// Whether OpenAI and others take this as the name of a function or a schema: 1 to 64 letters, digits, `_`
/// or `-`.
pub(crate) fn is_plain_name(name: &str) -> bool {
    (1..=MAX_NAME).contains(&name.len()) && name.chars().all(is_plain)
}

/// A name that servers take, as like this one as it can be.
pub(crate) fn plain_name(name: &str) -> String {
    if name.is_empty() {
        return "_".to_owned();
    }
    name.chars().map(|c| if is_plain(c) { c } else { '_' }).take(MAX_NAME).collect()
}

const MAX_NAME: usize = 64;

fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(text: &str) -> Result<Schema, String> {
        Schema::compile(&RawJson::new(text).expect("JSON"))
    }

    #[test]
    fn what_is_no_schema_is_refused() {
        for text in ["3", "\"object\"", "[]", "null"] {
            let why = schema(text).err().expect("refused");
            assert_eq!(why, "not a JSON Schema: neither an object nor true or false");
        }
        for text in [r#"{"type":"objekt"}"#, r#"{"required":"city"}"#, r#"{"properties":[]}"#] {
            assert!(schema(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_reference_to_another_document_is_refused_and_not_fetched() {
        for target in ["https://localhost:9/schema.json", "file:///etc/passwd", "other.json"] {
            let text = format!(r#"{{"properties":{{"a":{{"$ref":"{target}"}}}}}}"#);
            assert!(schema(&text).is_err(), "{target}");
        }
    }

    #[test]
    fn names_are_those_that_servers_take() {
        assert!(is_plain_name("get_tide-2") && is_plain_name(&"x".repeat(64)));
        for name in ["", "two words", "a.b", "a/b", "tide\u{e9}", &"x".repeat(65)] {
            assert!(!is_plain_name(name), "{name}");
        }
    }
}
