//! The JSON schema of the value, and how it is sent to the model.

use ek_core::{
    ChatRequest, Content, ContentPart, Error, ErrorKind, Message, RawJson, ResponseFormat, Result,
    Role,
};

use crate::schema::{Strict, is_plain_name};

/// Where a JSON schema is sent.
///
/// ```
/// use ek_patterns::{SchemaPlace, StructuredOptions};
///
/// // For a server that refuses a response format.
/// let options = StructuredOptions::<u16>::default().with_schema_place(SchemaPlace::Prompt);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SchemaPlace {
    /// As the request's `response_format`, which the server can enforce. The default.
    #[default]
    ResponseFormat,
    /// In the text of the prompt, for servers that refuse or ignore such a format.
    Prompt,
    /// In both.
    Both,
}

/// A JSON schema with its name.
///
/// ```
/// use ek_core::RawJson;
/// use ek_patterns::StructuredOptions;
///
/// let schema = RawJson::new(r#"{"type":"integer"}"#)?;
/// let options = StructuredOptions::<u16>::default().with_schema("celsius", schema);
/// assert_eq!(options.schema.map(|schema| schema.name), Some("celsius".to_owned()));
/// # Ok::<(), ek_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NamedSchema {
    /// Its name: 1 to 64 letters, digits, `_` or `-`.
    pub name: String,
    /// The schema.
    pub schema: RawJson,
}

impl NamedSchema {
    /// The schema of a type.
    #[cfg(feature = "schemars")]
    pub(super) fn of<T: serde::de::DeserializeOwned + schemars::JsonSchema>() -> Self {
        let name = crate::schema::plain_name(&T::schema_name());
        Self { name, schema: crate::schema::schema_of::<T>() }
    }

    pub(super) fn check(&self) -> Result<()> {
        if is_plain_name(&self.name) {
            return Ok(());
        }
        let why = "the schema's name must be 1 to 64 letters, digits, `_` or `-`";
        Err(Error::new(ErrorKind::Config, why))
    }

    /// The schema in its strict form.
    pub(super) fn strict(&self) -> Result<Strict> {
        Strict::new(&self.schema).map_err(|why| {
            let why = format!("the schema `{}` has no strict form: {why}", self.name);
            Error::new(ErrorKind::Config, why)
        })
    }

    /// Puts the schema into a request; a format of the request's own is kept.
    pub(super) fn send(&self, request: &mut ChatRequest, place: SchemaPlace, strict: bool) {
        if place != SchemaPlace::Prompt && request.response_format.is_none() {
            request.response_format = Some(ResponseFormat::JsonSchema {
                name: self.name.clone(),
                schema: self.schema.clone(),
                strict,
            });
        }
        if place != SchemaPlace::ResponseFormat {
            ask(&mut request.messages, &self.instruction());
        }
    }

    pub(super) fn instruction(&self) -> String {
        let schema = self.schema.as_str();
        format!("Answer with JSON alone that is valid against this JSON schema:\n{schema}")
    }
}

/// Adds a text to the newest message of the user, since many models take no two of them in a row.
fn ask(messages: &mut Vec<Message>, text: &str) {
    let last = messages.iter_mut().rfind(|message| message.role == Role::User);
    match last.and_then(|message| message.content.as_mut()) {
        Some(Content::Text(asked)) => {
            asked.push_str("\n\n");
            asked.push_str(text);
        }
        Some(Content::Parts(parts)) => parts.push(ContentPart::text(format!("\n\n{text}"))),
        _ => messages.push(Message::user(text)),
    }
}
