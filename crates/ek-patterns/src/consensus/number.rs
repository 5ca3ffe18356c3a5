//! The last number of an answer, in one notation, so that `1e6`, `10⁶` and `1,000,000` are one answer.

use std::sync::LazyLock;

use regex::{Captures, Regex};

/// The zeros of the scripts in use; their nine other digits follow them.
const ZEROS: &str = "0٠۰߀०০੦૦୦௦౦೦൦෦๐໐༠၀០᠐᥆᧐᪀᭐᮰᱀᱐꘠꣐꤀꧐꩐꯰";

const SUPERSCRIPTS: &str = "⁰¹²³⁴⁵⁶⁷⁸⁹";

const FRACTIONS: &[(char, &str)] = &[
    ('½', "1⁄2"),
    ('⅓', "1⁄3"),
    ('⅔', "2⁄3"),
    ('¼', "1⁄4"),
    ('¾', "3⁄4"),
    ('⅕', "1⁄5"),
    ('⅖', "2⁄5"),
    ('⅗', "3⁄5"),
    ('⅘', "4⁄5"),
    ('⅙', "1⁄6"),
    ('⅚', "5⁄6"),
    ('⅐', "1⁄7"),
    ('⅛', "1⁄8"),
    ('⅜', "3⁄8"),
    ('⅝', "5⁄8"),
    ('⅞', "7⁄8"),
    ('⅑', "1⁄9"),
    ('⅒', "1⁄10"),
];

/// The largest power of ten that is written out, in either direction.
const MAX_POWER: i32 = 400;

/// A number with its power, and one or more of them with a sign between.
static PATTERNS: LazyLock<Option<(Regex, Regex)>> = LazyLock::new(|| {
    const PLAIN: &str = r"(?:[0-9]+(?:[.,][0-9]+)*|\.[0-9]+)";
    const POWER: &str = r"(?:\^|\*\*)[({]?(?P<NAME>[-+]?[0-9]+(?:\.[0-9]+)?)[)}]?";
    const NAMES: [&str; 4] = ["base", "ten", "e", "power"];
    let power = |name| POWER.replace("NAME", name);
    let part = format!(
        r"(?P<base>{PLAIN})(?:\s*(?:×|x|\*|·|\\times|\\cdot)\s*10{}|[eE](?P<e>[-+]?[0-9]+)|{})?",
        power("ten"),
        power("power"),
    );
    // A name may stand in a pattern once.
    let nameless = NAMES
        .iter()
        .fold(part.clone(), |pattern, name| pattern.replace(&format!("?P<{name}>"), "?:"));
    let whole = format!(r"(?:[0-9]+ )?[0-9]+⁄[0-9]+|{nameless}(?:[/:^]{nameless})*");
    Some((Regex::new(&part).ok()?, Regex::new(&whole).ok()?))
});

pub(super) fn number(answer: &str) -> String {
    let text = ungrouped(&plain(answer));
    let Some((part, whole)) = PATTERNS.as_ref() else { return String::new() };
    let Some(found) = whole.find_iter(&text).last() else { return String::new() };
    let form = match found.as_str() {
        fraction if fraction.contains('⁄') => fraction.replace('⁄', "/"),
        parts => part.replace_all(parts, form_of_part).into_owned(),
    };
    let before = &text[..found.start()];
    if is_negative(before) && form != "0" { format!("-{form}") } else { form }
}

fn form_of_part(found: &Captures<'_>) -> String {
    let part = |name| found.name(name).map(|part| part.as_str());
    let base = canonical(&found["base"]);
    let power = |power: &str| power.strip_prefix('+').unwrap_or(power).to_owned();
    let tens = |mantissa: &str, exponent: &str| match exponent.parse() {
        Ok(places) if (-MAX_POWER..=MAX_POWER).contains(&places) => shifted(mantissa, places),
        _ => format!("{mantissa}e{exponent}"),
    };
    match (part("ten").or(part("e")).map(power), part("power").map(power)) {
        (Some(exponent), _) => tens(&base, &exponent),
        (None, Some(exponent)) if base == "10" && exponent.parse::<i32>().is_ok() => {
            tens("1", &exponent)
        }
        (None, Some(exponent)) => format!("{base}^{exponent}"),
        (None, None) => base,
    }
}

