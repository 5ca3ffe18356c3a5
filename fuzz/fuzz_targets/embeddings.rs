//! From the body of an answer with vectors to the vectors.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| ek_http::fuzzing::embeddings(input));
