//! Error bodies: their kind, requests that are too long, and what the message shows.

use ek_core::ErrorKind::{Malformed, QuotaExhausted, RateLimited, Rejected, Server};
use ek_core::StreamingProvider as _;
use ek_http::Provider;
use ek_mock::wire::{RawScript, RawServer, response};

use crate::support::rig::{Rig, Socket};
use crate::support::{JSON, KEY, first, in_time, question};

const SAID: &str = r#"{"error":{"message":"no glaze of that name","type":"t","code":"c_7"}}"#;

#[tokio::test]
async fn s26_a_used_up_account_is_not_a_bad_request_under_any_status() {
    let credits =
        r#"{"error":{"message":"Your credit balance is too low","type":"invalid_request_error"}}"#;
    let quota = r#"{"error":{"message":"no","code":"insufficient_quota"}}"#;
    let vendor = r#"{"base_resp":{"status_code":1008,"status_msg":"no"}}"#;
    for (status, body) in [
        (402, ""),
        (402, SAID),
        (401, quota),
        (403, quota),
        (500, quota),
        (400, credits),
        (412, credits),
        (429, credits),
        (200, quota),
        (200, vendor),
    ] {
        let rig = Rig::new(first(response(status, &[JSON], body))).await;
        let error = rig.fails(QuotaExhausted, Socket::Kept).await;
        assert!(!error.is_retryable(), "{status} {body}");
        assert_eq!(error.status(), Some(status));
    }
}

