//! The response object: a whole reply, or what an event of a stream says of it.

use std::borrow::Cow;

use ek_core::FinishReason;

use super::counts::Counts;
use super::item::{Kind, Listed};
use super::tools::Tools;
use crate::failure::body::ErrorBody;
use crate::failure::signs::is_hollow;
use crate::json::fields::Fields;
use crate::json::scalar;
use crate::json::scan::{self, Raw, Readable, Scanner, Unreadable};

/// The most items that are read of one reply.
pub(super) const MAX_ITEMS: usize = 4096;

/// The statuses of a response that has ended.
pub(super) const ENDS: [&str; 4] = ["completed", "incomplete", "failed", "cancelled"];

/// The fields of a response. Keys given twice: the last one counts.
#[derive(Default)]
pub(super) struct Response<'a> {
    object: Option<Raw<'a>>,
    id: Option<Raw<'a>>,
    model: Option<Raw<'a>>,
    status: Option<Raw<'a>>,
    error: Option<Raw<'a>>,
    incomplete: Option<Details<'a>>,
    store: Option<Raw<'a>>,
    tools: Option<Raw<'a>>,
    output_text: Option<Raw<'a>>,
    pub(super) output: Output<'a>,
    pub(super) usage: Option<Counts>,
}

impl Response<'_> {
    /// Whether there is anything to answer with: items, the name of the object, or an error in plain
    /// sight.
    pub(super) fn is_reply(&self) -> bool {
        let is_named = self.object.is_some_and(|object| object.get() == "\"response\"");
        is_named
            || !matches!(self.output, Output::None)
            || self.own_error().is_some()
            || self.text_as_item().is_some()
    }

    pub(super) fn id(&self) -> Option<String> {
        self.id.and_then(scalar::text)
    }

    pub(super) fn model(&self) -> Option<String> {
        self.model.and_then(scalar::text)
    }

    pub(super) fn status(&self) -> Option<Cow<'_, str>> {
        self.status.and_then(scalar::word).filter(|status| status != "null")
    }

    /// Whether its own status is one that nothing follows.
    pub(super) fn has_ended(&self) -> bool {
        self.status().is_some_and(|status| ENDS.contains(&status.as_ref()))
    }

    /// Whether the server keeps the items, if it says so.
    pub(super) fn is_stored(&self) -> Option<bool> {
        match self.store?.get() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// The tools that it says it was given, if its items may need them: only calls of custom tools do, which are
    /// still to come where there are no items.
    pub(super) fn tools(&self) -> Option<Tools> {
        let needs_them = match &self.output {
            Output::Items(items) if !items.is_empty() => {
                items.iter().any(|listed| listed.item.kind() == Kind::CustomCall)
            }
            _ => true,
        };
        scan::read(self.tools.filter(|_| needs_them)?.get()).ok()
    }

    /// Why the response is incomplete, in the server's word. Some servers say so beside another status.
    pub(super) fn incomplete_reason(&self) -> Option<Cow<'_, str>> {
        let reason = self.incomplete.as_ref()?.reason.and_then(scalar::word)?;
        FinishReason::from_wire(&reason).is_some().then_some(reason)
    }

    /// The error that the response is under this status.
    pub(super) fn error(&self, status: Option<&str>) -> Option<ErrorBody> {
        let is_answer = matches!(status, Some("completed" | "incomplete"));
        let unsaid = || {
            let message = Some("the response failed, and nothing says why".to_owned());
            ErrorBody { message, ..ErrorBody::default() }
        };
        let error = self.own_error().filter(|_| !is_answer);
        error.or_else(|| (status == Some("failed")).then(unsaid))
    }

    /// A message of the text that stands beside the items, for servers that send it in their place.
    pub(super) fn text_as_item(&self) -> Option<String> {
        let is_text = |text: &str| text.starts_with('"') && text.len() > 2;
        let text = self.output_text.map(Raw::get).filter(|text| is_text(text))?;
        let part = format!(r#"{{"type":"output_text","text":{text},"annotations":[]}}"#);
        Some(format!(r#"{{"type":"message","role":"assistant","content":[{part}]}}"#))
    }

    fn own_error(&self) -> Option<ErrorBody> {
        error(self.error?)
    }
}

/// Reads an error object; one of empties is none.
pub(super) fn error(raw: Raw<'_>) -> Option<ErrorBody> {
    if !scalar::is_set(raw) || is_hollow(raw.get()) {
        return None;
    }
    let wrapped = format!("{{\"error\":{}}}", raw.get());
    Some(ErrorBody::read(wrapped.as_bytes()))
}

impl<'a> Fields<'a> for Response<'a> {
    fn field(&mut self, key: &str, value: &mut Scanner<'a>) -> Result<(), Unreadable> {
        match key {
            "object" => self.object = Some(value.value()?),
            "id" => self.id = Some(value.value()?),
            "model" => self.model = Some(value.value()?),
            "status" => self.status = Some(value.value()?),
            "error" => self.error = Some(value.value()?),
            "incomplete_details" => self.incomplete = Some(value.value()?),
            "store" => self.store = Some(value.value()?),
            "tools" => self.tools = Some(value.value()?),
            "output_text" => self.output_text = Some(value.value()?),
            "output" => self.output = value.value()?,
            "usage" => self.usage = Some(value.value()?),
            _ => value.skip()?,
        }
        Ok(())
    }
}

#[derive(Default)]
struct Details<'a> {
    reason: Option<Raw<'a>>,
}

impl<'a> Fields<'a> for Details<'a> {
    fn field(&mut self, key: &str, value: &mut Scanner<'a>) -> Result<(), Unreadable> {
        match key {
            "reason" => self.reason = Some(value.value()?),
            _ => value.skip()?,
        }
        Ok(())
    }
}

/// What stands where the items are due.
#[derive(Default)]
pub(super) enum Output<'a> {
    #[default]
    None,
    /// Items, or a lone one, as some gateways write it.
    Items(Vec<Listed<'a>>),
    /// More items than are read.
    TooMany,
}

impl<'a> Readable<'a> for Output<'a> {
    fn read(scanner: &mut Scanner<'a>) -> Result<Self, Unreadable> {
        match scanner.peek()? {
            b'[' => {}
            b'{' => {
                let lone: Listed<'a> = scanner.value()?;
                let is_item = lone.item.kind() != Kind::Other;
                return Ok(if is_item { Self::Items(vec![lone]) } else { Self::None });
            }
            _ => return scanner.skip().map(|()| Self::None),
        }
        let (mut items, mut too_many) = (Vec::new(), false);
        scanner.items(|scanner| {
            let item = scanner.value()?;
            too_many = items.len() >= MAX_ITEMS;
            if !too_many {
                items.push(item);
            }
            Ok(())
        })?;
        Ok(if too_many { Self::TooMany } else { Self::Items(items) })
    }
}
