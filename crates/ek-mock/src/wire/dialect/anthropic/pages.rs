//! What is asked besides replies: the models, and how many tokens a prompt has.

use serde_json::{Value, json};

use super::super::{Page, model_names};
use super::request;
use crate::Script;
use crate::reply::input_tokens;
use crate::wire::RawRequest;

/// The answer, if this protocol knows the page. Lists of models have one path in several protocols; the
/// header tells which is asked for.
pub(super) fn page(request: &RawRequest, script: &Script) -> Option<Page> {
    let path = request.path();
    match request.method.as_str() {
        "POST" if path.ends_with("/messages/count_tokens") => Some(count(request)),
        "GET" if request.header("anthropic-version").is_some() => models(path, script).map(Ok),
        _ => None,
    }
}

fn count(request: &RawRequest) -> Page {
    let asked = request::read(&request.body)?.request;
    Ok(json!({"input_tokens": input_tokens(&asked)}))
}

/// All models, or the one that the path names.
fn models(path: &str, script: &Script) -> Option<Value> {
    let names = model_names(script);
    if let Some((_, wanted)) = path.rsplit_once("/models/") {
        return names.into_iter().find(|name| *name == wanted).map(model);
    }
    let list = || {
        let models: Vec<Value> = names.iter().copied().map(model).collect();
        let (first, last) = (names.first(), names.last());
        json!({"data": models, "has_more": false, "first_id": first, "last_id": last})
    };
    path.ends_with("/models").then(list)
}

fn model(id: &str) -> Value {
    json!({
        "type": "model",
        "id": id,
        "display_name": id,
        "created_at": "2023-11-14T22:13:20Z",
        "lifecycle": "active",
        "max_input_tokens": 200_000,
        "max_tokens": 64_000,
    })
}
