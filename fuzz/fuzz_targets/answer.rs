//! Answers that are errors: any status, any headers, any body.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| ek_http::fuzzing::answer(input));
