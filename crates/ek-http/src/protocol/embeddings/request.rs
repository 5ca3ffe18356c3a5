//! The request for vectors: where it goes, and its body in the words of a profile.

use bytes::Bytes;
use ek_core::{EmbeddingInputs, EmbeddingRequest, Error, ErrorKind, ProtocolName, Result};
use hyper::Uri;
use serde_json::Value;

use super::profile::{EmbeddingProfile, Shape};
use super::rows::Due;
#[cfg(feature = "gemini")]
use super::vertex::embeds_content;
use crate::endpoint::Endpoint;
use crate::json::list::List;
use crate::json::object::Object;
use crate::json::write;
use crate::protocol::unwritable;
use crate::telemetry::left_out;

/// Keys, braces and numbers of a request without its texts, and those of an input.
const FRAME_BYTES: usize = 256;
const PER_INPUT: usize = 8;

/// Keys of a caller's that say in which form the vectors come. Only whole floats can be read: packed bits
/// and small integers would pass for vectors of another width.
const FORMS: [&str; 4] = ["embedding_type", "embedding_types", "encoding_format", "output_dtype"];

/// Keys of the bodies that hold what is embedded.
const INPUTS: [&str; 4] = ["input", "texts", "requests", "instances"];

/// A request, and what the provider adds to it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) request: &'a EmbeddingRequest,
    pub(crate) profile: &'a EmbeddingProfile,
    /// The provider's model.
    pub(crate) model: &'a str,
    pub(crate) protocol: &'a ProtocolName,
}

impl<'a> Asked<'a> {
    fn model(&self) -> &'a str {
        model_of(self.request, self.model)
    }

    /// What the answer has to hold. The caller's own key for the width is not looked into.
    pub(crate) fn due(&self) -> Due {
        let is_ours = !self.request.extra.contains_key(self.profile.dimensions_key);
        let dimensions = self.request.dimensions.filter(|_| is_ours);
        Due { inputs: self.request.inputs.len(), dimensions }
    }

    /// The word for what the vectors are for.
    fn input_type(&self) -> Result<Option<(&'a str, &'a str)>> {
        let asked = self.request.input_type.as_ref();
        let Some(words) = &self.profile.input_type else {
            if asked.is_some() {
                left_out(self.protocol, "input_type");
            }
            return Ok(None);
        };
        if words.is_required && asked.is_none() && !self.request.extra.contains_key(words.key) {
            let why = "the request has no input_type, without which this API embeds nothing";
            return Err(Error::new(ErrorKind::Config, why));
        }
        let Some(asked) = asked else { return Ok(None) };
        match words.word(asked) {
            Some(word) => Ok(Some((words.key, word))),
            None if words.is_required => {
                let why = format!("this API has no vectors for {asked:?}");
                Err(Error::new(ErrorKind::Unsupported, why))
            }
            None => {
                left_out(self.protocol, "input_type");
                Ok(None)
            }
        }
    }
}

/// The model that is asked: the one in `extra`, else the request's own, else the provider's.
pub(crate) fn model_of<'a>(request: &'a EmbeddingRequest, own: &'a str) -> &'a str {
    let extra = request.extra.get("model").and_then(Value::as_str);
    extra.or(request.model.as_deref()).unwrap_or(own)
}

/// Where the request goes. A base URL that ends with the path is not changed.
///
/// # Errors
/// `Config` if the model cannot stand in a URL.
pub(crate) fn target(asked: &Asked<'_>, endpoint: &Endpoint) -> Result<Uri> {
    let path = match asked.profile.shape {
        Shape::OpenAi => "/embeddings",
        Shape::Cohere => "/embed",
        #[cfg(feature = "gemini")]
        Shape::Gemini | Shape::Vertex => {
            let method = match asked.profile.shape {
                Shape::Vertex if embeds_content(asked.model()) => "embedContent",
                Shape::Vertex => "predict",
                _ => "batchEmbedContents",
            };
            return crate::protocol::gemini::target_of(endpoint, asked.model(), method);
        }
    };
    let rest = if endpoint.base_path().ends_with(path) { "" } else { path };
    endpoint.target(rest, None)
}

/// Writes the body.
///
/// # Errors
/// `Config` for a request without inputs, or without what the API insists on; `Unsupported` for what it has
/// no word for, and for vectors in a form that is not read.
pub(crate) fn write(asked: &Asked<'_>) -> Result<Bytes> {
    check(asked)?;
    let input_type = asked.input_type()?;
    let mut out = Vec::with_capacity(estimate(&asked.request.inputs));
    match asked.profile.shape {
        Shape::OpenAi => write_flat(asked, "input", input_type, &mut out)?,
        Shape::Cohere => {
            texts(asked)?;
            write_flat(asked, "texts", input_type, &mut out)?;
        }
        #[cfg(feature = "gemini")]
        Shape::Gemini => write_nested(asked, input_type, &mut out)?,
        #[cfg(feature = "gemini")]
        Shape::Vertex if embeds_content(asked.model()) => {
            super::vertex::write_content(asked, input_type, &mut out)?;
        }
        #[cfg(feature = "gemini")]
        Shape::Vertex => super::vertex::write_instances(asked, input_type, &mut out)?,
    }
    Ok(out.into())
}

