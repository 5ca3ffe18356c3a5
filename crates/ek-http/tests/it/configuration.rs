//! Settings that must be refused, and secrets that a server echoes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ek_core::ErrorKind::{Config, Malformed, Rejected, Server};
use ek_core::{ApiKey, LlmProvider as _, REDACTED};
use ek_http::{Auth, Provider};
use ek_mock::wire::{RawServer, response};

use crate::support::hidden::{assert_error_hides, assert_hidden};
use crate::support::rig::{Rig, Socket};
use crate::support::{JSON, MARK, first, good, in_time, question, settings};

#[test]
fn s79_unusable_keys_are_refused_when_the_provider_is_built() {
    let long = MARK.repeat(250_000);
    for key in ["MARKkey\n", "MARK\r\nX-Evil: 1", "MARK\0", "", " ", "MARK key", "MARKé", &long] {
        let error = settings("https://model.test").api_key(key).build().expect_err("a bad key");
        assert_eq!(error.kind(), Config);
        assert!(error.to_string().starts_with("the API key"), "{error}");
        assert_error_hides(&error);
    }
}

#[tokio::test]
async fn s80_every_form_of_a_base_url_leads_to_chat_completions() {
    for (path, target) in [
        ("", "/chat/completions"),
        ("/", "/chat/completions"),
        ("/v1", "/v1/chat/completions"),
        ("/v1///", "/v1/chat/completions"),
        ("/v1/chat/completions", "/v1/chat/completions"),
        ("/v1/chat/completions/", "/v1/chat/completions"),
        ("/a%20b/v1", "/a%20b/v1/chat/completions"),
        ("/v1?key=a%20b&x=", "/v1/chat/completions?key=a%20b&x="),
        ("?x=1", "/chat/completions?x=1"),
    ] {
        let server = RawServer::start(good()).await;
        let hosts = ["127.0.0.1", "2130706433", "0x7f.1", "LOCALHOST"];
        for host in hosts {
            let base = format!("http://{host}:{}{path}", server.addr().port());
            let provider = Provider::builder(base, "m").api_key("k").build().expect(path);
            let reply = in_time(provider.complete(&question())).await;
            reply.expect(host);
        }
        for sent in server.requests() {
            assert_eq!(sent.target, target);
        }
        assert_eq!(server.request_count(), hosts.len());
    }
}

#[test]
fn s80_a_base_url_that_is_not_one_is_refused_and_its_secrets_are_not_shown() {
    let long = format!("https://model.test/{}", "x".repeat(70_000));
    for base in [
        "",
        "model.test/v1",
        "file:///etc/passwd",
        "ftp://model.test",
        "https://",
        "https:///v1",
        "https://user:MARK@model.test",
        "https://MARK@model.test",
        "https://model.test\\@other.test",
        "https://model.test/\tv1",
        "https://model.test/ v1",
        "https://model.test/v1\n",
        "https://model.test/v1#MARK",
        "https://model.test/../v1",
        "https://model.test/%2E%2e/v1",
        "https://model.test:0",
        "https://model.test:99999",
        "https://model.test:x",
        "https://[::1",
        "https://[fe80::1%25eth0]/v1",
        "https://bücher.test",
        "https://999.1.1.1",
        &long,
    ] {
        let builder = Provider::builder(base, "m");
        assert_hidden("Debug", &format!("{builder:?}"));
        let error = builder.build().expect_err(base);
        assert_eq!(error.kind(), Config, "{base}");
        assert!(error.to_string().starts_with("the base URL"), "{error}");
        assert_error_hides(&error);
    }
}

#[tokio::test]
async fn s81_a_key_does_not_go_over_plain_http_to_a_public_host() {
    for host in ["api.model.test", "8.8.8.8", "134744072", "[2001:db8::1]", "a.com."] {
        let base = format!("http://{host}");
        let error = settings(&base).build().expect_err(host);
        assert_eq!(error.kind(), Config);
        assert!(error.to_string().contains("allow_insecure_key(true)"), "{error}");
        assert_error_hides(&error);
        let builder = Provider::builder(&base, "m");
        assert!(builder.clone().build().is_ok(), "{host} without a key");
        assert!(builder.clone().header("x-api-key", "MARK").build().is_err(), "{host}");
        let source = builder.clone().api_key_source(|| async { ApiKey::new("MARKkey") });
        assert!(source.build().is_err(), "{host}");
        let provider = builder.build().expect("no key yet");
        let request = question().with_header("authorization", "Bearer MARK");
        let error = in_time(provider.complete(&request)).await.expect_err(host);
        assert_eq!(error.kind(), Config, "{error:?}");
        assert_error_hides(&error);
        assert!(settings(&base).allow_insecure_key(true).build().is_ok(), "{host}");
    }
}

