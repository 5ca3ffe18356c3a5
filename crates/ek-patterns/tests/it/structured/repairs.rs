//! A reply that cannot be used goes back to the model with what was wrong.

use std::sync::{Arc, Mutex};

use ek_core::{ChatRequest, FinishReason, LlmResponse, Message, ProtocolName, Role, ToolCall};
use ek_mock::{MockProvider, MockReply};
use ek_patterns::{Event, Misfit, StructuredOptions, structured};

use crate::support::signed;

use super::{GOOD, Glaze, WRONG, ask, options, tenmoku};

/// The messages of the last call after those of the request itself.
fn sent(llm: &MockProvider) -> Vec<(Role, String)> {
    let request = llm.last_call().expect("a call").request;
    request.messages[1..].iter().map(|m| (m.role.clone(), m.text().into_owned())).collect()
}

#[tokio::test]
async fn three_repairs_are_asked_for_by_default() {
    let llm = MockProvider::new([WRONG, WRONG, WRONG, GOOD]);
    let outcome = ask(&llm, &options()).await.expect("the fourth reply");
    assert_eq!((outcome.value, llm.call_count()), (tenmoku(), 4));
    assert_eq!(outcome.detail.misfits, [Misfit::WrongShape; 3]);
}

#[tokio::test]
async fn the_model_sees_its_reply_and_what_was_wrong_with_it() {
    let llm = MockProvider::new([WRONG, GOOD]);
    ask(&llm, &options()).await.expect("a glaze");
    let sent = sent(&llm);
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0], (Role::Assistant, WRONG.to_owned()));
    let (role, text) = &sent[1];
    assert_eq!(*role, Role::User);
    assert!(text.starts_with("Your last reply cannot be used. It has the wrong form:\n"), "{text}");
    assert!(text.contains("- /celsius: expected u16, found string\n"), "{text}");
    assert!(text.contains("corrected JSON alone"), "{text}");
}

#[tokio::test]
async fn a_repair_sends_the_turn_of_the_model_as_its_protocol_wrote_it() {
    let wrong = signed(WRONG);
    let llm = MockProvider::new([wrong.clone(), LlmResponse::text(GOOD)]);
    ask(&llm, &options()).await.expect("a glaze");
    let sent = llm.last_call().expect("a call").request.messages[1].clone();
    assert_eq!((sent.text().as_ref(), &sent.native), (WRONG, &wrong.native));
    assert!(sent.native_for(&ProtocolName::AnthropicMessages).is_some());
}

#[tokio::test]
async fn a_repair_of_a_reply_that_calls_a_tool_has_its_text_alone() {
    let call = ToolCall::new("a", "answer", GOOD);
    let called = signed(WRONG).with_tool_calls([call]);
    let llm = MockProvider::new([called, LlmResponse::text(GOOD)]);
    ask(&llm, &options()).await.expect("a glaze");
    let sent = llm.last_call().expect("a call").request.messages[1].clone();
    assert_eq!((sent.text().as_ref(), &sent.native), (WRONG, &None));
    assert!(sent.tool_calls.is_empty());
}

#[tokio::test]
async fn each_repair_sees_the_newest_reply_alone() {
    let other = r#"{"name":"celadon"}"#;
    let llm = MockProvider::new([WRONG, other, GOOD]);
    ask(&llm, &options()).await.expect("a glaze");
    let sent = sent(&llm);
    assert_eq!((sent.len(), sent[0].1.as_str()), (2, other));
    assert!(sent[1].1.contains("/celsius: expected a value, found nothing"), "{sent:?}");
}

