//! Decoding everything to see that it is whole, writing nothing.

use unsaid_core::{Error, Result};

use crate::deliver::Sink;
use crate::entry::Entry;
use crate::stream::StreamSink;

/// A [`Sink`] that only counts.
#[derive(Debug, Default)]
pub struct Verifier {
    /// Files that are whole.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Entries that have no bytes.
    pub others: u64,
    /// Files that are not whole, with the reason.
    pub failures: Vec<Error>,
    current: u64,
}

impl Sink for Verifier {
    fn begin(&mut self, _: &Entry) -> Result<bool> {
        self.current = 0;
        Ok(true)
    }

    fn data(&mut self, bytes: &[u8]) -> Result<()> {
        self.current += bytes.len() as u64;
        Ok(())
    }

    fn end(&mut self) -> Result<()> {
        self.files += 1;
        self.bytes += self.current;
        Ok(())
    }

    fn fail(&mut self, _: &Entry, error: Error) -> Result<()> {
        self.failures.push(error);
        Ok(())
    }
}

impl StreamSink for Verifier {
    fn other(&mut self, _: &Entry) -> Result<()> {
        self.others += 1;
        Ok(())
    }
}
