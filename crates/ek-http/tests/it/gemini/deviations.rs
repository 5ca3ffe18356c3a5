//! What clients of this API got wrong, one test for each report; the numbers are those of the project's
//! list.
#![allow(clippy::needless_pass_by_value, reason = "bodies are made in the call")]

use ek_core::{Error, ErrorKind, FinishReason, LlmResponse, Message, ToolCall, ToolSpec};
use serde_json::{Value, json};

use super::{
    answer, candidate, events, question, reply, rig, sent, sent_after, stream_of, streamed,
};

const SIGNATURE: &str = "RkFLRXNpZ25hdHVyZQ==";
const PLACEHOLDER: &str = "skip_thought_signature_validator";

pub(super) fn call(args: Value) -> Value {
    json!({"functionCall": {"name": "tide", "args": args}})
}

fn signed(mut part: Value) -> Value {
    part["thoughtSignature"] = SIGNATURE.into();
    part
}

pub(super) fn chunk(parts: Value) -> Value {
    candidate(&parts, None)
}

pub(super) fn last(parts: Value) -> Value {
    candidate(&parts, Some("STOP"))
}

pub(super) async fn stream_fails(answer: Vec<u8>) -> Error {
    rig([answer]).await.streamed(&question()).await.expect_err("a failure")
}

fn arguments(reply: &LlmResponse) -> Vec<(&str, &str)> {
    reply.tool_calls.iter().map(|call| (call.name.as_str(), call.arguments.as_str())).collect()
}

#[tokio::test]
async fn d1_a_candidate_without_content_has_its_finish_reason() {
    for (word, reason) in [
        ("SAFETY", FinishReason::ContentFilter),
        ("MAX_TOKENS", FinishReason::Length),
        ("IMAGE_OTHER", FinishReason::ContentFilter),
        ("RECITATION", FinishReason::ContentFilter),
        ("LANGUAGE", FinishReason::Other("LANGUAGE".into())),
        ("STOP", FinishReason::Stop),
    ] {
        let body = json!({"candidates": [{"finishReason": word, "index": 0}]});
        for reply in [reply(&body).await, streamed(&[body]).await] {
            assert_eq!((reply.content.as_str(), reply.finish_reason.as_ref()), ("", Some(&reason)));
            assert_eq!(reply.finish_reason_raw(), Some(word));
        }
    }
}

#[tokio::test]
async fn d2_an_empty_answer_is_an_empty_reply_with_its_reason() {
    for content in [
        json!({}),
        json!({"role": "model"}),
        json!({"parts": []}),
        json!({"parts": [{"text": ""}]}),
        Value::Null,
    ] {
        let body = json!({"candidates": [{"content": content, "finishReason": "STOP"}]});
        for reply in [reply(&body).await, streamed(&[body]).await] {
            assert_eq!((reply.content.as_str(), reply.tool_calls.len()), ("", 0));
            assert_eq!(reply.finish_reason, Some(FinishReason::Stop));
        }
    }
    for body in [
        json!({"candidates": []}),
        json!({"usageMetadata": {}}),
        json!({"candidates": [{"index": 0}]}),
    ] {
        let rig = rig([answer(200, &body)]).await;
        let error = rig.ask(&question()).await.expect_err("no answer");
        assert_eq!(error.kind(), ErrorKind::Malformed, "{body}");
        let error = stream_fails(events([&body])).await;
        assert_eq!(error.kind(), ErrorKind::Interrupted, "{body}");
    }
}

#[tokio::test]
async fn d3_a_malformed_call_is_no_stop_although_a_call_is_there() {
    for parts in [
        json!([call(json!({"port": "Bergen"}))]),
        json!([{"functionCall": {"args": {}}}]),
        json!([]),
    ] {
        let mut body = candidate(&parts, Some("MALFORMED_FUNCTION_CALL"));
        body["candidates"][0]["finishMessage"] = "Malformed function call: print(x".into();
        for reply in [reply(&body).await, streamed(std::slice::from_ref(&body)).await] {
            let reason = FinishReason::Other("MALFORMED_FUNCTION_CALL".into());
            assert_eq!(reply.finish_reason, Some(reason), "{parts}");
            assert_eq!((reply.content.as_str(), reply.refusal.as_deref()), ("", None));
            let native = reply.native.expect("why it is malformed");
            assert!(native.json().contains("print(x"));
        }
    }
}

