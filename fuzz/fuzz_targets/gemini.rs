//! From the bytes of a streamed reply of Google's Gemini API to its events, cut as the input says.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| ek_http::fuzzing::gemini(input));
