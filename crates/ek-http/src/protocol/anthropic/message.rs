//! The message object: a whole reply, or what the first event of a stream says of it.

use super::block::is_block;
use super::counts::Counts;
use crate::failure::body::ErrorBody;
use crate::failure::signs::is_hollow;
use crate::json::fields::Fields;
use crate::json::scalar;
use crate::json::scan::{Raw, Readable, Scanner, Unreadable};

/// The most blocks that are read of one reply.
pub(super) const MAX_BLOCKS: usize = 4096;

/// The fields of a message. Keys given twice: the last one counts.
#[derive(Default)]
pub(super) struct Message<'a> {
    kind: Option<Raw<'a>>,
    id: Option<Raw<'a>>,
    model: Option<Raw<'a>>,
    pub(super) content: Content<'a>,
    stop: Stop<'a>,
    pub(super) usage: Option<Counts>,
    error: Option<Raw<'a>>,
}

impl Message<'_> {
    /// Whether there is anything to answer with: content, a stop reason, or an error in plain sight.
    pub(super) fn is_reply(&self) -> bool {
        let named = self.kind.is_some_and(|kind| kind.get() == "\"message\"");
        named || !matches!(self.content, Content::None) || self.stop.reason().is_some() || {
            self.error().is_some()
        }
    }

    pub(super) fn id(&self) -> Option<String> {
        self.id.and_then(scalar::text)
    }

    pub(super) fn model(&self) -> Option<String> {
        self.model.and_then(scalar::text)
    }

    pub(super) fn stop(&self) -> &Stop<'_> {
        &self.stop
    }

    /// The error that stands in place of the message.
    pub(super) fn error(&self) -> Option<ErrorBody> {
        let error = self.error.filter(|error| says_something(*error))?;
        Some(ErrorBody::read(format!("{{\"error\":{}}}", error.get()).as_bytes()))
    }
}

impl<'a> Fields<'a> for Message<'a> {
    fn field(&mut self, key: &str, value: &mut Scanner<'a>) -> Result<(), Unreadable> {
        match key {
            "type" => self.kind = Some(value.value()?),
            "id" => self.id = Some(value.value()?),
            "model" => self.model = Some(value.value()?),
            "content" => self.content = value.value()?,
            "usage" => self.usage = Some(value.value()?),
            "error" => self.error = Some(value.value()?),
            _ => return self.stop.field(key, value),
        }
        Ok(())
    }
}

/// Whether an error object says anything; one of empties says nothing.
pub(super) fn says_something(error: Raw<'_>) -> bool {
    scalar::is_set(error) && !is_hollow(error.get())
}

/// Why the model stopped, which stands in a message or in the delta of one.
#[derive(Default)]
pub(super) struct Stop<'a> {
    reason: Option<Raw<'a>>,
    details: Option<Details<'a>>,
    container: Option<Raw<'a>>,
}

impl<'a> Stop<'a> {
    /// Takes a key of it; others are passed over.
    pub(super) fn field(&mut self, key: &str, value: &mut Scanner<'a>) -> Result<(), Unreadable> {
        match key {
            "stop_reason" => self.reason = Some(value.value()?),
            "stop_details" => self.details = Some(value.value()?),
            "container" => self.container = Some(value.value()?),
            _ => value.skip()?,
        }
        Ok(())
    }

    /// The reason, in the server's word.
    pub(super) fn reason(&self) -> Option<String> {
        self.reason.and_then(scalar::text).filter(|word| word != "null")
    }

    /// The container of the provider's sandbox, in which the turn may go on.
    pub(super) fn container(&self) -> Option<&'a str> {
        self.container.map(Raw::get).filter(|json| json.starts_with('{'))
    }

    /// How a refusal is explained.
    pub(super) fn refusal(&self) -> Option<String> {
        let details = self.details.as_ref()?;
        let is_refusal =
            details.kind.is_none_or(|kind| matches!(kind.get(), "\"refusal\"" | "null"));
        details.explanation.filter(|_| is_refusal).and_then(scalar::text)
    }
}

#[derive(Default)]
struct Details<'a> {
    kind: Option<Raw<'a>>,
    explanation: Option<Raw<'a>>,
}

impl<'a> Fields<'a> for Details<'a> {
    fn field(&mut self, key: &str, value: &mut Scanner<'a>) -> Result<(), Unreadable> {
        match key {
            "type" => self.kind = Some(value.value()?),
            "explanation" => self.explanation = Some(value.value()?),
            _ => value.skip()?,
        }
        Ok(())
    }
}

/// What stands where the blocks are due.
#[derive(Default)]
pub(super) enum Content<'a> {
    #[default]
    None,
    /// Blocks, or a lone one, as some gateways write it.
    Blocks(Vec<Raw<'a>>),
    /// A mere text, as some gateways write it.
    Text(Raw<'a>),
    /// More blocks than are read.
    TooMany,
}

impl<'a> Readable<'a> for Content<'a> {
    fn read(scanner: &mut Scanner<'a>) -> Result<Self, Unreadable> {
        match scanner.peek()? {
            b'"' => return scanner.value().map(Self::Text),
            b'{' => {
                let block: Raw<'a> = scanner.value()?;
                return Ok(if is_block(block.get()) {
                    Self::Blocks(vec![block])
                } else {
                    Self::None
                });
            }
            b'[' => {}
            _ => return scanner.skip().map(|()| Self::None),
        }
        let (mut blocks, mut too_many) = (Vec::new(), false);
        scanner.items(|scanner| {
            let block: Raw<'a> = scanner.value()?;
            too_many = blocks.len() >= MAX_BLOCKS;
            if !too_many {
                blocks.push(block);
            }
            Ok(())
        })?;
        Ok(if too_many { Self::TooMany } else { Self::Blocks(blocks) })
    }
}