#[tokio::test]
async fn d4_signatures_stay_on_their_calls_and_a_turn_without_its_own_gets_the_placeholder() {
    let parts = json!([signed(call(json!({"port": "Bergen"}))), call(json!({"port": "Oslo"}))]);
    let parts = parts.as_array().expect("a list");
    let one = last(parts.clone().into());
    let chunks = [chunk(json!([parts[0]])), chunk(json!([parts[1]])), last(json!([]))];
    for reply in [reply(&one).await, streamed(&chunks).await] {
        let results = reply.tool_calls.iter().map(|call| Message::tool(&call.id, "{}"));
        let contents = sent_after(&reply, results.collect::<Vec<_>>()).await;
        assert_eq!(contents[1], json!({"role": "model", "parts": parts}));
    }
    let calls =
        [ToolCall::new("a", "tide", r#"{"port":"Bergen"}"#), ToolCall::new("b", "tide", "{}")];
    let history = question().with_message(Message::assistant("I look.").with_tool_calls(calls));
    let foreign = sent(&history).await["contents"][1]["parts"].clone();
    assert_eq!(foreign[0], json!({"text": "I look."}));
    assert_eq!(foreign[1]["thoughtSignature"], PLACEHOLDER);
    assert_eq!(foreign[2].get("thoughtSignature"), None);
}

#[tokio::test]
async fn d5_a_signature_on_an_empty_text_keeps_its_own_part() {
    let chunks = [
        chunk(json!([{"text": "At "}])),
        chunk(json!([{"text": "nine."}])),
        last(json!([signed(json!({"text": ""}))])),
    ];
    let reply = streamed(&chunks).await;
    assert_eq!(reply.content, "At nine.");
    let contents = sent_after(&reply, [Message::user("Thanks.")]).await;
    let expected = json!([{"text": "At nine."}, {"text": "", "thoughtSignature": SIGNATURE}]);
    assert_eq!(contents[1]["parts"], expected);
}

#[tokio::test]
async fn d6_only_ids_of_the_model_are_sent_and_results_come_in_the_order_of_the_calls() {
    let with_id = |id: &str| json!({"functionCall": {"id": id, "name": "tide", "args": {}}});
    let given = reply(&last(json!([with_id("k1"), with_id("k2")]))).await;
    assert_eq!(given.tool_calls[1].id, "k2");
    let nameless = reply(&last(json!([call(json!({"n": 1})), call(json!({"n": 2}))]))).await;
    for (reply, ids) in [(given, [Some("k1"), Some("k2")]), (nameless, [None, None])] {
        let [first, second] = &reply.tool_calls[..] else { panic!("two calls") };
        assert!(!first.id.is_empty() && first.id != second.id);
        let results = [Message::tool(&second.id, "two"), Message::tool(&first.id, "one")];
        let parts = sent_after(&reply, results).await[2]["parts"].clone();
        for (place, (text, id)) in ["one", "two"].into_iter().zip(ids).enumerate() {
            let mut expected = json!({"name": "tide", "response": {"output": text}});
            if let Some(id) = id {
                expected["id"] = id.into();
            }
            assert_eq!(parts[place]["functionResponse"], expected);
        }
    }
}

#[tokio::test]
async fn d7_parallel_calls_in_chunks_of_their_own_are_several_calls() {
    let port = |port: &str| chunk(json!([call(json!({"port": port}))]));
    let reply = streamed(&[port("Bergen"), port("Oslo"), port("Oslo"), last(json!([]))]).await;
    let (bergen, oslo) = (r#"{"port":"Bergen"}"#, r#"{"port":"Oslo"}"#);
    assert_eq!(arguments(&reply), [("tide", bergen), ("tide", oslo), ("tide", oslo)]);
    assert_eq!(reply.finish_reason, Some(FinishReason::ToolCalls));
}

#[tokio::test]
async fn d8_a_call_without_arguments_has_an_empty_object() {
    for function in [
        json!({"name": "now"}),
        json!({"name": "now", "args": null}),
        json!({"name": "now", "args": {}}),
    ] {
        let body = last(json!([{"functionCall": function}]));
        for reply in [reply(&body).await, streamed(&[body]).await] {
            assert_eq!(arguments(&reply), [("now", "{}")]);
            assert!(reply.tool_calls[0].arguments.is_valid());
        }
    }
}

#[tokio::test]
async fn d9_arguments_in_pieces_are_put_together_and_go_back_as_arguments() {
    let piece = |function: Value| chunk(json!([{"functionCall": function}]));
    let text = |path: &str, text: &str| {
        let args = json!([{"jsonPath": path, "stringValue": text, "willContinue": true}]);
        piece(json!({"partialArgs": args, "willContinue": true}))
    };
    let begin = |name: &str| piece(json!({"name": name, "willContinue": true}));
    let ended = piece(json!({}));
    let number = |goes_on: bool| {
        let mut function = json!({"partialArgs": [{"jsonPath": "$.n", "numberValue": 2}]});
        if goes_on {
            function["willContinue"] = true.into();
        }
        piece(function)
    };
    let port = r#"{"stops":[{"port":"Bergen"}],"n":2}"#;
    for (ending, more) in [
        (vec![number(true), ended.clone()], 0),
        (vec![number(false)], 0),
        (vec![number(false), ended.clone()], 0),
        (vec![number(true), begin("wind"), ended.clone()], 1),
        (vec![number(true), begin("tide"), ended], 1),
        (vec![number(true)], 0),
    ] {
        let mut first = begin("tide");
        first["candidates"][0]["content"]["parts"][0]["thoughtSignature"] = SIGNATURE.into();
        let mut chunks =
            vec![first, text("$.stops[0].port", "Ber"), text("$.stops[0].port", "gen")];
        chunks.extend(ending);
        chunks.push(last(json!([{"text": ""}])));
        let reply = streamed(&chunks).await;
        assert_eq!((reply.tool_calls.len(), arguments(&reply)[0]), (1 + more, ("tide", port)));
        let contents = sent_after(&reply, []).await;
        let args: Value = serde_json::from_str(port).expect("JSON");
        assert_eq!(
            contents[1]["parts"][0],
            signed(json!({"functionCall": {"name": "tide", "args": args}}))
        );
    }
    let cut = events(&[begin("tide"), text("$.port", "Ber")]);
    let error = stream_fails(cut).await;
    assert!(error.partial().expect("what came").tool_calls.is_empty());
}

#[tokio::test]
async fn d10_text_behind_the_first_finish_reason_counts_and_needs_a_reason_of_its_own() {
    let usage = |tokens: u64, mut chunk: Value| {
        chunk["usageMetadata"]["candidatesTokenCount"] = tokens.into();
        chunk
    };
    let first = usage(3, last(json!([{"text": "One. "}])));
    let more = usage(5, chunk(json!([{"text": "Tw"}])));
    let end = usage(6, candidate(&json!([]), Some("MAX_TOKENS")));
    let reply = streamed(&[first.clone(), more.clone(), end]).await;
    assert_eq!(
        (reply.content.as_str(), reply.finish_reason),
        ("One. Tw", Some(FinishReason::Length))
    );
    assert_eq!(reply.usage.output_tokens, Some(6));
    let error = stream_fails(events([&first, &more])).await;
    assert_eq!(error.kind(), ErrorKind::Interrupted);
    assert_eq!(error.partial().expect("what came").content, "One. Tw");
}

#[tokio::test]
async fn d11_usage_may_come_without_counts_or_without_a_candidate() {
    let mut early = chunk(json!([{"text": "At nine."}]));
    early["usageMetadata"] = json!({"trafficType": "ON_DEMAND"});
    let mut end = last(json!([]));
    end.as_object_mut().expect("an object").remove("usageMetadata");
    let tail = json!({"usageMetadata": {"promptTokenCount": 4, "candidatesTokenCount": 2, "totalTokenCount": 6}});
    let reply = streamed(&[early, end, tail]).await;
    assert_eq!((reply.usage.input_tokens, reply.usage.output_tokens), (Some(4), Some(2)));
    assert_eq!(reply.usage.total_tokens, Some(6));
}

#[tokio::test]
async fn d12_thoughts_are_a_part_of_the_output() {
    let mut body = last(json!([{"text": "Hm.", "thought": true}, {"text": "Yes."}]));
    body["usageMetadata"] = json!({"promptTokenCount": 29, "toolUsePromptTokenCount": 1,
        "candidatesTokenCount": 15, "thoughtsTokenCount": 804, "totalTokenCount": 849});
    let reply = reply(&body).await;
    assert_eq!((reply.content.as_str(), reply.reasoning.as_deref()), ("Yes.", Some("Hm.")));
    assert_eq!((reply.usage.input_tokens, reply.usage.output_tokens), (Some(30), Some(819)));
    assert_eq!(reply.usage.reasoning_tokens, Some(804));
    assert_eq!(reply.usage.billed().output_tokens, Some(819));
}

#[tokio::test]
async fn d13_schemas_go_as_json_schema_with_their_references_alone() {
    let schema = r##"{"$schema":"x","type":"object","$defs":{"p":{"const":1}},"properties":{"p":{"$ref":"#/$defs/p","description":"d"}},"propertyNames":{},"additionalProperties":false}"##;
    let tool = ToolSpec::new("tide", "High tide", schema).expect("JSON");
    let body = sent(&question().with_tools([tool])).await;
    let declaration = &body["tools"][0]["functionDeclarations"][0];
    let mut expected = serde_json::from_str::<Value>(schema).expect("JSON");
    expected["properties"]["p"] = json!({"anyOf": [{"$ref": "#/$defs/p"}], "description": "d"});
    assert_eq!(declaration["parametersJsonSchema"], expected);
    assert_eq!(declaration.get("parameters"), None);
}

#[tokio::test]
async fn d14_a_result_that_is_no_object_or_holds_a_reference_stands_under_a_key() {
    let wrapped = |value: Value| json!({"output": value});
    let reference = r##"{"a":[{"$ref":"#/x"}]}"##;
    for (text, response) in [
        (r#"{"at":"14:20"}"#, json!({"at": "14:20"})),
        ("At 14:20.", wrapped("At 14:20.".into())),
        ("", wrapped("".into())),
        ("[1,2]", wrapped(json!([1, 2]))),
        ("42", wrapped("42".into())),
        ("{cut", wrapped("{cut".into())),
        (reference, wrapped(reference.into())),
    ] {
        let asked = Message::assistant("").with_tool_calls([ToolCall::new("a", "tide", "{}")]);
        let request = question().with_message(asked);
        let body = sent(&request.clone().with_message(Message::tool("a", text))).await;
        assert_eq!(
            body["contents"][2]["parts"][0]["functionResponse"]["response"], response,
            "{text}"
        );
        let body = sent(&request.with_message(Message::tool_error("a", text))).await;
        let response = &body["contents"][2]["parts"][0]["functionResponse"]["response"];
        assert!(response.get("error").is_some(), "{response}");
    }
}

#[tokio::test]
async fn d15_errors_in_a_list_or_in_raw_lines_of_a_stream_are_read() {
    let error = |code: u16, status: &str| json!({"error": {"code": code, "message": "Not now.", "status": status}});
    let rig = rig([answer(429, &json!([error(429, "RESOURCE_EXHAUSTED")]))]).await;
    assert_eq!(rig.ask(&question()).await.expect_err("an error").kind(), ErrorKind::RateLimited);
    let half = format!("data: {}\r\n\r\n", chunk(json!([{"text": "Half"}])));
    let body = error(503, "UNAVAILABLE");
    let pretty = serde_json::to_string_pretty(&body).expect("JSON");
    for raw in [
        format!("data: {body}\n\n"),
        format!("data: [{body}]\n\n"),
        format!("{body}\n"),
        format!("[{body}]\n"),
        body.to_string(),
        format!("{pretty}\n"),
        pretty.replace('\n', "\r\n"),
        format!("[{pretty}\n]\n"),
    ] {
        let error = stream_fails(stream_of(&format!("{half}{raw}"))).await;
        assert_eq!(error.kind(), ErrorKind::Server, "{raw}: {error}");
        assert!(error.to_string().contains("Not now."), "{raw}: {error}");
        assert_eq!(error.partial().expect("what came").content, "Half");
    }
    let list = json!([chunk(json!([{"text": "At "}])), last(json!([{"text": "nine."}]))]);
    let rig = super::rig([answer(200, &list)]).await;
    assert_eq!(rig.streamed(&question()).await.expect("a reply").content, "At nine.");
}

#[tokio::test]
async fn d16_block_reasons_differ_and_the_servers_tools_beside_own_ones_are_announced() {
    for (word, reason) in [
        ("OTHER", FinishReason::Other("OTHER".into())),
        ("SAFETY", FinishReason::ContentFilter),
        ("JAILBREAK", FinishReason::ContentFilter),
        ("SOMETHING_NEW", FinishReason::Other("SOMETHING_NEW".into())),
    ] {
        let body = json!({"promptFeedback": {"blockReason": word}, "usageMetadata": {"promptTokenCount": 3}});
        for reply in [reply(&body).await, streamed(&[body]).await] {
            assert_eq!((reply.content.as_str(), reply.finish_reason.as_ref()), ("", Some(&reason)));
            assert_eq!(reply.finish_reason_raw().unwrap_or(word), word);
        }
    }
    let own = ToolSpec::new("tide", "High tide", "{}").expect("JSON");
    let search = ToolSpec::raw("search", r#"{"googleSearch":{}}"#).expect("JSON");
    let both = sent(&question().with_tools([own.clone(), search.clone()])).await;
    assert_eq!(both["tools"][1], json!({"googleSearch": {}}));
    assert_eq!(both["toolConfig"], json!({"includeServerSideToolInvocations": true}));
    for tools in [[own.clone(), own], [search.clone(), search]] {
        assert_eq!(sent(&question().with_tools(tools)).await.get("toolConfig"), None);
    }
}
