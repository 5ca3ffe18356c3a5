//! Corrects a text that is nearly JSON, for lenient reading.

use super::extract::ends_text;

/// Corrects four mistakes of models: line breaks and other control characters within texts, escapes that JSON
/// does not have, texts in single quotes, and commas before a closing sign. Valid JSON stays as it is. Linear
/// in the length.
pub(super) fn mended(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.char_indices();
    // The quote of the text that is open.
    let mut quote = None;
    while let Some((at, sign)) = chars.next() {
        let rest = &text.as_bytes()[at + sign.len_utf8()..];
        match (quote, sign) {
            (None, '"' | '\'') => {
                quote = Some(sign);
                out.push('"');
            }
            (None, ',') if matches!(rest.trim_ascii_start().first(), Some(b'}' | b']')) => {}
            (None, sign) => out.push(sign),
            (Some('"'), '"') => {
                quote = None;
                out.push('"');
            }
            (Some('\''), '\'') if ends_text(rest) => {
                quote = None;
                out.push('"');
            }
            (Some(_), '"') => out.push_str("\\\""),
            (Some(_), '\\') => escape(rest, &mut chars, &mut out),
            (Some(_), sign) if sign < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(sign))),
            (Some(_), sign) => out.push(sign),
        }
    }
    out
}

/// What follows a backslash within a text.
fn escape(rest: &[u8], chars: &mut std::str::CharIndices<'_>, out: &mut String) {
    match rest {
        [b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', ..] => {
            out.push('\\');
            out.extend(chars.next().map(|(_, sign)| sign));
        }
        [b'u', code @ ..] if code.len() >= 4 && code[..4].iter().all(u8::is_ascii_hexdigit) => {
            out.push('\\');
        }
        [b'\'', ..] => out.extend(chars.next().map(|(_, sign)| sign)),
        // A backslash that escapes nothing stands for itself.
        _ => out.push_str("\\\\"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mistake_is_corrected_and_json_stays_as_it_is() {
        for (near, json) in [
            ("{\"a\":\"x\ny\tz\"}", r#"{"a":"x\u000ay\u0009z"}"#),
            (r#"{"a":"\d+\.","b":"C:\Users\u00"}"#, r#"{"a":"\\d+\\.","b":"C:\\Users\\u00"}"#),
            (r#"{'a':'it's "so"','b':'\''}"#, r#"{"a":"it's \"so\"","b":"'"}"#),
            (r#"{"a":[1,2, ],}"#, r#"{"a":[1,2 ]}"#),
            (r#"{"a":"\u00e6\n,}","b":[1,{}]}"#, r#"{"a":"\u00e6\n,}","b":[1,{}]}"#),
        ] {
            assert_eq!(mended(near), json, "{near}");
        }
    }
}
