//! A value of a type out of a reply.

mod failures;
mod repairs;
mod schema;
mod streaming;

use ek_core::{LlmProvider, LlmResponse, Result, Usage};
use ek_mock::MockProvider;
use ek_patterns::{Outcome, StructuredDetail, StructuredOptions, structured};

#[derive(Debug, PartialEq, serde::Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
struct Glaze {
    name: String,
    celsius: u16,
}

const GOOD: &str = r#"{"name":"tenmoku","celsius":1260}"#;
const WRONG: &str = r#"{"name":"tenmoku","celsius":"SECRET"}"#;

fn tenmoku() -> Glaze {
    Glaze { name: "tenmoku".into(), celsius: 1260 }
}

fn options() -> StructuredOptions<Glaze> {
    StructuredOptions::default()
}

async fn ask(
    provider: &impl LlmProvider,
    options: &StructuredOptions<Glaze>,
) -> Result<Outcome<Glaze, StructuredDetail>> {
    structured(provider, "Describe tenmoku.", options).await
}

#[tokio::test]
async fn json_is_taken_out_of_a_reply_raw_fenced_or_as_a_block() {
    for reply in [
        GOOD.to_owned(),
        format!("\n  {GOOD}\n"),
        format!("Here you are:\n```json\n{GOOD}\n```\nAnything else?"),
        format!("Sure: {GOOD} (see [1])."),
        format!("I first thought of {{\"name\":\"celadon\"}}, but: {GOOD}"),
        format!("{GOOD}\n(a field is missing in {{\"name\":\"celadon\"}})"),
    ] {
        let outcome = ask(&MockProvider::new([reply.as_str()]), &options()).await;
        let outcome = outcome.unwrap_or_else(|error| panic!("{reply}: {error}"));
        assert_eq!((outcome.value, outcome.spend.calls), (tenmoku(), 1), "{reply}");
        assert!(outcome.detail.misfits.is_empty());
    }
}

#[tokio::test]
async fn a_draft_is_not_taken_for_the_answer() {
    let draft = r#"{"name":"raku","celsius":1000}"#;
    for reply in [
        format!("<think>Perhaps {draft}?</think>{GOOD}"),
        format!("Perhaps {draft}?\n</think>\n\n{GOOD}"),
        format!("Draft: {draft}\nFinal: {GOOD}"),
        format!("```json\n{draft}\n```\nNo:\n```json\n{GOOD}\n```\n"),
    ] {
        let outcome = ask(&MockProvider::new([reply.as_str()]), &options()).await;
        let outcome = outcome.unwrap_or_else(|error| panic!("{reply}: {error}"));
        assert_eq!((outcome.value, outcome.spend.calls), (tenmoku(), 1), "{reply}");
    }
    // A thought alone is no answer.
    let llm = MockProvider::new([format!("<think>{draft}</think>").as_str(), GOOD]);
    assert_eq!(ask(&llm, &options()).await.expect("a glaze").value, tenmoku());
}

#[tokio::test]
async fn what_is_nearly_json_costs_a_repair_unless_it_is_read_leniently() {
    for reply in [
        "{\"name\":\"ten\nmoku\",\"celsius\":1260}",
        r#"{"name":"tenmoku","celsius":1260,}"#,
        "{'name':'tenmoku','celsius':1260}",
        r#"{"name":"ten\moku","celsius":1260}"#,
        r#"Of ["tenmoku, celadon: {"name":"tenmoku","celsius":1260}"#,
    ] {
        for (lenient, calls) in [(false, 2), (true, 1)] {
            let llm = MockProvider::new([reply, GOOD]);
            let outcome = ask(&llm, &options().with_lenient(lenient)).await.expect("a glaze");
            assert_eq!((outcome.spend.calls, outcome.value.celsius), (calls, 1260), "{reply}");
        }
    }
}

#[tokio::test]
async fn the_type_may_be_anything_that_serde_reads() {
    let llm = MockProvider::new(["The answer is [1, 2, 3]."]);
    let numbers = structured::<Vec<u8>>(&llm, "?", &StructuredOptions::default()).await;
    assert_eq!(numbers.expect("numbers").value, [1, 2, 3]);
    let llm = MockProvider::new(["true"]);
    let yes = structured::<bool>(&llm, "?", &StructuredOptions::default()).await;
    assert!(yes.expect("a bool").value);
}

#[tokio::test]
async fn the_outcome_has_the_reply_and_the_spend_of_all_calls() {
    let reply = |text: &str| {
        LlmResponse::text(text).with_usage(Usage::new(10, 3)).with_id(text.len().to_string())
    };
    let llm = MockProvider::new([reply(WRONG), reply(GOOD)]);
    let outcome = ask(&llm, &options()).await.expect("a glaze");
    assert_eq!((outcome.spend.calls, outcome.spend.usage), (2, Usage::new(20, 6)));
    assert_eq!(outcome.detail.reply.id.as_deref(), Some(GOOD.len().to_string().as_str()));
    assert!(!format!("{outcome:?}").contains("tenmoku"));
}
