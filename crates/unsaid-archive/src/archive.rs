//! Opening an archive that can be read at any place: by its index, or by scanning where that is lost.

use std::io::{Read, Seek};

use unsaid_core::{Error, ErrorKind, Limits, Result};

use crate::by_index::read_by_index;
use crate::by_scan::scan;
use crate::contents::{Contents, read_up_to, seek};
use crate::format::check_crc;

/// An archive in a file.
#[derive(Debug)]
pub struct Archive<R> {
    pub(crate) source: R,
    pub(crate) limits: Limits,
    contents: Contents,
}

impl<R: Read + Seek> Archive<R> {
    /// Reads the index and all heads. Where the index is missing or wrong, scans the whole file
    /// instead and says so in [`Contents::problems`].
    ///
    /// # Errors
    /// The file is no `.ff` archive or a newer one, cannot be read, or asks for more than the limits.
    pub fn open(mut source: R, limits: &Limits) -> Result<Self> {
        let by_index = read_by_index(&mut source, limits);
        let contents = match by_index {
            Ok(contents) => contents,
            Err(e)
                if matches!(e.kind(), ErrorKind::Corrupt | ErrorKind::Truncated | ErrorKind::UnsafePath) =>
            {
                let mut contents = scan(&mut source, limits)?;
                if contents.problems.is_empty() && contents.trailing.is_none() {
                    contents.problems.push(e);
                }
                contents
            }
            Err(e) => return Err(e),
        };
        Ok(Archive { source, limits: limits.clone(), contents })
    }

    /// What is in it.
    pub fn contents(&self) -> &Contents {
        &self.contents
    }

    /// The payload of a group, checked.
    pub(crate) fn payload(&mut self, group: usize) -> Result<Vec<u8>> {
        let Some(group) = self.contents.groups.get(group) else {
            return Err(Error::new(ErrorKind::Internal, "no such group"));
        };
        self.limits.check_memory(group.payload_length, "a group's payload")?;
        seek(&mut self.source, group.payload_offset)?;
        let payload = read_up_to(&mut self.source, group.payload_length)?;
        if payload.len() as u64 != group.payload_length {
            return Err(Error::truncated(format!("the archive ends within record {}", group.number))
                .found(format!("{} bytes of its payload", payload.len()))
                .expected(group.payload_length));
        }
        check_crc(&payload, group.payload_crc, &format!("payload of record {}", group.number))
            .map_err(|e| e.at(group.payload_offset))?;
        Ok(payload)
    }
}
