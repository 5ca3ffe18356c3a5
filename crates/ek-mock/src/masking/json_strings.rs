//! The strings of a JSON text, where they stand: without a tree, in which a name that stands twice is
//! lost.

use std::borrow::Cow;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

/// Where a string stands.
#[cfg_attr(
    not(any(test, feature = "record")),
    expect(dead_code, reason = "some of it matters to the recorder alone")
)]
pub(crate) struct Spot<'a> {
    /// The name of its value. Names and items of lists have none.
    pub(crate) name: Option<&'a str>,
    /// The name of the object that it stands in, or of the list around that.
    pub(crate) within: Option<&'a str>,
    /// Whether it is a name itself.
    pub(crate) is_name: bool,
    /// Whether it is below the name `logprobs`.
    pub(crate) in_logprobs: bool,
    /// The place, by names and numbers of items; below `logprobs`, where each item is a token, by names
    /// alone.
    pub(crate) place: u64,
}

/// An object or a list that is open.
struct Open {
    /// The number of the item, in a list.
    item: Option<usize>,
    /// The name that was read last, in an object.
    name: Option<String>,
    /// Which one around it has the name that it stands under.
    within: Option<usize>,
    place: u64,
    in_logprobs: bool,
}

impl Open {
    fn place_within(&self) -> u64 {
        match (&self.name, self.item) {
            (Some(name), _) => place(self.place, name),
            (None, Some(_)) if self.in_logprobs => self.place,
            (None, item) => place(self.place, &item),
        }
    }
}

fn place(above: u64, within: &impl std::hash::Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    (above, within).hash(&mut hasher);
    hasher.finish()
}

/// Looks at each string of a text that is JSON.
#[cfg(any(test, feature = "record"))]
pub(crate) fn each_string(json: &str, mut look: impl FnMut(&Spot<'_>, &str)) {
    changed(json, |spot, text| {
        look(spot, text);
        None
    });
}

/// The JSON with some of its strings changed; all else is byte for byte as it was.
pub(super) fn changed<'a>(
    json: &'a str,
    mut change: impl FnMut(&Spot<'_>, &str) -> Option<String>,
) -> Cow<'a, str> {
    let bytes = json.as_bytes();
    let mut out = String::new();
    let mut copied = 0;
    let mut open: Vec<Open> = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => {
                let end = end_of_string(bytes, at);
                let text = decoded(&json[at..end]);
                let is_name =
                    open.last().is_some_and(|open| open.item.is_none() && open.name.is_none());
                let top = open.last();
                let spot = Spot {
                    name: top.and_then(|open| open.name.as_deref()),
                    within: top.and_then(|top| open.get(top.within?)?.name.as_deref()),
                    is_name,
                    in_logprobs: top.is_some_and(is_logprobs),
                    place: top.map_or(0, Open::place_within),
                };
                if let Some(new) = change(&spot, &text) {
                    out.push_str(&json[copied..at]);
                    out.push_str(&serde_json::Value::String(new).to_string());
                    copied = end;
                }
                if let (true, Some(open)) = (is_name, open.last_mut()) {
                    open.name = Some(text.into_owned());
                }
                at = end;
                continue;
            }
            start @ (b'{' | b'[') => {
                let above = open.last();
                let named = above.is_some_and(|above| above.name.is_some());
                open.push(Open {
                    item: (start == b'[').then_some(0),
                    name: None,
                    within: if named { Some(open.len() - 1) } else { above.and_then(|a| a.within) },
                    place: above.map_or(0, Open::place_within),
                    in_logprobs: above.is_some_and(is_logprobs),
                });
            }
            b'}' | b']' => {
                open.pop();
            }
            b',' => {
                if let Some(open) = open.last_mut() {
                    open.name = None;
                    open.item = open.item.map(|item| item + 1);
                }
            }
            _ => {}
        }
        at += 1;
    }
    if copied == 0 {
        return Cow::Borrowed(json);
    }
    out.push_str(&json[copied..]);
    Cow::Owned(out)
}

fn is_logprobs(open: &Open) -> bool {
    open.in_logprobs || open.name.as_deref() == Some("logprobs")
}

/// Where the string ends that begins here, its quotation marks included.
fn end_of_string(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// What a string says. One that has half a surrogate pair stands for itself.
fn decoded(quoted: &str) -> Cow<'_, str> {
    let inner = quoted.get(1..quoted.len() - 1).unwrap_or_default();
    if !quoted.contains('\\') {
        return Cow::Borrowed(inner);
    }
    serde_json::from_str(quoted).map_or(Cow::Borrowed(inner), Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spots(json: &str) -> Vec<(String, Option<String>, bool)> {
        let mut spots = Vec::new();
        each_string(json, |spot, text| {
            spots.push((text.to_owned(), spot.name.map(str::to_owned), spot.is_name));
        });
        spots
    }

    #[test]
    fn every_string_is_seen_once_with_its_name() {
        let of = |text: &str, name: Option<&str>, is_name| {
            (text.to_owned(), name.map(str::to_owned), is_name)
        };
        assert_eq!(
            spots(r#" {"a":"1","a" : "2","b":["x",{"":"\"y"}],"c":{"d":3},"e":"z"} "#),
            [
                of("a", None, true),
                of("1", Some("a"), false),
                of("a", None, true),
                of("2", Some("a"), false),
                of("b", None, true),
                of("x", None, false),
                of("", None, true),
                of("\"y", Some(""), false),
                of("c", None, true),
                of("d", None, true),
                of("e", None, true),
                of("z", Some("e"), false),
            ]
        );
        assert_eq!(spots(r#""alone""#), [of("alone", None, false)]);
        assert_eq!(
            spots(r#"["\ud800 ","\\"]"#),
            [of("\\ud800 ", None, false), of("\\", None, false)]
        );
    }

    #[test]
    fn what_is_not_changed_stays_byte_for_byte() {
        let json = r#"{ "b":1.50,"a" : "\u0041x" ,"a":"y"}"#;
        assert!(matches!(changed(json, |_, _| None), Cow::Borrowed(same) if same == json));
        let new = changed(json, |_, text| (text == "y").then(|| "\"".to_owned()));
        assert_eq!(new, r#"{ "b":1.50,"a" : "\u0041x" ,"a":"\""}"#);
    }

    #[test]
    fn tokens_of_logprobs_share_a_place_and_items_of_other_lists_do_not() {
        let mut places = Vec::new();
        let json =
            r#"{"l":["a","b"],"logprobs":{"content":[{"token":"c"},{"token":"d"}]},"m":"e"}"#;
        each_string(json, |spot, _| {
            if !spot.is_name {
                places.push((spot.place, spot.in_logprobs));
            }
        });
        let [a, b, c, d, e] = places[..] else { panic!("{places:?}") };
        assert!(a.0 != b.0 && b.0 != c.0 && e.0 != a.0);
        assert_eq!(c, d);
        assert_eq!([a.1, b.1, c.1, d.1, e.1], [false, false, true, true, false]);
    }

    #[test]
    fn depth_costs_no_more_than_length() {
        let deep = format!("{}\"x\"{}", "[".repeat(200_000), "]".repeat(200_000));
        assert_eq!(spots(&deep).len(), 1);
        let wide = format!("{}{}", "[".repeat(200_000), r#""x","#.repeat(200_000));
        assert_eq!(spots(&wide).len(), 200_000);
    }
}
