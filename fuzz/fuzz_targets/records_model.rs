#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| unsaid::fuzz::records_model(data));
