//! The compressed file: which dictionary, and Data.

use std::borrow::Cow;

use unsaid_core::{Error, ErrorKind, Limits, Result};
use unsaid_ipld::Cid;
use unsaid_ipld::cbor::{Item, LINK, Reader, write, write_link};

use crate::form::{put_text, same, short};
use crate::profile::Profile;
use crate::root::{Root, dag_cbor};

/// Bytes of a CID as text, at most: one that carries 128 bytes itself has 212.
const LONGEST_NAME: usize = 256;

/// How a file names its dictionary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Naming {
    /// As a link of IPLD. What is written.
    Link,
    /// As text: what the specification's author's program writes and reads.
    Text,
}

/// A compressed file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompressedFile<'a> {
    dictionary: Cid,
    data: Cow<'a, [u8]>,
    naming: Naming,
    /// Data as a list of integers. Read, never written.
    listed: bool,
    dictionary_first: bool,
}

impl<'a> CompressedFile<'a> {
    /// A new one. A link goes with `Data` first, as DAG-CBOR has it, a text behind `Dictionary`, as the
    /// author's program has it.
    ///
    /// # Errors
    /// `Usage` for a dictionary that is no DAG-CBOR.
    pub fn new(dictionary: Cid, naming: Naming, data: impl Into<Cow<'a, [u8]>>) -> Result<Self> {
        dag_cbor(&dictionary, "a dictionary")
            .map_err(|e| Error::new(ErrorKind::Usage, "the dictionary of a file").found(e))?;
        let dictionary_first = naming == Naming::Text;
        Ok(CompressedFile { dictionary, data: data.into(), naming, listed: false, dictionary_first })
    }

    /// Reads a file. Its bytes must be the one form of what they say.
    ///
    /// # Errors
    /// `NotThisFormat` for what does not begin as one, `Corrupt`, `Truncated`, `Limit`.
    pub fn read(bytes: &'a [u8], limits: &Limits) -> Result<Self> {
        limits.check_memory(2 * bytes.len() as u64, "reading a compressed file")?;
        let file = Self::parse(bytes)?;
        same(bytes, &file.to_bytes(), "the compressed file")?;
        Ok(file)
    }

    fn parse(bytes: &'a [u8]) -> Result<Self> {
        if !Self::recognise(bytes) {
            return Err(Error::new(ErrorKind::NotThisFormat, "this is no file compressed by ZIPFS")
                .expected("a CBOR map of Data and Dictionary"));
        }
        let mut reader = Reader::new(bytes);
        reader.map()?;
        let (mut named, mut data) = (None, None);
        let mut dictionary_first = false;
        for _ in 0..2 {
            let at = reader.offset();
            match reader.text()? {
                "Dictionary" if named.is_none() => {
                    dictionary_first = data.is_none();
                    named = Some(read_name(&mut reader)?);
                }
                "Data" if data.is_none() => data = Some(read_data(&mut reader)?),
                other => {
                    return Err(Error::corrupt("a key of a compressed file")
                        .found(short(other))
                        .expected("Data and Dictionary, each once")
                        .at(at));
                }
            }
        }
        reader.end()?;
        // Two keys, of two, each at most once.
        let (Some((dictionary, naming)), Some((data, listed))) = (named, data) else {
            return Err(Error::new(ErrorKind::Internal, "a compressed file with two keys lacks one"));
        };
        if naming == Naming::Link && dictionary_first {
            return Err(Error::corrupt("the order of a compressed file's keys")
                .found("Dictionary, as a link, before Data")
                .expected("the order of DAG-CBOR: Data first"));
        }
        Ok(CompressedFile { dictionary, data, naming, listed, dictionary_first })
    }

    /// Whether these bytes begin as a file does; 12 bytes tell.
    pub fn recognise(bytes: &[u8]) -> bool {
        bytes.starts_with(b"\xa2\x64Data") || bytes.starts_with(b"\xa2\x6aDictionary")
    }

    /// The bytes of the file, in the forms and the order in which it was read or made.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.data.len() + 128);
        write(&mut out, Item::Map(2));
        if self.dictionary_first {
            self.put_dictionary(&mut out);
        }
        put_text(&mut out, "Data");
        if self.listed {
            write(&mut out, Item::List(self.data.len() as u64));
            for &byte in self.data.iter() {
                write(&mut out, Item::Uint(byte.into()));
            }
        } else {
            write(&mut out, Item::Bytes(&self.data));
        }
        if !self.dictionary_first {
            self.put_dictionary(&mut out);
        }
        out
    }

    fn put_dictionary(&self, out: &mut Vec<u8>) {
        put_text(out, "Dictionary");
        match self.naming {
            Naming::Link => write_link(out, &self.dictionary),
            Naming::Text => put_text(out, &self.dictionary.to_string()),
        }
    }

    /// The CID of its dictionary.
    pub fn dictionary(&self) -> &Cid {
        &self.dictionary
    }

    /// How it names its dictionary.
    pub fn naming(&self) -> Naming {
        self.naming
    }

    /// The codes.
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// The profile that it is in, by its form and its dictionary's. *Strict* is never told.
    pub fn profile(&self, root: &Root) -> Profile {
        match (self.naming, &root.lengths) {
            (Naming::Link, Some(_)) => Profile::Canonical,
            _ => Profile::Unary,
        }
    }
}

fn read_name(reader: &mut Reader<'_>) -> Result<(Cid, Naming)> {
    let at = reader.offset();
    let (cid, naming) = match reader.item()? {
        Item::Text(text) => {
            // A long text in base 58 would take long to read, and is no CID that is followed.
            if text.len() > LONGEST_NAME {
                return Err(Error::corrupt("the CID of a dictionary")
                    .found(format!("a text of {} bytes", text.len()))
                    .expected(format!("at most {LONGEST_NAME}"))
                    .at(at));
            }
            // As the map has it: bare, without a scheme before it.
            let cid = Cid::try_from(text).map_err(|e| {
                Error::corrupt("the CID of a dictionary")
                    .found(format!("{} ({e})", short(text)))
                    .expected("a CID")
                    .at(at)
            })?;
            unsaid_ipld::cid::check(&cid).map_err(|e| e.at(at))?;
            (cid, Naming::Text)
        }
        Item::Tag(LINK) => (reader.link_after_tag()?, Naming::Link),
        other => {
            return Err(Error::corrupt("the CID of a dictionary")
                .found(other.name())
                .expected("a link (tag 42) or a text")
                .at(at));
        }
    };
    dag_cbor(&cid, "a dictionary").map_err(|e| e.at(at))?;
    Ok((cid, naming))
}

/// Data, and whether it was a list.
fn read_data<'a>(reader: &mut Reader<'a>) -> Result<(Cow<'a, [u8]>, bool)> {
    let at = reader.offset();
    let count = match reader.item()? {
        Item::Bytes(data) => return Ok((Cow::Borrowed(data), false)),
        Item::List(count) => count,
        other => {
            return Err(Error::corrupt("Data")
                .found(other.name())
                .expected("bytes, or a list of numbers")
                .at(at));
        }
    };
    let mut data = Vec::new();
    for _ in 0..count {
        let at = reader.offset();
        let number = reader.uint()?;
        let byte = u8::try_from(number)
            .map_err(|_| Error::corrupt("a byte of Data").found(number).expected("0 to 255").at(at))?;
        data.push(byte);
    }
    Ok((Cow::Owned(data), true))
}
