//! What is asked besides replies: the models, and how many tokens a prompt has.

use serde_json::{Value, json};

use super::super::{Page, model_names};
use super::request;
use crate::Script;
use crate::reply::input_tokens;
use crate::wire::RawRequest;

/// The answer, if this protocol knows the page. Lists of models have one path in several protocols: this
/// one has a version of its own in it, else a header of Google's tells which is asked for.
pub(super) fn page(request: &RawRequest, script: &Script) -> Option<Page> {
    let path = request.path();
    match request.method.as_str() {
        "POST" if path.ends_with(":countTokens") => Some(count(request)),
        "GET" if is_googles(request) => models(path, script).map(Ok),
        _ => None,
    }
}

fn is_googles(request: &RawRequest) -> bool {
    let mut segments = request.path().split('/');
    let is_compatible = segments.clone().any(|segment| segment == "openai");
    let has_version = segments.any(|segment| segment.starts_with("v1beta"));
    let is_own = |name: &str| name.to_ascii_lowercase().starts_with("x-goog-");
    !is_compatible && (has_version || request.headers.iter().any(|(name, _)| is_own(name)))
}

fn count(request: &RawRequest) -> Page {
    let asked = request::read_count(&request.body)?;
    Ok(json!({"totalTokens": input_tokens(&asked)}))
}

/// All models, or the one that the path names.
fn models(path: &str, script: &Script) -> Option<Value> {
    let names = model_names(script);
    if let Some((_, wanted)) = path.rsplit_once("/models/") {
        return names.into_iter().find(|name| *name == wanted).map(model);
    }
    let list = || json!({"models": names.into_iter().map(model).collect::<Vec<_>>()});
    path.ends_with("/models").then(list)
}

fn model(id: &str) -> Value {
    json!({
        "name": format!("models/{id}"),
        "version": "001",
        "displayName": id,
        "inputTokenLimit": 1_048_576,
        "outputTokenLimit": 65_536,
        "supportedGenerationMethods": ["generateContent", "countTokens"],
    })
}
