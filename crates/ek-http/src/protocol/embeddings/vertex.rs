//! Vertex AI's `:predict`: the inputs as instances, the settings as parameters; and its `:embedContent`, the
//! method of newer models: one input, and its settings.
//!
//! By default these methods cut inputs that are too long for the model, and say so in a flag of the answer.
//! Here it is asked not to, so that such an input is an error that names it. A caller who wants the cut sets
//! `autoTruncate` in `extra`, and finds the places of what was cut in the answer.

use ek_core::{Error, ErrorKind, Result};
use serde_json::{Value, json};

use super::reply::AUTO_TRUNCATE;
use super::request::{Asked, texts, write_settings};
use crate::json::list::List;
use crate::json::object::Object;
use crate::json::write;
use crate::protocol::unwritable;

/// Whether a model has `:embedContent` and no `:predict`: Gemini's models after the first one, and the open
/// models that Google runs. The rule is that of Google's own clients.
pub(crate) fn embeds_content(model: &str) -> bool {
    let name = model.rsplit('/').next().unwrap_or(model);
    (name.starts_with("gemini") && name != "gemini-embedding-001") || name.contains("maas")
}

/// The caller's keys that are no parameters: the model of the path, and what belongs to each instance.
pub(super) const NO_PARAMETERS: [&str; 3] = ["model", "task_type", "title"];

/// Writes the only input and its settings.
pub(super) fn write_content(
    asked: &Asked<'_>,
    input_type: Option<(&str, &str)>,
    out: &mut Vec<u8>,
) -> Result<()> {
    let [text] = texts(asked)? else {
        let why = "this model takes one input in a request; embed_all sends a request for each";
        return Err(Error::new(ErrorKind::Unsupported, why));
    };
    let extra = &asked.request.extra;
    let mut body = Object::begin(out);
    body.value("content", &json!({"parts": [{"text": text}]})).map_err(unwritable)?;
    let mut config = Object::begin(body.key("embedContentConfig"));
    if !extra.contains_key(AUTO_TRUNCATE) {
        config.value(AUTO_TRUNCATE, &false).map_err(unwritable)?;
    }
    let asked_for = input_type.map(|(_, word)| Value::from(word));
    if let Some(word) = extra.get("task_type").cloned().or(asked_for) {
        config.value("taskType", &word).map_err(unwritable)?;
    }
    if let Some(title) = extra.get("title") {
        config.value("title", title).map_err(unwritable)?;
    }
    write_settings(asked, None, &mut config)?;
    config.end();
    body.end();
    Ok(())
}

pub(super) fn write_instances(
    asked: &Asked<'_>,
    input_type: Option<(&str, &str)>,
    out: &mut Vec<u8>,
) -> Result<()> {
    let extra = &asked.request.extra;
    let mut settings = Vec::new();
    let mut instance = Object::begin(&mut settings);
    if let Some((key, word)) = input_type.filter(|(key, _)| !extra.contains_key(*key)) {
        write::write(word, instance.any_key(key));
    }
    let [_, of_the_instance @ ..] = NO_PARAMETERS;
    for (key, value) in extra.iter().filter(|(key, _)| of_the_instance.contains(&key.as_str())) {
        serde_json::to_writer(instance.any_key(key), value).map_err(unwritable)?;
    }
    // The object goes on with each input.
    instance.key("content");
    let mut body = Object::begin(out);
    let mut list = List::begin(body.key("instances"));
    for text in texts(asked)? {
        let item = list.item();
        item.extend_from_slice(&settings);
        write::write(text, item);
        item.push(b'}');
    }
    list.end();
    let mut parameters = Object::begin(body.key("parameters"));
    if !extra.contains_key(AUTO_TRUNCATE) {
        parameters.value(AUTO_TRUNCATE, &false).map_err(unwritable)?;
    }
    write_settings(asked, None, &mut parameters)?;
    parameters.end();
    body.end();
    Ok(())
}

#[cfg(test)]
mod tests {
    use ek_core::{EmbeddingInputType, EmbeddingRequest, Embeddings, ProtocolName, Usage};

    use super::*;
    use crate::protocol::embeddings::{Due, EmbeddingProfile, check_whole, read, request};

