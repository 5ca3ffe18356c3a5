//! The key that was sent, in answers of every shape: it never reaches the disk.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ek_mock::wire::{Connection, RawServer, chunk, response, response_head};
use ek_mock::{Cassette, Recording};
use serde_json::{Value, json};

use super::Folder;
use crate::support::post;

/// Has no shape by which it would be masked.
const KEY: &str = "zq8Xw3Lm5Rt7Yb1Nc9Vd2Kf4Hj6Ps0Ga";

const QUESTION: &str = r#"{"model":"m","messages":[{"role":"user","content":"tide?"}]}"#;

/// Records one answer to a request with this header; what became of it, and all that is in the folder.
async fn recorded(header: &str, question: &str, answer: Vec<u8>) -> (Recording, String) {
    let folder = Folder::new();
    let upstream = RawServer::start(Connection::new().read_request().write(answer)).await;
    let recorder = Cassette::record(folder.path(), &upstream.uri()).await.expect("a recorder");
    let address = recorder.uri().replace("http://", "").replace("/v1", "");
    post(&address, "/v1/chat/completions", &[header], question).await;
    recorder.wait_for_recordings(1).await;
    let recording = recorder.stop().await.remove(0);
    let (_, mut texts) = folder.read();
    if let Recording::Written { path } = &recording {
        let text = std::fs::read_to_string(path).expect("text");
        let exchange: Value = serde_json::from_str(&text).expect("JSON");
        for frame in exchange["response"]["frames"].as_array().expect("frames") {
            if let Some(coded) = frame["base64"].as_str() {
                let bytes = STANDARD.decode(coded).expect("base64");
                texts.push_str(&String::from_utf8_lossy(&bytes));
            }
        }
    }
    (recording, texts)
}

fn whole(content_type: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    response(200, &[("content-type", content_type)], body)
}

/// Events of a stream that ends well.
fn events(events: &[&[u8]]) -> Vec<u8> {
    let headers = [("content-type", "text/event-stream"), ("transfer-encoding", "chunked")];
    let mut answer = response_head(200, &headers);
    for event in events {
        answer.extend(chunk([b"data: ", *event, b"\n\n"].concat()));
    }
    answer.extend(chunk("data: [DONE]\n\n"));
    answer.extend(chunk(""));
    answer
}

/// The key as tokens, each of them too short to be known again.
fn pieces() -> [&'static str; 4] {
    [&KEY[..8], &KEY[8..16], &KEY[16..24], &KEY[24..]]
}

