//! The compressed file: which dictionary, and Data.

use std::borrow::Cow;

use unsaid_core::{Error, ErrorKind, Limits, Result};
use unsaid_ipld::Cid;

use crate::cbor::{self, Cursor, LIST, MAP, TEXT, UNSIGNED, put_bytes, put_head, put_link, put_text};
use crate::profile::Profile;
use crate::root::{Root, dag_cbor};

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
        cbor::same(bytes, &file.to_bytes(), "the compressed file")?;
        Ok(file)
    }

    fn parse(bytes: &'a [u8]) -> Result<Self> {
        if !Self::recognise(bytes) {
            return Err(Error::new(ErrorKind::NotThisFormat, "this is no file compressed by ZIPFS")
                .expected("a CBOR map of Data and Dictionary"));
        }
        let mut cursor = Cursor::new(bytes);
        cursor.head(MAP, "a compressed file")?;
        let (mut named, mut data) = (None, None);
        let mut dictionary_first = false;
        for _ in 0..2 {
            let at = cursor.at();
            match cursor.text("a key of a compressed file")? {
                "Dictionary" if named.is_none() => {
                    dictionary_first = data.is_none();
                    named = Some(read_name(&mut cursor)?);
                }
                "Data" if data.is_none() => data = Some(read_data(&mut cursor)?),
                other => {
                    let found: String = other.chars().take(40).collect();
                    return Err(Error::corrupt("a key of a compressed file")
                        .found(format!("'{found}'"))
                        .expected("Data and Dictionary, each once")
                        .at(at));
                }
            }
        }
        cursor.end("the compressed file")?;
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
        put_head(&mut out, MAP, 2);
        if self.dictionary_first {
            self.put_dictionary(&mut out);
        }
        put_text(&mut out, "Data");
        if self.listed {
            put_head(&mut out, LIST, self.data.len() as u64);
            for &byte in self.data.iter() {
                put_head(&mut out, UNSIGNED, byte.into());
            }
        } else {
            put_bytes(&mut out, &self.data);
        }
        if !self.dictionary_first {
            self.put_dictionary(&mut out);
        }
        out
    }

    fn put_dictionary(&self, out: &mut Vec<u8>) {
        put_text(out, "Dictionary");
        match self.naming {
            Naming::Link => put_link(out, &self.dictionary),
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

fn read_name(cursor: &mut Cursor<'_>) -> Result<(Cid, Naming)> {
    let at = cursor.at();
    let (cid, naming) = if cursor.peek() == Some(TEXT) {
        let text = cursor.text("the CID of a dictionary")?;
        let shown: String = text.chars().take(80).collect();
        // As the map has it: bare, without a scheme before it.
        let cid = Cid::try_from(text).map_err(|e| {
            Error::corrupt("the CID of a dictionary")
                .found(format!("'{shown}' ({e})"))
                .expected("a CID")
                .at(at)
        })?;
        unsaid_ipld::cid::check(&cid).map_err(|e| e.at(at))?;
        (cid, Naming::Text)
    } else {
        (cursor.link("the CID of a dictionary")?, Naming::Link)
    };
    dag_cbor(&cid, "a dictionary").map_err(|e| e.at(at))?;
    Ok((cid, naming))
}

fn read_data<'a>(cursor: &mut Cursor<'a>) -> Result<(Cow<'a, [u8]>, bool)> {
    if cursor.peek() != Some(LIST) {
        return Ok((Cow::Borrowed(cursor.bytes("Data")?), false));
    }
    let mut data = Vec::new();
    for _ in 0..cursor.head(LIST, "Data")? {
        let at = cursor.at();
        let number = cursor.head(UNSIGNED, "a byte of Data")?;
        let byte = u8::try_from(number)
            .map_err(|_| Error::corrupt("a byte of Data").found(number).expected("0 to 255").at(at))?;
        data.push(byte);
    }
    Ok((Cow::Owned(data), true))
}
