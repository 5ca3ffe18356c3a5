//! Which documents are errors, and which only look so.

use super::*;

fn signs(document: &'static str) -> Signs<'static> {
    let mut signs = Signs::default();
    let members: serde_json::Map<String, Value> = serde_json::from_str(document).expect(document);
    for (key, value) in members {
        assert!(is_sign(&key), "{key}");
        signs.take(&key, value.to_string().leak());
    }
    signs
}

#[test]
fn an_envelope_that_fails_is_an_error_whatever_else_there_is() {
    for document in [
        r#"{"base_resp":{"status_code":1008,"status_msg":"m"}}"#,
        r#"{"baseResp":{"statusCode":"1008"}}"#,
        r#"{"error_code":17,"error_msg":"m"}"#,
        r#"{"errorCode":"E1"}"#,
        r#"{"error_msg":"m"}"#,
        r#"{"success":false,"errors":[{"message":"m"}]}"#,
        r#"{"success":"False"}"#,
        r#"{"success":0,"msg":"m"}"#,
        r#"{"status":"failure","message":"m"}"#,
        r#"{"is_error":true}"#,
    ] {
        assert!(signs(document).is_certain(), "{document}");
    }
}

#[test]
fn a_code_and_a_message_are_an_error_where_there_is_no_choice() {
    for (document, without_counts, with_counts) in [
        (r#"{"code":20012,"message":"m"}"#, true, true),
        (r#"{"code":"InvalidParameter","message":"m"}"#, true, true),
        (r#"{"status":500,"msg":"m"}"#, true, true),
        (r#"{"errors":["m"]}"#, true, true),
        (r#"{"Response":{"Error":{"Code":"c"}}}"#, true, true),
        (r#"{"ResponseMetadata":{"Error":{"Code":"c"}}}"#, true, true),
        (r#"{"throttlingException":{"message":"m"}}"#, true, true),
        (r#"{"lastException":null}"#, false, false),
        (r#"{"data":{"error":null}}"#, false, false),
        (r#"{"message":"m"}"#, true, false),
        (r#"{"detail":[{"msg":"m"}]}"#, true, false),
        (r#"{"code":0,"message":"Success"}"#, false, false),
        (r#"{"code":200,"msg":"ok"}"#, false, false),
        (r#"{"code":10000,"msg":"success"}"#, false, false),
        (r#"{"code":"000000","message":""}"#, false, false),
        (r#"{"type":"ping"}"#, false, false),
        (r#"{"code":500,"message":"m","retryable":true}"#, true, true),
        (r#"{"retry_after":5}"#, false, false),
    ] {
        let signs = signs(document);
        assert!(!signs.is_certain(), "{document}");
        assert_eq!(signs.is_likely(false), without_counts, "{document}");
        assert_eq!(signs.is_likely(true), with_counts, "{document}");
    }
}

#[test]
fn an_envelope_that_says_that_all_is_well_is_none() {
    for document in [
        r#"{"base_resp":{"status_code":0,"status_msg":"success"}}"#,
        r#"{"base_resp":{"status_code":"0"}}"#,
        r#"{"base_resp":null}"#,
        r#"{"error_code":0,"error_msg":""}"#,
        r#"{"errcode":0,"errmsg":"ok"}"#,
        r#"{"errorCode":null,"errorMessage":"None"}"#,
        r#"{"success":true,"errors":[]}"#,
        r#"{"status":"completed"}"#,
        r#"{"status":200}"#,
    ] {
        let signs = signs(document);
        assert!(!signs.is_certain() && !signs.is_likely(false), "{document}");
        assert!(signs.seen.is_empty(), "{document}");
    }
}

#[test]
fn the_error_has_what_stands_beside_its_object() {
    let signs = signs(r#"{"code":1113,"retry_after":7,"error_type":"t"}"#);
    let read = signs.error_body(Some("\"m\""));
    assert_eq!((read.message.as_deref(), read.code.as_deref()), (Some("m"), Some("1113")));
    assert_eq!(read.class.as_deref(), Some("t"));
}

#[test]
fn an_error_object_of_empties_says_nothing() {
    for json in
        [r#"{}"#, r#"{"a":null,"b":"","c":0,"d":{},"e":[],"f":false}"#, r#"[{}]"#, "\"none\""]
    {
        assert!(is_hollow(json), "{json}");
    }
    for json in [r#"{"a":1}"#, r#"{"message":"m"}"#, r#"[0,"x"]"#, "true"] {
        assert!(!is_hollow(json), "{json}");
    }
}

#[test]
fn signs_without_end_are_not_kept() {
    let mut signs = Signs::default();
    for _ in 0..1_000 {
        signs.take("msg", "\"m\"");
    }
    assert_eq!(signs.seen.len(), MAX_SIGNS);
}
