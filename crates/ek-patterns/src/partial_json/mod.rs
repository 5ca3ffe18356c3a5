//! Reads a JSON text while it comes: the value of what is known so far.
//!
//! It stands apart from the readers of whole texts since it reads each byte once, however the text is cut.

#[cfg(test)]
mod properties;
mod reader;
mod scalar;
mod text;

use ek_core::{Error, ErrorKind, Result};
use serde::de::DeserializeOwned;
use serde_json::Value;

use reader::Reader;
pub(crate) use reader::Taken;

/// The deepest nesting that is read, as in `serde_json`.
const MAX_DEPTH: usize = 127;

/// A JSON text that comes in pieces, and the value of what is known of it so far.
///
/// Open texts, arrays and objects count as if they ended here. A name is left out until its value begins, a number
/// until what follows it has come, and a `true`, `false` or `null` until its last letter. Of an escape no part is
/// shown, and of a pair of surrogates no half. So the value only grows, unless a name comes twice: then the later
/// value replaces the earlier one, as in `serde_json`.
///
/// Each byte is read once. [`value`](Self::value) costs as much as the value is large; call it when you show it. A
/// text of more than [`MAX_JSON_VALUES`](ek_core::MAX_JSON_VALUES) values, or nested deeper than 127, is refused.
///
/// [`structured_stream`](crate::structured_stream) has one for the text of a reply. This type is for other JSON
/// that comes in pieces, such as the arguments of a tool call.
///
/// ```
/// use ek_patterns::PartialJson;
/// use serde_json::json;
///
/// let mut arguments = PartialJson::new();
/// // The `arguments` of each `StreamEvent::ToolCallDelta` of one call.
/// for piece in [r#"{"town": "Ber"#, r#"gen", "days": 1"#] {
///     arguments.push(piece)?;
/// }
/// assert_eq!(arguments.value(), Some(json!({"town": "Bergen"}))); // the 1 may become 12
/// arguments.push("2}")?;
/// assert_eq!(arguments.finish()?, json!({"town": "Bergen", "days": 12}));
/// # Ok::<(), ek_core::Error>(())
/// ```
#[derive(Clone, Default)]
#[doc(alias("partial json", "incomplete json", "incremental json"))]
pub struct PartialJson {
    reader: Reader,
    /// How many bytes were read.
    read: usize,
    fault: Option<&'static str>,
}

impl PartialJson {
    /// A text of which nothing has come.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// One that also reads line breaks and unknown escapes in texts, and commas before a closing sign.
    pub(crate) fn lenient() -> Self {
        Self { reader: Reader::lenient(), ..Self::default() }
    }

    /// Takes the next piece. It may be cut anywhere.
    ///
    /// # Errors
    /// [`ErrorKind::Malformed`] where the text is no JSON, goes on after its end, or is too large; so is every
    /// later piece. What was known before stays. The error has the place, and nothing of the text.
    pub fn push(&mut self, piece: &str) -> Result<()> {
        match self.take(piece) {
            Taken::All => Ok(()),
            Taken::Whole(used) if piece[used..].bytes().all(is_space) => {
                self.read += piece.len() - used;
                Ok(())
            }
            Taken::Whole(_) => {
                self.fault = Some("text after its end");
                Err(self.error())
            }
            Taken::Broken(_) => Err(self.error()),
        }
    }

    /// Takes the next piece up to the end of the value, or to what is no JSON.
    pub(crate) fn take(&mut self, piece: &str) -> Taken {
        if self.fault.is_some() {
            return Taken::Broken(0);
        }
        let taken = self.reader.take(piece);
        self.read += match taken {
            Taken::All => piece.len(),
            Taken::Whole(used) => used,
            Taken::Broken(used) => {
                self.fault = Some(self.reader.fault());
                used
            }
        };
        taken
    }

    /// What is known so far; `None` before a value begins. A copy of the size of the value.
    #[must_use]
    pub fn value(&self) -> Option<Value> {
        self.reader.value(true)
    }

    /// What is known so far, as a type: `None` where it does not fit, for example because a field has not come.
    ///
    /// A text that is still open is left out where the type does not take the part of it that has come, so that
    /// `"hi` is no wrong variant of an enum of `high` and `low`. A type whose fields all have defaults
    /// (`#[serde(default)]`) always fits.
    ///
    /// ```
    /// use ek_patterns::PartialJson;
    ///
    /// #[derive(Default, serde::Deserialize)]
    /// #[serde(default)]
    /// struct Draft {
    ///     name: String,
    ///     celsius: Option<u16>,
    /// }
    ///
    /// let mut text = PartialJson::new();
    /// text.push(r#"{"name": "ten"#)?;
    /// let draft: Draft = text.value_as().expect("a draft");
    /// assert_eq!((draft.name.as_str(), draft.celsius), ("ten", None));
    /// # Ok::<(), ek_core::Error>(())
    /// ```
    #[must_use]
    pub fn value_as<T: DeserializeOwned>(&self) -> Option<T> {
        self.read_as(|value| T::deserialize(value).ok())
    }

    /// What this reads from the value, or else from the value without the text that is still open.
    pub(crate) fn read_as<T>(&self, read: impl Fn(Value) -> Option<T>) -> Option<T> {
        let value = read(self.reader.value(true)?);
        if value.is_some() || !self.reader.is_in_text() {
            return value;
        }
        read(self.reader.value(false)?)
    }

    /// Whether the value is whole. A number that is not within anything may always go on.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.reader.is_whole()
    }

    /// Whether anything is known but an empty object or array.
    pub(crate) fn has_begun(&self) -> bool {
        self.reader.has_begun()
    }

    /// How many arrays and objects are open, whether a text is, and whether it ended with a backslash.
    pub(crate) fn open(&self) -> (usize, bool, bool) {
        self.reader.open()
    }

    /// Counts the changes of the value.
    pub(crate) fn changes(&self) -> u64 {
        self.reader.changes()
    }

    /// The whole value, after the last piece.
    ///
    /// # Errors
    /// [`ErrorKind::Malformed`] where the text ended before its value did, or was no JSON.
    pub fn finish(mut self) -> Result<Value> {
        if self.fault.is_none() {
            match self.reader.end() {
                Ok(value) => return Ok(value),
                Err(fault) => self.fault = Some(fault),
            }
        }
        Err(self.error())
    }

    fn error(&self) -> Error {
        let fault = self.fault.unwrap_or_default();
        let why = format!("the JSON cannot be read: {fault}, at byte {}", self.read);
        Error::new(ErrorKind::Malformed, why)
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t')
}

impl std::fmt::Debug for PartialJson {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut out = f.debug_struct("PartialJson");
        out.field("read", &self.read).field("is_whole", &self.is_whole());
        out.field("fault", &self.fault).finish_non_exhaustive()
    }
}
