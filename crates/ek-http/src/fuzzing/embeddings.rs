//! Answers with vectors under the fuzzer.
//!
//! The input's first byte holds the number of inputs, less one (lower five bits), and the width that is asked
//! for (upper three bits, 0 for none). The rest is the body.

use ek_core::ErrorKind;

use crate::failure::read_fault::ReadFault;
use crate::json::float;
use crate::protocol::embeddings::{self, Due};

/// Vectors that are read are as many as the inputs, of one width and finite; and the fast reading of a number
/// gives what the standard library gives.
///
/// # Panics
/// If it does not hold.
pub fn embeddings(input: &[u8]) {
    let Some((first, body)) = input.split_first() else { return };
    let (inputs, width) = (usize::from(first & 0x1f) + 1, u32::from(first >> 5));
    let dimensions = (width > 0).then_some(width);
    match embeddings::read(body, Due { inputs, dimensions }) {
        Ok(found) => {
            assert_eq!(found.len(), inputs);
            assert!(found.dimensions() > 0);
            assert!(width == 0 || found.dimensions() == width as usize);
            assert_eq!(found.values().len(), inputs * found.dimensions());
            assert!(found.values().iter().all(|number| number.is_finite()));
        }
        Err(ReadFault::Core(error)) => assert_eq!(error.kind(), ErrorKind::Malformed, "{error}"),
        Err(_) => {}
    }
    numbers(body);
}

/// Compares each number that the fast way reads behind a comma or a bracket.
fn numbers(body: &[u8]) {
    let begins = body.iter().zip(1..).filter(|(byte, _)| matches!(byte, b',' | b'['));
    for (_, at) in begins {
        let Some((number, length)) = float::read_common(&body[at..]) else { continue };
        let text = str::from_utf8(&body[at..at + length]).expect("digits");
        let expected: f32 = text.parse().expect("a number");
        assert_eq!(number.to_bits(), expected.to_bits(), "{text}");
    }
}
