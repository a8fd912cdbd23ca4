//! A model: its fragments, how it is read, told apart, checked and written.

use std::io::{Read, Write};

use unsaid_core::{Error, ErrorKind, Limits, Result};
use unsaid_lexicon::ByteStrings;

use crate::profile::{LONGEST_FRAGMENT, Profile};

/// D. J. Bernstein's hash: from 5381, times 33 plus each byte, modulo 2^32.
///
/// No protection against malice: anybody can make two models with one hash.
pub fn djb2<'a>(bytes: impl IntoIterator<Item = &'a u8>) -> u32 {
    bytes.into_iter().fold(5381, |hash: u32, &b| hash.wrapping_mul(33).wrapping_add(b.into()))
}

/// An ordered set of fragments, each of 1 to 255 bytes, and the profile of the documents under it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    profile: Profile,
    fragments: ByteStrings,
    hash: u32,
}

impl Model {
    /// A model of these fragments, in this order.
    ///
    /// # Errors
    /// `Corrupt` where a fragment is empty, longer than 255 bytes, or there twice; `Limit`.
    pub fn new(profile: Profile, fragments: ByteStrings, limits: &Limits) -> Result<Self> {
        check_count(fragments.len() as u64, limits)?;
        for (index, fragment) in fragments.iter().enumerate() {
            if !(1..=LONGEST_FRAGMENT).contains(&fragment.len()) {
                return Err(Error::corrupt(format!("fragment {index} of the model"))
                    .found(format!("{} bytes", fragment.len()))
                    .expected("1 to 255"));
            }
        }
        check_distinct(&fragments)?;
        let hash = djb2(fragments.bytes());
        Ok(Model { profile, fragments, hash })
    }

    /// Reads a model to the end of `input`, telling the profiles apart by themselves.
    ///
    /// # Errors
    /// As [`Model::from_bytes`], and those of reading.
    pub fn read(input: impl Read, limits: &Limits) -> Result<Self> {
        Self::from_bytes(&read_whole(input, limits)?, limits)
    }

    /// The model that `bytes` are: in the profile in which they end exactly where a fragment does and
    /// have the hash that they open with, the reference profile first.
    ///
    /// # Errors
    /// `Truncated`, `Corrupt` or `Limit`, for the profile that the bytes are likelier to be in.
    pub fn from_bytes(bytes: &[u8], limits: &Limits) -> Result<Self> {
        let reference = match Self::from_bytes_as(bytes, Profile::Reference, limits) {
            Err(e) => e,
            whole => return whole,
        };
        let protocol = match Self::from_bytes_as(bytes, Profile::Protocol, limits) {
            Err(e) => e,
            whole => return whole,
        };
        // A number of fragments below 2^24 has a zero here, where the other profile has the third
        // byte of its first fragment.
        let likelier = if bytes.get(7).is_none_or(|&b| b == 0) { reference } else { protocol };
        Err(match likelier.kind() {
            ErrorKind::Limit => likelier,
            _ => likelier.hint("this is no BB model, or a damaged one: get it again"),
        })
    }

    /// The model that `bytes` are in this profile.
    ///
    /// # Errors
    /// `Truncated`, `Corrupt` or `Limit`.
    pub fn from_bytes_as(bytes: &[u8], profile: Profile, limits: &Limits) -> Result<Self> {
        let cut = || {
            Error::truncated(format!("the head of the model ({profile})"))
                .found(format!("{} bytes", bytes.len()))
                .expected(format!("{}", profile.head_bytes()))
        };
        let (hash, rest) = bytes.split_first_chunk().ok_or_else(cut)?;
        let stated = u32::from_le_bytes(*hash);
        let (count, body) = match profile {
            Profile::Protocol => (None, rest),
            Profile::Reference => {
                let (count, body) = rest.split_first_chunk().ok_or_else(cut)?;
                (Some(u32::from_le_bytes(*count)), body)
            }
        };
        let fragments = read_fragments(body, count, profile, limits)?;
        let hash = djb2(fragments.bytes());
        if hash != stated {
            return Err(Error::corrupt(format!("the hash of the model ({profile})"))
                .found(format!("{hash:08x}"))
                .expected(format!("{stated:08x}")));
        }
        check_distinct(&fragments)?;
        Ok(Model { profile, fragments, hash })
    }

    /// Writes the model in its profile.
    ///
    /// # Errors
    /// Those of writing.
    pub fn write(&self, out: &mut impl Write) -> Result<()> {
        out.write_all(&self.to_bytes()).map_err(|e| Error::io("writing the model", e))
    }

