//! Notices a model that makes the same calls again and again.

use ek_core::ToolCall;
use serde_json::{Map, Value};

/// Counts rounds with the same calls; the order of the calls, and of the keys in their arguments, does not
/// matter.
#[derive(Debug)]
pub(super) struct Repeats {
    limit: Option<u32>,
    last: Vec<(String, String)>,
    times: u32,
}

impl Repeats {
    pub(super) fn new(limit: Option<u32>) -> Self {
        Self { limit, last: Vec::new(), times: 0 }
    }

    /// Takes the calls of a round; true once they are the same for the `limit`th time in a row.
    pub(super) fn reached(&mut self, calls: &[ToolCall]) -> bool {
        let Some(limit) = self.limit else { return false };
        let mut these: Vec<_> = calls.iter().map(|c| (c.name.clone(), canonical(c))).collect();
        these.sort_unstable();
        self.times = if these == self.last { self.times.saturating_add(1) } else { 1 };
        self.last = these;
        self.times >= limit
    }
}

/// The arguments in one form; as they are where they are no JSON object.
fn canonical(call: &ToolCall) -> String {
    match call.arguments.object() {
        Some(object) => sorted(Value::Object(object)).to_string(),
        None => call.arguments.as_str().to_owned(),
    }
}

/// The keys in order: with `serde_json/preserve_order` the map does not sort them itself.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(object) => {
            let mut entries: Vec<_> = object.into_iter().map(|(k, v)| (k, sorted(v))).collect();
            entries.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
            Value::Object(entries.into_iter().collect::<Map<_, _>>())
        }
        Value::Array(items) => items.into_iter().map(sorted).collect(),
        plain => plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(name: &str, arguments: &str) -> ToolCall {
        ToolCall::new(ToolCall::generate_id(), name, arguments)
    }

    #[test]
    fn the_third_round_in_a_row_with_the_same_calls_reaches_the_limit() {
        let mut repeats = Repeats::new(Some(3));
        let round = || [call("a", r#"{"x":1,"y":{"b":2,"a":3}}"#), call("b", "oops")];
        let other_order = || [call("b", "oops"), call("a", r#"{ "y":{"a":3,"b":2}, "x":1 }"#)];
        assert!(!repeats.reached(&round()));
        assert!(!repeats.reached(&other_order()));
        assert!(repeats.reached(&round()));
    }

    #[test]
    fn any_difference_begins_the_count_again() {
        for different in [
            vec![call("a", r#"{"x":2}"#)],
            vec![call("b", r#"{"x":1}"#)],
            vec![call("a", r#"{"x":1}"#), call("a", r#"{"x":1}"#)],
            vec![call("a", r#"{"x":1.0}"#)],
            vec![call("a", r#"{"x":[1]}"#)],
        ] {
            let same = [call("a", r#"{"x":1}"#)];
            let mut repeats = Repeats::new(Some(3));
            assert!(!repeats.reached(&same) && !repeats.reached(&same));
            assert!(!repeats.reached(&different));
            assert!(!repeats.reached(&same) && !repeats.reached(&same) && repeats.reached(&same));
        }
    }

    #[test]
    fn without_a_limit_no_round_reaches_it() {
        let mut repeats = Repeats::new(None);
        assert!((0..100).all(|_| !repeats.reached(&[call("a", "{}")])));
    }
}
