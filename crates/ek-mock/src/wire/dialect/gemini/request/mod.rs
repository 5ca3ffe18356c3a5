//! The body of a request. Keys are camel case; those in snake case, which the API takes as well, are read
//! the same.

mod contents;
mod keys;
mod parts;
mod settings;
mod tools;

use ek_core::ChatRequest;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::wire::dialect::json::{self, taken};

/// The keys whose JSON is kept as it is written.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Texts<'a> {
    #[serde(borrow, default)]
    contents: Option<Vec<contents::Turn<'a>>>,
    #[serde(borrow, default, alias = "system_instruction")]
    system_instruction: Option<contents::Turn<'a>>,
    #[serde(borrow, default)]
    tools: Option<Vec<&'a RawValue>>,
    #[serde(borrow, default, alias = "generation_config")]
    generation_config: Option<settings::Texts<'a>>,
}

/// Reads the body of a request for a reply; the model stands in the path.
///
/// # Errors
///
/// Why it is no such request.
pub(super) fn read(bytes: &[u8]) -> Result<ChatRequest, String> {
    let mut keys = keys::camel(json::object(bytes)?);
    let texts: Texts<'_> = serde_json::from_slice(bytes).map_err(|_| {
        "`contents` is no list of contents, each with a list of parts, or `tools` is no list"
            .to_owned()
    })?;
    let turns = texts.contents.ok_or("the body has no `contents`")?;
    let mut request = ChatRequest::new(contents::read(texts.system_instruction.as_ref(), &turns)?);
    for entry in texts.tools.unwrap_or_default() {
        request.tools.extend(tools::entry(entry)?);
    }
    for read in ["contents", "systemInstruction", "tools"] {
        keys.remove(read);
    }
    if let Some(Value::Object(config)) = keys.remove("toolConfig") {
        let mut config = keys::camel(config);
        request.tool_choice = taken(&mut config, "functionCallingConfig", tools::choice);
        // What a client has to send wherever there are tools of both kinds.
        config.remove("includeServerSideToolInvocations");
        if !config.is_empty() {
            keys.insert("toolConfig".to_owned(), config.into());
        }
    }
    if let Some(Value::Object(config)) = keys.remove("generationConfig") {
        let raw = texts.generation_config.unwrap_or_default();
        let rest = settings::read(keys::camel(config), &raw, &mut request)?;
        if !rest.is_empty() {
            keys.insert("generationConfig".to_owned(), rest.into());
        }
    }
    request.extra = keys;
    Ok(request)
}

/// Reads the body of a request that counts a prompt: the contents, or the whole request for a reply.
///
/// # Errors
///
/// As [`read`].
pub(super) fn read_count(bytes: &[u8]) -> Result<ChatRequest, String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Whole<'a> {
        #[serde(borrow, default, alias = "generate_content_request")]
        generate_content_request: Option<&'a RawValue>,
    }
    let whole = serde_json::from_slice::<Whole<'_>>(bytes).ok();
    match whole.and_then(|whole| whole.generate_content_request) {
        Some(request) => read(request.get().as_bytes()),
        None => read(bytes),
    }
}