/// The shapes that an object with the key in it has.
fn objects() -> Vec<Vec<u8>> {
    let escaped: String = KEY.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect();
    let percent: String = KEY.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let html: String = KEY.bytes().map(|byte| format!("&#{byte};")).collect();
    let tokens: Vec<Value> = pieces().iter().map(|piece| json!({"token": piece})).collect();
    let texts = [
        format!(r#"{{"e":"{KEY}","e":"x"}}"#),
        format!(r#"{{"e":"x","e":"{KEY}"}}"#),
        format!(r#"{{"{KEY}":1}}"#),
        format!(r#"{{"a":{{"a{KEY}b":"x"}},"a":0}}"#),
        format!(r#"{{"logprobs":{{"a":"{KEY}"}}}}"#),
        json!({"logprobs": {"content": tokens}}).to_string(),
        format!(r#"{{"a":"{escaped}"}}"#),
        format!(r#"{{"{escaped}":""}}"#),
        json!({"a": json!({"b": [KEY]}).to_string()}).to_string(),
        json!({"a": json!({"b": escaped}).to_string()}).to_string(),
        json!({"a": STANDARD.encode(KEY)}).to_string(),
        json!({"a": URL_SAFE_NO_PAD.encode(format!("x{KEY}?"))}).to_string(),
        json!({"a": format!("/?api={percent}")}).to_string(),
        json!({"a": html}).to_string(),
        json!({"a": &KEY[..16], "b": &KEY[8..]}).to_string(),
    ];
    let mut objects: Vec<Vec<u8>> = texts.into_iter().map(String::into_bytes).collect();
    for around in [r#"{"a":"KEY"}"#, r#"{"KEY":"x"}"#] {
        let (before, behind) = around.split_once("KEY").expect("both");
        objects.push([before.as_bytes(), KEY.as_bytes(), b"\xff", behind.as_bytes()].concat());
        objects.push([b"\xff", before.as_bytes(), KEY.as_bytes(), behind.as_bytes()].concat());
    }
    objects
}

/// No good piece of the key is there, in none of the forms in which it was sent back.
fn assert_hidden(texts: &str, shape: &str) {
    for start in 0..=KEY.len() - 12 {
        assert!(!texts.contains(&KEY[start..start + 12]), "{shape}: {texts}");
    }
    let percent: String = KEY.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let coded = STANDARD.encode(KEY);
    for form in [&percent[..36], &coded[..20], r"\u007a\u0071\u0038", "&#122;&#113;&#56;"] {
        assert!(!texts.contains(form), "{shape}: {texts}");
    }
    assert!(!pieces().iter().all(|piece| texts.contains(piece)), "{shape}: {texts}");
}

#[tokio::test]
async fn the_key_that_was_sent_is_in_no_cassette_whatever_the_answer_is_made_of() {
    for object in objects() {
        let shape = String::from_utf8_lossy(&object).into_owned();
        let header = format!("api-key: {KEY}");
        for answer in [
            whole("application/json", &object),
            whole("text/plain", [b"not found: ", &*object].concat()),
            events(&[b"{\"choices\":[]}", &object]),
        ] {
            let (recording, texts) = recorded(&header, QUESTION, answer).await;
            if let Recording::Refused { why } = &recording {
                assert!(why.contains("credential"), "{shape}: {why}");
                assert!(texts.is_empty());
            }
            assert_hidden(&texts, &shape);
        }
    }
}

#[tokio::test]
async fn a_key_is_known_again_in_whatever_header_it_was_sent() {
    for header in [
        "authorization: Bearer ",
        "Authorization: Token ",
        "api-key: ",
        "ocp-apim-subscription-key: ",
        "x-auth-token: ",
        "x-goog-api-key: ",
        "cf-access-client-secret: ",
        "proxy-authorization: Bearer ",
        "cookie: a=1; session=",
        "x-gateway: ",
        "x-gateway: v1,",
    ] {
        let object = json!({"choices": [{"message": {"content": format!("You sent {KEY}")}}]});
        let answer = whole("application/json", object.to_string());
        let (recording, texts) = recorded(&format!("{header}{KEY}"), QUESTION, answer).await;
        assert!(matches!(recording, Recording::Written { .. }), "{header}: {recording:?}");
        assert!(texts.contains("You sent [REDACTED]"), "{header}: {texts}");
        assert_hidden(&texts, header);
    }
}

#[tokio::test]
async fn what_the_scheme_basic_hides_is_known_again() {
    let header = format!("authorization: Basic {}", STANDARD.encode(format!("me:{KEY}")));
    let answer = whole("text/plain", format!("wrong password {KEY}"));
    let (_, texts) = recorded(&header, QUESTION, answer).await;
    assert!(texts.contains("wrong password [REDACTED]"), "{texts}");
}

#[tokio::test]
async fn a_key_that_stands_in_the_question_as_well_is_masked_there() {
    for question in [
        QUESTION.replace("tide?", KEY),
        QUESTION.replace(r#""model""#, &format!(r#""user":"{KEY}","user":"x","model""#)),
        QUESTION.replace(r#""model""#, &format!(r#""{KEY}":1,"model""#)),
    ] {
        let header = format!("api-key: {KEY}");
        let answer = whole("application/json", r#"{"choices":[]}"#);
        let (recording, texts) = recorded(&header, &question, answer).await;
        assert!(matches!(recording, Recording::Written { .. }), "{recording:?}");
        assert_hidden(&texts, &question);
    }
}

#[tokio::test]
async fn what_cannot_be_masked_is_not_written_and_the_reason_is_said() {
    // As HTML writes it, and that as a URL writes it.
    let escaped: String = KEY.bytes().map(|byte| format!("%26%23{byte}%3B")).collect();
    let answer = whole("application/json", format!(r#"{{"a":"{escaped}"}}"#));
    let (recording, texts) = recorded(&format!("api-key: {KEY}"), QUESTION, answer).await;
    let why = "a credential of the request is left where it cannot be masked".to_owned();
    assert_eq!(recording, Recording::Refused { why });
    assert!(texts.is_empty());
}

#[tokio::test]
async fn a_question_that_cannot_be_replayed_is_not_written() {
    let answer = whole("application/json", r#"{"choices":[]}"#);
    let (recording, _) = recorded("api-key: abc", r#"{"model":"m"}"#, answer).await;
    let why = "the body has no `messages`".to_owned();
    assert_eq!(recording, Recording::Refused { why });
}

#[cfg(unix)]
#[tokio::test]
async fn a_cassette_is_its_owners_alone_and_what_lies_in_the_way_is_left_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = Folder::new();
    folder.write("mine", "mine");
    // The name that could once be guessed, and the next number: links to what is not ours.
    let target = folder.path().join("mine");
    for name in [format!(".0001.{}.part", std::process::id()), "0001.json".to_owned()] {
        std::os::unix::fs::symlink(&target, folder.path().join(name)).expect("a link");
    }
    let answer = whole("application/json", r#"{"choices":[]}"#);
    let upstream = RawServer::start(Connection::new().read_request().write(answer)).await;
    let mode = ek_mock::RecordMode::Append;
    let recorder = Cassette::record_with(folder.path(), &upstream.uri(), mode).await;
    let recorder = recorder.expect("a recorder");
    let address = recorder.uri().replace("http://", "").replace("/v1", "");
    post(&address, "/v1/chat/completions", &[], QUESTION).await;
    let path = folder.path().join("0002.json");
    assert_eq!(recorder.stop().await, [Recording::Written { path: path.clone() }]);

    assert_eq!(std::fs::read_to_string(&target).expect("text"), "mine");
    let mode = std::fs::metadata(&path).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let parts = folder.read().0.into_iter().filter(|name| name.ends_with(".part"));
    assert_eq!(parts.count(), 1, "none is left but the link");
}
