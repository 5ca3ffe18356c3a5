//! The words and the prose of many servers, and the kind that follows from them.

use super::*;

fn read(body: &str) -> ErrorBody {
    ErrorBody::read(body.as_bytes())
}

#[test]
fn words_are_known_in_any_case_and_with_any_separator() {
    for (word, kind) in [
        ("RATE_LIMIT_EXCEEDED", Some(ErrorKind::RateLimited)),
        ("RateLimitError", Some(ErrorKind::RateLimited)),
        ("com.amazon.coral.service#ThrottlingException", Some(ErrorKind::RateLimited)),
        ("invalid-argument", Some(ErrorKind::Rejected)),
        ("BadRequestError", Some(ErrorKind::Rejected)),
        ("invalid_image_url", Some(ErrorKind::Rejected)),
        ("image_parse_error", Some(ErrorKind::Rejected)),
        ("slow_down", Some(ErrorKind::RateLimited)),
        ("bio_policy", Some(ErrorKind::Rejected)),
        ("ResponsibleAIPolicyViolation", Some(ErrorKind::Rejected)),
        ("content-policy-violation-error", Some(ErrorKind::Rejected)),
        ("policy_server_error", None),
        ("server_error", None),
        ("tokens", None),
    ] {
        let body = format!(r#"{{"error":{{"message":"m","type":"{word}"}}}}"#);
        assert_eq!(by_words(&read(&body)), kind, "{word}");
    }
}

#[test]
fn a_used_up_account_is_known_by_its_code() {
    for code in [
        "\"insufficient_quota\"",
        "\"InsufficientBalance\"",
        "\"insufficient_balance_error\"",
        "\"payment_required\"",
        "\"AccountOverdueError\"",
        "\"Arrearage\"",
        "\"FailedOperation.ResourcePackExhausted\"",
        "\"token_quota_reached\"",
        "\"pre_consume_token_quota_failed\"",
        "\"usage_not_included\"",
        "\"1113\"",
        "1113",
        "30001",
    ] {
        for body in [
            format!(r#"{{"error":{{"code":{code},"message":"m"}}}}"#),
            format!(r#"{{"error":{{"type":{code},"message":"m"}}}}"#),
            format!(r#"{{"code":{code},"message":"m"}}"#),
            format!(r#"{{"error":{{"message":"m","metadata":{{"error_type":{code}}}}}}}"#),
            format!(r#"{{"error":{{"message":"m","metadata":{{"raw":{{"code":{code}}}}}}}}}"#),
        ] {
            // A number under `type` is no type.
            let is_type = body.contains("type") && !code.starts_with('"');
            assert!(is_exhausted(&read(&body), true) || is_type, "{body}");
        }
    }
    let inner = r#"{"error":{"code":"insufficient_quota","message":"m"}}"#;
    let body =
        serde_json::json!({"error": {"code": 429, "message": "o", "metadata": {"raw": inner}}});
    assert!(is_exhausted(&read(&body.to_string()), true));
    let body = r#"{"base_resp":{"status_code":1008,"status_msg":"m"}}"#;
    assert!(is_exhausted(&read(body), true));
}

#[test]
fn a_used_up_account_is_known_by_its_words() {
    for message in [
        "Insufficient Balance",
        "Insufficient account balance",
        "Sorry, your account balance is insufficient",
        "This account is suspended for insufficient balance, please recharge",
        "Your team has either used all available credits or reached its monthly spending limit.",
        "You are out of credits",
        "You have run out of prepaid credits.",
        "Your credit balance is too low to access the API.",
        "You exceeded your current quota, please check your plan and billing details.",
        "You have exceeded your monthly included credits for Inference Providers.",
        "Cloud credits expired - please contact us",
        "Account acme is suspended, possibly due to reaching the monthly spending limit or failure to pay past invoices",
        "Billing hard limit has been reached",
        "Your account is not active: billing is not active",
        "The request failed because your account has an overdue balance.",
        "Access denied, your account is in arrears",
        "Budget has been exceeded! Current cost: 3.1, Max budget: 3.0",
        "The free tier of the model has been exhausted.",
        "Your project has exceeded its monthly spending cap.",
        "You're out of extra usage. Add more in the settings and keep going.",
        "Quota exceeded for metric: free_tier_requests, limit: 0, model: m. Please retry in 34s.",
        "Quota exceeded for metric: a, limit: 0\nPlease retry in 34s.",
        "Rate limit reached for acme on tokens per min (TPM): Limit 0, Used 0.",
        "You are using a Trial key, which is limited to 1000 API calls / month.",
        "litellm.RateLimitError: OpenAIException - {'code': 'insufficient_quota'}",
        "Key limit exceeded (total limit)",
        "Please recharge your account",
        "您的账户已欠费，请充值后重试。",
        "余额不足或无可用资源包,请充值。",
    ] {
        let body = serde_json::json!({"error": {"message": message}}).to_string();
        assert!(is_exhausted(&read(&body), false), "{message}");
    }
}

#[test]
fn a_limit_of_money_is_known_by_the_end_of_its_code() {
    for (code, exhausted) in [
        ("enforced_spend_limit_reached", true),
        ("contract_spend_limit_reached", true),
        ("teamSpendLimitExceeded", true),
        ("daily_cost_limit_exceeded", true),
        ("CreditLimitExceededError", true),
        ("monthly-budget-limit-reached", true),
        ("ramp_limit_exceeded", false),
        ("spend_limit_reached_soon", false),
    ] {
        let details = serde_json::json!({"error_code": code});
        let error = serde_json::json!({"type": "rate_limit_error", "details": details});
        let body = serde_json::json!({"type": "error", "error": error}).to_string();
        assert_eq!(is_exhausted(&read(&body), true), exhausted, "{code}");
    }
}

#[test]
fn a_limit_that_comes_back_is_no_used_up_account() {
    for message in [
        "Rate limit reached for acme on tokens per min (TPM): Limit 900, Used 880.",
        "Quota exceeded for requests per minute",
        "Quota exceeded for metric: generate_requests, limit: 10",
        "Quota exceeded for requests per minute, limit: 0.5, used: 0",
        "You exceeded your current quota of 20 requests per minute",
        "Rate limit exceeded: free-models-per-day. Add 10 credits to unlock 1000 free model requests per day",
        "Rate limit reached. Add a payment method to your account to increase your rate limit.",
        "Rate limit reached, recharge for a higher tier",
        "This request would exceed your organization's rate limit of 40,000 input tokens per minute",
        "The upstream pool is exhausted in the load balancer",
        "Resource has been exhausted (e.g. check quota).",
        "Requests have exceeded the token rate limit of your S0 tier. See https://aka.ms/oai/quotaincrease",
        "The engine is overloaded",
    ] {
        let body = serde_json::json!({"error": {"message": message}}).to_string();
        assert!(!is_exhausted(&read(&body), false), "{message}");
    }
    let gemini = r#"{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","message":"You exceeded your current quota"}}"#;
    assert!(is_exhausted(&read(gemini), false));
    assert!(!is_exhausted(&read(gemini), true), "it names a wait");
}

#[test]
fn a_request_that_is_too_long_is_known_by_its_code() {
    for word in [
        "context_length_exceeded",
        "ContextWindowExceededError",
        "exceed_context_size_error",
        "too_many_prompt_tokens",
        "OutofContextError",
        "tokens_limit_reached",
        "model_max_prompt_tokens_exceeded",
    ] {
        let body = format!(r#"{{"error":{{"message":"m","type":"{word}","code":400}}}}"#);
        assert!(is_overflow(&read(&body)), "{word}");
    }
}

#[test]
fn a_request_that_is_too_long_is_known_by_its_words() {
    for message in [
        "This model's maximum context length is 4097 tokens. However, you requested 5000 tokens.",
        "This endpoint's maximum context length is 163840 tokens. However, you requested about 300000.",
        "The decoder prompt (length 5000) is longer than the maximum model length of 4096.",
        "request (2009 tokens) exceeds the available context size (512 tokens), try increasing it",
        "prompt of 700 tokens does not fit a context of 256",
        "Prompt of 90 tokens, context length of 64.",
        "prompt is longer than the context of 64",
        "Prompt contains 40000 tokens, too large for model with 32768 maximum context length",
        "Please reduce the length of the messages or completion.",
        "prompt is too long: 210000 tokens > 200000 maximum",
        "input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000",
        "Input is too long for requested model.",
        "The input token count (1050000) exceeds the maximum number of tokens allowed (1048576).",
        "Input Tokens Exceeded: Number of input tokens exceeds maximum length.",
        "the input length exceeds the context length",
        "Trying to keep the first 5000 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens",
        "Input validation error: `inputs` must have less than 1024 tokens. Given: 2000",
        "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 2048.",
        "Input validation error: prompt is longer than 1024 tokens",
        "The prompt is too long: 5000, model maximum context length: 4096",
        "This model's maximum prompt length is 131072 but the request contains 200000 tokens.",
        "too many tokens: total number of tokens in the prompt cannot exceed 4081 - received 5000.",
        "Invalid request: Your request exceeded model token limit: 8192",
        "Range of input length should be [1, 30720]",
        "invalid params, context window exceeds limit (2013)",
        "prompt token count of 70000 exceeds the limit of 64000",
        "Requested input length 40000 exceeds maximum input length 32768",
        "The estimated number of input and output tokens (4200) exceeded this model context window limit",
        "The input (5000 tokens) is longer than the model's context length (4096 tokens).",
        "The total length of all messages is too long.",
        "litellm.ContextWindowExceededError: BedrockException",
    ] {
        let body =
            serde_json::json!({"object": "error", "message": message, "code": 400}).to_string();
        assert!(is_overflow(&read(&body)), "{message}");
    }
}

#[test]
fn other_bad_requests_are_not_too_long() {
    for message in [
        "max_tokens is too large: 100000. This model supports at most 16384 completion tokens",
        "Request too large for acme on tokens per min (TPM): Limit 6000, Requested 7000",
        "Invalid schema for function 'f': In context=(), 'additionalProperties' is required",
        "Input validation error: `max_new_tokens` must be <= 512. Given: 1000",
        "1 validation error for Request: max_tokens: Input should be greater than or equal to 1",
        "`max_tokens` must be greater than `thinking.budget_tokens`",
        "Invalid 'messages[3]'. Content blocks are expected to be either text or image_url type.",
        "Invalid 'tools[0].function.description': string too long",
        "Unsupported value: 'temperature' does not support 0.2 with this model",
        "Too many images in the request",
        "The API deployment for this resource does not exist",
        "Your input was flagged",
    ] {
        let body =
            serde_json::json!({"error": {"message": message, "type": "invalid_request_error"}});
        assert!(!is_overflow(&read(&body.to_string())), "{message}");
    }
}
