//! Many byte strings in one buffer: a corpus of documents, or an ordered set of fragments.

/// Byte strings in order, back to back in one allocation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ByteStrings {
    bytes: Vec<u8>,
    /// Where each string ends in `bytes`.
    ends: Vec<usize>,
}

impl ByteStrings {
    /// None.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a string, which may be empty.
    pub fn push(&mut self, string: &[u8]) {
        self.bytes.extend_from_slice(string);
        self.ends.push(self.bytes.len());
    }

    /// Appends the string at `left` with the one at `right` behind it. Both are there.
    pub(crate) fn push_joined(&mut self, left: usize, right: usize) {
        for part in [left, right] {
            let start = if part == 0 { 0 } else { self.ends[part - 1] };
            self.bytes.extend_from_within(start..self.ends[part]);
        }
        self.ends.push(self.bytes.len());
    }

    /// How many strings.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The string at this place, from 0.
    pub fn get(&self, index: usize) -> Option<&[u8]> {
        let end = *self.ends.get(index)?;
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        Some(&self.bytes[start..end])
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[u8]> + Clone {
        let mut start = 0;
        self.ends.iter().map(move |&end| &self.bytes[std::mem::replace(&mut start, end)..end])
    }

    /// Their bytes, back to back.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Where each ends in [`bytes`](Self::bytes).
    pub fn ends(&self) -> &[usize] {
        &self.ends
    }
}

impl<S: AsRef<[u8]>> FromIterator<S> for ByteStrings {
    fn from_iter<I: IntoIterator<Item = S>>(strings: I) -> Self {
        let mut all = ByteStrings::new();
        for string in strings {
            all.push(string.as_ref());
        }
        all
    }
}

impl<S: AsRef<[u8]>> Extend<S> for ByteStrings {
    fn extend<I: IntoIterator<Item = S>>(&mut self, strings: I) {
        for string in strings {
            self.push(string.as_ref());
        }
    }
}
