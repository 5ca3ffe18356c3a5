//! The body of a request. Keys are camel case; those in snake case, which the API takes as well, are read
//! the same.

mod contents;
mod keys;
mod parts;
mod settings;
mod tools;

use ek_core::ChatRequest;

use self::keys::camel_keys;
use crate::wire::dialect::written::Written;

/// Reads the body of a request for a reply; the model stands in the path.
///
/// # Errors
///
/// Why it is no such request.
pub(super) fn read(bytes: &[u8]) -> Result<ChatRequest, String> {
    let mut keys = camel_keys(Written::body(bytes)?);
    let turns = keys.remove("contents").ok_or("the body has no `contents`")?;
    let system = keys.remove("systemInstruction");
    let mut request = ChatRequest::new(contents::read(system, turns)?);
    for entry in keys.list("tools")? {
        request.tools.extend(tools::entry(entry)?);
    }
    let mut config = keys.take_object("toolConfig").map(camel_keys);
    if let Some(config) = &mut config {
        request.tool_choice = config.take_as("functionCallingConfig", tools::choice);
        // What a client has to send wherever there are tools of both kinds.
        config.remove("includeServerSideToolInvocations");
    }
    let settings = keys.take_object("generationConfig").map(camel_keys);
    request.extra = keys.into_map()?;
    if let Some(rest) = config.filter(|config| !config.is_empty()) {
        request.extra.insert("toolConfig".to_owned(), rest.into_map()?.into());
    }
    if let Some(settings) = settings {
        let rest = settings::read(settings, &mut request)?;
        if !rest.is_empty() {
            request.extra.insert("generationConfig".to_owned(), rest.into());
        }
    }
    Ok(request)
}

/// Reads the body of a request that counts a prompt: the contents, or the whole request for a reply.
///
/// # Errors
///
/// As [`read`].
pub(super) fn read_count(bytes: &[u8]) -> Result<ChatRequest, String> {
    let keys = camel_keys(Written::body(bytes)?);
    match keys.raw("generateContentRequest") {
        Some(request) => read(request.get().as_bytes()),
        None => read(bytes),
    }
}
