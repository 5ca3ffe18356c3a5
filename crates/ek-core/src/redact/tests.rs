//! Texts of servers, and what is left of them.

use super::tokens::TOKENS;
use super::*;

#[track_caller]
fn assert_masked(pairs: &[(&str, &str)]) {
    for (text, masked) in pairs {
        assert_eq!(redact(text), *masked, "{text}");
        assert_eq!(redact(masked), *masked, "twice: {text}");
    }
}

#[track_caller]
fn assert_stays(texts: &[&str]) {
    for text in texts {
        assert_eq!(redact(text), *text);
    }
}

#[test]
fn every_shape_of_the_dialect_rules_is_masked() {
    assert_masked(&[
        ("key sk-FAKEfake0000.", "key [REDACTED]."),
        ("sk-proj-FAKE_fake-1234 x", "[REDACTED] x"),
        ("BEARER FAKEfake0000 and", "BEARER [REDACTED] and"),
        ("'Authorization: Bearer FAKE.fake-x_Y'", "'Authorization: Bearer [REDACTED]'"),
        ("Token=FAKEfake1111 and", "Token=[REDACTED] and"),
        ("api_key=FAKEfake2222", "api_key=[REDACTED]"),
        ("OPENAI_API_KEY: FAKEfake2222", "OPENAI_API_KEY: [REDACTED]"),
        (r#"{"token":"abc","n":1}"#, r#"{"token":"[REDACTED]","n":1}"#),
        (r#"{\"apiKey\": \"abc\"}"#, r#"{\"apiKey\": \"[REDACTED]\"}"#),
        ("ghp_FAKE1234 gsk_FAKE1234 xoxb-FAKE-12", "[REDACTED] [REDACTED] [REDACTED]"),
        ("AIzaFAKE1234", "[REDACTED]"),
        ("?key=AIzaFAKE1234&x=1", "?key=[REDACTED]&x=1"),
        ("http://u:p@host/x", "http://[REDACTED]@host/x"),
        ("eyJhbGciOi.eyJzdWIi.c2ln", "[REDACTED]"),
        ("Denied for Bearer Bearer FAKE1234 now", "Denied for Bearer Bearer [REDACTED] now"),
        ("Authorization: Bearer bearer FAKE1", "Authorization: Bearer bearer [REDACTED]"),
    ]);
}

#[test]
fn a_token_of_every_issuer_is_masked_wherever_it_stands() {
    // One of them is what follows, whichever row it is.
    let rests = ["0123456789abcdef0123456789abcdef", "0123456789:AbcdefghijAbcdefghijAbcdefghij"];
    for beginning in TOKENS.iter().flat_map(|(beginnings, _)| beginnings.split(' ')) {
        let masked = rests.iter().any(|rest| {
            let texts = ["", " is bad", ".", ", and", ")", "\"", "\\n", "</b>", "…"];
            texts.iter().all(|after| {
                let text = format!("my_{beginning}{rest}{after}");
                redact(&text) == format!("my_{REDACTED}{after}")
            })
        });
        assert!(masked, "{beginning}");
    }
    assert_masked(&[
        ("Received sk-...FAKE here", "Received [REDACTED] here"),
        ("sk-****abcd and csk-ab.", "[REDACTED] and csk-ab."),
        ("eyJhbGciOi..iv.text.tag!", "[REDACTED]!"),
        ("https://hooks.slack.com/services/T0/B0/abcd", "https://[REDACTED]"),
        ("SG.FAKEfake0.FAKEfake1.", "[REDACTED]."),
    ]);
}

#[test]
fn a_private_key_is_masked_whole_however_it_is_written() {
    let body = "MIIEvQIBADANBg/+kqh=";
    for kind in ["", "RSA ", "EC ", "OPENSSH ", "ENCRYPTED "] {
        for line in ["\n", "\\n", "\\\\n", "\r\n", " ", "%0A"] {
            let (begin, end) =
                (format!("BEGIN {kind}PRIVATE KEY"), format!("END {kind}PRIVATE KEY"));
            let pem = format!("-----{begin}-----{line}{body}{line}{body}{line}-----{end}-----");
            assert_eq!(redact(&format!("x {pem}{line}y")), format!("x {REDACTED}{line}y"));
            let cut = &pem[..pem.len() - 40];
            assert_eq!(redact(&format!("x {cut}")), format!("x {REDACTED}"), "cut off");
        }
    }
    assert_masked(&[
        (
            r#"{"pem":"-----BEGIN PRIVATE KEY-----\nAb\n-----END PRIVATE KEY-----\n"}"#,
            r#"{"pem":"[REDACTED]\n"}"#,
        ),
        (
            "-----BEGIN PGP PRIVATE KEY BLOCK-----\nAb\n-----END PGP PRIVATE KEY BLOCK-----.",
            "[REDACTED].",
        ),
        (
            "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nAb\n---- END SSH2 ENCRYPTED PRIVATE KEY ----",
            "[REDACTED]",
        ),
        ("-----BEGIN+RSA+PRIVATE+KEY-----Ab-----END+RSA+PRIVATE+KEY-----&x=1", "[REDACTED]&x=1"),
    ]);
    assert_stays(&["-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----"]);
}

#[test]
fn what_follows_the_name_of_a_credential_is_masked() {
    assert_masked(&[
        ("aws_secret_access_key = wJalr/K7MDENG+bPx", "aws_secret_access_key = [REDACTED]"),
        (r#""SecretAccessKey": "wJalr/K7MDENG""#, r#""SecretAccessKey": "[REDACTED]""#),
        (
            "AccountName=x;AccountKey=Eby8==;Suffix=y",
            "AccountName=x;AccountKey=[REDACTED];Suffix=y",
        ),
        (
            "PGPASSWORD=x accesstoken=y passphrase=z",
            "PGPASSWORD=[REDACTED] accesstoken=[REDACTED] passphrase=[REDACTED]",
        ),
        ("x-api-key: abcdef", "x-api-key: [REDACTED]"),
        ("password: hunter2, secret => abc", "password: [REDACTED], secret => [REDACTED]"),
        (
            "user[password]=x [\"api_key\"] = 'y'",
            "user[password]=[REDACTED] [\"api_key\"] = '[REDACTED]'",
        ),
        (r#"password="correct horse\" battery" b"#, r#"password="[REDACTED]" b"#),
        (
            r#"token: Some("abc"), key: SecretStr('d e')"#,
            r#"token: [REDACTED]"), key: [REDACTED]')"#,
        ),
        (r#"ApiKey("abc") b'token': b'def'"#, r#"ApiKey("[REDACTED]") b'token': b'[REDACTED]'"#),
        (
            "[('x-api-key', 'abcdef123456'), ('a', 'b')]",
            "[('x-api-key', '[REDACTED]'), ('a', 'b')]",
        ),
        (r#"{"name":"API_KEY","value":"abc"}"#, r#"{"name":"API_KEY","value":"[REDACTED]"}"#),
        ("run --api-key abcdef --model m", "run --api-key [REDACTED] --model m"),
        ("<Password>a b</Password><Code>c</Code>", "<Password>[REDACTED]</Password><Code>c</Code>"),
        ("?code=abc&sig=d%2Fe%3D&se=2", "?code=[REDACTED]&sig=[REDACTED]&se=2"),
        ("postgres://user:p@ss/w@host:5432/db", "postgres://[REDACTED]@ss/w@host:5432/db"),
        (
            "redis://:pw@h, mongodb+srv://u:p@ss@h1,h2/db",
            "redis://[REDACTED]@h, mongodb+srv://[REDACTED]@h1,h2/db",
        ),
        ("API key：abc12345，next", "API key：[REDACTED]，next"),
    ]);
}

#[test]
fn a_value_is_found_through_what_texts_are_wrapped_in() {
    assert_masked(&[
        (r#"{\\\"api_key\\\":\\\"a b\\\"}"#, r#"{\\\"api_key\\\":\\\"[REDACTED]\\\"}"#),
        ("{&quot;token&quot;:&quot;a b&quot;}", "{&quot;token&quot;:&quot;[REDACTED]&quot;}"),
        ("{&#34;token&#34;: &#34;ab&#34;}", "{&#34;token&#34;: &#34;[REDACTED]&#34;}"),
        (r"{\u0022token\u0022:\u0022ab\u0022}", r"{\u0022token\u0022:\u0022[REDACTED]\u0022}"),
        (r"?token\u003dabc\u0026x=1", r"?token\u003d[REDACTED]\u0026x=1"),
        ("url=https%3A%2F%2Fh%3Ftoken%3Dabc", "url=https%3A%2F%2Fh%3Ftoken%3D[REDACTED]"),
        ("a&amp;code=abc&amp;b", "a&amp;code=[REDACTED]&amp;b"),
    ]);
}

#[test]
fn words_between_a_name_and_its_value_do_not_hide_it() {
    assert_masked(&[
        ("Key Hash (Token) =5f7c1e2ab94d. Unable", "Key Hash (Token) =[REDACTED]. Unable"),
        ("API key provided: abc12345. You", "API key provided: [REDACTED]. You"),
        ("Token (sha256) used = abc, b", "Token (sha256) used = [REDACTED], b"),
        ("key starting with: abc12345", "key starting with: [REDACTED]"),
        ("invalid api key 'abcdef123456' given", "invalid api key '[REDACTED]' given"),
        ("no token abcdef0123456789 here", "no token [REDACTED] here"),
        ("the key is abcdef0123456789.", "the key is [REDACTED]."),
        ("token_hash=abc", "token_hash=[REDACTED]"),
    ]);
}

#[test]
fn a_header_of_credentials_is_masked_whatever_its_scheme() {
    assert_masked(&[
        ("Authorization: Token x", "Authorization: Token [REDACTED]"),
        ("Authorization: ApiKey abc; b", "Authorization: ApiKey [REDACTED]; b"),
        ("authorization: Key ab:cd failed", "authorization: Key [REDACTED] failed"),
        ("Authorization: Custom abc123", "Authorization: Custom [REDACTED]"),
        ("proxy-authorization: Basic dXNlcjpwYXNz", "proxy-authorization: Basic [REDACTED]"),
        (r#""Authorization": "Token a b""#, r#""Authorization": "Token [REDACTED]""#),
        ("Credential=AB/1, Signature=fe5f", "Credential=[REDACTED], Signature=[REDACTED]"),
        ("Cookie: session=x", "Cookie: [REDACTED]"),
        ("Cookie: a=x; b=y; HttpOnly. Then", "Cookie: [REDACTED]. Then"),
        ("set-cookie: sid=x; Path=/, next", "set-cookie: [REDACTED], next"),
        ("Cookie: a=x; Bearer FAKE1", "Cookie: [REDACTED] [REDACTED]"),
    ]);
}

#[test]
fn the_sentence_s_own_marks_stay() {
    for mark in [".", ",", ")", "]", "}", ";", "!", "?", ":", "...", "…", "\"", "'", ">", "。"] {
        for secret in
            ["sk-FAKE1234", "token=FAKE", "Bearer FAKE", "Key Hash =FAKE", "eyJhbGciOi.b.c"]
        {
            let shown = redact(&format!("a {secret}{mark} b")).into_owned();
            assert!(shown.ends_with(&format!("{REDACTED}{mark} b")), "{secret}{mark}: {shown}");
        }
    }
}

#[test]
fn prose_that_only_speaks_of_credentials_stays_as_it_is() {
    assert_stays(&[
        "login fail: secret key absent (1004)",
        "Authentication Error, proxy token unknown.",
        "a bearer token is required",
        "invalid key: expected a string",
        "max_tokens=4096 is too many tokens: 5000",
        "tokens per min (TPM): Limit 900",
        "task-based risk-free desk-bound",
        "mask_token: 12",
        "the token limit is 4096, max_tokens: 4096, token count: 128000",
        "the key is missing; key: value pairs; key:value",
        "unknown key 'max_completion_tokens', key: parallel_tool_calls_are_one",
        "get an API key: https://platform.example.com/account/api-keys",
        "the token of gpt-4o-mini-2024-07-18, the key claude-3-5-sonnet-20241022",
        "model pplx-70b-online, xai-grok-4-fast, hf_hub_download, npm_config_registry",
        "the basic plan, basic auth, Bearer authentication",
        "WWW-Authenticate: Bearer realm=\"api\", error=\"invalid_token\"",
        r#"{"code":"invalid_api_key","param":null,"token":null,"key":true,"token":0.5}"#,
        r#"{"properties":{"token":{"type":"string"}},"required":["password","api_key"]}"#,
        "idempotency_key=abc eos_token=\"x\" nextPageToken: \"abc123\"",
        "access token expired, token=expired, password = none",
        "see https://example.com/a?b=c@d and a:b@c",
    ]);
}

#[test]
fn what_lies_beyond_the_cap_is_cut_and_never_passed_through() {
    let text = format!("{}sk-FAKEfake0000", "a ".repeat(MAX_REDACT_BYTES / 2));
    let masked = redact(&text);
    assert!(masked.ends_with(CUT));
    assert!(!masked.contains("FAKE"));
}

#[test]
fn adversarial_repeats_are_masked_within_the_cap() {
    for unit in
        ["sk-", "bearer ", "token=", "eyJ.", "://", "a:b@", "key:", "a-a-a-", "key \"", "<key>"]
    {
        let masked = redact(&unit.repeat(MAX_REDACT_BYTES / unit.len() * 2)).into_owned();
        assert!(masked.len() <= 4 * MAX_REDACT_BYTES, "{unit}: {}", masked.len());
    }
}

#[test]
fn a_credential_between_a_name_and_its_value_is_masked_as_well() {
    let text = "Key Hash ( Bearer FAKE1234abcd5678 Token) =5f7c1e2ab94d08e6c3715fa2bb90de44";
    let masked = redact(text);
    assert!(!masked.contains("FAKE") && !masked.contains("5f7c"), "{masked}");
}
