//! The answer object: a whole reply, or one chunk of a stream.

use super::counts::Counts;
use super::part::PartFields;
use crate::failure::body::ErrorBody;
use crate::failure::signs::is_hollow;
use crate::json::fields::Fields;
use crate::json::scalar;
use crate::json::scan::{Raw, Readable, Scanner, Unreadable};

/// The most parts that are read of one reply.
pub(super) const MAX_PARTS: usize = 4096;

/// The fields of an answer. Keys given twice: the last one counts.
#[derive(Default)]
pub(super) struct Answer<'a> {
    pub(super) candidate: Option<Candidate<'a>>,
    pub(super) feedback: Option<Feedback<'a>>,
    pub(super) counts: Option<Counts>,
    id: Option<Raw<'a>>,
    model: Option<Raw<'a>>,
    error: Option<Raw<'a>>,
    pub(super) is_object: bool,
    /// It has a field that answers have.
    pub(super) has_own_field: bool,
}

impl Answer<'_> {
    /// Whether there is anything to answer with: a candidate with content or a reason, a reason why there
    /// is none, or an error in plain sight.
    pub(super) fn is_reply(&self) -> bool {
        let is_blocked = || self.feedback.as_ref().is_some_and(|said| said.reason().is_some());
        self.candidate.as_ref().is_some_and(Candidate::says_something)
            || is_blocked()
            || self.error().is_some()
    }

    pub(super) fn id(&self) -> Option<String> {
        self.id.and_then(scalar::text)
    }

    pub(super) fn model(&self) -> Option<String> {
        self.model.and_then(scalar::text)
    }

    /// The error that stands in place of the answer or beside it; one of empties is none.
    pub(super) fn error(&self) -> Option<ErrorBody> {
        let error = self.error.filter(|raw| scalar::is_set(*raw) && !is_hollow(raw.get()))?;
        Some(ErrorBody::read(format!("{{\"error\":{}}}", error.get()).as_bytes()))
    }
}

impl<'a> Fields<'a> for Answer<'a> {
    fn field(&mut self, key: &str, value: &mut Scanner<'a>) -> Result<(), Unreadable> {
        self.is_object = true;
        // Gateways of Google's own wrap each answer, also in a stream.
        if key == "response" && value.peek()? == b'{' {
            return value.entries(|key, value| self.own_field(key, value));
        }
        self.own_field(key, value)
    }
}

impl<'a> Answer<'a> {
    fn own_field(&mut self, key: &str, value: &mut Scanner<'a>) -> Result<(), Unreadable> {
        match key {
            "candidates" => self.candidate = value.value::<First<'_>>()?.0,
            "promptFeedback" | "prompt_feedback" => self.feedback = Some(value.value()?),
            "usageMetadata" | "usage_metadata" => self.counts = Some(value.value()?),
            "responseId" | "response_id" => self.id = Some(value.value()?),
            "modelVersion" | "model_version" => self.model = Some(value.value()?),
            "error" => self.error = Some(value.value()?),
            _ => return value.skip(),
        }
        self.has_own_field = true;
        Ok(())
    }
}

/// The candidate of index 0, which is the answer. Without an index, the place in the list counts.
struct First<'a>(Option<Candidate<'a>>);

impl<'a> Readable<'a> for First<'a> {
    fn read(scanner: &mut Scanner<'a>) -> Result<Self, Unreadable> {
        if scanner.peek()? != b'[' {
            return Ok(Self(scanner.optional()?));
        }
        let (mut first, mut place) = (None, 0);
        scanner.items(|scanner| {
            let candidate: Candidate<'a> = scanner.value()?;
            if candidate.is_object && candidate.index().unwrap_or(place) == 0 && first.is_none() {
                first = Some(candidate);
            }
            place += 1;
            Ok(())
        })?;
        Ok(Self(first))
    }
}

