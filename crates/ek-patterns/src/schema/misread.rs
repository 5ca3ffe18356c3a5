//! What serde says about a value that does not fit its type: the path, what is expected, and what was found.

use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::{Path, Segment};

use super::wrong_value::{WrongValue, join};

/// Why a value does not fit its type.
pub(crate) struct Misread {
    pub(crate) wrong: WrongValue,
    /// The same for the model: it may quote the model's text.
    pub(crate) for_model: String,
}

/// Reads a tree as a type.
pub(crate) fn read_tree<T: DeserializeOwned>(tree: &Value) -> Result<T, Misread> {
    serde_path_to_error::deserialize(tree).map_err(|error| Misread::new(&error, tree))
}

impl Misread {
    /// The error, with the tree that the type was read from.
    pub(crate) fn new(error: &serde_path_to_error::Error<serde_json::Error>, tree: &Value) -> Self {
        let path = pointer(error.path());
        let text = error.inner().to_string();
        // Line and column do not help a model, which cannot count them.
        let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(text, _)| text);
        let found = tree.pointer(&path).unwrap_or(&Value::Null);
        let wrong = match known(text) {
            Some(Known::Expected(expected)) => WrongValue::new(&path, expected, found),
            Some(Known::Missing(name)) => WrongValue::missing(&path, name, "a value"),
            Some(Known::Surplus(name, expected)) => {
                // The path may lead to the member already.
                let own = join("", name);
                let path = if path.ends_with(&own) { path } else { format!("{path}{own}") };
                let found = tree.pointer(&path).unwrap_or(&Value::Null);
                WrongValue::new(&path, format!("no other than {expected}"), found)
            }
            None => {
                let for_model =
                    if path.is_empty() { text.to_owned() } else { format!("{path}: {text}") };
                return Self {
                    wrong: WrongValue::new(&path, "what its type allows", found),
                    for_model,
                };
            }
        };
        Self { for_model: wrong.to_string(), wrong }
    }
}

enum Known<'t> {
    Expected(&'t str),
    Missing(&'t str),
    Surplus(&'t str, &'t str),
}

/// Reads serde's own words. What stands before the last `expected` may quote the value.
fn known(text: &str) -> Option<Known<'_>> {
    if let Some(name) = text.strip_prefix("missing field `") {
        return Some(Known::Missing(name.strip_suffix('`')?));
    }
    if let Some(rest) = text.strip_prefix("unknown field `") {
        let (name, expected) = rest.rsplit_once("`, expected ")?;
        return Some(Known::Surplus(name, expected));
    }
    let starts = ["invalid type: ", "invalid value: ", "invalid length ", "unknown variant `"];
    if starts.iter().any(|start| text.starts_with(start)) {
        return text.rsplit_once(", expected ").map(|(_, expected)| Known::Expected(expected));
    }
    let variants = text.strip_prefix("data did not match any ")?;
    Some(Known::Expected(variants)).filter(|_| variants.starts_with("variant of untagged enum "))
}

fn pointer(path: &Path) -> String {
    path.iter().fold(String::new(), |pointer, segment| match segment {
        Segment::Seq { index } => join(&pointer, &index.to_string()),
        Segment::Map { key } => join(&pointer, key),
        Segment::Enum { variant } => join(&pointer, variant),
        Segment::Unknown => pointer,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read by serde")]
    struct Trip {
        days: Vec<u8>,
        how: Means,
        #[serde(default)]
        to: Option<Place>,
    }

    #[derive(Debug, serde::Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Means {
        Ferry,
        Train,
    }

    #[derive(Debug, serde::Deserialize)]
    #[serde(untagged)]
    #[expect(dead_code, reason = "only read by serde")]
    enum Place {
        Name(String),
        Point(f64, f64),
    }

    #[test]
    fn each_error_of_serde_becomes_a_path_what_is_expected_and_what_was_found() {
        for (value, for_model) in [
            (json!({"days": ["x"], "how": "ferry"}), "/days/0: expected u8, found string"),
            (json!({"days": [256], "how": "ferry"}), "/days/0: expected u8, found integer"),
            (json!({"days": []}), "/how: expected a value, found nothing"),
            (json!({"days": [], "how": "MARK"}), "/how: expected `ferry` or `train`, found string"),
            (
                json!({"days": [], "how": "train", "a/b": 1}),
                "/a~1b: expected no other than one of `days`, `how`, `to`, found integer",
            ),
            (
                json!({"days": [], "how": "train", "to": 1}),
                "/to: expected variant of untagged enum Place, found integer",
            ),
            (json!([1, "ferry"]), "/0: expected a sequence, found integer"),
            (json!("MARK"), "expected struct Trip, found string"),
        ] {
            let misread = read_tree::<Trip>(&value).expect_err(for_model);
            assert_eq!(misread.for_model, for_model);
            assert_eq!(misread.wrong.to_string(), for_model);
        }
    }

    #[test]
    fn a_message_of_the_type_s_own_is_for_the_model_alone() {
        #[derive(Debug)]
        struct Even;
        impl<'de> serde::Deserialize<'de> for Even {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let number = u8::deserialize(deserializer)?;
                let odd = serde::de::Error::custom(format!("{number} is odd, expected even"));
                if number % 2 == 0 { Ok(Self) } else { Err(odd) }
            }
        }
        let misread = read_tree::<Vec<Even>>(&json!([2, 77])).expect_err("odd");
        assert_eq!(misread.for_model, "/1: 77 is odd, expected even");
        let wrong = misread.wrong.to_string();
        assert_eq!(wrong, "/1: expected what its type allows, found integer");
    }
}