#[tokio::test]
async fn the_model_reads_that_its_reply_was_cut() {
    let cut = LlmResponse::text(r#"{"name":"tenm"#).with_finish_reason(FinishReason::Length);
    let llm = MockProvider::new([MockReply::from(cut), MockReply::from(GOOD)]);
    let outcome = ask(&llm, &options()).await.expect("a glaze");
    assert_eq!(outcome.detail.misfits, [Misfit::Truncated]);
    let text = &sent(&llm)[1].1;
    assert!(text.contains("cut off") && text.contains("limit on its tokens"), "{text}");
}

#[tokio::test]
async fn the_model_reads_that_its_reply_was_empty_and_the_reply_is_not_sent_back() {
    let llm = MockProvider::new(["", GOOD]);
    let outcome = ask(&llm, &options()).await.expect("a glaze");
    assert_eq!(outcome.detail.misfits, [Misfit::Empty]);
    let sent = sent(&llm);
    assert_eq!((sent.len(), &sent[0].0), (1, &Role::User));
    assert!(sent[0].1.contains("It was empty."), "{sent:?}");
}

#[tokio::test]
async fn a_closure_may_refuse_the_value_and_say_why() {
    let check = |glaze: &Glaze| match glaze.celsius {
        0..1000 => Err(format!("{} °C is too cold", glaze.celsius)),
        _ => Ok(()),
    };
    let llm = MockProvider::new([r#"{"name":"tenmoku","celsius":12}"#, GOOD]);
    let outcome = ask(&llm, &options().with_check(check)).await.expect("a glaze");
    assert_eq!((outcome.value, outcome.detail.misfits), (tenmoku(), vec![Misfit::Refused]));
    assert!(sent(&llm)[1].1.contains("Its values are wrong: 12 °C is too cold"));
}

#[tokio::test]
async fn observers_hear_of_repairs() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let listener = Arc::clone(&seen);
    let observer = move |event: &Event<'_>| {
        if let Event::RepairStarted { repair, max, misfit, .. } = event {
            listener.lock().expect("no panic").push((*repair, *max, *misfit));
        }
    };
    let llm = MockProvider::new(["I'd rather not.", WRONG, GOOD]);
    ask(&llm, &options().with_observer(observer)).await.expect("a glaze");
    let seen = seen.lock().expect("no panic");
    assert_eq!(*seen, [(1, 3, Misfit::NotJson), (2, 3, Misfit::WrongShape)]);
}

#[tokio::test]
async fn a_conversation_is_asked_as_it_is() {
    let llm = MockProvider::new([WRONG, GOOD]);
    let request = ChatRequest::new([Message::system("Be exact."), Message::user("Tenmoku?")])
        .with_temperature(0.3);
    structured::<Glaze>(&llm, &request, &StructuredOptions::default()).await.expect("a glaze");
    assert_eq!(llm.calls()[0].request.messages, request.messages);
    let repair = &llm.calls()[1].request;
    assert_eq!(repair.messages[..2], request.messages[..]);
    assert_eq!(repair.temperature, Some(0.3));
}

/// Five fields are wrong, and the model mends what it reads of and nothing else.
#[tokio::test]
async fn every_wrong_field_goes_back_at_once_with_what_is_expected_and_what_was_found() {
    #[derive(Debug, serde::Deserialize)]
    #[expect(dead_code, reason = "only read by serde")]
    struct Batch {
        id: u32,
        glazes: Vec<Glaze>,
        kiln: String,
        done: bool,
    }
    let schema = r#"{"type":"object","required":["id","glazes","kiln","done"],"properties":{
        "id":{"type":"integer"},"kiln":{"enum":["wood","gas"]},"done":{"type":"boolean"},
        "glazes":{"type":"array","items":{"type":"object","required":["name","celsius"],
            "properties":{"name":{"type":"string"},"celsius":{"type":"integer"}}}}}}"#;
    let reply = r#"{"id":"7","glazes":[{"name":"celadon","celsius":1280},{"name":1,"celsius":"hot"}],"kiln":"oil"}"#;
    let mends = [
        ("/id: expected integer, found string", r#""id":"7""#, r#""id":7"#),
        ("/glazes/1/name: expected string, found integer", r#""name":1"#, r#""name":"raku""#),
        ("/glazes/1/celsius: expected integer, found string", r#""hot""#, "1000"),
        ("/kiln: expected one of \"wood\", \"gas\", found string", r#""oil""#, r#""gas""#),
        ("/done: expected a value, found nothing", r#""gas"}"#, r#""gas","done":true}"#),
    ];
    let llm = MockProvider::respond_with(move |request| {
        let sent = request.messages.last().expect("a message").text();
        let mended = mends.iter().filter(|(line, ..)| sent.contains(&format!("- {line}\n")));
        mended.fold(reply.to_owned(), |reply, (_, wrong, right)| reply.replace(wrong, right))
    });
    let schema = ek_core::RawJson::new(schema).expect("JSON");
    let options = StructuredOptions::default().with_schema("batch", schema);
    let outcome = structured::<Batch>(&llm, "Describe the batch.", &options).await;
    let outcome = outcome
        .unwrap_or_else(|error| panic!("{error}: {:?}", error.partial().map(|r| &r.content)));
    assert_eq!((outcome.spend.calls, outcome.value.glazes.len()), (2, 2));
}
