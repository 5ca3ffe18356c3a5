//! The decoder alone: line endings, splits, byte order marks, fields, caps, progress.

use super::*;

fn drain(decoder: &mut SseDecoder, events: &mut Vec<(String, bool)>) {
    while let Some(event) = decoder.next().expect("below the cap") {
        events.push((String::from_utf8_lossy(event.data).into_owned(), event.is_error));
    }
}

fn events(pieces: &[&[u8]]) -> Vec<(String, bool)> {
    let mut decoder = SseDecoder::new(1 << 20);
    let mut events = Vec::new();
    for piece in pieces {
        decoder.feed(Bytes::copy_from_slice(piece));
        drain(&mut decoder, &mut events);
    }
    decoder.end();
    drain(&mut decoder, &mut events);
    drain(&mut decoder, &mut events);
    events
}

fn data(text: &str) -> Vec<String> {
    events(&[text.as_bytes()]).into_iter().map(|(data, _)| data).collect()
}

/// Scenario 51 of the fault list.
#[test]
fn s51_every_ending_and_every_split_gives_the_same_events() {
    for ending in ["\n", "\r", "\r\n"] {
        let text = ["data: a", "data:b", "", ": c", "data: ø🦦", "", ""].join(ending);
        let whole = events(&[text.as_bytes()]);
        assert_eq!(whole, [("a\nb".to_owned(), false), ("ø🦦".to_owned(), false)]);
        for cut in 0..=text.len() {
            let (a, b) = text.as_bytes().split_at(cut);
            assert_eq!(events(&[a, b"", b]), whole, "{ending:?} {cut}");
        }
        let bytes: Vec<&[u8]> = text.as_bytes().chunks(1).collect();
        assert_eq!(events(&bytes), whole);
    }
    assert_eq!(data("data: a\r\n\rdata: b\n\r\ndata: c\r\r"), ["a", "b", "c"]);
}

#[test]
fn a_document_of_several_lines_is_read_behind_comments() {
    let document = "{\n \"a\": [\n  {\n   \"b\": 1\n  }\n ],\n \"c\": {\"d\": 2}\n}";
    for end in ["", "\n", "\n\n"] {
        assert_eq!(data(&format!(": hi\n\n{document}{end}")), [document]);
    }
    assert_eq!(data(&format!("data: 1\n\n{document}\n\n")), ["1", document]);
}

#[test]
fn an_event_that_ends_in_carriage_returns_needs_no_further_byte() {
    let mut decoder = SseDecoder::new(100);
    decoder.feed(Bytes::from_static(b"data: a\r\r"));
    assert!(decoder.next().is_ok_and(|event| event.is_some_and(|event| event.data == b"a")));
}

/// Scenario 52 of the fault list.
#[test]
fn s52_one_mark_at_the_beginning_is_skipped_and_later_ones_kept() {
    assert_eq!(data("\u{feff}data: a\n\n"), ["a"]);
    assert_eq!(events(&[b"\xef", b"\xbb", b"\xbfdata: a\n\n"])[0].0, "a");
    assert_eq!(data("data: \u{feff}a\n\n"), ["\u{feff}a"]);
    assert_eq!(data("\u{feff}\u{feff}data: a\n\ndata: b\n\n"), ["b"]);
    assert_eq!(events(&[b"\xef"]), []);
}

/// Scenario 54 of the fault list.
#[test]
fn s54_fields_that_carry_no_data_make_no_event() {
    let text = ": c\n\nevent: x\n\nid: \0\n\nretry: x\n\nfoo: y\n\ndata\n\ndata:\n\ndata: a\n\n";
    assert_eq!(data(text), ["a"]);
    assert_eq!(data("data:  two spaces\n\n"), [" two spaces"]);
    assert_eq!(data("data: x\ndata\ndata: y\n\n"), ["x\n\ny"]);
}

#[test]
fn an_error_is_known_by_its_event_name_or_its_field() {
    let text = b"event: error\ndata: a\n\nerror: b\n\ndata: c\nevent: message\n\nevent: error\n\ndata: d\n\n";
    let found = events(&[text]);
    let found: Vec<_> = found.iter().map(|(data, error)| (data.as_str(), *error)).collect();
    assert_eq!(found, [("a", true), ("b", true), ("c", false), ("d", false)]);
}