#[tokio::test]
async fn s81_a_credential_under_any_name_does_not_go_over_plain_http_to_a_public_host() {
    let host = "http://api.model.test/v1";
    for name in [
        "api-key",
        "api%2Dkey",
        "sig",
        "x-api-key",
        "auth",
        "secret",
        "password",
        "code",
        "access_token",
    ] {
        let url = format!("{host}?a=b&{name}=MARKquery");
        let error = Provider::builder(&url, "m").build().expect_err(name);
        assert_eq!(error.kind(), Config, "{name}");
        assert!(error.to_string().contains("allow_insecure_key(true)"), "{error}");
        assert_error_hides(&error);
        let error =
            Provider::builder(host, "m").query(name.replace("%2D", "-"), "MARKquery").build();
        assert!(error.is_err(), "{name}");
        assert!(Provider::builder(&url, "m").allow_insecure_key(true).build().is_ok(), "{name}");
    }
    for name in [
        "cookie",
        "x-auth-token",
        "x-access-token",
        "x-functions-key",
        "x-amz-security-token",
        "cf-access-client-secret",
        "x-portkey-api-key",
        "helicone-auth",
    ] {
        let builder = Provider::builder(host, "m");
        assert!(builder.clone().header(name, "MARKheader").build().is_err(), "{name}");
        let provider = builder.build().expect("no credential yet");
        let request = question().with_header(name, "MARKheader");
        let error = in_time(provider.complete(&request)).await.expect_err(name);
        assert_eq!(error.kind(), Config, "{error:?}");
        assert_error_hides(&error);
    }
    let harmless = Provider::builder(format!("{host}?api-version=1"), "m").header("x-team", "blue");
    assert!(harmless.idempotency_header("idempotency-key").build().is_ok());
}

#[test]
fn an_idempotency_key_does_not_take_the_place_of_another_header() {
    for name in
        ["authorization", "API-Key", "cookie", "content-length", "host", "accept", "content-type"]
    {
        let error = settings("http://localhost").idempotency_header(name).build();
        assert_eq!(error.expect_err(name).kind(), Config, "{name}");
    }
    for name in ["idempotency-key", "x-idempotency-key", "x-request-id"] {
        let built = settings("http://localhost").idempotency_header(name).build();
        assert!(built.is_ok(), "{name}: {built:?}");
    }
}

#[test]
fn s81_a_key_goes_over_plain_http_to_a_local_host() {
    for host in [
        "127.0.0.1",
        "10.1.2.3",
        "192.168.1.1",
        "169.254.1.1",
        "[::1]",
        "[fd00::1]",
        "[fe80::1]",
        "2130706433",
        "localhost",
        "ollama",
        "box.local",
        "vm.internal",
        "nas.lan",
        "x.home.arpa",
        "llm.default.svc",
        "api.localhost",
    ] {
        let built = settings(&format!("http://{host}")).build();
        assert!(built.is_ok(), "{host}: {built:?}");
    }
}

/// A proxy can read a request to an endpoint that speaks plain http.
#[test]
fn a_key_that_would_not_be_sent_is_refused() {
    let error = settings("https://model.test").auth(Auth::None).build().expect_err("a key");
    assert_eq!(error.kind(), Config);
    assert_error_hides(&error);
}

/// A key without a known shape, with characters that have several notations.
const ODD_KEY: &str = "MARK+7d1e/0c55=a9b3.f204";

#[tokio::test]
async fn s82_a_model_s_name_of_any_form_stays_in_the_payload() {
    let long = "m".repeat(1 << 20);
    for model in ["../../admin", "a?b", "a#b", "%2e%2e/%2e%2e", "a b\r\nx-evil: 1", "\u{0}", &long]
    {
        let rig = Rig::new(good()).await;
        rig.provider.complete(&question().with_model(model)).await.expect("an answer");
        let request = &rig.server.requests()[0];
        assert_eq!(request.target, "/v1/chat/completions", "{model:.40}");
        assert_eq!(request.header("x-evil"), None);
        let sent: serde_json::Value = serde_json::from_slice(&request.body).expect("JSON");
        assert!(sent["model"] == model, "{model:.40}");
    }
}

