//! What this tries is said in `src/path.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| permit_fuzz::path::run(data));
