//! What changes from model to model: who signs a call, and when the sources of an answer come.

use ek_core::Message;
use serde_json::{Value, json};

use super::deviations::{call, chunk, last};
use super::{reply, sent_after, streamed};

/// Models before Gemini 3 sign no calls; those after it refuse a turn of calls without a signature.
#[tokio::test]
async fn a_turn_that_no_part_of_is_signed_goes_back_with_the_placeholder_on_its_first_call() {
    let placed = |mut part: Value| {
        part["thoughtSignature"] = "skip_thought_signature_validator".into();
        part
    };
    let two = || [call(json!({"port": "Bergen"})), call(json!({"port": "Oslo"}))];
    let text = || json!({"text": "I look."});
    let [first, second] = two();
    let signed_text = json!({"text": "I look.", "thoughtSignature": "czE="});
    for (parts, sent) in [
        (
            json!([text(), first, second]),
            json!([text(), placed(call(json!({"port": "Bergen"}))), second]),
        ),
        (json!([signed_text, first, second]), json!([signed_text, first, second])),
    ] {
        let reply = reply(&last(parts)).await;
        let results = reply.tool_calls.iter().map(|call| Message::tool(&call.id, "{}"));
        let contents = sent_after(&reply, results.collect::<Vec<_>>()).await;
        assert_eq!(contents[1]["parts"], sent);
    }
}

#[tokio::test]
async fn what_an_earlier_chunk_says_of_the_candidate_stays_beside_what_a_later_one_says() {
    let mut first = chunk(json!([{"text": "At "}]));
    first["candidates"][0]["groundingMetadata"] =
        json!({"webSearchQueries": ["tide"], "groundingChunks": []});
    first["candidates"][0]["safetyRatings"] = json!([1]);
    let mut second = last(json!([{"text": "nine."}]));
    second["candidates"][0]["groundingMetadata"] = json!({"groundingChunks": [{"web": {}}]});
    second["candidates"][0]["safetyRatings"] = json!([2]);
    let reply = streamed(&[first, second]).await;
    let native: Value = serde_json::from_str(reply.native.expect("sources").json()).expect("JSON");
    let sources = json!({"webSearchQueries": ["tide"], "groundingChunks": [{"web": {}}]});
    assert_eq!((&native["groundingMetadata"], &native["safetyRatings"]), (&sources, &json!([2])));
}
