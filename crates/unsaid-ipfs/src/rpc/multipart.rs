//! One file in a form, as the RPC takes them.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, Cursor, Read};

/// Some bytes, the file, some bytes.
type Framed<R> = io::Chain<io::Chain<Cursor<Vec<u8>>, R>, Cursor<Vec<u8>>>;

/// A form with one file, that is read while it is sent.
pub(super) struct Form<R> {
    body: Framed<R>,
    boundary: String,
}

impl<R: Read> Form<R> {
    pub(super) fn new(file: R) -> Form<R> {
        // The standard library seeds every `RandomState` from the system: no file can hold the boundary
        // but by a chance of 2^-128.
        let random = || RandomState::new().build_hasher().finish();
        let boundary = format!("unsaid-{:016x}{:016x}", random(), random());
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"block\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        let tail = format!("\r\n--{boundary}--\r\n");
        let body = Cursor::new(head.into_bytes()).chain(file).chain(Cursor::new(tail.into_bytes()));
        Form { body, boundary }
    }

    pub(super) fn content_type(&self) -> String {
        format!("multipart/form-data; boundary={}", self.boundary)
    }

    pub(super) fn reader(&mut self) -> &mut dyn Read {
        &mut self.body
    }
}
