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

/// Compares the numbers that the fast way reads behind a bracket or a comma.
fn numbers(body: &[u8]) {
    let begins = body.iter().zip(1..).filter(|(byte, _)| matches!(byte, b',' | b'['));
    let mut end = 0;
    for (_, at) in begins {
        // Behind a comma within what was read already there is nothing new.
        if at < end {
            continue;
        }
        let mut found = Vec::new();
        end = at + float::read_common(&body[at..], &mut found);
        let list = str::from_utf8(&body[at..end]).expect("digits").trim_end().trim_end_matches(',');
        let texts = list.split(',').filter(|text| !text.is_empty()).map(str::trim_start);
        let expected: Vec<f32> = texts.map(|text| text.parse().expect(text)).collect();
        let bits = |numbers: &[f32]| numbers.iter().map(|n| n.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&found), bits(&expected), "{list}");
    }
}
