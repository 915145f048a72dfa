//! What this tries is said in `src/flags.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| permit_fuzz::flags::run(data));
