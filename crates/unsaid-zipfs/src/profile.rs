//! Which code each segment has, in each of the profiles.

use unsaid_core::{Error, ErrorKind, Result};

use crate::dictionary::MAX_SEGMENTS;
use crate::lengths::Lengths;

/// How Data is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Profile {
    /// Segment i is i + 1 ones and a zero: what the specification's author's program writes and reads.
    Unary,
    /// Segment i is i ones and a zero: the specification to the letter.
    Strict,
    /// A canonical Huffman code of the dictionary's lengths.
    Canonical,
}

impl Profile {
    /// All of them.
    pub const ALL: [Profile; 3] = [Profile::Unary, Profile::Strict, Profile::Canonical];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Profile::Unary => "unary",
            Profile::Strict => "strict",
            Profile::Canonical => "canonical",
        }
    }
}

/// The codes of a dictionary: lengths and numbers, no segments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Codes {
    segments: u32,
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// So many ones more than the index.
    Ones(u32),
    Huffman(Huffman),
}

/// A canonical code, ready to be looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Huffman {
    pub(crate) lengths: Lengths,
    /// For each length that occurs.
    pub(crate) rows: Vec<Row>,
}

/// The codes of one length. The escape counts as one more segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) bits: u32,
    /// The first code of this length.
    pub(crate) code: u64,
    /// The segment of that code.
    pub(crate) segment: u32,
    /// The first code behind them, filled up with zeros to 64 bits; the greatest number if there is none.
    pub(crate) end: u64,
    /// Whether anything can lie behind them, so that `end` is to be believed.
    pub(crate) bounded: bool,
}

impl Codes {
    /// The codes of a dictionary of so many segments in a profile.
    ///
    /// # Errors
    /// `Usage` for *canonical* without lengths, `Limit` for too many segments.
    pub fn new(profile: Profile, segments: u64, lengths: Option<&Lengths>) -> Result<Self> {
        let count =
            u32::try_from(segments).ok().filter(|&n| u64::from(n) <= MAX_SEGMENTS).ok_or_else(|| {
                Error::new(ErrorKind::Limit, "a dictionary with too many segments")
                    .found(segments)
                    .expected(format!("at most {MAX_SEGMENTS}"))
            })?;
        let kind = match (profile, lengths) {
            (Profile::Unary, _) => Kind::Ones(1),
            (Profile::Strict, _) => Kind::Ones(0),
            (Profile::Canonical, Some(lengths)) if lengths.segments() == count => {
                Kind::Huffman(Huffman { lengths: lengths.clone(), rows: rows(lengths) })
            }
            (Profile::Canonical, found) => {
                return Err(Error::new(ErrorKind::Usage, "the profile canonical")
                    .found(match found {
                        Some(lengths) => format!("the lengths of {} codes", lengths.segments()),
                        None => "a dictionary without Lengths".to_owned(),
                    })
                    .expected(format!("lengths of {count} codes")));
            }
        };
        Ok(Codes { segments: count, kind })
    }

    /// The profile that they are of.
    pub fn profile(&self) -> Profile {
        match self.kind {
            Kind::Ones(0) => Profile::Strict,
            Kind::Ones(_) => Profile::Unary,
            Kind::Huffman(_) => Profile::Canonical,
        }
    }

    /// How many segments have a code. The escape is the code of the next.
    pub fn segments(&self) -> u32 {
        self.segments
    }

    /// Bits of the code of every segment, in order, and then of the escape.
    pub fn bits(&self) -> Vec<u32> {
        match &self.kind {
            Kind::Ones(more) => (0..=self.segments).map(|i| i.saturating_add(more + 1)).collect(),
            Kind::Huffman(huffman) => {
                let lengths = &huffman.lengths;
                lengths.bits().chain([lengths.longest()]).collect()
            }
        }
    }

    pub(crate) fn kind(&self) -> &Kind {
        &self.kind
    }

    /// Whether the rest of the last byte is filled with ones, and not with zeros.
    pub(crate) fn fills_with_ones(&self) -> bool {
        self.profile() != Profile::Unary
    }
}

fn rows(lengths: &Lengths) -> Vec<Row> {
    let longest = lengths.longest();
    let mut rows: Vec<Row> = lengths
        .first_codes()
        .zip(lengths.counts())
        .filter(|(_, count)| **count > 0)
        .map(|((bits, code, segment), &count)| {
            let behind = code + u64::from(count) + u64::from(bits == longest);
            Row::new(bits, code, segment, behind)
        })
        .collect();
    if rows.is_empty() {
        // No segments: the escape alone, one bit.
        rows.push(Row::new(1, 0, 0, 1));
    }
    rows
}

impl Row {
    fn new(bits: u32, code: u64, segment: u32, behind: u64) -> Row {
        // All codes of this length are taken: nothing is behind them, and the sum would not fit.
        let bounded = behind >> bits == 0;
        Row { bits, code, segment, end: if bounded { behind << (64 - bits) } else { u64::MAX }, bounded }
    }
}

impl Huffman {
    /// The segment whose code `window` begins with, and its bits. `None` where no code does.
    pub(crate) fn look_up(&self, window: u64) -> Option<(u32, u32)> {
        let row = self.rows.iter().find(|row| !row.bounded || window < row.end)?;
        let code = window >> (64 - row.bits);
        Some((row.segment + (code - row.code) as u32, row.bits))
    }

    /// The code of a segment, or of the escape, and its bits.
    pub(crate) fn code(&self, segment: u32) -> (u64, u32) {
        let at = self.rows.partition_point(|row| row.segment <= segment).saturating_sub(1);
        self.rows.get(at).map_or((0, 0), |row| (row.code + u64::from(segment - row.segment), row.bits))
    }
}
