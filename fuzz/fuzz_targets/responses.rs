//! From the bytes of a streamed reply of OpenAI's Responses API to its events, cut as the input says.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| ek_http::fuzzing::responses(input));
