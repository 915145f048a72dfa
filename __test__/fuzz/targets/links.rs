//! What this tries is said in `src/links.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| permit_fuzz::links::run(data));