#[tokio::test]
async fn a_request_too_long_for_the_model_has_one_code_from_all_providers() {
    for (server, status, body) in [
        (
            "OpenAI",
            400,
            r#"{"error":{"message":"Reduce it.","type":"invalid_request_error","code":"context_length_exceeded"}}"#,
        ),
        (
            "vLLM",
            400,
            r#"{"object":"error","message":"This model's maximum context length is 4096 tokens. However, you requested 5000 tokens.","type":"BadRequestError","code":400}"#,
        ),
        (
            "llama.cpp",
            400,
            r#"{"error":{"code":400,"message":"the request exceeds the available context size","type":"exceed_context_size_error","n_ctx":512}}"#,
        ),
        (
            "Groq",
            413,
            r#"{"error":{"message":"Please reduce the length of the messages or completion.","type":"invalid_request_error","param":"messages"}}"#,
        ),
        (
            "OpenRouter",
            400,
            r#"{"error":{"code":400,"message":"Provider returned error","metadata":{"raw":"{\"error\":{\"message\":\"prompt is too long: 9 tokens > 8 maximum\"}}"}}}"#,
        ),
        (
            "Anthropic",
            400,
            r#"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 210000 tokens > 200000 maximum"}}"#,
        ),
        (
            "Gemini",
            400,
            r#"[{"error":{"code":400,"message":"The input token count (9) exceeds the maximum number of tokens allowed (8).","status":"INVALID_ARGUMENT"}}]"#,
        ),
        (
            "Mistral",
            400,
            r#"{"object":"error","message":"Prompt contains 9 tokens and 0 draft tokens, too large for model with 8 maximum context length","type":"invalid_request_prompt","code":"3051"}"#,
        ),
        (
            "Perplexity",
            400,
            r#"{"error":{"message":"The total length of all messages is too long.","type":"too_many_prompt_tokens","code":400}}"#,
        ),
        ("in a 200", 200, r#"{"error":{"message":"context length exceeded by the prompt"}}"#),
    ] {
        let rig = Rig::new(first(response(status, &[JSON], body))).await;
        let error = rig.fails(Rejected, Socket::Kept).await;
        assert!(error.is_context_overflow() && !error.is_retryable(), "{server}: {error:?}");
        assert_eq!(error.code(), Some("context_length_exceeded"), "{server}");
    }
    // Ollama sends a server error, but the request does not become shorter.
    let ollama =
        r#"{"error":{"message":"the input length exceeds the context length","type":"api_error"}}"#;
    let rig = Rig::new(first(response(500, &[JSON], ollama))).await;
    let error = rig.fails(Server, Socket::Kept).await;
    assert!(error.is_context_overflow() && !error.is_retryable(), "{error:?}");
}

#[tokio::test]
async fn a_code_that_repeats_the_status_does_not_hide_the_class() {
    for (status, body, code) in [
        (
            400,
            r#"{"error":{"message":"m","type":"tool_use_failed","code":400}}"#,
            "tool_use_failed",
        ),
        (400, r#"{"error":{"message":"m","type":"t","code":"400"}}"#, "t"),
        (503, r#"{"error":{"message":"m","code":503,"status":"UNAVAILABLE"}}"#, "UNAVAILABLE"),
        (400, r#"{"error":{"message":"m","type":"t","code":1210}}"#, "1210"),
        (400, r#"{"error":{"message":"m","code":400}}"#, "400"),
    ] {
        let rig = Rig::new(first(response(status, &[JSON], body))).await;
        assert_eq!(rig.ask().await.expect_err("a failure").code(), Some(code), "{body}");
    }
}

#[tokio::test]
async fn a_404_or_405_without_a_code_names_the_path_and_asks_about_the_base_url() {
    let query = |s: ek_http::ProviderBuilder| s.query("api-version", "MARK-2026-01-01");
    for body in [
        "",
        r#"{"detail":"Not Found"}"#,
        r#"{"error":{"code":"404","message":"Resource not found"}}"#,
    ] {
        for status in [404, 405] {
            let rig = Rig::with(first(response(status, &[], body)), query).await;
            let error = rig.fails(Rejected, Socket::Kept).await.to_string();
            let hint =
                " (POST /v1/chat/completions; does the base URL lead to the API, often .../v1?)";
            assert!(error.ends_with(hint), "{error}");
        }
    }
    for body in [SAID, r#"{"error":"Specified model not found: acme"}"#] {
        let rig = Rig::new(first(response(404, &[], body))).await;
        let error = rig.fails(Rejected, Socket::Kept).await.to_string();
        assert!(!error.contains("base URL"), "{error}");
    }
}

#[tokio::test]
async fn a_401_asks_about_the_key_where_the_server_does_not() {
    const SENT: &str = " (is the API key one of this server?)";
    let said = r#"{"error":{"message":"Incorrect API key provided"}}"#;
    for (body, shown, advice) in [
        ("", "HTTP 401", SENT),
        ("Unauthorized", "HTTP 401: Unauthorized", SENT),
        (said, "HTTP 401: Incorrect API key provided", ""),
    ] {
        let refused = || first(response(401, &[], body));
        let rig = Rig::new(refused()).await;
        let error = rig.fails(Rejected, Socket::Kept).await;
        assert_eq!(error.to_string(), format!("{shown}{advice}"));

        let server = RawServer::start(RawScript::in_order([refused()])).await;
        let url = format!("{}/v1", server.uri());
        let rig = Rig::of(server, |_| Provider::builder(url, "test-model"));
        let error = rig.ask().await.expect_err("no key");
        assert_eq!(error.to_string(), format!("{shown} (is an API key missing?)"));
    }
}

#[tokio::test]
async fn the_message_of_a_429_names_the_wait_that_the_server_names() {
    let spoken = r#"{"error":{"message":"slow down, try again in 4s"}}"#;
    let field = r#"{"error":{"message":"slow down","retry_after_ms":2500}}"#;
    for (headers, body, shown) in [
        (
            &[JSON, ("retry-after", "20")][..],
            SAID,
            "HTTP 429: no glaze of that name (retry after 20s)",
        ),
        (&[JSON], field, "HTTP 429: slow down (retry after 2.5s)"),
        (&[JSON], spoken, "HTTP 429: slow down, try again in 4s"),
        (&[JSON], SAID, "HTTP 429: no glaze of that name"),
    ] {
        let rig = Rig::new(first(response(429, headers, body))).await;
        assert_eq!(rig.fails(RateLimited, Socket::Kept).await.to_string(), shown);
    }
}

#[tokio::test]
async fn a_body_without_a_known_key_is_shown_without_echoes_of_the_request() {
    let long = format!(r#"{{"oops":"{}"}}"#, "x".repeat(400));
    let key = format!("{} {KEY} refused", "x".repeat(180));
    for (body, shown) in [
        (r#"{"at":7,"oops":"no such kiln"}"#, r#"{"at":7,"oops":"no such kiln"}"#),
        (
            r#"{"input":"MARK","oops":"no","request":{"messages":["MARK"]}}"#,
            r#"{"input":"...","oops":"no","request":"..."}"#,
        ),
        (r#"{"note":"{\"prompt\":\"MARK\"}","oops":"no"}"#, r#"{"note":"","oops":"no"}"#),
        (&long, &format!(r#"{{"oops":"{} [truncated]"#, "x".repeat(191))),
        ("upstream\n gone", "upstream gone"),
        ("{'oops': 'no', 'input': {'p': 'MARK'}}", "{'oops': 'no'"),
        (&key, &format!("{} [REDACTED] refused", "x".repeat(180))),
        (r#"{"detail":"field [type=x, input_value='MARK', input_type=str]"}"#, "field [type=x"),
    ] {
        let rig = Rig::new(first(response(400, &[], body))).await;
        let error = rig.fails(Rejected, Socket::Kept).await;
        assert_eq!(error.to_string(), format!("HTTP 400: {shown}"));
    }
    for cut in [r#"{"oops":"MARK"#, r#"{"detail":[{"input":{"messages":[{"content":"MARK"#] {
        let rig = Rig::new(first(response(400, &[], cut))).await;
        let error = rig.fails(Rejected, Socket::Kept).await;
        assert_eq!(error.to_string(), "HTTP 400", "{cut}");
    }
}

#[tokio::test]
async fn a_vendor_s_envelope_under_200_is_an_error_with_or_without_choices() {
    let choice = r#"[{"message":{"content":"MARK"},"finish_reason":"stop"}]"#;
    for (envelope, code) in [
        (r#""base_resp":{"status_code":1002,"status_msg":"the kiln is cold"}"#, Some("1002")),
        (r#""error_code":18,"error_msg":"the kiln is cold""#, Some("18")),
        (r#""errorCode":"COLD","errorMessage":"the kiln is cold""#, Some("COLD")),
        (r#""x_groq":{"id":"r","error":"the kiln is cold"}"#, None),
        (r#""success":false,"errors":[{"code":7003,"message":"the kiln is cold"}]"#, Some("7003")),
        (r#""status":"error","message":"the kiln is cold""#, None),
        (r#""error":"the kiln is cold","error_type":"cold""#, Some("cold")),
    ] {
        for choices in ["null", "[]", choice] {
            let body = format!(r#"{{"id":"x","choices":{choices},{envelope}}}"#);
            let rig = Rig::new(first(response(200, &[JSON], &body))).await;
            let error = rig.fails(Server, Socket::Kept).await;
            assert_eq!(error.to_string(), "HTTP 200 with an error: the kiln is cold", "{body}");
            assert_eq!(error.code(), code, "{body}");
        }
    }
}

#[tokio::test]
async fn an_envelope_that_says_success_leaves_the_reply() {
    for envelope in [
        r#""base_resp":{"status_code":0,"status_msg":"success"}"#,
        r#""error_code":0,"error_msg":"""#,
        r#""code":0,"message":"Success""#,
        r#""code":200,"msg":"ok","success":true"#,
        r#""error":{"message":"","type":"","code":0,"details":[],"inner":{"code":null}}"#,
        r#""x_groq":{"error":null}"#,
        r#""prompt_filter_results":[{"content_filter_results":{"error":{"code":"x","message":"m"}}}]"#,
    ] {
        let choices = r#"[{"message":{"content":"MARKreply: nothing but the glaze."}}]"#;
        let body = format!(r#"{{"choices":{choices},{envelope}}}"#);
        Rig::new(first(response(200, &[JSON], &body))).await.works().await;
        let wrapped = format!(r#"{{"data":{{"choices":{choices}}},{envelope}}}"#);
        Rig::new(first(response(200, &[JSON], &wrapped))).await.works().await;
    }
}

#[tokio::test]
async fn s46_a_page_under_200_is_not_retried_and_under_an_error_status_the_status_decides() {
    let page = "<!DOCTYPE html><html><head><title>Sign in</title></head><body>MARK</body></html>";
    let rig = Rig::new(first(response(200, &[("content-type", "text/html")], page))).await;
    let error = rig.fails(Malformed, Socket::Kept).await;
    assert!(!error.is_retryable(), "{error:?}");
    let rig = Rig::new(first(response(200, &[("content-type", "text/html")], page))).await;
    let streamed = rig.provider.stream(&question()).await.expect("a stream").collect().await;
    let streamed = streamed.expect_err("a page");
    assert!(streamed.kind() == Malformed && !streamed.is_retryable(), "{streamed:?}");
    assert_eq!(streamed.to_string(), error.to_string());
    for (status, kind, retryable) in
        [(403, Rejected, false), (429, RateLimited, true), (502, Server, true)]
    {
        let rig = Rig::new(first(response(status, &[("content-type", "text/html")], page))).await;
        let error = rig.fails(kind, Socket::Kept).await;
        assert_eq!(error.is_retryable(), retryable, "{status}");
    }
}

#[tokio::test]
async fn a_text_under_200_is_shown_and_a_cut_document_is_not() {
    let not_json = "the reply is not JSON: fault at line 1, column 1";
    let long = "x".repeat(300);
    for (body, shown) in [
        ("upstream connect error", format!("{not_json}; it says: upstream connect error")),
        (&long, format!("{not_json}; it says: {} [truncated]", &long[..200])),
        ("bad key sk-FAKEfakeFAKEfake12", format!("{not_json}; it says: bad key [REDACTED]")),
        (r#""no kiln""#, "the reply is JSON, but no object; it says: no kiln".to_owned()),
        (
            r#"{"choices":[{"message":{"content":"MARK"#,
            "the reply is JSON that ends too early".to_owned(),
        ),
    ] {
        let rig = Rig::new(first(response(200, &[], body))).await;
        let error = rig.fails(Malformed, Socket::Kept).await;
        assert_eq!(error.to_string(), format!("HTTP 200: {shown}"));
    }
}

#[tokio::test]
async fn a_text_in_place_of_a_stream_is_shown() {
    for body in ["upstream connect error", "upstream connect error\nkey: sk-FAKEfakeFAKEfake12\n"] {
        let rig = Rig::new(first(response(200, &[], body))).await;
        let stream = rig.provider.stream(&question()).await.expect("a stream");
        let error = in_time(stream.collect()).await.expect_err("no stream");
        let shown = error.to_string();
        let begun =
            "HTTP 200: the answer is neither an event stream nor JSON; it says: upstream connect";
        assert!(error.kind() == Malformed && shown.starts_with(begun), "{shown}");
        assert!(!shown.contains("FAKE"), "{shown}");
    }
}
