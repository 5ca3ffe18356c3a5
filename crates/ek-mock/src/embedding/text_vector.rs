//! A vector from a text: the words and the runs of three characters that it has, each counted at a place that
//! its hash chooses. No model is needed, and the same text has the same vector in every run.

use ek_core::Embeddings;

/// The vector that the mock makes of a text, of length 1.
///
/// Texts that share words, or parts of words, are closer to each other than texts that share none; case and
/// punctuation do not count. The same text has the same vector in every run and on every machine.
///
/// ```
/// use ek_core::cosine_similarity;
/// use ek_mock::text_vector;
///
/// let alike = |a: &str, b: &str| cosine_similarity(&text_vector(a, 256), &text_vector(b, 256));
/// assert_eq!(alike("Kilns cool slowly.", "kilns cool slowly"), Some(1.0));
/// assert!(alike("Kilns cool slowly.", "How do kilns cool?") > alike("Kilns cool slowly.", "A calm lake"));
/// ```
#[must_use]
pub fn text_vector(text: &str, dimensions: u32) -> Vec<f32> {
    let mut counts = Counts::new(dimensions);
    let text = text.to_lowercase();
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    for word in words {
        counts.word(word);
    }
    counts.finish(text.as_bytes())
}

/// The same for a text that is tokens already: each token is a word.
pub(super) fn token_vector(tokens: &[u32], dimensions: u32) -> Vec<f32> {
    let mut counts = Counts::new(dimensions);
    for token in tokens {
        counts.add(hash(&token.to_le_bytes()), 1.0);
    }
    counts.finish(&[])
}

/// The longest word that counts more than a shorter one: long words say more about a text.
const LONG_WORD: u8 = 8;

struct Counts(Vec<f32>);

impl Counts {
    fn new(dimensions: u32) -> Self {
        Self(vec![0.0; usize::try_from(dimensions).unwrap_or(usize::MAX)])
    }

    fn word(&mut self, word: &str) {
        let ends: Vec<usize> = word.char_indices().map(|(at, c)| at + c.len_utf8()).collect();
        let length = u8::try_from(ends.len()).map_or(LONG_WORD, |length| length.min(LONG_WORD));
        let weight = f32::from(length) / f32::from(LONG_WORD);
        self.add(hash(word.as_bytes()), weight);
        for end in 2..ends.len() {
            let begin = if end == 2 { 0 } else { ends[end - 3] };
            // A byte that no text has, so that a part is not taken for a word.
            let part = [&[0xFF], &word.as_bytes()[begin..ends[end]]].concat();
            self.add(hash(&part), weight / 2.0);
        }
    }

    /// Adds or subtracts by a bit of the hash, so that features at the same place do not add up.
    fn add(&mut self, hash: u64, weight: f32) {
        let places = u64::try_from(self.0.len()).unwrap_or(u64::MAX);
        let Some(place) = hash.checked_rem(places).and_then(|at| usize::try_from(at).ok()) else {
            return;
        };
        self.0[place] += if hash >> 63 == 0 { weight } else { -weight };
    }

    fn finish(mut self, text: &[u8]) -> Vec<f32> {
        if self.0.iter().all(|count| *count == 0.0) {
            self.add(hash(text), 1.0);
        }
        // The root, so that a word that comes often does not drown the others.
        for count in &mut self.0 {
            *count = count.abs().sqrt().copysign(*count);
        }
        let dimensions = self.0.len();
        let Ok(mut vector) = Embeddings::new(self.0, dimensions) else { return Vec::new() };
        vector.normalize();
        vector.into_values()
    }
}

/// FNV-1a, with a last step of mixing. Not a library's hasher: those may give other numbers in their next
/// version.
fn hash(bytes: &[u8]) -> u64 {
    let fnv = bytes.iter().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3)
    });
    let mixed = (fnv ^ (fnv >> 33)).wrapping_mul(0xFF51_AFD7_ED55_8CCD);
    mixed ^ (mixed >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ek_core::cosine_similarity;

    fn alike(a: &str, b: &str) -> f32 {
        cosine_similarity(&text_vector(a, 256), &text_vector(b, 256)).expect("a cosine")
    }

    #[test]
    fn texts_that_share_words_or_parts_of_them_are_closer_than_others() {
        let text = "A kiln has to cool slowly, or the clay cracks.";
        let other = "The harbour is calm before noon.";
        for near in ["cooling kilns", "Why does clay crack?", "THE KILN HAS TO COOL"] {
            assert!(alike(text, near) > alike(text, other) + 0.1, "{near}");
        }
        assert!(alike(text, text) > 0.999);
    }

    #[test]
    fn every_text_has_a_vector_of_length_one_and_of_the_asked_width() {
        for text in ["", "?!", "a", "窯はゆっくり冷える", "Æ ø å", "word word word"] {
            for dimensions in [1, 7, 256, 3_072] {
                let vector = text_vector(text, dimensions);
                assert_eq!(vector.len(), usize::try_from(dimensions).expect("small"));
                let length: f32 = vector.iter().map(|number| number * number).sum();
                assert!((length - 1.0).abs() < 1e-4, "{text:?} {dimensions}: {length}");
            }
        }
        assert_eq!(text_vector("x", 0), [0.0; 0]);
    }

    #[test]
    fn a_vector_is_the_same_in_every_version() {
        let vector = text_vector("A calm tide", 4);
        let shown: Vec<String> = vector.iter().map(|number| format!("{number:.4}")).collect();
        assert_eq!(shown, ["0.0000", "-0.4472", "-0.8944", "0.0000"]);
    }

    #[test]
    fn tokens_are_words() {
        let alike = |a: &[u32], b: &[u32]| {
            cosine_similarity(&token_vector(a, 64), &token_vector(b, 64)).expect("a cosine")
        };
        assert!(alike(&[1, 2, 3], &[3, 2, 1]) > 0.999);
        assert!(alike(&[1, 2, 3], &[1, 2, 9]) > alike(&[1, 2, 3], &[7, 8, 9]));
    }
}
