//! The model's turn in the next request: as it came for its own protocol, rebuilt after an edit and for any
//! other, and then without reasoning that the server would not know.

use ek_core::{ChatRequest, LlmResponse, Message};
use ek_http::{Provider, ProviderBuilder};
use ek_mock::wire::response;
use serde_json::{Value, json};

use crate::support::JSON;
use crate::support::native::Rig;

/// A protocol, and a reply of it that thinks, says a text and calls a tool.
struct Spoken {
    name: &'static str,
    settings: fn() -> ProviderBuilder,
    reply: Value,
}

/// What proves that the reasoning went back, in whatever form.
const SIGNATURE: &str = "c2lnbmF0dXJl";

fn protocols() -> Vec<Spoken> {
    vec![
        #[cfg(feature = "anthropic")]
        Spoken {
            name: "anthropic",
            settings: || Provider::anthropic("m"),
            reply: json!({"type": "message", "stop_reason": "tool_use", "content": [
                {"type": "thinking", "thinking": "THOUGHT", "signature": SIGNATURE},
                {"type": "text", "text": "One moment."},
                {"type": "tool_use", "id": "call_1", "name": "tide", "input": {"port": "Bergen"}},
            ]}),
        },
        #[cfg(feature = "responses")]
        Spoken {
            name: "responses",
            settings: || Provider::openai_responses("m"),
            reply: json!({"object": "response", "status": "completed", "output": [
                {"type": "reasoning", "id": "rs_1", "encrypted_content": SIGNATURE,
                    "summary": [{"type": "summary_text", "text": "THOUGHT"}]},
                {"type": "message", "id": "msg_1", "role": "assistant",
                    "content": [{"type": "output_text", "text": "One moment."}]},
                {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "tide",
                    "arguments": "{\"port\":\"Bergen\"}"},
            ]}),
        },
        #[cfg(feature = "gemini")]
        Spoken {
            name: "gemini",
            settings: || Provider::gemini("m"),
            reply: json!({"candidates": [{"finishReason": "STOP", "content": {"parts": [
                {"text": "THOUGHT", "thought": true},
                {"text": "One moment."},
                {"functionCall": {"id": "call_1", "name": "tide", "args": {"port": "Bergen"}},
                    "thoughtSignature": SIGNATURE},
            ]}}]}),
        },
    ]
}

impl Spoken {
    async fn rig(&self) -> Rig {
        let answer = response(200, &[JSON], self.reply.to_string());
        Rig::with((self.settings)(), [answer], |settings, _| settings).await
    }

    async fn reply(&self) -> LlmResponse {
        self.rig().await.ask(&ChatRequest::user("When?")).await.expect("a reply")
    }

    /// The text of the request that has this turn, and the result of its call.
    async fn sent(&self, turn: Message) -> String {
        let rig = self.rig().await;
        let result = Message::tool("call_1", "14:20");
        let request = ChatRequest::new([Message::user("When?"), turn, result]);
        rig.ask(&request).await.expect("a reply");
        rig.sent(0).to_string()
    }
}

fn assert_says(sent: &str, texts: &[&str], is_said: bool) {
    for text in texts {
        assert_eq!(sent.contains(text), is_said, "`{text}` in {sent}");
    }
}

const FLAT: [&str; 4] = ["One moment.", "tide", "Bergen", "14:20"];

#[tokio::test]
async fn a_turn_goes_back_to_its_own_protocol_with_its_reasoning() {
    for own in protocols() {
        let turn = Message::from(own.reply().await);
        let sent = own.sent(turn.clone()).await;
        assert_says(&sent, &FLAT, true);
        assert_says(&sent, &["THOUGHT", SIGNATURE], true);
        // A transcript is kept as JSON.
        let kept = serde_json::to_string(&turn).expect("JSON");
        let read: Message = serde_json::from_str(&kept).expect("a message");
        assert_eq!(own.sent(read).await, sent, "{}", own.name);
    }
}

#[tokio::test]
async fn a_turn_of_another_protocol_is_rebuilt_without_its_reasoning() {
    for from in protocols() {
        let turn = Message::from(from.reply().await);
        for to in protocols().iter().filter(|to| to.name != from.name) {
            let sent = to.sent(turn.clone()).await;
            assert_says(&sent, &FLAT, true);
            assert_says(&sent, &["THOUGHT", SIGNATURE, "rs_1"], false);
        }
    }
}

#[tokio::test]
async fn a_turn_that_was_edited_is_rebuilt_without_its_reasoning() {
    for own in protocols() {
        let turn = Message::from(own.reply().await);
        let mut said_other = turn.clone();
        said_other.content = Some("Wait.".into());
        let sent = own.sent(said_other).await;
        assert_says(&sent, &["Wait.", "tide", "Bergen", "14:20"], true);
        assert_says(&sent, &["One moment.", "THOUGHT", SIGNATURE], false);

        let mut asked_other = turn.clone();
        asked_other.tool_calls[0].name = "wind".into();
        let sent = own.sent(asked_other).await;
        assert_says(&sent, &["One moment.", "wind", "Bergen", "14:20"], true);
        assert_says(&sent, &["tide", "THOUGHT", SIGNATURE], false);
    }
}
