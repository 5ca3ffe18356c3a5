//! Every form of a base URL, and what is refused.

use super::*;

fn url(base: &str) -> String {
    Endpoint::of(base).map_or_else(|e| e.to_string(), |e| e.uri.to_string())
}

/// Scenario 80 of the fault list: accepted URLs.
#[test]
fn accepted_urls_lead_to_chat_completions() {
    for (base, sent) in [
        ("https://api.example/v1", "https://api.example/v1/chat/completions"),
        ("https://api.example/v1///", "https://api.example/v1/chat/completions"),
        ("HTTPS://API.example", "https://API.example/chat/completions"),
        ("http://127.0.0.1:8080/v1", "http://127.0.0.1:8080/v1/chat/completions"),
        ("http://[::1]:8080/v1", "http://[::1]:8080/v1/chat/completions"),
        ("https://xn--bcher-kva.example/v1", "https://xn--bcher-kva.example/v1/chat/completions"),
        ("https://a.example./v1", "https://a.example./v1/chat/completions"),
        ("https://a.example/v1/chat/completions", "https://a.example/v1/chat/completions"),
        ("https://a.example/v1/chat/completions/", "https://a.example/v1/chat/completions"),
        ("https://a.example/x?api-version=1", "https://a.example/x/chat/completions?api-version=1"),
        ("https://a.example?k=v", "https://a.example/chat/completions?k=v"),
    ] {
        assert_eq!(url(base), sent, "{base}");
    }
}

/// Scenario 80 of the fault list: rejected URLs.
#[test]
fn rejected_urls_say_why_and_show_no_credentials() {
    let long = format!("https://a.example/{}", "x".repeat(70_000));
    for (base, why) in [
        ("", "is empty"),
        ("api.example/v1", "has no scheme"),
        ("file:///etc/passwd", "other than https and http"),
        ("ftp://a.example", "other than https and http"),
        ("https://", "has no host"),
        ("https:///v1", "has no host"),
        ("https://user:MARK@a.example", "carries credentials"),
        ("https://a.example@evil.example", "carries credentials"),
        ("https://a.example\\@evil.example", "backslash"),
        ("https://a.example/\tv1", "white space"),
        (" https://a.example", "white space"),
        ("https://a.example/v1#MARK", "fragment"),
        ("https://a.example/../v1", "dot segment"),
        ("https://a.example/%2e%2E/v1", "dot segment"),
        ("https://a.example:0/", "port"),
        ("https://a.example:99999/", "port"),
        ("https://a.example:/", "port"),
        ("https://a.example:8x/", "port"),
        ("https://[::1/v1", "IPv6"),
        ("https://[fe80::1%25eth0]/v1", "IPv6"),
        ("https://bücher.example", "punycode"),
        ("https://a%2eexample", "host"),
        ("https://a..example", "host"),
        ("https://300.1.1.1", "address"),
        ("https://a.example/v1\0", "control character"),
        (&long, "longer than 8 KiB"),
    ] {
        let error = Endpoint::of(base).err().expect(base);
        assert_eq!(error.kind(), ErrorKind::Config, "{base}");
        assert!(error.to_string().contains(why), "{base}: {error}");
        assert!(!error.to_string().contains("MARK"), "{error}");
    }
}

#[test]
fn a_base_url_without_a_version_gets_it_and_one_with_the_whole_path_is_taken_as_it_is() {
    let paths = Paths { version: Some("/v1"), main: "/messages" };
    for (base, sent) in [
        ("https://a.example", "https://a.example/v1/messages"),
        ("https://a.example/v1/", "https://a.example/v1/messages"),
        ("https://a.example/v2beta", "https://a.example/v2beta/messages"),
        ("https://a.example/proxy/vendor", "https://a.example/proxy/vendor/v1/messages"),
        ("https://a.example/v1/messages", "https://a.example/v1/messages"),
        ("https://a.example/messages?k=v", "https://a.example/messages?k=v"),
    ] {
        let endpoint = Endpoint::parse(base, &[], paths).expect("sound");
        assert_eq!(endpoint.uri.to_string(), sent, "{base}");
        let models = endpoint.target("/models", Some("limit=5")).expect("a target").to_string();
        let (path, query) = sent.split_once('?').unwrap_or((sent, ""));
        let and = if query.is_empty() { "" } else { "&" };
        let path = path.replace("/messages", "/models");
        assert_eq!(models, format!("{path}?{query}{and}limit=5"), "{base}");
    }
}

#[test]
fn a_version_in_the_query_is_the_version() {
    let paths = Paths { version: Some("/v1"), main: "/responses" };
    let pairs = [("api-version".to_owned(), "2025-04-01-preview".to_owned())];
    for (base, pairs, sent) in [
        (
            "https://a.example/openai",
            &pairs[..],
            "/openai/responses?api-version=2025-04-01-preview",
        ),
        ("https://a.example/openai?api-version=1", &[], "/openai/responses?api-version=1"),
        (
            "https://a.example/openai/v1?api-version=preview",
            &[],
            "/openai/v1/responses?api-version=preview",
        ),
        ("https://a.example/openai?other=1", &[], "/openai/v1/responses?other=1"),
    ] {
        let endpoint = Endpoint::parse(base, pairs, paths).expect("sound");
        assert_eq!(endpoint.uri.path_and_query().expect("a path").as_str(), sent);
    }
}

#[test]
fn query_pairs_are_encoded_and_follow_those_of_the_url() {
    let paths = Paths { version: None, main: "/chat/completions" };
    let pairs = [("api-version".to_owned(), "2024-10-21".to_owned()), ("a b".into(), "c&d".into())];
    let endpoint = Endpoint::parse("https://a.example/v1?x=1", &pairs, paths).expect("sound");
    assert_eq!(
        endpoint.uri.to_string(),
        "https://a.example/v1/chat/completions?x=1&api-version=2024-10-21&a%20b=c%26d"
    );
}
