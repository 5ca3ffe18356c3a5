//! The three ways to depend on executionkit, each as its users write it.

/// The facade: the provider, against a server that matches what was sent.
mod the_facade {
    use executionkit::{ChatRequest, ErrorKind, LlmProvider as _, Message, Provider, ToolSpec};
    use serde_json::json;
    use wiremock::matchers::{body_json, header, header_exists, method, path, query_param};
    use wiremock::{Mock, MockServer, ResponseTemplate};

    fn reply() -> ResponseTemplate {
        let message = json!({"role": "assistant", "content": "Slowly."});
        ResponseTemplate::new(200).insert_header("x-request-id", "req-7").set_body_json(json!({
            "id": "chatcmpl-1", "model": "acme-7b-2026", "choices":
                [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {"input_tokens": 9, "output_tokens": 2}
        }))
    }

    #[tokio::test]
    async fn a_request_is_sent_as_the_api_wants_it_and_its_answer_read() {
        let server = MockServer::start().await;
        Mock::given(method("POST"))
            .and(path("/v1/chat/completions"))
            .and(header("authorization", "Bearer sk-test-0001"))
            .and(header("content-type", "application/json"))
            .and(header("x-team", "blue"))
            .and(header_exists("user-agent"))
            .and(body_json(json!({
                "model": "acme-7b",
                "messages": [
                    {"role": "system", "content": "Be brief."},
                    {"role": "user", "content": "How does a kiln cool?"}
                ],
                "temperature": 0.7,
                "max_tokens": 50,
                "tools": [{"type": "function", "function": {
                    "name": "tide", "description": "The next tide",
                    "parameters": {"type": "object", "properties": {}}}}],
                "top_p": 0.5
            })))
            .respond_with(reply())
            .expect(1)
            .mount(&server)
            .await;
        let provider = Provider::builder(format!("{}/v1/", server.uri()), "acme-7b")
            .api_key("sk-test-0001")
            .header("x-team", "blue")
            .build()
            .expect("settings");
        let tide =
            ToolSpec::new("tide", "The next tide", r#"{"type":"object"}"#).expect("a schema");
        let request = ChatRequest::new([
            Message::system("Be brief."),
            Message::user("How does a kiln cool?"),
        ])
        .with_max_tokens(50)
        .with_tools([tide])
        .with_extra("top_p", 0.5);

        let answer = provider.complete(&request).await.expect("an answer");
        assert_eq!(answer.content, "Slowly.");
        assert_eq!(answer.model.as_deref(), Some("acme-7b-2026"));
        assert_eq!(answer.request_id.as_deref(), Some("req-7"));
        assert_eq!((answer.input_tokens(), answer.output_tokens()), (Some(9), Some(2)));
        assert_eq!(answer.total_tokens(), Some(11));

        provider.close().await;
        let late = provider.complete(&request).await.expect_err("closed");
        assert_eq!(late.kind(), ErrorKind::Config);
    }

    #[tokio::test]
    async fn azure_is_asked_by_its_own_header_and_version() {
        let server = MockServer::start().await;
        Mock::given(path("/openai/deployments/kiln/chat/completions"))
            .and(query_param("api-version", "2024-10-21"))
            .and(header("api-key", "0a1b2c3d4e5f"))
            .respond_with(reply())
            .expect(1)
            .mount(&server)
            .await;
        let base = format!("{}/openai/deployments/kiln", server.uri());
        let provider = Provider::builder(base, "gpt-4o")
            .auth(executionkit::Auth::ApiKeyHeader)
            .api_key("0a1b2c3d4e5f")
            .query("api-version", "2024-10-21")
            .build()
            .expect("settings");
        let answer = provider.complete(&ChatRequest::user("hi")).await.expect("an answer");
        assert_eq!(answer.content, "Slowly.");
    }
}

/// `ek-core` alone: an adapter for a backend of one's own.
mod an_adapter {
    use ek_core::{
        ChatRequest, ChatStream, DynToolProvider, ErrorKind, LlmProvider, LlmResponse, Result,
        StreamingProvider as _, ToolCall, ToolCallingProvider,
    };

    struct Backend;

    impl LlmProvider for Backend {
        async fn complete(&self, request: &ChatRequest) -> Result<LlmResponse> {
            let asked = request.last_user_text().unwrap_or_default();
            let call = ToolCall::new("1", "tide", r#"{"city":"Oslo"}"#);
            Ok(LlmResponse::text(asked).with_tool_calls([call]))
        }
    }

    impl ToolCallingProvider for Backend {}

    #[tokio::test]
    async fn three_steps_make_a_provider_that_goes_wherever_one_is_wanted() {
        let handle = DynToolProvider::new(Backend);
        assert!(handle.supports_tools() && !handle.supports_streaming());
        let answer = handle.complete(&ChatRequest::user("hi")).await.expect("an answer");
        assert_eq!((answer.content.as_str(), answer.tool_calls.len()), ("hi", 1));
        assert_eq!(answer.total_tokens(), None);
        let stream: Result<ChatStream> = handle.stream(&ChatRequest::user("hi")).await;
        assert_eq!(stream.map(drop).map_err(|e| e.kind()), Err(ErrorKind::Unsupported));
    }
}

/// `ek-mock` as a dev-dependency: a test of code that only knows the trait.
mod a_test_double {
    use ek_core::{ChatRequest, Error, ErrorKind, LlmProvider, Result};
    use ek_mock::MockProvider;

    async fn second_opinion(llm: &impl LlmProvider, question: &str) -> Result<String> {
        let request = ChatRequest::user(question);
        match llm.complete(&request).await {
            Err(error) if error.is_retryable() => Ok(llm.complete(&request).await?.content),
            first => Ok(first?.content),
        }
    }

    #[tokio::test]
    async fn the_code_under_test_is_held_to_what_it_asked() {
        let busy = Error::new(ErrorKind::RateLimited, "HTTP 429");
        let llm = MockProvider::new([Err(busy), Ok("Slowly.".into())]);
        let answer = second_opinion(&llm, "How does a kiln cool?").await.expect("an answer");
        assert_eq!(answer, "Slowly.");
        assert_eq!(llm.call_count(), 2);
        let asked =
            llm.last_call().and_then(|call| Some(call.request.last_user_text()?.into_owned()));
        assert_eq!(asked.as_deref(), Some("How does a kiln cool?"));
    }
}
