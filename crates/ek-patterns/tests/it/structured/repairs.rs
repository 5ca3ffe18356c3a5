//! A reply that cannot be used goes back to the model with what was wrong.

use std::sync::{Arc, Mutex};

use ek_core::{ChatRequest, FinishReason, LlmResponse, Message, Role};
use ek_mock::{MockProvider, MockReply};
use ek_patterns::{Event, Misfit, StructuredOptions, structured};

use super::{GOOD, Glaze, WRONG, ask, options, tenmoku};

/// What the model was told in the last call, after the request itself.
fn told(llm: &MockProvider) -> Vec<(Role, String)> {
    let request = llm.last_call().expect("a call").request;
    request.messages[1..].iter().map(|m| (m.role.clone(), m.text())).collect()
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
    let told = told(&llm);
    assert_eq!(told.len(), 2);
    assert_eq!(told[0], (Role::Assistant, WRONG.to_owned()));
    let (role, text) = &told[1];
    assert_eq!(*role, Role::User);
    assert!(text.starts_with("Your last reply cannot be used. It has the wrong form: "), "{text}");
    assert!(text.contains("expected u16") && text.contains("corrected JSON alone"), "{text}");
}

#[tokio::test]
async fn each_repair_sees_the_newest_reply_alone() {
    let other = r#"{"name":"celadon"}"#;
    let llm = MockProvider::new([WRONG, other, GOOD]);
    ask(&llm, &options()).await.expect("a glaze");
    let told = told(&llm);
    assert_eq!((told.len(), told[0].1.as_str()), (2, other));
    assert!(told[1].1.contains("missing field `celsius`"), "{told:?}");
}

#[tokio::test]
async fn a_reply_that_was_cut_is_told_as_such() {
    let cut = LlmResponse::text(r#"{"name":"tenm"#).with_finish_reason(FinishReason::Length);
    let llm = MockProvider::new([MockReply::from(cut), MockReply::from(GOOD)]);
    let outcome = ask(&llm, &options()).await.expect("a glaze");
    assert_eq!(outcome.detail.misfits, [Misfit::Truncated]);
    let text = &told(&llm)[1].1;
    assert!(text.contains("cut off") && text.contains("limit on its tokens"), "{text}");
}

#[tokio::test]
async fn an_empty_reply_is_told_and_not_sent_back() {
    let llm = MockProvider::new(["", GOOD]);
    let outcome = ask(&llm, &options()).await.expect("a glaze");
    assert_eq!(outcome.detail.misfits, [Misfit::Empty]);
    let told = told(&llm);
    assert_eq!((told.len(), &told[0].0), (1, &Role::User));
    assert!(told[0].1.contains("It was empty."), "{told:?}");
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
    assert!(told(&llm)[1].1.contains("Its values are wrong: 12 °C is too cold"));
}

#[tokio::test]
async fn observers_hear_of_repairs() {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let listener = Arc::clone(&heard);
    let observer = move |event: &Event<'_>| {
        if let Event::RepairStarted { repair, max, misfit, .. } = event {
            listener.lock().expect("no panic").push((*repair, *max, *misfit));
        }
    };
    let llm = MockProvider::new(["I'd rather not.", WRONG, GOOD]);
    ask(&llm, &options().with_observer(observer)).await.expect("a glaze");
    let heard = heard.lock().expect("no panic");
    assert_eq!(*heard, [(1, 3, Misfit::NotJson), (2, 3, Misfit::WrongShape)]);
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