/// The text with the digits 0 to 9 for those of all scripts, `^` before superscripts that follow a digit, and the
/// signs of Unicode as those of ASCII.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut in_power = false;
    for sign in text.chars() {
        let raised = SUPERSCRIPTS.chars().zip('0'..).find(|(raised, _)| *raised == sign);
        let raised = raised.map(|(_, digit)| digit).or((sign == '⁻').then_some('-'));
        if let Some(raised) = raised.filter(|_| in_power || ends_with_digit(&out)) {
            out.extend((!in_power).then_some('^'));
            out.push(raised);
            in_power = true;
            continue;
        }
        in_power = false;
        if let Some((_, fraction)) = FRACTIONS.iter().find(|(fraction, _)| *fraction == sign) {
            out.extend(ends_with_digit(&out).then_some(' '));
            out.push_str(fraction);
            continue;
        }
        out.push(match sign {
            '−' => '-',
            '٫' => '.',
            '٬' => ',',
            // A comma of full width stands between the parts of a sentence.
            '，' => '，',
            '！'..='～' => char::from_u32(u32::from(sign) - 0xFEE0).unwrap_or(sign),
            _ if sign.is_ascii() || !sign.is_numeric() => sign,
            _ => digit(sign).unwrap_or(sign),
        });
    }
    out
}

fn ends_with_digit(text: &str) -> bool {
    text.ends_with(|c: char| c.is_ascii_digit())
}

fn digit(sign: char) -> Option<char> {
    let sign = u32::from(sign);
    let value = ZEROS.chars().find_map(|zero| sign.checked_sub(zero.into()).filter(|n| *n < 10))?;
    char::from_digit(value, 10)
}

/// A number with its point moved to the right.
fn shifted(number: &str, places: i32) -> String {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = format!("{whole}{fraction}");
    let zeros = |count: usize| "0".repeat(count);
    let places_from_start = i64::try_from(whole.len()).unwrap_or(i64::MAX) + i64::from(places);
    let text = match usize::try_from(places_from_start) {
        Ok(at) if at >= digits.len() => format!("{digits}{}", zeros(at - digits.len())),
        Ok(at) => format!("{}.{}", &digits[..at], &digits[at..]),
        Err(_) => format!(".{}{digits}", zeros(usize::try_from(-places_from_start).unwrap_or(0))),
    };
    canonical(&text)
}

/// The text without the marks between groups of three digits: `12 000`, `12'000` and `12_000` are one number.
/// A comma or a point stays, since it may be the decimal one.
fn ungrouped(text: &str) -> String {
    const MARKS: &[char] = &[' ', '\u{a0}', '\u{202f}', '\u{2009}', '\'', '’', '_'];
    // As LaTeX writes them.
    let text = text.replace("{,}", ",").replace("\\,", "\u{202f}");
    let mut out = String::with_capacity(text.len());
    let (mut digits, mut rest) = (0, text.chars());
    while let Some(sign) = rest.next() {
        let is_mark = (1..=3).contains(&digits) && MARKS.contains(&sign);
        digits = if sign.is_ascii_digit() { digits + 1 } else { 0 };
        if !is_mark || rest.clone().take_while(char::is_ascii_digit).take(4).count() != 3 {
            out.push(sign);
        }
    }
    out
}

/// Whether the text ends with a minus that is a sign, and does not stand between two numbers or words.
fn is_negative(before: &str) -> bool {
    let Some(rest) = before.strip_suffix('-') else { return false };
    !rest.ends_with(|c: char| c.is_alphanumeric())
}

/// Digits with points and commas in one notation.
fn canonical(digits: &str) -> String {
    let (whole, fraction) = match digits.rfind(['.', ',']) {
        Some(at) if is_decimal(digits, at) => (&digits[..at], &digits[at + 1..]),
        _ => (digits, ""),
    };
    let whole: String = whole.chars().filter(char::is_ascii_digit).collect();
    let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
    let whole = if whole.is_empty() { "0" } else { whole };
    match fraction {
        "" => whole.to_owned(),
        _ => format!("{whole}.{fraction}"),
    }
}

