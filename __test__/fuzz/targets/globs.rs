//! What this tries is said in `src/globs.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| permit_fuzz::globs::run(data));
