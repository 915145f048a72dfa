//! What this tries is said in `src/sql.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| permit_fuzz::sql::run(data));
