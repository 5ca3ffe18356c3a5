//! Values that a name or a scheme gives away: `token=x`, `"api_key": "x"`, `Cookie: a=x`, `Bearer x`.
//!
//! One rule holds for every judgement here: where a value is left, so is any beginning of it. A mask in
//! the middle of a text ends the value in front of it, and so masking twice is masking once.

use std::ops::Range;

use regex::{Captures, Regex};

use super::is_part_of_word;
use super::value::{is_identifier, looks_random, looks_secret, quoted, unmasked, until, word};
use crate::credential_name::{is_credential_field, is_credential_name};

/// How much of a name is looked at, from its end, in bytes.
const MAX_NAME_BYTES: usize = 64;

/// Words that say more about a name and stand between it and its value: `API key provided: x`.
const SAID_OF_NAMES: &str = "beginning digest ending field fingerprint given hash hashed header in is \
    parameter passed presented provided received sent specified starting string submitted supplied used \
    value was with";

/// Schemes that stand in front of a credential where the name is one for them: `Authorization: Token x`.
const SCHEMES: [&str; 9] =
    ["apikey", "api-key", "basic", "bearer", "digest", "hmac", "key", "negotiate", "token"];

/// The value behind this word, if the word is a scheme or the name of a credential.
pub(super) fn value_after(text: &str, word: Range<usize>, sign: &Regex) -> Option<Range<usize>> {
    let (before, rest) = (&text[..word.start], &text[word.end..]);
    let name = &text[word.start.max(word.end.saturating_sub(MAX_NAME_BYTES))..word.end];
    let in_text = |value: Range<usize>, from: usize| from + value.start..from + value.end;
    if let Some(value) = after_scheme(name, rest) {
        return Some(in_text(value, word.end));
    }
    // `code` is a credential in a query alone.
    let in_query = before.ends_with(['?', '&']) || before.ends_with("&amp;");
    let is_name = if in_query { is_credential_name(name) } else { is_credential_field(name) };
    if !is_name {
        return None;
    }
    let from = word.end + said_of_name(rest);
    let rest = &text[from..];
    let value = match sign.captures(rest) {
        None => after_space(name, rest),
        Some(found) if found.name("tag").is_none() => after_sign(name, rest, &found),
        Some(_) if before.ends_with(['<', ':']) => in_tag(rest),
        Some(_) => None,
    };
    value.map(|value| in_text(value, from))
}

/// How much of the text only says more about the name: ` provided`, ` Hash (Token)`.
fn said_of_name(rest: &str) -> usize {
    let mut end = 0;
    for _ in 0..4 {
        let more = rest[end..].trim_start_matches([' ', '\t']);
        let is_in_brackets =
            |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b' ' | b',' | b'.' | b'-');
        let said = if let Some(said) = more.strip_prefix('(') {
            let length = said.bytes().take_while(is_in_brackets).count();
            said[length..].starts_with(')').then_some(length + 2)
        } else {
            let length = more.bytes().take_while(|b| is_part_of_word(*b)).count();
            let is_apart = more.len() < rest.len() - end;
            (is_apart
                && SAID_OF_NAMES.split(' ').any(|said| said.eq_ignore_ascii_case(&more[..length])))
            .then_some(length)
        };
        let Some(said) = said else { break };
        end = rest.len() - more.len() + said;
    }
    end
}

/// `Bearer x`.
fn after_scheme(name: &str, rest: &str) -> Option<Range<usize>> {
    let scheme = name.rsplit(['-', '_']).next().filter(|last| is_scheme(last))?;
    let value = rest.trim_start_matches([' ', '\t', ':', '=']);
    if value.len() == rest.len() {
        return None;
    }
    let start = rest.len() - value.trim_start_matches(['"', '\'']).len();
    let value = unmasked(rest, word(rest, start))?;
    // `the basic plan` is prose, `Basic cGxhbg==` is not.
    let is_prose = scheme.eq_ignore_ascii_case("basic")
        && value.len() < 20
        && is_identifier(&rest[value.clone()]);
    (!is_prose).then_some(value)
}

