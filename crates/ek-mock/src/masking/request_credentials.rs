//! Which values of a request are credentials: those under a name that says so, and those under any other
//! name that look like one.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use ek_core::{REDACTED, is_credential_name, redact};

use crate::wire::RawRequest;

/// As long as this, a run of letters and digits may be random.
const RANDOM_RUN: usize = 20;

/// A random run of that length goes from one kind of character to another at least so often: names and
/// versions of models do so less.
const RANDOM_TURNS: usize = 5;

/// The value of a cookie is a setting if it is shorter.
const SHORTEST_COOKIE: usize = 8;

/// The credentials of this request, as they would come back.
pub(crate) fn credentials_of(raw: &RawRequest) -> Vec<String> {
    let mut known = Vec::new();
    for (name, value) in &raw.headers {
        if is_secret_header(name, value) {
            of_header(name, value, &mut known);
        }
    }
    let (path, query) = raw.target.split_once('?').unwrap_or((&raw.target, ""));
    known.extend(path.split('/').filter(|part| is_random(part)).map(str::to_owned));
    for pair in query.split('&') {
        if let Some((name, value)) = pair.split_once('=')
            && (is_credential_name(name) || redact(pair).contains(REDACTED) || is_random(value))
        {
            known.push(value.to_owned());
        }
    }
    known
}

/// Whether the value of this header is a credential.
pub(crate) fn is_secret_header(name: &str, value: &str) -> bool {
    is_credential_name(name)
        || redact(value) != value
        || (!is_about_itself(name) && words(value).any(is_random))
}

fn of_header(name: &str, value: &str, known: &mut Vec<String>) {
    // A scheme is no secret: `Bearer x`, `Token x`.
    let credential = match value.split_once(' ') {
        Some((scheme, rest)) if scheme.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-') => {
            rest.trim()
        }
        _ => value,
    };
    known.push(credential.to_owned());
    if let Some((user, password)) = user_and_password(credential) {
        known.push(format!("{user}:{password}"));
        known.push(if password.is_empty() { user } else { password });
    }
    if name.eq_ignore_ascii_case("cookie") {
        let values = value.split(';').filter_map(|pair| pair.split_once('='));
        let values = values.map(|(_, value)| value.trim());
        known.extend(values.filter(|value| value.len() >= SHORTEST_COOKIE).map(str::to_owned));
    }
}

/// What the credential of the scheme `Basic` says.
fn user_and_password(credential: &str) -> Option<(String, String)> {
    let bytes = STANDARD.decode(credential).or_else(|_| URL_SAFE.decode(credential)).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    text.split_once(':').map(|(user, password)| (user.to_owned(), password.to_owned()))
}

/// Headers that speak of the client and the body, or name one request.
fn is_about_itself(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    matches!(name.as_str(), "host" | "user-agent" | "traceparent" | "tracestate")
        || name.starts_with("accept")
        || name.starts_with("content-")
        || name.ends_with("-id")
}

fn words(value: &str) -> impl Iterator<Item = &str> {
    value.split(|c: char| c.is_whitespace() || ",;=\"'".contains(c))
}

/// Whether this was drawn by lot, as keys are.
fn is_random(word: &str) -> bool {
    is_uuid(word) || word.split(|c: char| !c.is_ascii_alphanumeric()).any(is_random_run)
}

fn is_random_run(run: &str) -> bool {
    let kind = |byte: u8| (byte.is_ascii_digit(), byte.is_ascii_uppercase());
    let turns = run.as_bytes().windows(2).filter(|two| kind(two[0]) != kind(two[1]));
    run.len() >= RANDOM_RUN && turns.count() >= RANDOM_TURNS
}

fn is_uuid(word: &str) -> bool {
    let parts = word
        .split('-')
        .map(|part| if part.bytes().all(|byte| byte.is_ascii_hexdigit()) { part.len() } else { 0 });
    parts.eq([8, 4, 4, 4, 12])
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "zq8Xw3Lm5Rt7Yb1Nc9Vd2Kf4Hj6Ps0Ga";

    fn raw(target: &str, headers: &[(&str, &str)]) -> RawRequest {
        let headers = headers.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        RawRequest {
            connection: 0,
            method: "POST".to_owned(),
            target: target.to_owned(),
            headers: headers.collect(),
            body: Vec::new(),
            head: Vec::new(),
        }
    }

    #[test]
    fn every_credential_of_a_request_is_known() {
        let target = format!("/v1/{KEY}/chat/completions?api-version=1&key=querykey&x={KEY}x");
        let raw = raw(
            &target,
            &[
                ("Authorization", "Bearer bearerkey"),
                ("api-key", "plainkey"),
                ("ocp-apim-subscription-key", "azurekey"),
                ("x-auth-token", "tokenkey"),
                ("proxy-authorization", "Basic dXNlcjpwYXNzd29yZGtleQ=="),
                ("x-basic-auth", "Basic dXNlcmtleTo="),
                ("Cookie", "a=cookiekey; b=1"),
                ("x-team", "blue-team-header"),
            ],
        );
        let known = credentials_of(&raw);
        for key in [
            "bearerkey",
            "plainkey",
            "azurekey",
            "tokenkey",
            "user:passwordkey",
            "passwordkey",
            "userkey",
            "cookiekey",
            "querykey",
            KEY,
        ] {
            assert!(known.iter().any(|value| value == key), "{key}: {known:?}");
        }
        for word in ["1", "v1", "blue-team-header", "Bearer", "user"] {
            assert!(!known.iter().any(|value| value == word), "{word}");
        }
    }

    #[test]
    fn a_value_that_was_drawn_by_lot_is_a_credential_whatever_its_name() {
        let uuid = "123e4567-e89b-12d3-a456-426614174000";
        for value in [KEY, "kiln0key0without0shape", uuid, &format!("Gate {KEY}"), "sk-abc123456"] {
            assert!(is_secret_header("x-gate", value), "{value}");
            let known = credentials_of(&raw("/", &[("x-gate", value)]));
            assert!(known.iter().any(|known| value.ends_with(known)), "{value}");
        }
    }

    #[test]
    fn names_versions_and_ids_of_requests_are_no_credentials() {
        for (name, value) in [
            ("x-model", "claude-3-5-sonnet-20241022-v2:0"),
            ("x-model", "meta-llama/Llama-3.1-8B-Instruct-q4_K_M"),
            ("x-stainless-runtime-version", "v20.11.1"),
            ("x-title", "A programme about kilns and tides"),
            ("user-agent", "Mozilla/5.0 a1b2c3d4e5f6a1b2c3d4e5f6"),
            ("x-request-id", "123e4567-e89b-12d3-a456-426614174000"),
            ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
            ("idempotency-key", "tide-1"),
            ("anthropic-version", "2023-06-01"),
        ] {
            assert!(!is_secret_header(name, value), "{name}: {value}");
        }
    }
}
