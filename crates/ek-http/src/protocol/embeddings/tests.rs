//! Answers of several thousand numbers: what they cost, and what becomes of any answer.

use allocation_counter::measure;
use ek_core::Embeddings;
use proptest::prelude::*;
use serde_json::json;

use super::rows::Due;
use super::{base64, reply};

const WIDTH: usize = 1_536;

fn number(place: usize) -> f32 {
    let place = u16::try_from(place % 9_973).unwrap_or_default();
    (f32::from(place) - 5_000.0) / 123_457.0
}

/// Vectors that differ from each other, as lists of numbers or as base64.
fn body(count: usize, as_base64: bool) -> String {
    let row = |row: usize| {
        let numbers: Vec<f32> = (0..WIDTH).map(|place| number(row * WIDTH + place)).collect();
        let text = match as_base64 {
            true => format!("\"{}\"", base64::encode_for_tests(&numbers)),
            false => serde_json::to_string(&numbers).expect("writes"),
        };
        format!(r#"{{"object":"embedding","index":{row},"embedding":{text}}}"#)
    };
    let rows: Vec<String> = (0..count).map(row).collect();
    let usage = r#""usage":{"prompt_tokens":9,"total_tokens":9}"#;
    format!(r#"{{"object":"list","data":[{}],"model":"m",{usage}}}"#, rows.join(","))
}

fn read(body: &str, inputs: usize) -> Embeddings {
    reply::read(body.as_bytes(), Due { inputs, dimensions: None }).expect("vectors")
}

#[test]
fn all_vectors_share_one_allocation_of_the_right_size() {
    for as_base64 in [false, true] {
        let body = body(64, as_base64);
        let mut found = Embeddings::default();
        let counted = measure(|| found = read(&body, 64));
        assert_eq!((found.len(), found.dimensions()), (64, WIDTH));
        assert!(found.values().iter().enumerate().all(|(at, n)| *n == number(at)), "{as_base64}");
        // The numbers, the indices, and the name of the model.
        let numbers = (64 * WIDTH * size_of::<f32>()) as u64;
        assert!(counted.count_total <= 3, "{counted:?}");
        assert!(counted.bytes_max < numbers + 4_096, "{counted:?}");
    }
}

#[test]
fn an_answer_cannot_ask_for_more_room_than_its_bytes_hold() {
    let body = body(1, false);
    let counted = measure(|| {
        let due = Due { inputs: 1_000_000, dimensions: None };
        reply::read(body.as_bytes(), due).expect_err("fewer vectors than inputs");
    });
    // The indices are the caller's: one for each input.
    assert!(counted.bytes_max < 17_000_000 + 2 * body.len() as u64, "{counted:?}");
}

proptest! {
    #[test]
    fn any_vectors_come_back_in_the_order_of_their_indices(
        rows in prop::collection::vec(prop::collection::vec(-1e3_f32..1e3, 3), 1..6),
        seed: u64,
    ) {
        let mut order: Vec<usize> = (0..rows.len()).collect();
        fastrand::Rng::with_seed(seed).shuffle(&mut order);
        let data: Vec<_> = order.iter().map(|index| {
            if seed % 2 == 0 {
                json!({"index": index, "embedding": rows[*index]})
            } else {
                json!({"embedding": base64::encode_for_tests(&rows[*index]), "index": index})
            }
        }).collect();
        let found = read(&json!({"data": data}).to_string(), rows.len());
        prop_assert_eq!(found.values(), rows.concat());
    }

    #[test]
    fn any_cut_or_changed_answer_is_as_many_vectors_as_inputs_or_an_error(
        at in 0..400_usize,
        with in prop::option::of(any::<u8>()),
        cut: bool,
    ) {
        let mut body = br#"{"data":[{"index":1,"embedding":[0.25,-0.5,1e-1]},{"index":0,
            "embedding":"AACAPgAAAL8AAAA+"}],"model":"m","usage":{"prompt_tokens":2}}"#.to_vec();
        let at = at % body.len();
        if cut {
            body.truncate(at);
        }
        if let (Some(byte), Some(slot)) = (with, body.get_mut(at)) {
            *slot = byte;
        }
        if let Ok(found) = reply::read(&body, Due { inputs: 2, dimensions: None }) {
            prop_assert_eq!(found.len(), 2);
            prop_assert!(found.values().iter().all(|number| number.is_finite()));
        }
    }
}
