//! The shapes of error bodies.

use super::*;

fn message(body: &str) -> Option<String> {
    ErrorBody::read(body.as_bytes()).message
}

#[test]
fn the_message_is_found_in_every_shape() {
    for (body, found) in [
        (r#"{"error":{"message":"m","type":"t","code":7}}"#, "m"),
        (r#"{"object":"error","message":"m","code":40000}"#, "m"),
        (r#"[{"error":{"message":"m"}}]"#, "m"),
        (r#"{"detail":"m"}"#, "m"),
        (r#"{"detail":[{"loc":["body","n"],"msg":"m","input":"SECRET"}]}"#, "m (body.n)"),
        (r#"{"error":"m"}"#, "m"),
        (r#"{"error":["m","n"]}"#, "m"),
        (r#"{"error":"invalid_token","error_description":"m"}"#, "invalid_token: m"),
        (r#"{"error":"Bad Request","message":["m","n"],"statusCode":400}"#, "Bad Request: m"),
        (r#"{"error":true,"reason":"m"}"#, "m"),
        (r#"{"error":"m","error_type":"t"}"#, "m"),
        (r#"{"title":"t","errors":{"model":["m"]}}"#, "m (model)"),
        (r#"{"Response":{"Error":{"Code":"c","Message":"m"}}}"#, "m"),
        (r#"{"err":"m"}"#, "m"),
        (r#"{"errors":[{"message":"m"}]}"#, "m"),
        (r#"{"Message":"m"}"#, "m"),
        (r#"{"message":"{\"message\":\"m\"}"}"#, "m"),
        (r#"{"message":{"message":"m"}}"#, "m"),
        (r#"{"error":{"message":null,"code":"c"}}"#, "c"),
        (r#"{"error":{"message":"","type":"t"}}"#, "t"),
        (r#"{"base_resp":{"status_code":1002,"status_msg":"m"}}"#, "m"),
        (r#"{"error":{"message":"outer","metadata":{"raw":"{\"error\":\"m\"}"}}}"#, "outer: m"),
        (
            r#"{"error":{"message":"o","metadata":{"raw":"{\"error\":{\"message\":\"m\"}}"}}}"#,
            "o: m",
        ),
        (r#"{"status":403,"title":"Forbidden","detail":"m"}"#, "m"),
        (r#""m""#, "m"),
        (": ping\n\nevent: error\ndata: {\"message\":\"m\"}\n\n", "m"),
        ("\u{feff} m \n", "m"),
        (r#"{"error":{"message":"m"#, "m"),
        (r#"{"error": {"code": "c", "message" : "say \"m\"", "x": 1e999}}"#, "say \"m\""),
        (r#"{"error":"m"#, "m"),
        (r#"{"error":{"message":"m \ud83d"}}"#, "m \u{fffd}"),
        ("<html><title>m</title><body>x</body>", "m"),
    ] {
        assert_eq!(message(body).as_deref(), Some(found), "{body}");
    }
}

#[test]
fn a_body_that_says_nothing_has_no_message() {
    for body in
        ["", "  ", "{}", "[]", "null", r#"{"error":null}"#, r#"{"error":{}}"#, "<html></html>"]
    {
        let read = ErrorBody::read(body.as_bytes());
        assert!(!read.says_something() || body == "null", "{body}: {read:?}");
    }
}

#[test]
fn a_document_without_a_known_name_is_shown_if_it_says_something() {
    for (body, shown) in [
        (r#"{"oops":"no"}"#, Some(r#"{"oops":"no"}"#)),
        (
            r#"{"error":{"code":"c","note":"not today"}}"#,
            Some(r#"{"error":{"code":"c","note":"not today"}}"#),
        ),
        (r#"{"error":{"code":"c","id":"r-1"}}"#, None),
        (r#"{"error":{"message":"m","note":"not today"}}"#, None),
        (r#"{"error":{}}"#, None),
        (r#"{"a":"","b":0,"c":[]}"#, None),
    ] {
        let read = ErrorBody::read(body.as_bytes());
        assert_eq!(read.message.filter(|_| read.is_excerpt).as_deref(), shown, "{body}");
        // A document that only may be an error is not quoted.
        assert!(ErrorBody::of_document(body).is_some_and(|read| !read.is_excerpt), "{body}");
    }
}

#[test]
fn an_error_that_has_only_a_status_says_something() {
    let read = ErrorBody::of_document(r#"{"code":429}"#).expect("a document");
    assert!(read.says_something() && read.message.is_none());
    assert!(!ErrorBody::of_document(r#"{"id":"x"}"#).expect("a document").says_something());
}

#[test]
fn a_document_with_a_type_alone_is_an_error_if_the_type_names_one() {
    for (body, says) in [
        (r#"{"type":"ping"}"#, false),
        (r#"{"type":"keepalive","id":"x"}"#, false),
        (r#"{"type":"overloaded_error"}"#, true),
        (r#"{"type":"ThrottlingException"}"#, true),
        (r#"{"type":"rate_limit_exceeded"}"#, true),
        (r#"{"type":"error","code":"c"}"#, true),
        (r#"{"error":{"type":"busy"}}"#, true),
        (r#"{"type":"notice","message":"m"}"#, true),
    ] {
        let read = ErrorBody::of_document(body).expect("a document");
        assert_eq!(read.says_something(), says, "{body}");
    }
}

#[test]
fn codes_classes_and_delays_are_read_beside_the_message() {
    let body = r#"{"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED",
        "details":[{"@type":"x"},{"retryDelay":"34s"}]}}"#;
    let read = ErrorBody::read(body.as_bytes());
    assert_eq!(read.own_status(), Some(429));
    assert_eq!(read.best_code(), Some("RESOURCE_EXHAUSTED"));
    let read = ErrorBody::read(br#"{"error":"too_many","code":429,"message":"m"}"#);
    assert_eq!((read.best_code(), read.own_status()), (Some("too_many"), Some(429)));
    let read = ErrorBody::read(br#"{"error":429,"message":"m"}"#);
    assert_eq!((read.message.as_deref(), read.own_status()), (Some("m"), Some(429)));
    let read = ErrorBody::read(br#"{"error":{"message":"m","type":"None","code":"500"}}"#);
    assert_eq!((read.class.as_deref(), read.own_status()), (None, Some(500)));
    assert_eq!(ErrorBody::read(br#"{"message":"m","code":50001}"#).own_status(), None);
}

#[test]
fn an_exception_is_named_by_the_key_of_its_object() {
    let read = ErrorBody::read(br#"{"throttlingException":{"message":"m"}}"#);
    assert_eq!(
        (read.message.as_deref(), read.best_code()),
        (Some("m"), Some("throttlingException"))
    );
    let read = ErrorBody::read(br#"{"modelTimeoutException":{"message":"m","code":"c"}}"#);
    assert_eq!((read.message.as_deref(), read.best_code()), (Some("m"), Some("c")));
    for none in [r#"{"throttlingException":null}"#, r#"{"throttlingException":"x"}"#] {
        assert!(!ErrorBody::of_document(none).expect("a document").says_something(), "{none}");
    }
}

/// A validation error that echoes the whole request and is cut by the cap.
#[test]
fn only_the_message_of_a_cut_document_is_shown() {
    let prompt = "PROMPT \\\"message\\\": ".repeat(9_000);
    let cut = format!(r#"{{"detail":[{{"type":"t","msg":"m","input":"{prompt}"#);
    assert_eq!(message(&cut).as_deref(), Some("m"));
    let cut = format!(r#"{{"detail":[{{"input":"{prompt}"#);
    assert_eq!(message(&cut), None);
}

#[test]
fn a_long_text_is_cut_and_a_deep_one_does_not_recurse() {
    assert_eq!(message(&"x".repeat(10_000)).map(|m| m.len()), Some(1024));
    let deep = format!("{}{}", r#"{"error":"#.repeat(5_000), "}".repeat(5_000));
    assert!(message(&deep).is_some_and(|piece| piece.len() <= 1024));
}