    fn asked(request: &EmbeddingRequest) -> Asked<'_> {
        let protocol = &ProtocolName::GeminiGenerateContent;
        Asked { request, profile: &EmbeddingProfile::VERTEX, model: "m", protocol }
    }

    #[track_caller]
    fn assert_sent(request: &EmbeddingRequest, expected: &Value) {
        let body = request::write(&asked(request)).expect("writes");
        assert_eq!(&serde_json::from_slice::<Value>(&body).expect("JSON"), expected);
    }

    fn request() -> EmbeddingRequest {
        EmbeddingRequest::new(["a", "\"b\""])
    }

    #[test]
    fn inputs_are_instances_and_settings_are_parameters() {
        assert_sent(
            &request(),
            &json!({"instances": [{"content": "a"}, {"content": "\"b\""}],
                "parameters": {"autoTruncate": false}}),
        );
        let all = request()
            .with_dimensions(8)
            .with_input_type(EmbeddingInputType::Document)
            .with_extra("title", "t")
            .with_extra("model", "other");
        let one = |text| json!({"task_type": "RETRIEVAL_DOCUMENT", "title": "t", "content": text});
        assert_sent(
            &all,
            &json!({"instances": [one("a"), one("\"b\"")],
                "parameters": {"autoTruncate": false, "outputDimensionality": 8}}),
        );
        let own = request()
            .with_input_type(EmbeddingInputType::Query)
            .with_extra("task_type", "FACT_VERIFICATION")
            .with_extra("autoTruncate", true);
        let one = |text| json!({"task_type": "FACT_VERIFICATION", "content": text});
        assert_sent(
            &own,
            &json!({"instances": [one("a"), one("\"b\"")], "parameters": {"autoTruncate": true}}),
        );
    }

    #[test]
    fn newer_models_have_the_method_for_one_input() {
        for (model, is_newer) in [
            ("gemini-embedding-2", true),
            ("gemini-embedding-2-preview", true),
            ("publishers/google/models/gemini-embedding-3", true),
            ("multilingual-e5-large-instruct-maas", true),
            ("gemini-embedding-001", false),
            ("publishers/google/models/gemini-embedding-001", false),
            ("text-embedding-005", false),
            ("multimodalembedding@001", false),
        ] {
            assert_eq!(embeds_content(model), is_newer, "{model}");
            let limits = EmbeddingProfile::VERTEX.limits_of(model);
            assert_eq!(limits.max_inputs, Some(if is_newer { 1 } else { 250 }), "{model}");
        }
    }

    #[test]
    fn one_input_is_sent_with_its_settings_and_several_are_refused() {
        let one = EmbeddingRequest::from("\"b\"").with_model("gemini-embedding-2");
        assert_sent(
            &one,
            &json!({"content": {"parts": [{"text": "\"b\""}]},
                "embedContentConfig": {"autoTruncate": false}}),
        );
        let all = one
            .with_dimensions(8)
            .with_input_type(EmbeddingInputType::Document)
            .with_extra("title", "t")
            .with_extra("documentOcr", true)
            .with_extra("autoTruncate", true);
        let config = |task| {
            json!({"autoTruncate": true, "taskType": task, "title": "t",
                "outputDimensionality": 8, "documentOcr": true})
        };
        let content = json!({"parts": [{"text": "\"b\""}]});
        let expected = |task| json!({"content": content, "embedContentConfig": config(task)});
        assert_sent(&all, &expected("RETRIEVAL_DOCUMENT"));
        assert_sent(&all.with_extra("task_type", "CODE"), &expected("CODE"));

        let several = request().with_model("gemini-embedding-2");
        let error = request::write(&asked(&several)).expect_err("one input");
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    }

    #[test]
    fn token_ids_and_instances_of_the_caller_s_are_refused() {
        let tokens = EmbeddingRequest::new(vec![vec![1_u32]]);
        let error = request::write(&asked(&tokens)).expect_err("no texts");
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
        let own = request().with_extra("instances", json!([]));
        let error = request::write(&asked(&own)).expect_err("inputs beside the inputs");
        assert_eq!(error.kind(), ErrorKind::Config, "{error}");
    }

    fn found(truncated: [bool; 2]) -> Embeddings {
        let row = |at: usize, values: [f32; 2]| {
            json!({"embeddings": {"statistics": {"truncated": truncated[at], "token_count": 4 + at},
                "values": values}})
        };
        let body = json!({"predictions": [row(0, [0.25, 2.0]), row(1, [0.5, -1.0])],
            "metadata": {"billableCharacterCount": 25}});
        let due = Due { inputs: 2, dimensions: Some(2) };
        read(body.to_string().as_bytes(), due).expect("vectors")
    }

    #[test]
    fn predictions_are_vectors_with_the_sum_of_their_tokens() {
        let found = found([false, false]);
        assert_eq!(found.values(), [0.25, 2.0, 0.5, -1.0]);
        assert_eq!(found.usage, Usage::new(9, 0));
        assert!(found.truncated.is_empty());
        check_whole(&asked(&request()), &found).expect("whole");
    }

    #[test]
    fn an_input_that_was_cut_is_an_error_or_where_that_was_asked_for_is_named() {
        let found = found([false, true]);
        assert_eq!(found.truncated, [1]);
        let error = check_whole(&asked(&request()), &found).expect_err("cut");
        let shown = "input 1 of the request is too long for the model, and was cut";
        assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Rejected, shown));
        assert!(error.is_context_overflow() && !error.is_retryable());
        let wanted = request().with_extra("autoTruncate", true);
        check_whole(&asked(&wanted), &found).expect("as asked for");
    }
}
