//! One place where a value does not fit: for the model, which corrects it, and for the program.

use std::fmt;

use serde_json::Value;

/// One place where a value does not fit its schema or its type.
///
/// `Display` is one clause, such as `/days/0: expected integer, found string`. `Debug` leaves the path out,
/// since names of members may be a model's text.
///
/// ```
/// use ek_core::Error;
/// use ek_patterns::StructuredFailure;
///
/// fn places(error: &Error) -> Vec<String> {
///     let failure = error.detail::<StructuredFailure>();
///     let wrong = failure.map(|failure| failure.wrong_values.as_slice()).unwrap_or_default();
///     wrong.iter().map(|value| format!("{}: {}", value.path, value.expected)).collect()
/// }
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct WrongValue {
    /// The place: a JSON Pointer (RFC 6901), empty for the whole value.
    pub path: String,
    /// What is expected there, by the schema or the type: `string or null`, `at least 2 items`.
    pub expected: String,
    /// What is there: `object`, `array`, `string`, `integer`, `number`, `boolean` or `null`; `nothing`
    /// where a member is missing.
    pub found: &'static str,
}

impl WrongValue {
    pub(crate) fn new(path: &str, expected: impl Into<String>, found: &Value) -> Self {
        Self { path: path.to_owned(), expected: expected.into(), found: kind(found) }
    }

    /// The same place in a larger value, which has this value at `place`.
    pub(crate) fn within(&self, place: &str) -> Self {
        Self { path: format!("{place}{}", self.path), ..self.clone() }
    }

    /// A member that the object at this path should have.
    pub(crate) fn missing(path: &str, name: &str, expected: impl Into<String>) -> Self {
        Self { path: join(path, name), expected: expected.into(), found: "nothing" }
    }
}

impl fmt::Display for WrongValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        write!(f, "expected {}, found {}", self.expected, self.found)
    }
}

impl fmt::Debug for WrongValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("WrongValue");
        out.field("expected", &self.expected).field("found", &self.found).finish_non_exhaustive()
    }
}

/// The kind of a value, by the names of JSON Schema.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// A JSON pointer one level deeper (RFC 6901).
pub(crate) fn join(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn it_says_where_what_is_expected_and_what_was_found() {
        let wrong = WrongValue::new("/days/0", "integer", &json!("7"));
        assert_eq!(wrong.to_string(), "/days/0: expected integer, found string");
        let whole = WrongValue::new("", "object", &json!([1.5]));
        assert_eq!(whole.to_string(), "expected object, found array");
        let missing = WrongValue::missing("/a", "b/c", "a value");
        assert_eq!(missing.to_string(), "/a/b~1c: expected a value, found nothing");
        assert!(!format!("{missing:?}").contains("b~1c"), "{missing:?}");
    }
}