#[tokio::test]
async fn s83_an_echoed_key_is_masked_in_every_form() {
    let forms = [
        ODD_KEY.to_owned(),
        "MARK%2B7d1e%2F0c55%3Da9b3.f204".to_owned(),
        "%4d%41%52%4b+7d1e/0c55=a9b3.f204".to_owned(),
        r"MARK+7d1e\/0c55=a9b3.f204".to_owned(),
        r"MARK\u002b7d1e/0c55\u003da9b3.f204".to_owned(),
        "MARK+7d1e/0c55".to_owned(),
        format!("Bearer {ODD_KEY}"),
        format!("{ODD_KEY}{ODD_KEY}"),
    ];
    for form in &forms {
        let plain = format!("the key {form} is refused");
        let json = format!(r#"{{"error":{{"message":"the key {form} is refused"}}}}"#);
        let page = format!("<html><title>the key {form} is refused</title></html>");
        for (status, body, kind) in [
            (401, &plain, Rejected),
            (401, &json, Rejected),
            (401, &page, Rejected),
            (500, &json, Server),
            (200, &json, Server),
            (200, &page, Malformed),
        ] {
            for auth in [Auth::Bearer, Auth::ApiKeyHeader] {
                let answer = first(response(status, &[JSON], body));
                let rig = Rig::with(answer, |s| s.api_key(ODD_KEY).auth(auth)).await;
                let error = rig.fails(kind, Socket::Kept).await;
                let text = error.to_string();
                assert!(text.contains(REDACTED), "{text}");
                assert!(text.contains("the key ") && text.contains(" is refused"), "{text}");
                assert!(!text.contains("7d1e") && !text.contains("0c55"), "{text}");
            }
        }
    }
}

#[tokio::test]
async fn s83_an_echoed_key_in_a_header_or_a_code_is_masked() {
    let body = format!(r#"{{"error":{{"message":"no","code":"{ODD_KEY}","type":"{ODD_KEY}"}}}}"#);
    let headers = [JSON, ("x-request-id", ODD_KEY)];
    let rig = Rig::with(first(response(403, &headers, body)), |s| s.api_key(ODD_KEY)).await;
    let error = rig.fails(Rejected, Socket::Kept).await;
    assert_eq!((error.code(), error.request_id()), (Some(REDACTED), Some(REDACTED)));
    let encoded = [("content-encoding", ODD_KEY)];
    let rig = Rig::with(first(response(200, &encoded, "\x1f")), |s| s.api_key(ODD_KEY)).await;
    let error = rig.fails(Malformed, Socket::Kept).await;
    assert!(error.to_string().contains(REDACTED), "{error}");
}

#[tokio::test]
async fn s83_every_other_configured_secret_is_masked_too() {
    for secret in ["MARKheader-value", "MARKquery-value", "MARKrequest-value", "MARKsource-key"] {
        let body = format!("what is {secret} to me?");
        let rig = Rig::with(first(response(400, &[], body)), |settings| {
            settings
                .header("x-gateway", "MARKheader-value")
                .query("sig", "MARKquery-value")
                .api_key_source(|| async { ApiKey::new("MARKsource-key") })
        })
        .await;
        let request = question().with_header("x-tenant", "MARKrequest-value");
        let error = in_time(rig.provider.complete(&request)).await.expect_err("a 400");
        assert_eq!(error.to_string(), format!("HTTP 400: what is {REDACTED} to me?"));
        assert_error_hides(&error);
    }
}

#[tokio::test]
async fn s83_an_echoed_prompt_is_not_shown_even_if_the_body_is_cut() {
    let long = "MARK ".repeat(20_000);
    for echo in [format!(r#""{long}""#), r#"{"prompt":"MARK","top_p":1e999}"#.to_owned()] {
        let field = r#""type":"missing","loc":["body","n"],"msg":"Field required""#;
        let body = format!(r#"{{"detail":[{{{field},"input":{echo}}}]}}"#);
        let rig = Rig::new(first(response(422, &[JSON], body))).await;
        let error = rig.ask().await.expect_err("a 422");
        assert_eq!((error.kind(), error.status()), (Rejected, Some(422)));
        assert!(error.to_string().starts_with("HTTP 422: Field required"), "{error}");
        assert_error_hides(&error);
    }
}

#[tokio::test]
async fn s85_control_characters_are_escaped() {
    let body = "{\"error\":{\"message\":\"a\\u001b[31mb\\r\\nHTTP 200: c\\u202ed\"}}";
    let rig = Rig::new(first(response(400, &[JSON], body))).await;
    let text = rig.fails(Rejected, Socket::Kept).await.to_string();
    assert_eq!(text, r"HTTP 400: a\u{1b}[31mb\r\nHTTP 200: c\u{202e}d");
}

#[tokio::test]
async fn s86_debug_of_everything_shows_no_secret() {
    let settings = settings("http://127.0.0.1:9/v1?sig=MARKquery-0001")
        .header("x-gateway", "MARKheader")
        .query("code", "MARKquery-0002");
    let provider = settings.clone().build().expect("sound settings");
    for shown in [format!("{settings:?}"), format!("{provider:?}"), format!("{provider:#?}")] {
        assert_hidden("Debug", &shown);
        assert!(shown.contains(r#"api_key: "***""#), "{shown}");
        assert!(shown.contains("test-model") && shown.contains("x-gateway"), "{shown}");
    }
    let keyless = Provider::new("http://localhost", "m").expect("sound settings");
    assert!(format!("{keyless:?}").contains(r#"api_key: "***""#));
    let rig = Rig::new(good()).await;
    let reply = rig.works().await;
    assert_hidden("Debug", &format!("{reply:?} {:?} {:?}", reply.raw, question()));
}

#[tokio::test]
async fn s86_a_panic_in_a_callback_fails_only_its_own_call() {
    let turn = Arc::new(AtomicUsize::new(0));
    let rig = Rig::with(good(), |settings| {
        settings.max_connections(1).api_key_source(move || {
            let turn = turn.fetch_add(1, Ordering::SeqCst);
            async move {
                assert!(turn > 0, "no key on the first turn");
                ApiKey::new("MARKkey")
            }
        })
    })
    .await;
    let provider = rig.provider.clone();
    let call = tokio::spawn(async move { provider.complete(&question()).await });
    let panic = in_time(call).await.expect_err("a panic");
    assert_hidden("a panic", &format!("{panic} {panic:?}"));
    rig.works().await;
}