/// A scheme that stands in front of credentials wherever it is met.
fn is_scheme(word: &str) -> bool {
    word.eq_ignore_ascii_case("bearer") || word.eq_ignore_ascii_case("basic")
}

/// `<password>x</password>`.
fn in_tag(rest: &str) -> Option<Range<usize>> {
    unmasked(rest, 1..until(rest, 1, |c| matches!(c, '<' | '\r' | '\n')))
}

/// `--api-key x`, and `the token x` where that is nothing else.
fn after_space(name: &str, rest: &str) -> Option<Range<usize>> {
    let value = word(rest, rest.len() - rest.trim_start_matches([' ', '\t']).len());
    let is_value =
        value.start > 0 && (name.starts_with("--") || looks_random(&rest[value.clone()]));
    is_value.then(|| unmasked(rest, value)).flatten()
}

/// The value behind a name and a sign.
fn after_sign(name: &str, rest: &str, found: &Captures<'_>) -> Option<Range<usize>> {
    let name = name.to_ascii_lowercase();
    let opened = found.get_match().end();
    let takes_schemes = name.ends_with("auth") || name.ends_with("authorization");
    let start = after_schemes(rest, opened, takes_schemes);
    // What a value stands in goes with it: `Some("x")`, `SecretStr('x')`.
    let call = found.name("call");
    let whole = |value: Range<usize>| call.map_or(value.start, |call| call.start())..value.end;

    if let Some(value) = quoted(&rest[..opened], rest, start) {
        let value = unmasked(rest, value)?;
        let is_credential = found.name("loose").is_none() || looks_random(&rest[value.clone()]);
        return is_credential.then(|| whole(value));
    }
    // A colon and a space are also how sentences go: `invalid key: expected a string`.
    let may_be_prose = found.name("colon").is_some_and(|c| c.as_str().ends_with([' ', '\t']))
        && !name.contains(['-', '_'])
        && call.is_none()
        && start == opened;
    // An address leads to documentation. What its query gives away has names of its own.
    if may_be_prose && ["https://", "http://"].iter().any(|link| rest[start..].starts_with(link)) {
        return None;
    }
    if let Some(value) = name.ends_with("cookie").then(|| cookies(rest, start)).flatten() {
        return unmasked(rest, value);
    }
    let value = word(rest, start);
    if !may_be_prose || looks_secret(&rest[value.clone()]) {
        return unmasked(rest, value).map(whole);
    }
    // A scheme that is not known: `Authorization: Custom x`.
    let next = word(rest, value.end + 1);
    let is_next = takes_schemes && rest[value.end..].starts_with(' ');
    (is_next && looks_secret(&rest[next.clone()])).then_some(next)
}

/// Where the value begins behind `Bearer`, and behind any scheme where the name takes them.
fn after_schemes(text: &str, mut at: usize, takes_all: bool) -> usize {
    for _ in 0..3 {
        let end = at + text[at..].bytes().take_while(|b| is_part_of_word(*b)).count();
        let word = &text[at..end];
        let is_known = SCHEMES.iter().any(|scheme| scheme.eq_ignore_ascii_case(word));
        let value = text.len() - text[end..].trim_start_matches([' ', '\t']).len();
        if value == end || !is_known || !(takes_all || is_scheme(word)) {
            break;
        }
        at = value;
    }
    at
}

/// `a=x; b=y; HttpOnly`.
fn cookies(text: &str, start: usize) -> Option<Range<usize>> {
    const MARKS: &str = "\"'`\\<>,;[]";
    let ends = |c: char| c.is_whitespace() || MARKS.contains(c);
    let mut end = until(text, start, ends);
    if !text[start..end].contains('=') {
        return None;
    }
    while let Some(more) = text[end..].strip_prefix(';') {
        let next = text.len() - more.trim_start_matches([' ', '\t']).len();
        let next_end = until(text, next, ends);
        if next_end == next {
            break;
        }
        end = next_end;
    }
    Some(start..start + text[start..end].trim_end_matches('.').len())
}
