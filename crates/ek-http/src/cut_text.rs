//! Cuts texts between characters.

/// The beginning of a text, at most `cap` bytes of it. The standard library can do this from Rust 1.91 on
/// (`str::floor_char_boundary`).
pub(crate) fn head(text: &str, cap: usize) -> &str {
    let mut end = text.len().min(cap);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_is_not_cut() {
        for (cap, kept) in [(0, ""), (1, "a"), (2, "a"), (3, "aé"), (9, "aé")] {
            assert_eq!(head("aé", cap), kept);
        }
    }
}