/// Scenario 57 of the fault list.
#[test]
fn s57_a_last_event_without_its_blank_line_is_flushed() {
    assert_eq!(data("data: a\n\ndata: b"), ["a", "b"]);
    assert_eq!(data("data: a\n\ndata: b\n"), ["a", "b"]);
}

/// Scenarios 66 and 67 of the fault list.
#[test]
fn s66_s67_what_is_longer_than_the_cap_is_refused_and_memory_stays_flat() {
    let mut decoder = SseDecoder::new(1000);
    let mut fed = 0;
    let refused = loop {
        decoder.feed(vec![b'x'; 64].into());
        fed += 64;
        if decoder.next().is_err() {
            break true;
        }
        if fed > 100_000 {
            break false;
        }
    };
    assert!(refused && fed <= 1100, "{fed}");
    let mut decoder = SseDecoder::new(1000);
    for _ in 0..20 {
        decoder.feed(format!("data: {}\n", "x".repeat(90)).into());
    }
    assert_eq!(decoder.next(), Err(EventTooLarge));

    let mut decoder = SseDecoder::new(1000);
    for _ in 0..10_000 {
        decoder.feed(format!("data: {}\n\n", "x".repeat(900)).into());
        assert!(decoder.next().is_ok_and(|event| event.is_some()));
    }
    assert!(decoder.buffer.retained.capacity() < 10_000, "{}", decoder.buffer.retained.capacity());
}

#[test]
fn only_data_is_progress() {
    let mut decoder = SseDecoder::new(1000);
    let mut progress = |bytes: &'static [u8]| {
        decoder.feed(bytes.into());
        while decoder.next().is_ok_and(|event| event.is_some()) {}
        decoder.take_progress()
    };
    assert!(!progress(b": pi"));
    assert!(!progress(b"ng\n\n"));
    assert!(!progress(b"d"));
    assert!(progress(b"ata: a"));
    assert!(progress(b"b"));
    assert!(!progress(b"\n\n"));
    assert!(!progress(b"\n\r\n"));
    assert!(!progress(b"id: 1\n\nevent: x\nretry: 3\ndata:\n\n"));
    assert!(progress(b"{\"a\":"));
}

#[test]
fn the_cap_limits_the_data_however_the_bytes_are_split() {
    for (field, data, fits) in
        [("data: ", 100, true), ("error:", 100, true), ("data: ", 101, false), (": ", 106, false)]
    {
        let line = format!("{field}{}\n\n", "x".repeat(data));
        for size in [1, 50, 1000] {
            let mut decoder = SseDecoder::new(100);
            let read = line.as_bytes().chunks(size).try_for_each(|piece| {
                decoder.feed(Bytes::copy_from_slice(piece));
                decoder.next().map(drop)
            });
            assert_eq!(read.is_ok(), fits, "{field}{data} in pieces of {size}");
        }
    }
}

#[test]
fn the_line_feed_between_two_lines_of_data_counts() {
    for (second, fits) in [(49, true), (50, false)] {
        let mut decoder = SseDecoder::new(100);
        let lines = format!("data: {}\ndata: {}\n\n", "x".repeat(50), "x".repeat(second));
        decoder.feed(lines.into());
        assert_eq!(decoder.next().is_ok(), fits, "{second}");
    }
}

#[test]
fn an_incomplete_line_is_progress_once() {
    let mut decoder = SseDecoder::new(1000);
    decoder.feed(Bytes::from_static(b"data: a"));
    assert_eq!(decoder.next(), Ok(None));
    assert!(decoder.take_progress());
    decoder.feed(Bytes::from_static(b""));
    assert_eq!(decoder.next(), Ok(None));
    assert!(!decoder.take_progress());
}

#[test]
fn an_event_says_whether_its_blank_line_came() {
    let mut decoder = SseDecoder::new(1000);
    decoder.feed(Bytes::from_static(b"data: a\n\ndata: b\n"));
    let whole = |decoder: &mut SseDecoder| {
        decoder.next().expect("below the cap").map(|event| event.is_whole)
    };
    assert_eq!((whole(&mut decoder), whole(&mut decoder)), (Some(true), None));
    decoder.end();
    assert_eq!((whole(&mut decoder), whole(&mut decoder)), (Some(false), None));
}

