//! What this tries is said in `src/uri.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| permit_fuzz::uri::run(data));