fn check(asked: &Asked<'_>) -> Result<()> {
    let extra = &asked.request.extra;
    if asked.request.inputs.is_empty() {
        return Err(Error::new(ErrorKind::Config, "the request has no inputs"));
    }
    if let Some(key) = INPUTS.iter().find(|key| extra.contains_key(**key)) {
        let why = format!("`{key}` stands in `extra`: what is embedded belongs to `inputs`");
        return Err(Error::new(ErrorKind::Config, why));
    }
    let is_read = |form: &Value| form.is_null() || form == "float" || form == "base64";
    for key in FORMS {
        let all_read = match extra.get(key) {
            Some(Value::Array(forms)) => forms.iter().all(is_read),
            form => form.is_none_or(is_read),
        };
        if !all_read {
            let why = format!("`{key}` in `extra` asks for vectors in a form that is not read");
            return Err(Error::new(ErrorKind::Unsupported, why));
        }
    }
    Ok(())
}

fn estimate(inputs: &EmbeddingInputs) -> usize {
    let texts = inputs.texts().unwrap_or_default().iter();
    let texts: usize = texts.map(|text| text.len() + text.len() / 16 + PER_INPUT).sum();
    FRAME_BYTES + texts
}

/// The texts of a request to an API that takes no tokens.
pub(super) fn texts<'a>(asked: &Asked<'a>) -> Result<&'a [String]> {
    let why = "this API embeds texts and takes no tokens";
    asked.request.inputs.texts().ok_or_else(|| Error::new(ErrorKind::Unsupported, why))
}

/// One object with all inputs under one key.
fn write_flat(
    asked: &Asked<'_>,
    inputs_key: &'static str,
    input_type: Option<(&str, &str)>,
    out: &mut Vec<u8>,
) -> Result<()> {
    let mut body = Object::begin(out);
    if !asked.request.extra.contains_key("model") {
        body.text("model", asked.model());
    }
    let mut list = List::begin(body.key(inputs_key));
    match &asked.request.inputs {
        EmbeddingInputs::Texts(texts) => {
            texts.iter().for_each(|text| write::write(text, list.item()));
        }
        EmbeddingInputs::Tokens(tokens) => {
            for tokens in tokens {
                serde_json::to_writer(list.item(), tokens).map_err(unwritable)?;
            }
        }
        _ => return Err(Error::new(ErrorKind::Unsupported, "this API takes no such inputs")),
    }
    list.end();
    write_settings(asked, input_type, &mut body)?;
    body.end();
    Ok(())
}

/// An object for each input, with the settings in each.
#[cfg(feature = "gemini")]
fn write_nested(
    asked: &Asked<'_>,
    input_type: Option<(&str, &str)>,
    out: &mut Vec<u8>,
) -> Result<()> {
    let model = asked.model();
    let collection = if model.contains('/') { "" } else { "models/" };
    let mut settings = Vec::new();
    let mut body = Object::begin(&mut settings);
    body.text("model", &[collection, model].concat());
    write_settings(asked, input_type, &mut body)?;
    // The object goes on with the content of each input.
    settings.extend_from_slice(br#","content":{"parts":[{"text":"#);
    let mut body = Object::begin(out);
    let mut list = List::begin(body.key("requests"));
    for text in texts(asked)? {
        let item = list.item();
        item.extend_from_slice(&settings);
        write::write(text, item);
        item.extend_from_slice(b"}]}}");
    }
    list.end();
    body.end();
    Ok(())
}

/// Writes all but the model and the inputs.
pub(super) fn write_settings(
    asked: &Asked<'_>,
    input_type: Option<(&str, &str)>,
    body: &mut Object<'_>,
) -> Result<()> {
    let (request, profile) = (asked.request, asked.profile);
    let is_own = |key: &str| !request.extra.contains_key(key);
    if let Some((key, word)) = input_type.filter(|(key, _)| is_own(key)) {
        write::write(word, body.any_key(key));
    }
    let key = profile.dimensions_key;
    if let Some(dimensions) = request.dimensions.filter(|_| is_own(key)) {
        body.value(key, &dimensions).map_err(unwritable)?;
    }
    if let Some(encoding) = profile.encoding.filter(|_| is_own("encoding_format")) {
        body.text("encoding_format", encoding);
    }
    if profile.shape == Shape::Cohere && is_own("embedding_types") {
        body.value("embedding_types", &["float"]).map_err(unwritable)?;
    }
    let elsewhere: &[&str] = match profile.shape {
        Shape::OpenAi | Shape::Cohere => &[],
        // The objects name the model already, in a form of their own.
        #[cfg(feature = "gemini")]
        Shape::Gemini => &["model"],
        #[cfg(feature = "gemini")]
        Shape::Vertex => &super::vertex::NO_PARAMETERS,
    };
    for (key, value) in request.extra.iter().filter(|(key, _)| !elsewhere.contains(&key.as_str())) {
        serde_json::to_writer(body.any_key(key), value).map_err(unwritable)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
