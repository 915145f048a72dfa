//! What this tries is said in `src/programs.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| permit_fuzz::programs::run(data));
