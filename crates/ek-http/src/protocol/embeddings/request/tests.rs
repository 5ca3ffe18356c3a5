//! What is written for each vendor.

use super::*;
use ek_core::EmbeddingInputType;
use serde_json::json;

fn written(profile: EmbeddingProfile, request: &EmbeddingRequest) -> Result<Value> {
    let protocol = ProtocolName::ChatCompletions;
    let asked = Asked { request, profile: &profile, model: "m", protocol: &protocol };
    write(&asked).map(|body| serde_json::from_slice(&body).expect("JSON"))
}

#[track_caller]
fn assert_sent(profile: EmbeddingProfile, request: &EmbeddingRequest, expected: &Value) {
    assert_eq!(&written(profile, request).expect("writes"), expected, "{profile:?}");
}

#[test]
fn each_vendor_is_asked_in_its_own_words() {
    let request = EmbeddingRequest::new(["a", "\"b\""])
        .with_dimensions(8)
        .with_input_type(EmbeddingInputType::Query)
        .with_extra("user", "u-1");
    assert_sent(
        EmbeddingProfile::OPENAI,
        &request,
        &json!({"model": "m", "input": ["a", "\"b\""], "dimensions": 8, "encoding_format": "base64",
            "user": "u-1"}),
    );
    assert_sent(
        EmbeddingProfile::VOYAGE,
        &request,
        &json!({"model": "m", "input": ["a", "\"b\""], "output_dimension": 8,
            "input_type": "query", "user": "u-1"}),
    );
    assert_sent(
        EmbeddingProfile::JINA,
        &request,
        &json!({"model": "m", "input": ["a", "\"b\""], "dimensions": 8,
            "task": "retrieval.query", "user": "u-1"}),
    );
    assert_sent(
        EmbeddingProfile::NVIDIA,
        &request.clone().with_input_type(EmbeddingInputType::Document),
        &json!({"model": "m", "input": ["a", "\"b\""], "dimensions": 8, "encoding_format": "float",
            "input_type": "passage", "user": "u-1"}),
    );
    assert_sent(
        EmbeddingProfile::COHERE,
        &request,
        &json!({"model": "m", "texts": ["a", "\"b\""], "output_dimension": 8,
            "input_type": "search_query", "embedding_types": ["float"], "user": "u-1"}),
    );
    #[cfg(feature = "gemini")]
    {
        let one = |text: &str| {
            json!({"model": "models/m", "taskType": "RETRIEVAL_QUERY", "outputDimensionality": 8,
                "user": "u-1", "content": {"parts": [{"text": text}]}})
        };
        let expected = json!({"requests": [one("a"), one("\"b\"")]});
        assert_sent(EmbeddingProfile::GEMINI, &request, &expected);
        // Once, though the caller names it too.
        let named = request.with_extra("model", "mine");
        let (model, protocol) = ("m", ProtocolName::GeminiGenerateContent);
        let profile = &EmbeddingProfile::GEMINI;
        let asked = Asked { request: &named, profile, model, protocol: &protocol };
        let body = write(&asked).expect("writes");
        let text = std::str::from_utf8(&body).expect("UTF-8");
        assert_eq!(text.matches(r#""model":"models/mine""#).count(), 2, "{text}");
        assert_eq!(text.matches(r#""model""#).count(), 2, "{text}");
    }
}

#[test]
fn a_server_of_which_nothing_is_known_is_asked_for_numbers_and_told_what_the_caller_adds() {
    let request = EmbeddingRequest::new(vec![vec![1_u32, 2], vec![3]])
        .with_model("other")
        .with_extra("encoding_format", "base64")
        .with_extra("model", "mine");
    let expected = json!({"model": "mine", "input": [[1, 2], [3]], "encoding_format": "base64"});
    assert_sent(EmbeddingProfile::OPENAI_COMPATIBLE, &request, &expected);
    let expected = json!({"model": "m", "input": ["a"], "encoding_format": "float"});
    assert_sent(EmbeddingProfile::OPENAI_COMPATIBLE, &EmbeddingRequest::from("a"), &expected);
}

#[test]
fn what_a_vendor_has_no_word_for_is_left_out_or_refused_where_it_is_required() {
    let request = EmbeddingRequest::from("a").with_input_type(EmbeddingInputType::Similarity);
    assert_sent(EmbeddingProfile::VOYAGE, &request, &json!({"model": "m", "input": ["a"]}));
    let error = written(EmbeddingProfile::COHERE, &request).expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    let error = written(EmbeddingProfile::COHERE, &"a".into()).expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("no input_type"), "{error}");
    let own = EmbeddingInputType::Other("image".into());
    let sent = written(EmbeddingProfile::COHERE, &request.with_input_type(own)).expect("writes");
    assert_eq!(sent["input_type"], "image");
}

#[test]
fn requests_whose_answer_could_not_be_read_are_refused_before_they_are_sent() {
    let request = EmbeddingRequest::from("a");
    for (request, kind) in [
        (EmbeddingRequest::default(), ErrorKind::Config),
        (request.clone().with_extra("input", "b"), ErrorKind::Config),
        (request.clone().with_extra("output_dtype", "int8"), ErrorKind::Unsupported),
        (request.clone().with_extra("embedding_type", "ubinary"), ErrorKind::Unsupported),
        (request.with_extra("embedding_types", json!(["float", "binary"])), ErrorKind::Unsupported),
    ] {
        let error = written(EmbeddingProfile::VOYAGE, &request).expect_err("refused");
        assert_eq!(error.kind(), kind, "{error}");
    }
    let tokens =
        EmbeddingRequest::new(vec![vec![1_u32]]).with_input_type(EmbeddingInputType::Query);
    let error = written(EmbeddingProfile::COHERE, &tokens).expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
}
