//! How texts are split, without a call.

use ek_core::EmbeddingLimits;
use futures_util::{FutureExt, StreamExt, stream};

use super::input::EmbedInput;
use super::options::EmbedOptions;
use super::split::{Limits, Piece, Split};

/// The places of each request; `!` marks an input that is too long.
fn split<T>(options: &EmbedOptions, known: EmbeddingLimits, inputs: &[T]) -> Vec<String>
where
    T: Clone + Into<EmbedInput>,
{
    let inputs = stream::iter(inputs.iter().cloned());
    let pieces = Split::new(inputs, Limits::new(options, known)).collect::<Vec<_>>();
    let pieces = pieces.now_or_never().expect("nothing to wait for");
    let show = |piece: &Piece| match piece {
        Piece::Request(inputs) => format!("{:?}", inputs.places()),
        Piece::TooLong { place, .. } => format!("!{place}"),
    };
    pieces.iter().map(show).collect()
}

#[test]
fn a_request_is_full_by_its_inputs_or_by_its_tokens() {
    let options = EmbedOptions::default;
    let by_length = || options().with_token_counter(|text| text.len() as u64);
    let none = EmbeddingLimits::UNKNOWN;
    let texts = ["aaaa", "b", "cc", "dddd", "e"];
    for (options, expected) in [
        (options(), vec!["0..5"]),
        (options().with_max_inputs(2), vec!["0..2", "2..4", "4..5"]),
        (options().with_max_inputs(1), vec!["0..1", "1..2", "2..3", "3..4", "4..5"]),
        (by_length().with_max_tokens(5), vec!["0..2", "2..3", "3..5"]),
        (by_length().with_max_tokens(3), vec!["0..1", "1..3", "3..4", "4..5"]),
        (
            by_length().with_max_tokens(5).with_max_inputs(1),
            vec!["0..1", "1..2", "2..3", "3..4", "4..5"],
        ),
        (by_length().with_max_input_tokens(3), vec!["!0", "1..3", "!3", "4..5"]),
        // An estimate of a token for each text, and half of it as a margin.
        (options().with_max_tokens(3), vec!["0..2", "2..4", "4..5"]),
        (options().with_max_input_tokens(0), vec!["0..5"]),
    ] {
        assert_eq!(split(&options, none, &texts), expected, "{options:?}");
    }
    assert_eq!(split::<&str>(&options(), none, &[]), [""; 0]);
}

#[test]
fn the_limits_of_the_provider_hold_where_the_options_say_nothing() {
    let mut known = EmbeddingLimits::UNKNOWN;
    known.max_inputs = Some(2);
    let texts = ["a", "b", "c"];
    assert_eq!(split(&EmbedOptions::default(), known, &texts), ["0..2", "2..3"]);
    assert_eq!(split(&EmbedOptions::default().with_max_inputs(3), known, &texts), ["0..3"]);
    let many = ["x"; 101];
    assert_eq!(
        split(&EmbedOptions::default(), EmbeddingLimits::UNKNOWN, &many),
        ["0..100", "100..101"]
    );
}

#[test]
fn token_ids_are_counted_as_they_are_and_never_share_a_request_with_texts() {
    let ids = |count: u32| EmbedInput::from((0..count).collect::<Vec<_>>());
    let options = EmbedOptions::default;
    let none = EmbeddingLimits::UNKNOWN;
    let lists = [ids(4), ids(1), ids(2), ids(4), ids(1)];
    for (options, expected) in [
        (options(), vec!["0..5"]),
        (options().with_max_inputs(2), vec!["0..2", "2..4", "4..5"]),
        // No margin: 5 tokens fill a request of 5.
        (options().with_max_tokens(5), vec!["0..2", "2..3", "3..5"]),
        (options().with_max_input_tokens(3), vec!["!0", "1..3", "!3", "4..5"]),
        (options().with_token_counter(|_| 0).with_max_tokens(5), vec!["0..2", "2..3", "3..5"]),
    ] {
        assert_eq!(split(&options, none, &lists), expected, "{options:?}");
    }
    let text = || EmbedInput::from("a");
    let mixed = [text(), text(), ids(1), text(), ids(9), ids(2), ids(0), text()];
    let options = options().with_max_input_tokens(8);
    assert_eq!(split(&options, none, &mixed), ["0..2", "2..3", "3..4", "!4", "5..7", "7..8"]);
}

mod properties {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_text_is_lost_and_no_request_is_above_its_limits(
            lengths in prop::collection::vec(0_usize..12, 0..60),
            max_inputs in 1_usize..9,
            max_tokens in 1_u64..30,
            max_input_tokens in 1_u64..12,
        ) {
            let options = EmbedOptions::default()
                .with_max_inputs(max_inputs)
                .with_max_tokens(max_tokens)
                .with_max_input_tokens(max_input_tokens)
                .with_token_counter(|text| text.len() as u64);
            let texts = lengths.iter().map(|length| "x".repeat(*length));
            let limits = Limits::new(&options, EmbeddingLimits::UNKNOWN);
            let pieces = Split::new(stream::iter(texts), limits).collect::<Vec<_>>();
            let mut next = 0;
            for piece in pieces.now_or_never().expect("nothing to wait for") {
                match piece {
                    Piece::Request(mut inputs) => {
                        prop_assert!((1..=max_inputs).contains(&inputs.len()));
                        prop_assert!(inputs.tokens() <= max_tokens || inputs.len() == 1);
                        let places = inputs.places();
                        let inputs = inputs.take_inputs();
                        let texts = inputs.texts().unwrap_or_default();
                        prop_assert_eq!(texts.len(), places.len());
                        for (place, text) in places.zip(texts) {
                            prop_assert_eq!((place, text.len()), (next, lengths[next]));
                            next += 1;
                        }
                    }
                    Piece::TooLong { place, tokens, .. } => {
                        prop_assert_eq!((place, tokens), (next, lengths[next] as u64));
                        prop_assert!(tokens > max_input_tokens);
                        next += 1;
                    }
                }
            }
            prop_assert_eq!(next, lengths.len());
        }
    }
}
