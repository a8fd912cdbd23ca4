//! A text becomes a compressed file, and back, with blocks from wherever they are.

use unsaid_core::{Error, ErrorKind, Limits, Progress, Result, Silent};
use unsaid_ipld::{Block, BlockSource, Cid};

use crate::decode::{self, Decoder, Sink, SomeParts, decode_plainly};
use crate::dictionary::Dictionary;
use crate::encode::{Encoder, Rule};
use crate::fetch;
use crate::file::{CompressedFile, Naming};
use crate::needs::{Needs, needs};
use crate::profile::{Codes, Profile};
use crate::root::{Content, Root, missing};

/// How a file is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The profile. None is the one that a reader finds without being told: *canonical* where the
    /// dictionary has lengths, else *unary*.
    pub profile: Option<Profile>,
    /// How segments are chosen. In the unary profile with the seed's rule the file is the one that the
    /// author's program would write.
    pub rule: Rule,
}

impl Options {
    /// The profile for a dictionary with lengths or without.
    pub fn profile(&self, lengths: bool) -> Profile {
        self.profile.unwrap_or(if lengths { Profile::Canonical } else { Profile::Unary })
    }

    /// How the file names a dictionary with lengths or without, so that a reader finds the profile.
    pub fn naming(&self, lengths: bool) -> Naming {
        match self.profile(lengths) {
            Profile::Unary if lengths || self.rule == Rule::Seed => Naming::Text,
            _ => Naming::Link,
        }
    }
}

/// The file that codes `text` with a dictionary, whose block or root is `cid`.
///
/// # Errors
/// `Usage` for a profile that the dictionary cannot have, and those of [`Encoder`].
pub fn compress(
    dictionary: &Dictionary,
    cid: &Cid,
    text: &[u8],
    options: &Options,
    limits: &Limits,
    progress: &dyn Progress,
) -> Result<Vec<u8>> {
    let lengths = dictionary.lengths().is_some();
    let mut encoder = Encoder::for_text(dictionary, options.profile(lengths), text, limits)?;
    let data = encoder.encode(text, options.rule, limits, progress)?;
    let file = CompressedFile::new(*cid, options.naming(lengths), data)?.to_bytes();
    limits.check_output(file.len() as u64, "the compressed file")?;
    Ok(file)
}

/// A compressed file, its root, and how its Data is read.
#[derive(Clone, Debug)]
pub struct Opened<'a> {
    /// The file.
    pub file: CompressedFile<'a>,
    /// The block that it names.
    pub root: Root,
    /// Its codes.
    pub codes: Codes,
}

impl<'a> Opened<'a> {
    /// Reads a file and gets the block that it names. `profile` is what the reader was told, if it was.
    ///
    /// # Errors
    /// Those of [`CompressedFile::read`], [`Root::read`] and [`Codes::new`]; `Missing` where the block
    /// is not there; those of the source.
    pub fn new(
        bytes: &'a [u8],
        profile: Option<Profile>,
        source: &dyn BlockSource,
        limits: &Limits,
    ) -> Result<Self> {
        let file = CompressedFile::read(bytes, limits)?;
        let block = match Block::of_name(file.dictionary())? {
            Some(block) => block,
            None => source
                .get(file.dictionary())?
                .filter(|block| block.cid() == file.dictionary())
                .ok_or_else(|| missing("the dictionary of the file is not at hand", &[*file.dictionary()]))?,
        };
        Self::with_root(file, Root::read(&block, limits)?, profile)
    }

    /// As [`new`](Self::new), with the root that the file names.
    ///
    /// # Errors
    /// Those of [`Codes::new`].
    pub fn with_root(file: CompressedFile<'a>, root: Root, profile: Option<Profile>) -> Result<Self> {
        let profile = profile.unwrap_or_else(|| file.profile(&root));
        let codes = Codes::new(profile, root.count(), root.lengths.as_ref())?;
        Ok(Opened { file, root, codes })
    }

    /// What the file refers to.
    ///
    /// # Errors
    /// Those of [`needs`].
    pub fn needs(&self) -> Result<Needs> {
        needs(&self.codes, self.file.data(), self.root.parts())
    }

    /// Decodes the file into `sink`, with the parts that it needs and no others, and gives the bytes of text.
    ///
    /// # Errors
    /// `Missing` with the CIDs of needed parts that are not there; those of [`decode_plainly`], of the
    /// source and of `progress`.
    pub fn decode(
        self,
        source: &dyn BlockSource,
        limits: &Limits,
        progress: &dyn Progress,
        sink: Sink<'_>,
    ) -> Result<u64> {
        let needs = self.needs()?;
        let Opened { file, root, codes } = self;
        let whole = match root.content {
            Content::Segments(_) => true,
            Content::Parts(ref parts) => needs.parts.len() == parts.len(),
        };
        if whole {
            let dictionary = root.dictionary(source, limits, &OnlyStops(progress))?;
            let decoder = Decoder::new(&dictionary, codes.profile(), limits)?;
            return decoder.decode(file.data(), limits, progress, sink);
        }
        let parts = fetch::parts(root.parts(), &needs.parts, source, limits, &OnlyStops(progress))?;
        let segments = SomeParts::new(root.parts(), parts);
        decode_plainly(&codes, &segments, file.data(), limits, progress, sink)
    }
}

/// Blocks that arrive are no bytes of the file: they let the caller stop, and count as nothing.
struct OnlyStops<'a>(&'a dyn Progress);

impl Progress for OnlyStops<'_> {
    fn advance(&self, _: u64, _: u64) -> Result<()> {
        self.0.advance(0, 0)
    }
}

/// Decodes a file, its dictionary from `source`, and gives the bytes of text.
///
/// # Errors
/// Those of [`Opened::new`] and [`Opened::decode`].
pub fn decompress(
    bytes: &[u8],
    profile: Option<Profile>,
    source: &dyn BlockSource,
    limits: &Limits,
    progress: &dyn Progress,
    sink: Sink<'_>,
) -> Result<u64> {
    Opened::new(bytes, profile, source, limits)?.decode(source, limits, progress, sink)
}

/// The text of a file, at most as long as the limit of output, which here, where there is none, is that of memory and
/// at most 1 GiB.
///
/// # Errors
/// Those of [`decompress`].
pub fn to_vec(
    bytes: &[u8],
    profile: Option<Profile>,
    source: &dyn BlockSource,
    limits: &Limits,
) -> Result<Vec<u8>> {
    decode::to_vec(limits, |limits, sink| decompress(bytes, profile, source, limits, &Silent, sink))
}

/// Refuses a file that names another dictionary than the one at hand.
///
/// # Errors
/// `Missing`, with both CIDs.
pub fn check_dictionary(file: &CompressedFile<'_>, at_hand: &Cid) -> Result<()> {
    if file.dictionary() == at_hand {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Missing, "the file was made with another dictionary")
        .found(at_hand)
        .expected(file.dictionary())
        .hint(format!("get {}", file.dictionary())))
}
