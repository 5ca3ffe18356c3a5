//! What each protocol reads, and what it refuses.

use ek_core::{EmbeddingInputType, EmbeddingInputs, EmbeddingRequest, Embeddings};

use super::of;

fn read(path: &str, body: &str) -> Result<EmbeddingRequest, String> {
    (of(path).expect("a protocol").read)(path, body.as_bytes())
}

#[test]
fn inputs_in_all_forms_of_the_protocol_are_read() {
    let tokens = |lists: &[&[u32]]| {
        EmbeddingInputs::from(lists.iter().map(|list| list.to_vec()).collect::<Vec<_>>())
    };
    for (input, expected) in [
        (r#""a""#, EmbeddingInputs::from("a")),
        (r#"["a","b"]"#, ["a", "b"].into()),
        ("[1,2]", tokens(&[&[1, 2]])),
        ("[[1],[2,3]]", tokens(&[&[1], &[2, 3]])),
    ] {
        let request = read("/v1/embeddings", &format!(r#"{{"input":{input}}}"#));
        assert_eq!(request.expect("a request").inputs, expected, "{input}");
    }
    let body = r#"{"input":"a","model":"m","dimensions":8,"user":"me"}"#;
    let expected =
        EmbeddingRequest::from("a").with_model("m").with_dimensions(8).with_extra("user", "me");
    assert_eq!(read("/embeddings", body).expect("a request"), expected);
}

#[test]
fn what_is_no_request_for_embeddings_is_refused() {
    for body in ["?", "[]", "{}", r#"{"input":[]}"#, r#"{"input":7}"#, r#"{"input":["a",1]}"#] {
        assert!(read("/v1/embeddings", body).is_err(), "{body}");
    }
    let batch = "/v1beta/models/g:batchEmbedContents";
    let a = r#"{"content":{"parts":[{"text":"a"}]}}"#;
    let wide = r#"{"content":{"parts":[{"text":"a"}]},"outputDimensionality":8}"#;
    for body in [
        "{}",
        r#"{"requests":[]}"#,
        r#"{"requests":[{}]}"#,
        &format!(r#"{{"requests":[{a},{wide}]}}"#),
    ] {
        assert!(read(batch, body).is_err(), "{body}");
    }
    let image = r#"{"content":{"parts":[{"inlineData":{}}]}}"#;
    assert!(read("/v1beta/models/g:embedContent", image).is_err());
}

#[test]
fn the_texts_of_a_batch_are_inputs_with_one_width_and_one_use() {
    let one = |text: &str| {
        format!(
            r#"{{"model":"models/g","content":{{"parts":[{{"text":"{text}"}}]}},
                "taskType":"RETRIEVAL_QUERY","outputDimensionality":8}}"#
        )
    };
    let expected = |texts: &[&str]| {
        let request = EmbeddingRequest::new(texts).with_model("g").with_dimensions(8);
        request.with_input_type(EmbeddingInputType::Query)
    };
    let body = format!(r#"{{"requests":[{},{}]}}"#, one("a"), one("b"));
    let batch = read("/v1beta/models/g:batchEmbedContents", &body);
    assert_eq!(batch.expect("a request"), expected(&["a", "b"]));
    let single = read("/v1beta/models/g:embedContent", &one("a"));
    assert_eq!(single.expect("a request"), expected(&["a"]));
}

#[test]
fn an_answer_has_the_shape_of_its_protocol() {
    let found = Embeddings::from_rows([[1.0, -0.5]]).expect("a vector");
    let write = |path: &str, request: &EmbeddingRequest| {
        let body = (of(path).expect("a protocol").write)(&found, request);
        String::from_utf8(body).expect("UTF-8")
    };
    let request = EmbeddingRequest::from("a");
    let numbers = r#"{"object":"list","data":[{"object":"embedding","index":0,"embedding":[1.0,-0.5]}],"model":"mock"}"#;
    assert_eq!(write("/embeddings", &request), numbers);
    let asked = request.clone().with_extra("encoding_format", "base64");
    assert!(write("/embeddings", &asked).contains(r#""embedding":"AACAPwAAAL8=""#));
    assert_eq!(write(":embedContent", &request), r#"{"embedding":{"values":[1.0,-0.5]}}"#);
    assert_eq!(write(":batchEmbedContents", &request), r#"{"embeddings":[{"values":[1.0,-0.5]}]}"#);
}
