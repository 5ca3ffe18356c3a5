//! Names as Anthropic and OpenAI take them, for tools, schemas and the ids of calls: letters, digits, `_`
//! and `-`.

/// The longest name, in characters.
pub(super) const MAX_NAME: usize = 64;

/// The text with a `_` for each character that the APIs refuse.
pub(super) fn allowed(text: &str) -> String {
    text.chars().map(|c| if is_allowed(c) { c } else { '_' }).collect()
}

/// The name as the APIs take it.
pub(super) fn allowed_name(name: &str) -> String {
    match name {
        "" => "_".to_owned(),
        name => allowed(name).chars().take(MAX_NAME).collect(),
    }
}

/// Whether the APIs take this name.
pub(super) fn is_allowed_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= MAX_NAME && name.chars().all(is_allowed)
}

fn is_allowed(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_the_apis_refuse_are_replaced_one_for_one() {
        assert_eq!(allowed("functions.tide:0né"), "functions_tide_0n_");
    }

    #[test]
    fn names_are_held_to_letters_digits_and_64_characters() {
        assert!(is_allowed_name("tide-2_x") && is_allowed_name(&"x".repeat(64)));
        for name in ["", "a.b", "é", &"x".repeat(65)] {
            assert!(!is_allowed_name(name) && is_allowed_name(&allowed_name(name)), "{name}");
        }
    }
}
