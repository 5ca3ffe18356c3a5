//! Text as models write it, the same in every run.

const WORDS: [&str; 24] = [
    "The", " kiln", " is", " heated", " slowly", ",", " since", " clay", " holds", " water",
    " that", " must", " leave", " before", " the", " glaze", " melts", ".", " A", " potter",
    " counts", " the", " hours", ".",
];

/// The word at this place; every fortieth is a line break, every hundredth is not ASCII.
pub fn word(at: usize) -> &'static str {
    match at {
        at if at % 100 == 99 => " Töpfer",
        at if at % 40 == 39 => "\n\n",
        at => WORDS[at % WORDS.len()],
    }
}

/// Random letters as servers add them to hide the length of the word at this place.
pub fn padding(at: usize) -> &'static str {
    const PADDING: &str = "qX7bN2mK9zR4tW1vY8";
    &PADDING[word(at).len() + at % 3..]
}

/// So many words.
pub fn words(count: usize) -> String {
    (0..count).map(word).collect()
}

/// Text of so many bytes.
pub fn text(bytes: usize) -> String {
    let mut text: String = (0..)
        .map(word)
        .scan(0, |length, word| {
            let before = *length;
            *length += word.len();
            (before < bytes).then_some(word)
        })
        .collect();
    while text.len() > bytes || !text.is_char_boundary(text.len()) {
        text.pop();
    }
    while text.len() < bytes {
        text.push('.');
    }
    text
}