/// One of the answers, of which only the first is read.
#[derive(Default)]
pub(super) struct Candidate<'a> {
    index: Option<Raw<'a>>,
    pub(super) content: Option<Content<'a>>,
    reason: Option<Raw<'a>>,
    /// What else there is to know of it, such as its sources and how safe it is, by key.
    pub(super) more: Vec<(String, Raw<'a>)>,
    is_object: bool,
}

impl Candidate<'_> {
    fn index(&self) -> Option<u64> {
        self.index.and_then(scalar::count)
    }

    fn says_something(&self) -> bool {
        self.content.is_some() || self.reason().is_some()
    }

    /// Why the model stopped, in the server's word.
    pub(super) fn reason(&self) -> Option<String> {
        self.reason.and_then(word)
    }
}

/// The most keys that are kept of a candidate.
pub(super) const MAX_KEYS: usize = 64;

impl<'a> Fields<'a> for Candidate<'a> {
    fn field(&mut self, key: &str, value: &mut Scanner<'a>) -> Result<(), Unreadable> {
        self.is_object = true;
        match key {
            "index" => self.index = Some(value.value()?),
            "content" => self.content = value.optional()?,
            "finishReason" | "finish_reason" => self.reason = Some(value.value()?),
            key => {
                let raw: Raw<'a> = value.value()?;
                if self.more.len() < MAX_KEYS && scalar::is_set(raw) && raw.get() != "{}" {
                    self.more.push((key.to_owned(), raw));
                }
            }
        }
        Ok(())
    }
}

/// The parts of a candidate.
#[derive(Default)]
pub(super) struct Content<'a> {
    /// Each part, and its text.
    pub(super) parts: Vec<(PartFields<'a>, Raw<'a>)>,
    /// There are more than are read.
    pub(super) has_too_many: bool,
}

impl<'a> Readable<'a> for Content<'a> {
    fn read(scanner: &mut Scanner<'a>) -> Result<Self, Unreadable> {
        let mut content = Self::default();
        match scanner.peek()? {
            // A mere text or a list of parts, as some gateways write it.
            b'"' | b'[' => content.take_parts(scanner)?,
            b'{' => scanner.entries(|key, value| match key {
                "parts" => content.take_parts(value),
                _ => value.skip(),
            })?,
            _ => scanner.skip()?,
        }
        Ok(content)
    }
}

impl<'a> Content<'a> {
    fn take_parts(&mut self, scanner: &mut Scanner<'a>) -> Result<(), Unreadable> {
        self.parts.clear();
        if scanner.peek()? != b'[' {
            self.parts.push(scanner.with_text()?);
            return Ok(());
        }
        scanner.items(|scanner| {
            let part = scanner.with_text()?;
            self.has_too_many |= self.parts.len() >= MAX_PARTS;
            if !self.has_too_many {
                self.parts.push(part);
            }
            Ok(())
        })
    }
}

/// What the server says of the prompt.
pub(super) struct Feedback<'a> {
    raw: Raw<'a>,
    reason: Option<Raw<'a>>,
}

impl<'a> Feedback<'a> {
    pub(super) fn json(&self) -> &'a str {
        self.raw.get()
    }

    /// Why the prompt is blocked, in the server's word.
    pub(super) fn reason(&self) -> Option<String> {
        self.reason.and_then(word)
    }
}

impl<'a> Readable<'a> for Feedback<'a> {
    fn read(scanner: &mut Scanner<'a>) -> Result<Self, Unreadable> {
        let raw: Raw<'a> = scanner.value()?;
        let mut reason = None;
        if raw.get().starts_with('{') {
            crate::json::scan::entries(raw.get(), |key, value| match key {
                "blockReason" | "block_reason" => value.value().map(|word| reason = Some(word)),
                _ => value.skip(),
            })?;
        }
        Ok(Self { raw, reason })
    }
}

/// A word of an enumeration. The word for none is none.
fn word(raw: Raw<'_>) -> Option<String> {
    scalar::text(raw).filter(|word| !word.ends_with("_UNSPECIFIED") && word != "null")
}
