//! Where the prompt up to a place shall be cached by the provider.

use std::time::Duration;

use serde::ser::{Serialize, SerializeMap as _, Serializer};
use serde_json::{Map, Value};

/// Asks the provider to cache the prompt up to the place where it stands: on a tool, on a message, behind
/// a part of a message ([`ContentPart::CachePoint`](crate::ContentPart::CachePoint)) or on the whole
/// request.
///
/// A protocol that has no such marks leaves them out: the answer is the same without a cache. Chat
/// completions is one of them.
///
/// ```
/// use std::time::Duration;
/// use ek_core::{CacheMark, Message};
/// let rules = Message::system("A long text of rules.")
///     .with_cache(CacheMark::new().with_ttl(Duration::from_secs(3_600)));
/// ```
#[doc(alias("prompt caching", "cache_control"))]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct CacheMark {
    /// How long the provider shall keep it; `None` is the provider's default. Protocols know a few times
    /// only (Anthropic five minutes and one hour).
    pub ttl: Option<Duration>,
}

impl CacheMark {
    /// A mark that leaves the time to the provider.
    #[must_use]
    pub const fn new() -> Self {
        Self { ttl: None }
    }

    /// Sets how long the provider shall keep it.
    #[must_use]
    pub const fn with_ttl(mut self, ttl: Duration) -> Self {
        self.ttl = Some(ttl);
        self
    }

    /// Reads the mark out of an object that holds this one and the entries of `others`; `None` if there
    /// is anything else in it, so that nothing is lost.
    pub(crate) fn from_object(object: &Map<String, Value>, others: usize) -> Option<Self> {
        let ttl = object.get("ttl").map(|ttl| ttl.as_str().and_then(read_ttl));
        let known = others + usize::from(ttl.is_some());
        match ttl {
            Some(None) => None,
            ttl => (object.len() == known).then_some(Self { ttl: ttl.flatten() }),
        }
    }

    /// The time as transcripts have it: `5m`, `1h`, else seconds (`90s`, `0.500000000s`).
    pub(crate) fn ttl_text(self) -> Option<String> {
        let ttl = self.ttl?;
        Some(match (ttl.as_secs(), ttl.subsec_nanos()) {
            (300, 0) => "5m".to_owned(),
            (3_600, 0) => "1h".to_owned(),
            (seconds, 0) => format!("{seconds}s"),
            (seconds, nanos) => format!("{seconds}.{nanos:09}s"),
        })
    }
}

/// A time in the very form in which it is written.
fn read_ttl(text: &str) -> Option<Duration> {
    let ttl = match text {
        "5m" => Duration::from_secs(300),
        "1h" => Duration::from_secs(3_600),
        _ => {
            let (seconds, nanos) = text
                .strip_suffix('s')
                .map(|number| number.split_once('.').unwrap_or((number, "0")))?;
            let nanos = nanos.parse().ok().filter(|nanos| *nanos < 1_000_000_000)?;
            Duration::new(seconds.parse().ok()?, nanos)
        }
    };
    (CacheMark::new().with_ttl(ttl).ttl_text()? == text).then_some(ttl)
}

/// For transcripts: an object with the time, if there is one.
impl Serialize for CacheMark {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(ttl) = self.ttl_text() {
            map.serialize_entry("ttl", &ttl)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(value: &Value) -> Option<CacheMark> {
        CacheMark::from_object(value.as_object()?, 0)
    }

    #[test]
    fn a_mark_is_read_only_in_the_form_in_which_it_is_written() {
        for (written, ttl) in [
            (r"{}", Some(None)),
            (r#"{"ttl":"5m"}"#, Some(Some(300))),
            (r#"{"ttl":"1h"}"#, Some(Some(3_600))),
            (r#"{"ttl":"90s"}"#, Some(Some(90))),
            (r#"{"ttl":"300s"}"#, None),
            (r#"{"ttl":"09s"}"#, None),
            (r#"{"ttl":"5 m"}"#, None),
            (r#"{"ttl":null}"#, None),
            (r#"{"more":1}"#, None),
        ] {
            let read = read(&serde_json::from_str(written).expect("JSON"));
            let expected = ttl.map(|ttl| CacheMark { ttl: ttl.map(Duration::from_secs) });
            assert_eq!(read, expected, "{written}");
        }
    }

    proptest! {
        #[test]
        fn a_mark_is_read_as_it_was_written(
            seconds in prop_oneof![0..4_000_u64, any::<u64>()], nanos in 0..1_000_000_000_u32,
        ) {
            let mark = CacheMark::new().with_ttl(Duration::new(seconds, nanos));
            prop_assert_eq!(read(&serde_json::to_value(mark).expect("writes")), Some(mark));
        }
    }
}
