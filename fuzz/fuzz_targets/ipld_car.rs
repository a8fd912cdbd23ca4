#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| unsaid_ipld::fuzz::car(data));
