//! What this tries is said in `src/hosts.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| permit_fuzz::hosts::run(data));
