//! What this tries is said in `src/wire.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| permit_fuzz::wire::run(data));
