//! A call of a tool in the making: the part as it came, and what later pieces add to it.

use ek_core::Arguments;

use super::partial_args::PartialArgs;
use crate::json::fields::Fields;
use crate::json::object::Object;
use crate::json::scalar;
use crate::json::scan::{self, Raw, Scanner, Unreadable};
use crate::protocol::arguments;
use crate::protocol::object_arguments::{object_of, text_of};

/// The fields of a `functionCall`.
#[derive(Default)]
pub(super) struct CallFields<'a> {
    id: Option<Raw<'a>>,
    name: Option<Raw<'a>>,
    pub(super) args: Option<Raw<'a>>,
    /// Pieces of the arguments.
    pub(super) pieces: Option<Raw<'a>>,
    goes_on: Option<Raw<'a>>,
}

impl CallFields<'_> {
    pub(super) fn id(&self) -> Option<String> {
        self.id.and_then(scalar::text)
    }

    pub(super) fn name(&self) -> Option<String> {
        self.name.and_then(scalar::text)
    }

    /// Whether there is nothing in it, as at the end of a call in pieces.
    pub(super) fn is_empty(&self) -> bool {
        self.id().is_none() && self.name().is_none() && self.args.is_none() && self.pieces.is_none()
    }

    /// Whether more pieces of the call follow.
    pub(super) fn goes_on(&self) -> bool {
        self.goes_on.is_some_and(|raw| raw.get() == "true")
    }
}

impl<'a> Fields<'a> for CallFields<'a> {
    fn field(&mut self, key: &str, value: &mut Scanner<'a>) -> Result<(), Unreadable> {
        match key {
            "id" => self.id = Some(value.value()?),
            "name" => self.name = Some(value.value()?),
            "args" => self.args = value.optional()?,
            "partialArgs" | "partial_args" => self.pieces = value.optional()?,
            "willContinue" | "will_continue" => self.goes_on = Some(value.value()?),
            _ => value.skip()?,
        }
        Ok(())
    }
}

/// A call.
#[derive(Debug)]
pub(super) struct Call {
    /// The part of its beginning.
    part: String,
    /// Its place among the calls of the reply.
    pub(super) number: usize,
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    arguments: From,
    /// Keys of later parts beside `functionCall`, such as the signature, as JSON.
    more: Vec<(String, String)>,
    /// More pieces may follow.
    pub(super) is_open: bool,
}

/// Where the arguments come from.
#[derive(Debug)]
enum From {
    /// The part holds them, and whether they are an object or none there.
    Part(Arguments, bool),
    Pieces(PartialArgs),
}

impl Call {
    /// A call that begins with this part.
    pub(super) fn begin(part: &str, number: usize, fields: &CallFields<'_>) -> Self {
        let in_pieces = fields.pieces.is_some() || fields.goes_on();
        let arguments = match in_pieces {
            true => From::Pieces(PartialArgs::of(fields.args)),
            false => {
                let json = fields.args.map_or("{}", Raw::get);
                let text = text_of(json).unwrap_or_default();
                From::Part(arguments::read(text.into_owned()), json.starts_with('{'))
            }
        };
        Self {
            part: part.to_owned(),
            number,
            id: fields.id(),
            name: fields.name(),
            arguments,
            more: Vec::new(),
            is_open: true,
        }
    }

    /// Takes the pieces of the arguments that are in these fields. Gives back how many bytes are kept.
    ///
    /// # Errors
    /// For a path that cannot be read.
    pub(super) fn take(&mut self, fields: &CallFields<'_>) -> Result<usize, Unreadable> {
        self.id = self.id.take().or_else(|| fields.id());
        match (&mut self.arguments, fields.pieces) {
            (From::Pieces(args), Some(pieces)) => args.take(pieces),
            _ => Ok(0),
        }
    }

    /// Keeps a key of a later part, unless the part of the beginning or an earlier one has it.
    pub(super) fn keep(&mut self, key: &str, json: &str) {
        let mut has_key = self.more.iter().any(|(known, _)| known == key);
        let _ = scan::entries(&self.part, |known, value| {
            has_key |= known == key;
            value.skip()
        });
        if !has_key {
            self.more.push((key.to_owned(), json.to_owned()));
        }
    }

    pub(super) fn arguments(&self) -> Arguments {
        match &self.arguments {
            From::Part(arguments, _) => arguments.clone(),
            From::Pieces(args) => arguments::read(args.json()),
        }
    }

    /// Writes the part as it goes back: as it came, unless the call came in pieces or its arguments are no
    /// object, which the API refuses.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let args = match &self.arguments {
            From::Part(arguments, true) if arguments.is_valid() => None,
            From::Part(arguments, _) => Some(object_of(arguments)),
            From::Pieces(args) => Some(args.json()),
        };
        let Some(args) = args else { return out.extend_from_slice(self.part.as_bytes()) };
        let mut object = Object::begin(out);
        let _ = scan::entries(&self.part, |key, value| {
            let value: Raw<'_> = value.value()?;
            match key {
                "functionCall" | "function_call" => {
                    write_call(value, self.id.as_deref(), &args, object.any_key(key));
                }
                key => object.any_key(key).extend_from_slice(value.get().as_bytes()),
            }
            Ok(())
        });
        for (key, json) in &self.more {
            object.any_key(key).extend_from_slice(json.as_bytes());
        }
        object.end();
    }
}

/// Writes the call with these arguments.
fn write_call(call: Raw<'_>, id: Option<&str>, args: &str, out: &mut Vec<u8>) {
    const OF_PIECES: [&str; 5] =
        ["args", "partialArgs", "partial_args", "willContinue", "will_continue"];
    let mut object = Object::begin(out);
    let mut has_id = false;
    let _ = scan::entries(call.get(), |key, value| {
        let value: Raw<'_> = value.value()?;
        has_id |= key == "id";
        if !OF_PIECES.contains(&key) {
            object.any_key(key).extend_from_slice(value.get().as_bytes());
        }
        Ok(())
    });
    if let Some(id) = id.filter(|_| !has_id) {
        object.text("id", id);
    }
    if args != "{}" {
        object.key("args").extend_from_slice(args.as_bytes());
    }
    object.end();
}
