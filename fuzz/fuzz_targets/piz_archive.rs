#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| unsaid_piz::fuzz::archive(data));
