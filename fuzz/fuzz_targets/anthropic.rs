//! From the bytes of a streamed reply of Anthropic's Messages API to its events, cut as the input says.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| ek_http::fuzzing::anthropic(input));
