//! The shapes as a pattern, which says what the walk by hand has to find.

use std::sync::LazyLock;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use regex::{Captures, Regex};

use super::shapes::{Found, Kind, Shapes};

/// Shapes that are credentials wherever they stand.
const BY_PREFIX: &str = concat!(
    r"(?-u:\b)(?:",
    r"(?i-u:[spr]k)[-_](?i-u:proj-|live_|test_|ant-|or-)?[A-Za-z0-9_*.\-]{3,}",
    r"|gh[pousr]_[A-Za-z0-9_]{4,}|github_pat_[A-Za-z0-9_]{4,}|glpat-[A-Za-z0-9_\-]{4,}",
    r"|AIza[A-Za-z0-9_\-]{4,}|ya29\.[A-Za-z0-9_\-]{4,}",
    r"|xox[a-z]-[A-Za-z0-9\-]{4,}|xai-[A-Za-z0-9]{8,}",
    r"|gsk_[A-Za-z0-9_]{4,}|hf_[A-Za-z0-9]{8,}|nvapi-[A-Za-z0-9_\-]{4,}",
    r"|pplx-[A-Za-z0-9]{8,}|r8_[A-Za-z0-9]{8,}|(?:AKIA|ASIA)[0-9A-Z]{12,}",
    r"|eyJ[A-Za-z0-9_\-]{6,}\.[A-Za-z0-9_\-]+(?:\.[A-Za-z0-9_\-]*)?",
    r")",
);

/// `Bearer x`, `Basic x`: the scheme stays, the value goes. Where the scheme is written twice, its second
/// word is not the value.
const BY_SCHEME: &str = r#"(?P<scheme>(?-u:\b)(?:(?i-u:bearer|basic)[ \t:=]+)+)(?P<credential>[^ \t\r\n"'\\<>,;)}\]]+)"#;

/// `name=value` and `"name": "value"`: the name stays, the value goes.
const BY_NAME: &str = concat!(
    // Bounded: a run without end would be read again from each of its words.
    r"(?P<name>(?-u:\b)(?i-u:[a-z0-9_\-]{0,40}(?:",
    r"api[_\-]?key|secret|password|passwd|pwd|credential|subscription-key|signature",
    r"|authorization|token)|key|sig))",
    r#"(?P<sign>\\*["']?[ \t]*[=:][ \t]*\\*["']?)"#,
    r"(?P<inner>(?:(?i-u:bearer|basic)[ \t]+)+)?",
    r#"(?P<value>[^ \t\r\n"'\\<>&,;)}\]]+)"#,
);

/// `scheme://user:password@`.
const BY_USERINFO: &str = r"(?P<slashes>://)[^/ \t\r\n@]+@";

static SHAPES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(&format!("{BY_USERINFO}|{BY_PREFIX}|{BY_SCHEME}|{BY_NAME}")).expect("the pattern")
});

fn by_pattern(text: &str) -> Vec<Found> {
    SHAPES.captures_iter(text).map(|found| one(&found)).collect()
}

fn one(found: &Captures<'_>) -> Found {
    let whole = found.get(0).expect("a match");
    let next = whole.end();
    let certain = |start, end| Found { start, end, next, kind: Kind::Certain };
    if let Some(slashes) = found.name("slashes") {
        return certain(slashes.end(), next - 1);
    }
    if let Some(credential) = found.name("credential") {
        return Found { start: credential.start(), end: next, next, kind: Kind::OfScheme };
    }
    if let Some(value) = found.name("value") {
        let assigned = found["sign"].contains(['=', '"', '\'']);
        let kind = Kind::OfName { assigned, has_scheme: found.name("inner").is_some() };
        return Found { start: value.start(), end: next, next, kind };
    }
    certain(whole.start(), next)
}

/// What shapes are made of, and what nearly is.
const PIECES: &[&str] = &[
    "sk-",
    "PK_",
    "rk",
    "k-",
    "proj-",
    "ant-",
    "ghp_",
    "ghu_",
    "gh_",
    "github_pat_",
    "glpat-",
    "AIza",
    "ya29.",
    "xoxb-",
    "xox-",
    "xoxB-",
    "xai-",
    "gsk_",
    "hf_",
    "nvapi-",
    "pplx-",
    "r8_",
    "AKIA",
    "ASIA",
    "eyJ",
    "eyJaaaaaa",
    "bearer",
    "Bearer ",
    "BASIC",
    "basic\t",
    "basic: ",
    "api",
    "key",
    "Key",
    "apikey",
    "api_key",
    "API-Key",
    "secret",
    "password",
    "passwd",
    "pwd",
    "credential",
    "subscription-",
    "signature",
    "authorization",
    "Token",
    "sig",
    "s",
    "://",
    ":/",
    "//",
    ":",
    "=",
    " ",
    "  ",
    "\t",
    "\n",
    "\r",
    "\"",
    "'",
    "\\",
    "\\\\",
    "<",
    ">",
    "&",
    ",",
    ";",
    ")",
    "}",
    "]",
    "[",
    "[REDACTED]",
    "@",
    "/",
    ".",
    "..",
    "-",
    "_",
    "*",
    "a",
    "z9",
    "0123",
    "abcd",
    "ABCDEFGH",
    "0123456789ABCDEF",
    "a-b_c",
    "é",
    "\u{17f}",
    "\u{212a}",
    "🔥",
    "--------------------",
    "x_x_x_x_x_x_x_x_x_x_",
];

/// At the edge of what a shape allows.
const NEARLY: &[&str] = &[
    r"[a-]{0,3}[a_]{36,42}(token|secret|subscription-key)[=:]v",
    r"(eyJ[a-]{3,8}[.-]?){1,4}[a-z]{0,2}",
    r#"(token|Key)\\{0,2}["']?[ \t]?[=:][ \t]?\\?["']?((bearer|Basic)[ \t]{1,2}){0,3}[a\n"&:]{0,2}"#,
    r#"((bearer|BASIC)[ \t:=]{1,3}){1,4}[a"\n]{0,2}"#,
    r"(sk-|xoxa-|hf_|r8_|ghr_|AKIA|nvapi-)[A-C._*-]{2,13}",
    r"://[a:]{0,2}[@/ ]",
];

fn text() -> impl Strategy<Value = String> {
    let nearly = NEARLY.iter().map(Strategy::boxed).collect::<Vec<_>>();
    let piece = select(PIECES).prop_map(str::to_owned);
    let part = prop_oneof![piece, proptest::strategy::Union::new(nearly)];
    vec(part, 0..10).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn the_walk_finds_what_the_pattern_finds(text in text(), any in any::<String>()) {
        for text in [text.clone(), any.clone(), format!("{any}{text}")] {
            let walked: Vec<_> = Shapes::of(&text).collect();
            prop_assert_eq!(walked, by_pattern(&text), "{}", text);
        }
    }
}
