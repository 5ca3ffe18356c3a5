//! Chaos in a script in JSON is that of the builder.

use ek_core::{ChatRequest, LlmProvider as _};
use ek_mock::{Chaos, ChaosKind, MockProvider, Script};
use serde_json::{Value, json};

/// How each of many calls ends.
async fn endings(script: Script) -> Vec<String> {
    let provider = MockProvider::from_script(script);
    let mut endings = Vec::new();
    for _ in 0..40 {
        let ending = provider.complete(&ChatRequest::user("tide?")).await;
        endings.push(ending.map_or_else(|error| error.to_string(), |reply| reply.content));
    }
    endings
}

fn read(chaos: &Value) -> Script {
    let script = json!({"rules": [{"replies": "At noon."}], "chaos": chaos});
    Script::from_json(&script.to_string()).expect("a sound script")
}

#[tokio::test(start_paused = true)]
async fn chaos_is_read_and_written_as_the_builder_makes_it() {
    let kinds = [ChaosKind::Busy, ChaosKind::Late];
    for (form, chaos) in [
        (json!({"seed": 7}), Chaos::seeded(7)),
        (json!({"seed": 8, "rate": 1.0}), Chaos::seeded(8).with_rate(1.0)),
        (json!({"seed": 7, "kinds": ["busy", "late"]}), Chaos::seeded(7).with_kinds(kinds)),
        (json!({"seed": 7, "kinds": []}), Chaos::seeded(7).with_kinds([])),
        (
            json!({"seed": u64::MAX, "rate": 0.5, "kinds": ["cut"]}),
            Chaos::seeded(u64::MAX).with_rate(0.5).with_kinds([ChaosKind::Cut]),
        ),
    ] {
        let built = Script::cycling(["At noon."]).with_chaos(chaos);
        let written: Value = serde_json::from_str(&built.to_json().expect("JSON")).expect("JSON");
        assert_eq!(written["chaos"], form);
        assert_eq!(endings(read(&form)).await, endings(built).await, "{form}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_chaos_is_reported_with_its_place() {
    let mut messages = Vec::new();
    for chaos in [
        r#"{"rate": 1}"#,
        r#"{"seed": -1}"#,
        r#"{"seed": 1, "rate": 1.5}"#,
        r#"{"seed": 1, "rate": "half"}"#,
        r#"{"seed": 1, "kinds": ["cut", "slow"]}"#,
        r#"{"seed": 1, "sort": []}"#,
        "7",
    ] {
        let script = format!(r#"{{"chaos": {chaos}, "rules": []}}"#);
        messages.push(Script::from_json(&script).expect_err(chaos).to_string());
    }
    insta::assert_snapshot!(messages.join("\n"), @r#"
    the script cannot be read: chaos: missing field `seed` at line 1 column 21
    the script cannot be read: chaos.seed: invalid value: integer `-1`, expected u64 at line 1 column 21
    the script cannot be read: chaos.rate: 1.5 is no share from 0 to 1 at line 1 column 34
    the script cannot be read: chaos.rate: invalid type: string "half", expected f64 at line 1 column 36
    the script cannot be read: chaos.kinds[1]: unknown variant `slow`, expected one of `busy`, `overloaded`, `failed`, `late`, `reset`, `cut`, `malformed` at line 1 column 45
    the script cannot be read: chaos.sort: unknown field `sort`, expected one of `seed`, `rate`, `kinds` at line 1 column 28
    the script cannot be read: chaos: invalid type: integer `7`, expected an object at line 1 column 11
    "#);
}
