//! In which forms a value comes back that somebody has put into something else.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// A shorter value is looked for as it is: another form of it would be found by chance.
const SHORTEST_ENCODED: usize = 8;

/// The value as it is, as hexadecimal digits, percent-encoded, and as base64 of any text that holds it.
pub(super) fn of(value: &str) -> Vec<String> {
    let mut forms = vec![value.to_owned()];
    if value.len() < SHORTEST_ENCODED {
        return forms;
    }
    let hex: String = value.bytes().map(|byte| format!("{byte:02x}")).collect();
    forms.push(hex.to_uppercase());
    forms.push(hex);
    let percent: String = value.bytes().map(percent).collect();
    if percent != value {
        forms.push(percent.clone());
        forms.push(value.bytes().map(percent_lower).collect());
    }
    for before in 0..3 {
        let coded = base64_after(before, value);
        let for_urls = coded.replace('+', "-").replace('/', "_");
        if for_urls != coded {
            forms.push(for_urls);
        }
        forms.push(coded);
    }
    forms
}

fn percent(byte: u8) -> String {
    match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
            char::from(byte).to_string()
        }
        byte => format!("%{byte:02X}"),
    }
}

fn percent_lower(byte: u8) -> String {
    let coded = percent(byte);
    if coded.len() == 1 { coded } else { coded.to_lowercase() }
}

/// The digits that are the value's alone, in the base64 of a text that has it behind this number of bytes
/// (and any multiple of three).
fn base64_after(before: usize, value: &str) -> String {
    let mut bytes = vec![0; before];
    bytes.extend_from_slice(value.as_bytes());
    let coded = STANDARD_NO_PAD.encode(&bytes);
    // The first digits are of what stands before; the last may be of what stands behind.
    let (start, end) = ((before * 8).div_ceil(6), bytes.len() * 8 / 6);
    coded[start..end].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

    #[test]
    fn a_value_is_found_in_the_base64_of_any_text_around_it() {
        let value = "kiln?0key~/>without";
        for before in ["", "a", "ab", "abc", "Bearer "] {
            for behind in ["", "!", "!!", "\u{ff}"] {
                let text = format!("{before}{value}{behind}");
                for coded in [STANDARD.encode(&text), URL_SAFE_NO_PAD.encode(&text)] {
                    let forms = of(value);
                    assert!(forms.iter().any(|form| coded.contains(form)), "{text}: {coded}");
                }
            }
        }
    }

    #[test]
    fn other_forms_are_those_that_servers_write() {
        let forms = of("kiln/0key");
        for form in ["kiln/0key", "kiln%2F0key", "kiln%2f0key", "6b696c6e2f306b6579"] {
            assert!(forms.iter().any(|known| known == form), "{form}: {forms:?}");
        }
        assert_eq!(of("short"), ["short"]);
    }
}
