//! `unsaid records get`.

use std::fs::File;
use std::io::{BufReader, Write};
use std::path::PathBuf;

use clap::Args;
use unsaid::records::stream::{HEAD_BYTES, Head, Index, Reader, Separator};
use unsaid_core::{Error, ErrorKind, Result};

use super::pack::of_other_stream;
use super::{ModelArgs, read_small, source};
use crate::commands::input::is_standard_stream;
use crate::edge::stoppable::Stoppable;
use crate::edge::{Edge, stdio};

/// One record by its number: only that one is decoded
#[derive(Args, Debug)]
pub(crate) struct GetArgs {
    /// The compressed stream; - is standard input, which is read up to the record
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// The number of the record, from 0
    #[arg(value_name = "N")]
    number: u64,

    #[command(flatten)]
    model: ModelArgs,

    /// The index, where it is not in the stream
    #[arg(long, value_name = "FILE")]
    index: Option<PathBuf>,

    /// Bytes go to a terminal too
    #[arg(short, long)]
    force: bool,
}

impl GetArgs {
    pub(crate) fn run(self, edge: &Edge) -> Result<()> {
        let mut record = Vec::new();
        let head = self.find(&mut record, edge).map_err(|e| e.in_file(&self.file))?;
        let decompressor = self.model.decompressor(&head, edge);
        let mut decompressor = decompressor.map_err(|e| super::about(&self.file, e))?;
        let mut document = Vec::new();
        decompressor.decompress(&record, &mut document).map_err(|e| e.in_file(&self.file))?;
        if head.separator == Separator::Lines {
            document.push(b'\n');
        }
        let mut out = stdio::content_output(self.force)?;
        out.write_all(&document).map_err(|e| Error::io("writing to standard output", e))
    }

    /// Finds the compressed record: by the index in a file, by counting in a pipe.
    fn find(&self, record: &mut Vec<u8>, edge: &Edge) -> Result<Head> {
        let is_file = !is_standard_stream(&self.file)
            && std::fs::metadata(&self.file).is_ok_and(|metadata| metadata.is_file());
        if !is_file {
            return self.count(record, edge);
        }
        let mut file = Stoppable(File::open(&self.file).map_err(|e| Error::io("opening the stream", e))?);
        let mut start = Vec::new();
        let read = std::io::Read::take(&mut file, HEAD_BYTES as u64);
        std::io::Read::read_to_end(&mut { read }, &mut start)
            .map_err(|e| Error::io("reading the stream", e))?;
        let head = Head::read(&start)?;
        let mut index = Index::of_file(&mut file, &edge.limits)?;
        if let Some(path) = &self.index {
            let beside = Index::read(&read_small(path, "index", &edge.limits)?, &edge.limits);
            let beside = beside.map_err(|e| e.in_file(path))?;
            if !beside.is_of_same_stream(&index) {
                return Err(of_other_stream().in_file(path));
            }
            index = beside;
        }
        index.record(&mut file, self.number, record)?;
        Ok(head)
    }

    fn count(&self, record: &mut Vec<u8>, edge: &Edge) -> Result<Head> {
        let mut reader = Reader::new(BufReader::new(source::compressed(&self.file)?), &edge.limits)?;
        for number in 0..=self.number {
            if !reader.next(record)? {
                return Err(Error::new(ErrorKind::Usage, "there is no such record")
                    .found(self.number)
                    .expected(format!("less than {number}")));
            }
        }
        Ok(*reader.head())
    }
}
