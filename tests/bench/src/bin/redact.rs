//! Masks a text of 64 KiB as often as is asked: `plain` prose, or `hostile` runs of what credentials begin
//! with. What a byte of the one costs beside a byte of the other is held by `bench --check`.

use std::hint::black_box;
use std::process::ExitCode;

const PLAIN: &[&str] = &["The kiln cools over night, and in the morning its door is opened. "];

const HOSTILE: &[&str] = &[
    "a-a-a-a-",
    "sk-sk-",
    "key: key: ",
    "Bearer ",
    "token=\"",
    "x://y:",
    "api_key (",
    "AIza",
    "eyJ.",
];

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let pieces = match arguments.next().as_deref() {
        Some("plain") => PLAIN,
        Some("hostile") => HOSTILE,
        _ => return ExitCode::FAILURE,
    };
    let Some(Ok(times)) = arguments.next().map(|times| times.parse::<usize>()) else {
        return ExitCode::FAILURE;
    };
    let run = executionkit::MAX_REDACT_BYTES / pieces.len();
    let text: String = pieces.iter().map(|piece| piece.repeat(run / piece.len())).collect();
    for _ in 0..times {
        black_box(executionkit::redact(black_box(&text)));
    }
    ExitCode::SUCCESS
}
