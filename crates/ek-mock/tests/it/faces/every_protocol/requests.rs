//! What the mock reads of requests, as far as it is alike in all protocols.

use ek_core::{ChatRequest, LlmProvider as _, ReasoningBudget};
use ek_mock::wire::MockTransport;
use ek_mock::{CallOutcome, Script};
use serde_json::Value;

use super::super::answer;
use super::{ALL, over};

/// For each of [`ALL`] its path, bodies that are no request, and what the mock says of them.
const WRONG: [(&str, &[(&str, &str)]); 4] = [
    (
        "/v1/chat/completions",
        &[
            ("{}", "the body has no `messages`"),
            ("[]", "the body is not a JSON object: fault at line 1, column 0"),
            (r#"{"messages":"?"}"#, "`messages` is no list of messages, each with a role"),
            (
                r#"{"messages":[{"content":"?"}]}"#,
                "`messages` is no list of messages, each with a role",
            ),
            (r#"{"messages":[],"tools":{}}"#, "`tools` is no list"),
            (
                r#"{"messages":[],"tools":[{"function":{}}]}"#,
                "an entry of `tools` is no tool with a name",
            ),
        ],
    ),
    (
        "/v1/messages",
        &[
            ("{}", "the body has no `messages`"),
            (
                r#"{"messages":"?"}"#,
                "`messages` is no list of messages, each with a role and content",
            ),
            (
                r#"{"messages":[{"content":"?"}]}"#,
                "`messages` is no list of messages, each with a role and content",
            ),
            (
                r#"{"messages":[{"role":"owl","content":"?"}]}"#,
                "a message has a role that is none of user, assistant, system",
            ),
            (
                r#"{"messages":[{"role":"user","content":[{"text":"?"}]}]}"#,
                "a content is neither a text nor a list of blocks, each with a type",
            ),
            (
                r#"{"messages":[],"tools":[{"description":"d"}]}"#,
                "an entry of `tools` is no tool with a name",
            ),
        ],
    ),
    (
        "/v1/responses",
        &[
            ("{}", "the body has no `input`"),
            (
                r#"{"input":7}"#,
                "`input` is neither a text nor a list of items, each with a type or a role",
            ),
            (
                r#"{"input":[{"content":"?"}]}"#,
                "`input` is neither a text nor a list of items, each with a type or a role",
            ),
            (
                r#"{"input":[{"role":"owl","content":"?"}]}"#,
                "a message has a role that is none of user, assistant, system, developer",
            ),
            (
                r#"{"input":"?","tools":[{"name":"t"}]}"#,
                "an entry of `tools` is no tool with a type",
            ),
        ],
    ),
    (
        "/v1beta/models/m:generateContent",
        &[
            ("{}", "the body has no `contents`"),
            (r#"{"contents":"?"}"#, "`contents` is no list of contents, each with a list of parts"),
            (r#"{"contents":["?"]}"#, "a content is no object with a list of parts"),
            (r#"{"contents":[],"tools":{}}"#, "`tools` is no list"),
            (
                r#"{"contents":[{"role":"owl","parts":[]}]}"#,
                "a content has a role that is none of user, model",
            ),
            (r#"{"contents":[{"parts":["?"]}]}"#, "a part is no JSON object"),
            (
                r#"{"contents":[],"tools":[{"functionDeclarations":[{}]}]}"#,
                "an entry of `tools` is no tool, or declares one without a name",
            ),
        ],
    ),
];

#[tokio::test]
async fn a_body_that_is_no_request_is_refused_and_recorded() {
    for ((path, bodies), protocol) in WRONG.iter().zip(&ALL) {
        let transport = MockTransport::new(Script::cycling(["a"]));
        let no_json = ("{", "the body is not a JSON object: fault at line 1, column 1");
        for (body, why) in bodies.iter().chain([&no_json]) {
            let (head, json) = answer(&transport, &format!("POST {path}"), "", body).await;
            assert!(head.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{path}: {head}");
            let json: Value = serde_json::from_str(&json).expect("JSON");
            let object = &json["error"];
            assert_eq!(object["message"], *why, "{path}: {body}");
            let word = object.get("status").unwrap_or(&object["type"]);
            assert!(
                ["invalid_request_error", "INVALID_ARGUMENT"].iter().any(|one| word == one),
                "{json}"
            );

            let call = transport.last_call().expect("a call");
            assert_eq!((call.outcome, call.rule), (CallOutcome::Failed, None));
            assert_eq!(
                (call.problem.as_deref(), call.protocol.as_ref()),
                (Some(*why), Some(protocol))
            );
        }
        assert_eq!(transport.call_count(), bodies.len() + 1);
    }
}

#[tokio::test]
async fn a_reasoning_budget_is_read_in_each_of_its_forms() {
    for protocol in [&ALL[1], &ALL[3]] {
        let transport = MockTransport::new(Script::cycling(["a"]));
        for budget in
            [ReasoningBudget::Off, ReasoningBudget::Adaptive, ReasoningBudget::Tokens(2048)]
        {
            let asked = ChatRequest::user("?").with_reasoning_budget(budget);
            over(protocol, &transport).complete(&asked).await.expect("a reply");
            let found = transport.last_call().expect("a call").request.reasoning_budget;
            assert_eq!(found, Some(budget), "{protocol}");
        }
    }
}
