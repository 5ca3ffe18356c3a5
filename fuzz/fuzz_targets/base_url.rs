//! Base URLs, as a configuration file may hold them.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| ek_http::fuzzing::base_url(input));
