#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| curtain_core::fuzzing::photo(data));
