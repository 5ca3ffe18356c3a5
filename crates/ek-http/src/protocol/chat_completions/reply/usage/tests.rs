//! Usage as servers and gateways send it.

use super::*;
use crate::json::scan;

fn read(json: &str) -> Usage {
    scan::read::<Counts>(json).expect(json).usage
}

fn usage(json: &str) -> [Option<u64>; 6] {
    let u = read(json);
    let (input, output) = (u.input_tokens, u.output_tokens);
    let (cached, written) = (u.cached_input_tokens, u.cache_write_tokens);
    [input, output, u.total_tokens, cached, written, u.reasoning_tokens]
}

fn cost(json: &str) -> Option<f64> {
    read(json).cost.map(Cost::amount)
}

#[test]
fn the_keys_of_openai_deepseek_mistral_and_others_are_understood() {
    let openai = r#"{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11,
        "prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":1}}"#;
    assert_eq!(usage(openai), [Some(9), Some(2), Some(11), Some(4), None, Some(1)]);
    for (key, place) in [
        ("prompt_cache_hit_tokens", 3),
        ("num_cached_tokens", 3),
        ("cached_tokens", 3),
        ("cache_write_tokens", 4),
        ("reasoning_tokens", 5),
    ] {
        let json = format!(r#"{{"prompt_tokens":9,"{key}":4}}"#);
        let mut expected = [None; 6];
        (expected[0], expected[place]) = (Some(9), Some(4));
        assert_eq!(usage(&json), expected, "{key}");
    }
    for (details, key, place) in [
        ("prompt_tokens_details", "cache_creation_input_tokens", 4),
        ("promptTokensDetails", "cacheReadInputTokens", 3),
        ("output_token_details", "reasoning", 5),
    ] {
        let json = format!(r#"{{"prompt_tokens":9,"{details}":{{"{key}":4}}}}"#);
        let mut expected = [None; 6];
        (expected[0], expected[place]) = (Some(9), Some(4));
        assert_eq!(usage(&json), expected, "{details}.{key}");
    }
}

#[test]
fn what_anthropic_counts_beside_the_input_is_added_to_it() {
    let read_only = r#"{"input_tokens":9,"output_tokens":2,"cache_read_input_tokens":4000}"#;
    assert_eq!(usage(read_only), [Some(4_009), Some(2), None, Some(4_000), None, None]);
    let both =
        r#"{"cache_creation_input_tokens":300,"cache_read_input_tokens":4000,"input_tokens":9}"#;
    assert_eq!(usage(both), [Some(4_309), None, None, Some(4_000), Some(300), None]);
    let bedrock = r#"{"inputTokens":9,"cacheReadInputTokens":40,"cacheWriteInputTokens":3}"#;
    assert_eq!(usage(bedrock), [Some(52), None, None, Some(40), Some(3), None]);
    let huge = r#"{"input_tokens":18446744073709551615,"cache_read_input_tokens":2}"#;
    assert_eq!(usage(huge)[0], Some(u64::MAX));
}

#[test]
fn what_is_a_part_of_the_prompt_is_not_added_to_it() {
    for within in [
        // Venice, LiteLLM, Doubleword: OpenAI's count beside Anthropic's names.
        r#"{"prompt_tokens":4009,"cache_read_input_tokens":4000}"#,
        r#"{"input_tokens":9,"prompt_tokens":4009,"cache_read_input_tokens":4000}"#,
        // The Responses API: a detail is a part.
        r#"{"input_tokens":4009,"input_tokens_details":{"cached_tokens":4000}}"#,
        r#"{"input_tokens":4009,"input_tokens_details":{"cached_tokens":4000},"cache_read_input_tokens":4000}"#,
        r#"{"inputTokens":4009,"cachedInputTokens":4000}"#,
    ] {
        assert_eq!((usage(within)[0], usage(within)[3]), (Some(4_009), Some(4_000)), "{within}");
    }
}

#[test]
fn camel_case_and_snake_case_are_the_same_keys() {
    let camel = r#"{"promptTokens":9,"completionTokens":2,"totalTokens":11,
        "promptTokensDetails":{"cachedTokens":4,"cacheWriteTokens":3},
        "completionTokensDetails":{"reasoningTokens":1}}"#;
    assert_eq!(usage(camel), [Some(9), Some(2), Some(11), Some(4), Some(3), Some(1)]);
    let sdk = r#"{"inputTokens":9,"outputTokens":2,
        "inputTokenDetails":{"cacheReadTokens":4,"cacheWriteTokens":3},
        "outputTokenDetails":{"reasoningTokens":1}}"#;
    assert_eq!(usage(sdk), [Some(9), Some(2), None, Some(4), Some(3), Some(1)]);
}