#[test]
fn a_text_without_fields_is_not_recognised_as_a_stream() {
    for (text, known) in [
        ("Busy: come back\n\n", false),
        ("database error\n", false),
        (": ping\n", true),
        ("id: 1\n", true),
        ("data\n", true),
    ] {
        let mut decoder = SseDecoder::new(1000);
        decoder.feed(text.into());
        assert_eq!(decoder.next(), Ok(None));
        assert_eq!(decoder.is_recognised(), known, "{text}");
    }
}

#[test]
fn s67_comments_within_an_event_do_not_pile_up() {
    for (begin, expected) in
        [("", ""), ("data: a\n", "a"), ("data\n", ""), ("data: a\ndata: b\n", "a\nb")]
    {
        let mut decoder = SseDecoder::new(1000);
        decoder.feed(begin.into());
        for _ in 0..10_000 {
            decoder.feed(Bytes::from_static(b": a comment of some length\nid: 7\n"));
            assert_eq!(decoder.next(), Ok(None));
        }
        assert!(
            decoder.buffer.retained.capacity() < 10_000,
            "{}",
            decoder.buffer.retained.capacity()
        );
        decoder.feed(Bytes::from_static(b"data: z\n\n"));
        let event = decoder.next().expect("below the cap").expect("an event");
        let whole = if begin.is_empty() { "z".to_owned() } else { format!("{expected}\nz") };
        assert_eq!(event.data, whole.as_bytes());
    }
}

/// The data of all events. `!` marks errors, `?` marks data outside of any field.
fn shown(text: &str, size: usize) -> Vec<String> {
    let mut decoder = SseDecoder::new(1000);
    let mut shown = Vec::new();
    let mut drain = |decoder: &mut SseDecoder| {
        while let Some(event) = decoder.next().expect("small events") {
            let mark = if event.is_error { "!" } else { "" };
            let bare = if event.has_no_field { "?" } else { "" };
            shown.push(format!("{mark}{bare}{}", String::from_utf8_lossy(event.data)));
        }
    };
    for piece in text.as_bytes().chunks(size) {
        decoder.feed(Bytes::copy_from_slice(piece));
        drain(&mut decoder);
    }
    decoder.end();
    drain(&mut decoder);
    shown
}

#[test]
fn a_new_document_begins_an_event_where_the_blank_lines_are_missing() {
    for (text, expected) in [
        ("data: {1}\ndata: {2}\ndata: [DONE]\n", &["{1}", "{2}", "[DONE]"][..]),
        ("data: {1}\r\ndata: {2}\r\n\r\n", &["{1}", "{2}"]),
        ("data: {1}\nevent: error\ndata: {2}\nid: 4\ndata: {3}\n", &["{1}", "!{2}", "{3}"]),
        ("event: error\ndata: {1}\ndata: {2}\n\n", &["!{1}", "{2}"]),
        ("data: {1}\nerror: {2}\n\n", &["{1}", "!{2}"]),
        ("data: {1}\nevent: error\n\ndata: {2}\n\n", &["!{1}", "{2}"]),
        ("data: [\ndata: {1},\ndata: {2}\ndata: ]\n\n", &["[\n{1},\n{2}\n]"]),
        ("data: {\ndata: }\ndata: {2}\n\n", &["{\n}", "{2}"]),
        ("data: words\ndata: {2}\n\n", &["words\n{2}"]),
    ] {
        for size in [1, 3, 100] {
            assert_eq!(shown(text, size), expected, "{text:?} in pieces of {size}");
        }
    }
}

#[test]
fn json_outside_of_a_field_is_an_event_as_soon_as_it_is_whole() {
    for (text, expected) in [
        ("data: {1}\n\n{\"a\":1}\n\n", &["{1}", "?{\"a\":1}"][..]),
        ("data: {1}\n{\"a\":1}\ndata: {2}\n", &["{1}", "?{\"a\":1}", "{2}"]),
        ("data: {1}\n\n: gone {\"a\":1}\n", &["{1}", "?{\"a\":1}"]),
        ("data: {1}\n\n{\n  \"a\": 1\n}\n", &["{1}", "?{\n  \"a\": 1\n}"]),
        ("data: {1}\n\n{half\ndata: {2}\n\n", &["{1}", "{2}"]),
        ("{\"a\":1}\n{\"a\":2}\n", &["{\"a\":1}", "{\"a\":2}"]),
        (": {1\n\ndata: {2}\n\n", &["{2}"]),
    ] {
        for size in [1, 3, 100] {
            assert_eq!(shown(text, size), expected, "{text:?} in pieces of {size}");
        }
    }
}
