//! Keys and lists as servers in Java and PHP spell them: `toolCalls`, and an object with the keys 0, 1, 2.

use crate::json::scan::{self, Raw, Readable, Scanner, Unreadable};

/// A key with capital letters in snake case. `None` for a key without, which most are.
pub(super) fn snake_case(key: &str) -> Option<String> {
    if !key.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    let mut snake = String::with_capacity(key.len() + 4);
    for letter in key.chars() {
        if letter.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    Some(snake)
}

/// Reads a list that stands alone or as an object with numbers as keys. An object with other keys is the only
/// item, and one without keys an empty list.
pub(super) fn items<'a, T: Readable<'a>>(
    scanner: &mut Scanner<'a>,
    mut each: impl FnMut(Option<T>) -> Result<(), Unreadable>,
) -> Result<(), Unreadable> {
    if scanner.peek()? == b'[' {
        return scanner.items(|scanner| each(scanner.optional()?));
    }
    let object: Raw<'a> = scanner.value()?;
    match first_key(object.get()) {
        None => Ok(()),
        Some(key) if key.bytes().all(|byte| byte.is_ascii_digit()) && !key.is_empty() => {
            scan::entries(object.get(), |_, scanner| each(scanner.optional()?))
        }
        Some(_) => each(Some(scan::read(object.get())?)),
    }
}

/// The first key of an object, up to a quote in it.
fn first_key(object: &str) -> Option<&str> {
    object[1..].trim_start().strip_prefix('"')?.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_with_capitals_are_read_in_snake_case() {
        for (key, snake) in [
            ("finishReason", Some("finish_reason")),
            ("FinishReason", Some("finish_reason")),
            ("Content", Some("content")),
            ("finish_reason", None),
            ("é", None),
        ] {
            assert_eq!(snake_case(key).as_deref(), snake, "{key}");
        }
    }

    #[test]
    fn an_object_of_numbers_is_a_list_and_another_one_its_only_item() {
        struct Items<'a>(Vec<Option<&'a str>>);
        impl<'a> Readable<'a> for Items<'a> {
            fn read(scanner: &mut Scanner<'a>) -> Result<Self, Unreadable> {
                let mut found = Vec::new();
                items(scanner, |item: Option<Raw<'a>>| {
                    found.push(item.map(Raw::get));
                    Ok(())
                })?;
                Ok(Self(found))
            }
        }
        for (json, items) in [
            ("[1, null, {}]", vec![Some("1"), None, Some("{}")]),
            (r#"{ "0" : [1], "2":{"a":1}}"#, vec![Some("[1]"), Some(r#"{"a":1}"#)]),
            (r#"{"a":1}"#, vec![Some(r#"{"a":1}"#)]),
            (r#"{"":1}"#, vec![Some(r#"{"":1}"#)]),
            ("{ }", vec![]),
        ] {
            assert_eq!(scan::read::<Items<'_>>(json).expect(json).0, items, "{json}");
        }
    }
}