#[test]
fn a_null_an_empty_or_a_zero_alias_never_erases_a_count() {
    let sent = [
        r#""prompt_tokens":11"#,
        r#""input_tokens":0"#,
        r#""completion_tokens":0"#,
        r#""output_tokens":4"#,
        r#""total_tokens":15"#,
        r#""prompt_tokens_details":{"cached_tokens":8}"#,
        r#""input_tokens_details":null"#,
        r#""input_tokens_details":{}"#,
        r#""cache_read_input_tokens":null"#,
        r#""completion_tokens_details":{"reasoning_tokens":0}"#,
        r#""output_tokens_details":{"reasoning_tokens":2}"#,
    ];
    for shift in 0..sent.len() {
        let mut keys = sent;
        keys.rotate_left(shift);
        let json = format!("{{{}}}", keys.join(","));
        let expected = [Some(11), Some(4), Some(15), Some(8), None, Some(2)];
        assert_eq!(usage(&json), expected, "{json}");
    }
    assert_eq!(usage(r#"{"prompt_tokens":0,"input_tokens":null}"#)[0], Some(0), "0 is known");
}

#[test]
fn of_a_key_given_twice_the_last_known_count_is_taken() {
    for (twice, count) in [
        (r#"{"prompt_tokens":1,"prompt_tokens":2}"#, 2),
        (r#"{"prompt_tokens":1,"prompt_tokens":null}"#, 1),
        (r#"{"prompt_tokens":1,"prompt_tokens":-1}"#, 1),
        (r#"{"prompt_tokens":3,"promptTokens":2}"#, 2),
    ] {
        assert_eq!(usage(twice)[0], Some(count), "{twice}");
    }
}

#[test]
fn the_provider_s_own_cost_is_read_in_each_form() {
    for (json, expected) in [
        (
            r#"{"cost":0.0003,"is_byok":false,"cost_details":{"upstream_inference_cost":0.0002}}"#,
            0.0003,
        ),
        (
            r#"{"cost":0,"is_byok":true,"cost_details":{"upstream_inference_cost":0.0002265}}"#,
            0.0002265,
        ),
        (
            r#"{"cost_details":{"upstream_inference_cost":0.01},"is_byok":true,"cost":"0.002"}"#,
            0.012,
        ),
        (
            r#"{"cost":{"input_tokens_cost":2e-05,"request_cost":0.005,"total_cost":0.00502}}"#,
            0.00502,
        ),
        (r#"{"cost_in_usd_ticks":1330500}"#, 0.00013305),
        (r#"{"cost":0,"estimated_cost":0.5}"#, 0.5),
        (r#"{"cost":0}"#, 0.0),
    ] {
        assert_eq!(cost(json), Some(expected), "{json}");
    }
    for none in
        [r#"{"cost":-1}"#, r#"{"cost":1e999}"#, r#"{"cost":"inf"}"#, r#"{"cost":[1]}"#, "{}"]
    {
        assert_eq!(cost(none), None, "{none}");
    }
}

#[test]
fn a_total_within_a_total_is_passed_over_however_deep() {
    let deep = [&"{\"total_cost\":".repeat(100_000), "1", &"}".repeat(100_000)].concat();
    assert_eq!(cost(&format!("{{\"cost\":{deep}}}")), None);
}

/// Scenario 49 of the fault list: oddities become unknown and nothing else is touched.
#[test]
fn s49_odd_counts_are_unknown_and_leave_the_others_alone() {
    let odd =
        r#"{"prompt_tokens":-1,"completion_tokens":1e999,"total_tokens":7,"x":{"y":[1e999]}}"#;
    assert_eq!(usage(odd), [None, None, Some(7), None, None, None]);
    for nothing in ["null", "[]", "7", r#""x""#, r#"{"prompt_tokens_details":[]}"#] {
        assert_eq!(usage(nothing), [None; 6], "{nothing}");
    }
}