/// Whether the last mark in these digits is the decimal one.
fn is_decimal(digits: &str, at: usize) -> bool {
    let mark = &digits[at..=at];
    let earlier = &digits[..at];
    if earlier.contains(mark) {
        return false; // 1,234,567 or 1.234.567
    }
    let three = digits.len() - at - 1 == 3;
    mark == "." || !three || earlier.contains('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_number_counts_in_one_notation() {
        for (form, answers) in [
            (
                "391",
                &[
                    "391",
                    "The answer is 391.",
                    "17 * 23 = 391",
                    "**391**",
                    "３９１。",
                    "٣٩١",
                    "३९१",
                ][..],
            ),
            (
                "1234.5",
                &["1,234.50", "1.234,50", "1 234.5", "１，２３４ 1,234.5", "١٬٢٣٤٫٥٠", "1.2345e3"],
            ),
            ("1234", &["1,234", "1'234", "1.234e+3"]),
            ("1234567", &["1,234,567", "1_234_567", "1.234.567"]),
            ("3.14", &["3,14", "3.140", "314e-2"]),
            ("0.5", &["0.5 or .50", "5·10⁻¹", "5e-1"]),
            ("7", &["007", "7 m²", "7 km³", "7⁰ 7"]),
            ("-5", &["-5", "−5 °C", "－５"]),
            ("5", &["17-5", "é5", "file3 and e5", "Step 1: 5", "x² = 5"]),
            ("0", &["-0.0", "0e5", "-0 × 10^3"]),
            ("42", &["about 42%", "42 (see note ¹)"]),
            ("", &["none", "", "²", "..."]),
            ("12000", &["12 000", "12'000", "12’000", "1.2 × 10^{4}", "1.2*10**4"]),
            ("-12000.5", &["-12\u{202f}000,50 EUR", "-1.20005E4"]),
            ("9500", &["\\boxed{9{,}500}", "$9\\,500$", "9.5 \\cdot 10^3"]),
            ("100", &["in 2024 100", "10²", "10^2", "1e2", "1E+02"]),
            ("1000", &["5 1000", "10³"]),
            (
                "1000000",
                &["10⁶", "1e6", "10^6", "10^{6}", "10**6", "1 × 10^6", "1,000,000", "１０⁶"],
            ),
            ("0.001", &["10^-3", "10⁻³", "10^{-3}", "10^(-3)", "1e-3", "10^−3"]),
            ("-0.0000002", &["-2E-07", "−2×10⁻⁷"]),
            ("602000000000000000000000", &["6.02 × 10^{23}", "6.02x10²³"]),
            ("300000", &["3 \\times 10^5", "3e5"]),
            ("1e999", &["1e999", "10^999"]),
            ("2^8", &["2^8", "2⁸", "2**8"]),
            ("10^0.5", &["10^0.5"]),
            ("7/10", &["7/10", "７／１０"]),
            ("10:30", &["10:30", "at 10:30."]),
            ("1:2:3.5", &["1:2:3,5"]),
            ("2^8/3", &["2^8/3", "2⁸/3", "2**8/3"]),
            ("3/1000000", &["3/10^6", "3/10⁶", "3/1e6"]),
            ("1:2000", &["1:2 × 10^3"]),
            ("-300/2", &["-3·10²/2"]),
            ("2^3^2", &["2^3^2"]),
            ("1/2", &["½", "1⁄2"]),
            ("2 1/2", &["2½ cups", "2 ½"]),
        ] {
            for answer in answers {
                assert_eq!(number(answer), form, "{answer}");
            }
        }
    }

    #[test]
    fn each_digit_of_each_script_is_its_value() {
        for zero in ZEROS.chars() {
            for value in 0..10 {
                let sign = char::from_u32(u32::from(zero) + value).expect("a digit");
                assert!(sign.is_numeric(), "{sign}");
                assert_eq!(number(&format!("= {sign}.")), value.to_string());
            }
        }
    }

    #[test]
    fn the_cost_grows_with_the_answer() {
        let cost = |part: &str, times: usize| {
            let answer = part.repeat(times);
            number(&answer); // builds the pattern
            allocation_counter::measure(|| drop(number(&answer))).bytes_total
        };
        for part in ["1/", "1e", "9", "9 ", "²", "1½", "2^2/", "2^"] {
            let (few, many) = (cost(part, 500), cost(part, 4_000));
            assert!(many <= 16 * few, "{part}: {few} {many}");
        }
    }
}
