//! What this tries is said in `src/grants.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| permit_fuzz::grants::run(data));