    /// The bytes of the model in its profile.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.size() as usize);
        out.extend_from_slice(&self.hash.to_le_bytes());
        if self.profile == Profile::Reference {
            out.extend_from_slice(&(self.fragments.len() as u32).to_le_bytes());
        }
        for fragment in self.fragments.iter() {
            // At most 255: checked when the model was made.
            out.push(fragment.len() as u8);
            out.extend_from_slice(fragment);
        }
        out
    }

    /// Bytes of the model's file.
    pub fn size(&self) -> u64 {
        let strings = self.fragments.len() + self.fragments.bytes().len();
        self.profile.head_bytes() + strings as u64
    }

    /// The same fragments, for documents of another profile.
    #[must_use]
    pub fn with_profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// The profile of its file and of the documents under it.
    pub fn profile(&self) -> Profile {
        self.profile
    }

    /// The hash that its file and the documents under it open with.
    pub fn hash(&self) -> u32 {
        self.hash
    }

    /// The fragments, in the order of their indices.
    pub fn fragments(&self) -> &ByteStrings {
        &self.fragments
    }
}

impl Profile {
    /// Bytes before the first fragment of a model.
    pub fn head_bytes(self) -> u64 {
        match self {
            Profile::Protocol => 4,
            Profile::Reference => 8,
        }
    }
}

/// Bytes of memory beside its own, while it is checked that no other is the same.
const COST_OF_A_FRAGMENT: u64 = 48;

/// Reads all of `input`, as far as memory is allowed.
fn read_whole(input: impl Read, limits: &Limits) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = limits.memory.saturating_add(1);
    input.take(most).read_to_end(&mut bytes).map_err(|e| Error::io("reading the model", e))?;
    limits.check_memory(bytes.len() as u64, "the model")?;
    Ok(bytes)
}

/// Fragments to the end of `body`, and as many as were stated.
fn read_fragments(body: &[u8], count: Option<u32>, profile: Profile, limits: &Limits) -> Result<ByteStrings> {
    // A claim that cannot be true is no reason to read on: a fragment takes two bytes at least.
    if let Some(count) = count.filter(|&count| u64::from(count) > body.len() as u64 / 2) {
        return Err(Error::truncated("the fragments of the model")
            .found(format!("{} bytes", body.len()))
            .expected(format!("{count} fragments"))
            .at(profile.head_bytes()));
    }
    let mut fragments = ByteStrings::new();
    let mut rest = body;
    let place = |rest: &[u8]| profile.head_bytes() + (body.len() - rest.len()) as u64;
    while let Some((&length, tail)) = rest.split_first() {
        let index = fragments.len() as u64;
        if count.is_some_and(|count| index == u64::from(count)) {
            return Err(Error::corrupt("what follows the last fragment of the model")
                .found(format!("{} bytes", rest.len()))
                .expected(format!("the end, after {index} fragments"))
                .at(place(rest)));
        }
        if length == 0 {
            return Err(Error::corrupt(format!("fragment {index} of the model"))
                .found("no bytes")
                .expected("1 to 255")
                .at(place(rest)));
        }
        let cut = || {
            Error::truncated(format!("fragment {index} of the model"))
                .found(format!("{} bytes", tail.len()))
                .expected(length)
                .at(place(rest))
        };
        let (fragment, tail) = tail.split_at_checked(length.into()).ok_or_else(cut)?;
        check_count(index + 1, limits)?;
        limits.check_memory(2 * body.len() as u64 + COST_OF_A_FRAGMENT * (index + 1), "the model")?;
        fragments.push(fragment);
        rest = tail;
    }
    match count {
        Some(count) if fragments.len() as u64 != u64::from(count) => {
            Err(Error::truncated("the fragments of the model")
                .found(fragments.len())
                .expected(count)
                .at(place(rest)))
        }
        _ => Ok(fragments),
    }
}

fn check_count(count: u64, limits: &Limits) -> Result<()> {
    limits.check_entries(count)?;
    if count > Profile::Reference.addressable() {
        return Err(Error::new(ErrorKind::Limit, "fragments of a model")
            .found(count)
            .expected("at most 2^32"));
    }
    Ok(())
}

/// A set has each of its members once.
fn check_distinct(fragments: &ByteStrings) -> Result<()> {
    // The first bytes decide nearly every comparison, without a look at the strings.
    let head = |f: &[u8]| {
        let mut head = [0; 8];
        let n = f.len().min(8);
        head[..n].copy_from_slice(&f[..n]);
        u64::from_be_bytes(head)
    };
    let mut sorted: Vec<(u64, &[u8], usize)> =
        fragments.iter().enumerate().map(|(at, f)| (head(f), f, at)).collect();
    sorted.sort_unstable();
    let twice = sorted.windows(2).filter(|w| w[0].1 == w[1].1).map(|w| (w[1].2, w[0].2)).min();
    match twice {
        None => Ok(()),
        Some((second, first)) => Err(Error::corrupt("a fragment that is there twice")
            .found(format!("number {second}, which is number {first} already"))
            .expected("a set")),
    }
}
