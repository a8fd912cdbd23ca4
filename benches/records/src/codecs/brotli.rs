//! brotli with a raw shared dictionary, which the C library prepares once for the encoder; its
//! states cannot be used twice. (The safe wrappers on crates.io do not attach dictionaries.)
#![allow(unsafe_code, reason = "the C library")]

use std::ffi::c_int;
use std::ptr;

use brotlic_sys::*;

use crate::codec::{Coder, Result};

/// One prepared dictionary.
pub struct Brotli<'k> {
    level: u32,
    dictionary: &'k [u8],
    prepared: *mut BrotliEncoderPreparedDictionary,
}

impl<'k> Brotli<'k> {
    /// Prepares `dictionary` for quality `level`.
    pub fn new(level: u32, dictionary: &'k [u8]) -> Result<Self> {
        // SAFETY: the slice outlives the prepared dictionary, which may point into it.
        let prepared = unsafe {
            BrotliEncoderPrepareDictionary(
                BrotliSharedDictionaryType_BROTLI_SHARED_DICTIONARY_RAW,
                dictionary.len(),
                dictionary.as_ptr(),
                level as c_int,
                None,
                None,
                ptr::null_mut(),
            )
        };
        if prepared.is_null() {
            return Err("brotli refuses the dictionary".into());
        }
        Ok(Brotli { level, dictionary, prepared })
    }
}

impl Coder for Brotli<'_> {
    fn compress(&mut self, doc: &[u8], out: &mut Vec<u8>) -> Result<()> {
        // 16 has the shortest header, and the window needs to hold the document only.
        let window = (usize::BITS - doc.len().leading_zeros()).clamp(16, 24);
        // SAFETY: every pointer is to a live buffer of the length given beside it.
        unsafe {
            let bound = BrotliEncoderMaxCompressedSize(doc.len()) + 16;
            out.reserve(bound);
            let state = BrotliEncoderCreateInstance(None, None, ptr::null_mut());
            BrotliEncoderSetParameter(state, BrotliEncoderParameter_BROTLI_PARAM_QUALITY, self.level);
            BrotliEncoderSetParameter(state, BrotliEncoderParameter_BROTLI_PARAM_LGWIN, window);
            BrotliEncoderSetParameter(state, BrotliEncoderParameter_BROTLI_PARAM_SIZE_HINT, doc.len() as u32);
            let attached = BrotliEncoderAttachPreparedDictionary(state, self.prepared);
            let (mut left, mut next) = (doc.len(), doc.as_ptr());
            let (mut room, mut to) = (bound, out.as_mut_ptr());
            let ok = attached != 0
                && BrotliEncoderCompressStream(
                    state,
                    BrotliEncoderOperation_BROTLI_OPERATION_FINISH,
                    &mut left,
                    &mut next,
                    &mut room,
                    &mut to,
                    ptr::null_mut(),
                ) != 0
                && BrotliEncoderIsFinished(state) != 0;
            BrotliEncoderDestroyInstance(state);
            if !ok {
                return Err("brotli cannot encode".into());
            }
            out.set_len(bound - room);
        }
        Ok(())
    }

    fn decompress(&mut self, coded: &[u8], out: &mut Vec<u8>) -> Result<()> {
        // SAFETY: every pointer is to a live buffer of the length given beside it.
        unsafe {
            let state = BrotliDecoderCreateInstance(None, None, ptr::null_mut());
            BrotliDecoderAttachDictionary(
                state,
                BrotliSharedDictionaryType_BROTLI_SHARED_DICTIONARY_RAW,
                self.dictionary.len(),
                self.dictionary.as_ptr(),
            );
            let (mut left, mut next) = (coded.len(), coded.as_ptr());
            let result = loop {
                out.reserve(1 << 16);
                let before = out.capacity() - out.len();
                let (mut room, mut to) = (before, out.as_mut_ptr().add(out.len()));
                let result = BrotliDecoderDecompressStream(
                    state,
                    &mut left,
                    &mut next,
                    &mut room,
                    &mut to,
                    ptr::null_mut(),
                );
                out.set_len(out.len() + before - room);
                if result != BrotliDecoderResult_BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT {
                    break result;
                }
            };
            BrotliDecoderDestroyInstance(state);
            if result != BrotliDecoderResult_BROTLI_DECODER_RESULT_SUCCESS {
                return Err("brotli cannot decode".into());
            }
        }
        Ok(())
    }
}
