//! The training text: documents back to back.

use std::ops::Range;

use unsaid_core::{Error, ErrorKind};

/// The largest training text: 8 MiB. Larger sets are sampled by who has them.
pub const TEXT_LIMIT: usize = 8 << 20;

/// The documents that a model is primed on, in their order. The model keeps them: what is pushed here
/// is the only copy that is needed.
#[derive(Clone, Debug, Default)]
pub struct Text {
    bytes: Vec<u8>,
    /// Where each document ends.
    ends: Vec<u32>,
}

impl Text {
    /// Nothing yet, with room for `bytes` in `documents`. Whoever knows both needs no more memory than that.
    pub fn with_room(bytes: usize, documents: usize) -> Self {
        Text { bytes: Vec::with_capacity(bytes), ends: Vec::with_capacity(documents) }
    }

    /// Appends a document.
    ///
    /// # Errors
    /// `Limit` where the text were larger than [`TEXT_LIMIT`] then; it is as it was.
    pub fn push(&mut self, document: &[u8]) -> unsaid_core::Result<()> {
        let bytes = self.bytes.len().saturating_add(document.len());
        if bytes > TEXT_LIMIT {
            return Err(too_large(bytes));
        }
        self.bytes.extend_from_slice(document);
        // At most TEXT_LIMIT.
        self.ends.push(bytes as u32);
        Ok(())
    }

    /// The documents, back to back.
    #[inline(always)]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How many documents.
    pub fn documents(&self) -> usize {
        self.ends.len()
    }

    /// Where a document is in [`bytes`](Self::bytes), by its number from 0.
    pub(crate) fn range(&self, number: usize) -> Option<Range<usize>> {
        let end = *self.ends.get(number)? as usize;
        Some(self.start(number)..end)
    }

    /// Where the document that holds the byte before `place` starts and ends.
    #[inline]
    pub(crate) fn around(&self, place: usize) -> Range<usize> {
        let number = self.ends.partition_point(|&end| (end as usize) < place);
        let end = self.ends.get(number).map_or(self.bytes.len(), |&end| end as usize);
        self.start(number)..end
    }

    fn start(&self, number: usize) -> usize {
        number.checked_sub(1).map_or(0, |before| self.ends[before] as usize)
    }
}

/// Of a text of so many bytes.
pub(crate) fn too_large(bytes: usize) -> Error {
    Error::new(ErrorKind::Limit, "the training text is too large for context mixing")
        .found(format!("{bytes} bytes"))
        .expected(format!("at most {TEXT_LIMIT}"))
        .hint("sample the documents")
}
