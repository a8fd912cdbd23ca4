//! LZ4 blocks without any header, the dictionary loaded once and attached for every document.
#![allow(unsafe_code, reason = "the C library")]

use std::ffi::{c_char, c_int, c_void};

// It is linked for what it builds.
use lz4_sys as _;

use crate::codec::{Coder, Result};

// Stable since 1.10; the crate builds them and does not declare them.
unsafe extern "C" {
    fn LZ4_decompress_safe_usingDict(
        from: *const c_char,
        to: *mut c_char,
        n: c_int,
        room: c_int,
        dictionary: *const c_char,
        size: c_int,
    ) -> c_int;
    fn LZ4_createStream() -> *mut c_void;
    fn LZ4_resetStream_fast(stream: *mut c_void);
    fn LZ4_loadDictSlow(stream: *mut c_void, dictionary: *const c_char, size: c_int) -> c_int;
    fn LZ4_attach_dictionary(stream: *mut c_void, dictionary: *const c_void);
    fn LZ4_compress_fast_continue(
        s: *mut c_void,
        from: *const c_char,
        to: *mut c_char,
        n: c_int,
        room: c_int,
        acceleration: c_int,
    ) -> c_int;
    fn LZ4_createStreamHC() -> *mut c_void;
    fn LZ4_resetStreamHC_fast(stream: *mut c_void, level: c_int);
    fn LZ4_loadDictHC(stream: *mut c_void, dictionary: *const c_char, size: c_int) -> c_int;
    fn LZ4_attach_HC_dictionary(stream: *mut c_void, dictionary: *const c_void);
    fn LZ4_compress_HC_continue(
        s: *mut c_void,
        from: *const c_char,
        to: *mut c_char,
        n: c_int,
        room: c_int,
    ) -> c_int;
}

/// A working stream and the stream that holds the dictionary.
pub struct Lz4<'k> {
    high: bool,
    dictionary: &'k [u8],
    prepared: *mut c_void,
    working: *mut c_void,
    largest: usize,
}

impl<'k> Lz4<'k> {
    /// `level` is `fast` or `hc12`.
    pub fn new(level: &str, dictionary: &'k [u8], largest: usize) -> Result<Self> {
        let high = match level {
            "fast" => false,
            "hc12" => true,
            _ => return Err(format!("unknown level '{level}' of lz4").into()),
        };
        let (from, size) = (dictionary.as_ptr().cast(), dictionary.len() as c_int);
        // SAFETY: the dictionary outlives the stream that points into it.
        let (prepared, working) = unsafe {
            if high {
                let prepared = LZ4_createStreamHC();
                LZ4_resetStreamHC_fast(prepared, 12);
                LZ4_loadDictHC(prepared, from, size);
                (prepared, LZ4_createStreamHC())
            } else {
                let prepared = LZ4_createStream();
                LZ4_loadDictSlow(prepared, from, size);
                (prepared, LZ4_createStream())
            }
        };
        Ok(Lz4 { high, dictionary, prepared, working, largest })
    }
}

impl Coder for Lz4<'_> {
    fn compress(&mut self, doc: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let bound = doc.len() + doc.len() / 255 + 16;
        out.reserve(bound);
        let (from, n, to) = (doc.as_ptr().cast(), doc.len() as c_int, out.as_mut_ptr().cast());
        // SAFETY: `to` has room for `bound` bytes; both streams are live.
        unsafe {
            let written = if self.high {
                LZ4_resetStreamHC_fast(self.working, 12);
                LZ4_attach_HC_dictionary(self.working, self.prepared);
                LZ4_compress_HC_continue(self.working, from, to, n, bound as c_int)
            } else {
                LZ4_resetStream_fast(self.working);
                LZ4_attach_dictionary(self.working, self.prepared);
                LZ4_compress_fast_continue(self.working, from, to, n, bound as c_int, 1)
            };
            if written <= 0 {
                return Err("lz4 cannot encode".into());
            }
            out.set_len(written as usize);
        }
        Ok(())
    }

    fn decompress(&mut self, coded: &[u8], out: &mut Vec<u8>) -> Result<()> {
        out.reserve(self.largest);
        // SAFETY: `out` has room for the largest document; LZ4 checks both ends.
        unsafe {
            let written = LZ4_decompress_safe_usingDict(
                coded.as_ptr().cast(),
                out.as_mut_ptr().cast(),
                coded.len() as c_int,
                self.largest as c_int,
                self.dictionary.as_ptr().cast(),
                self.dictionary.len() as c_int,
            );
            if written < 0 {
                return Err("lz4 cannot decode".into());
            }
            out.set_len(written as usize);
        }
        Ok(())
    }
}
