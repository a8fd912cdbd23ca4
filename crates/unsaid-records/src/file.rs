//! The model file: sections between a magic number and a hash.

use unsaid_core::check::{Hash, Hasher};
use unsaid_core::{Error, ErrorKind, Limits, Result};

use crate::ModelId;

/// How every model file begins.
pub const MAGIC: [u8; 8] = *b"\x89USRM\r\n\x1a";

/// The version that this library writes, and the newest that it reads.
pub const VERSION: u8 = 1;

/// Magic number, version, number of sections.
const HEAD: usize = 10;
const ENTRY: usize = 5;
const HASH: usize = 32;

/// What a section holds. The numbers stand in files for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Section {
    /// The merges that make the fragments of `fast` and `balanced`.
    Lexicon = 1,
    /// What `fast` adds to them.
    Fast = 2,
    /// The tables of `balanced`.
    Balanced = 3,
    /// The weights of `small`.
    Small = 4,
    /// The documents that prime `small`, coded by `balanced`.
    Texts = 5,
    /// The figures of the training; a reader may pass over it.
    Figures = 128,
}

const KNOWN: [Section; 6] =
    [Section::Lexicon, Section::Fast, Section::Balanced, Section::Small, Section::Texts, Section::Figures];

/// From this number on, sections are optional: who does not know one passes over it.
const FIRST_OPTIONAL: u8 = 128;

/// The sections of a file, whole and verified.
#[derive(Debug, Default)]
pub(crate) struct Sections<'a> {
    found: Vec<(u8, &'a [u8])>,
}

impl<'a> Sections<'a> {
    /// Reads and verifies a file; gives its id too.
    ///
    /// # Errors
    /// `NotThisFormat`, `NewerVersion`, `Truncated`, `Corrupt`, or `Limit` for a file that is larger
    /// than the memory allowed.
    pub(crate) fn read(file: &'a [u8], limits: &Limits) -> Result<(Sections<'a>, ModelId)> {
        limits.check_memory(file.len() as u64, "the model")?;
        let shared = file.len().min(MAGIC.len());
        if file.is_empty() || file[..shared] != MAGIC[..shared] {
            return Err(Error::new(ErrorKind::NotThisFormat, "not a model of the record codec")
                .hint("train one: unsaid train records DATA -o MODEL.unsm"));
        }
        let cut = |what: &str| Error::truncated(format!("{what} of the model")).at(file.len() as u64);
        if let Some(&version) = file.get(MAGIC.len()) {
            if version != VERSION {
                return Err(Error::new(ErrorKind::NewerVersion, "version of the model")
                    .found(version)
                    .expected(VERSION)
                    .hint("read it with a newer version of Unsaid, or train it again"));
            }
        }
        let (_, rest) = file.split_at_checked(HEAD).ok_or_else(|| cut("the head"))?;
        let table = usize::from(file[HEAD - 1]) * ENTRY;
        let (table, mut rest) = rest.split_at_checked(table).ok_or_else(|| cut("the table of sections"))?;
        let mut sections = Sections::default();
        for entry in table.chunks_exact(ENTRY) {
            let (kind, length) = (entry[0], [entry[1], entry[2], entry[3], entry[4]]);
            let length = usize::try_from(u32::from_le_bytes(length)).unwrap_or(usize::MAX);
            let (payload, tail) =
                rest.split_at_checked(length).ok_or_else(|| cut(&format!("section {kind}")))?;
            sections.found.push((kind, payload));
            rest = tail;
        }
        if rest.len() < HASH {
            return Err(cut("the hash"));
        }
        let (stored, trailing) = rest.split_at(HASH);
        if !trailing.is_empty() {
            return Err(Error::corrupt("bytes after the end of the model")
                .found(format!("{} bytes", trailing.len()))
                .at((file.len() - trailing.len()) as u64));
        }
        let mut hasher = Hasher::new();
        hasher.update(&file[..file.len() - HASH]);
        let found = hasher.finish();
        if found.0 != stored {
            return Err(Error::corrupt("BLAKE3 of the model")
                .found(found)
                .hint("the file is damaged: get another copy of it"));
        }
        hasher.update(stored);
        sections.check()?;
        Ok((sections, ModelId::new(hasher.finish())))
    }

    /// The rules that hold for an undamaged file, so that they are never blamed on damage.
    fn check(&self) -> Result<()> {
        if let Some(pair) = self.found.windows(2).find(|pair| pair[0].0 >= pair[1].0) {
            return Err(Error::corrupt("order of the model's sections")
                .found(format!("{} before {}", pair[0].0, pair[1].0)));
        }
        let unknown = |kind: u8| kind < FIRST_OPTIONAL && !KNOWN.iter().any(|&known| known as u8 == kind);
        if let Some((kind, _)) = self.found.iter().find(|(kind, _)| unknown(*kind)) {
            return Err(Error::new(ErrorKind::NewerVersion, "a section of the model")
                .found(format!("kind {kind}"))
                .hint("read it with a newer version of Unsaid"));
        }
        Ok(())
    }

    /// The payload of a section.
    pub(crate) fn get(&self, section: Section) -> Option<&'a [u8]> {
        self.found.iter().find(|(kind, _)| *kind == section as u8).map(|(_, payload)| *payload)
    }
}

/// Puts a file together; the sections in order of their kinds.
///
/// # Errors
/// `Limit` for a section of 4 GiB or more.
pub(crate) fn write(sections: &[(Section, &[u8])]) -> Result<Vec<u8>> {
    debug_assert!(sections.windows(2).all(|pair| pair[0].0 < pair[1].0));
    let mut file = Vec::new();
    file.extend_from_slice(&MAGIC);
    file.push(VERSION);
    // There are fewer kinds than a byte has values.
    file.push(sections.len() as u8);
    for (kind, payload) in sections {
        let length = u32::try_from(payload.len())
            .map_err(|_| Error::new(ErrorKind::Limit, "a section of the model is too large"))?;
        file.push(*kind as u8);
        file.extend_from_slice(&length.to_le_bytes());
    }
    sections.iter().for_each(|(_, payload)| file.extend_from_slice(payload));
    let hash = Hash::of(&file);
    file.extend_from_slice(&hash.0);
    Ok(file)
}
