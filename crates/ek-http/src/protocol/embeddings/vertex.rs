//! Vertex AI's `:predict`: the inputs as instances, the settings as parameters.
//!
//! By default this method cuts inputs that are too long for the model, and says so in a flag of the answer.
//! Here it is asked not to, so that such an input is an error that names it. A caller who wants the cut sets
//! `autoTruncate` in `extra`, and finds the places of what was cut in the answer.

use ek_core::Result;

use super::reply::AUTO_TRUNCATE;
use super::request::{Asked, texts, write_settings};
use crate::json::list::List;
use crate::json::object::Object;
use crate::json::write;
use crate::protocol::unwritable;

/// The caller's keys that are no parameters: the model of the path, and what belongs to each instance.
pub(super) const NO_PARAMETERS: [&str; 3] = ["model", "task_type", "title"];

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
    use ek_core::{
        EmbeddingInputType, EmbeddingRequest, Embeddings, ErrorKind, ProtocolName, Usage,
    };
    use serde_json::{Value, json};

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
