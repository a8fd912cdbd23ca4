//! Collecting entries into a group and coding it.

use unsaid_cm::paq9a::Level;
use unsaid_core::check::{Hash, crc32};
use unsaid_core::{Error, ErrorKind, Limits, Progress, Result};

use crate::entry::{EntryKind, EntryMeta};
use crate::format::{CHUNK, GroupHead, MAX_HEAD, Piece, PieceData};
use crate::method::Method;

/// A group ends when its head would grow beyond this, so that archives of many tiny files stay
/// readable in parts.
const HEAD_GOAL: u64 = 1 << 20;

/// What a writer was asked for; each group's [`Method`] follows from it and from the group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Every group as it is.
    Store,
    /// Context mixing at this level, or at one that suits the group's length. A group that would not
    /// shrink is stored.
    Paq9a(Option<Level>),
}

impl Choice {
    /// The choice, once it is known how much memory coding one group may take.
    ///
    /// # Errors
    /// `Limit` where the level asked for, or the lowest one, does not fit.
    pub(crate) fn within(self, limits: &Limits, group_bytes: u64) -> Result<GroupCoder> {
        let around = group_bytes.saturating_mul(3);
        let top = match self {
            Choice::Store => None,
            Choice::Paq9a(Some(level)) => Some(level),
            Choice::Paq9a(None) => (1..=Level::DEFAULT.get())
                .rev()
                .filter_map(Level::new)
                .find(|level| level.memory() + around <= limits.memory)
                .or(Level::new(1)),
        };
        let coder = GroupCoder { top, fixed: self != Choice::Paq9a(None), around };
        match coder.memory() {
            needed if needed <= limits.memory => Ok(coder),
            needed => {
                Err(Error::new(ErrorKind::Limit, "coding one group needs more than the limit on memory")
                    .found(format!("{needed} bytes"))
                    .expected(format!("at most {}", limits.memory))
                    .hint(format!("say --memory {needed}, or ask for smaller groups or a lower level")))
            }
        }
    }
}

/// Gives each group its method.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GroupCoder {
    /// The greatest level; `None` stores.
    top: Option<Level>,
    fixed: bool,
    around: u64,
}

impl GroupCoder {
    /// Most memory that coding one group takes, in bytes.
    pub(crate) fn memory(self) -> u64 {
        self.around + self.top.map_or(0, Level::memory)
    }

    fn level(self, length: usize) -> Option<Level> {
        let top = self.top?;
        if self.fixed {
            return Some(top);
        }
        // About 100 bytes of bit histories are touched for a byte of input. Tables larger than
        // that only cost time: at half that size the archive grows by 0.1 %.
        (1..=top.get())
            .filter_map(Level::new)
            .find(|l| (1u64 << (21 + u64::from(l.get()))) >= 100 * length as u64)
            .or(Some(top))
    }
}

/// A coded group.
#[derive(Debug)]
pub(crate) struct Coded {
    pub(crate) head: Vec<u8>,
    pub(crate) payload: Vec<u8>,
}

impl Coded {
    pub(crate) fn encode(
        raw: Vec<u8>,
        pieces: Vec<Piece>,
        coder: GroupCoder,
        limits: &Limits,
        progress: &dyn Progress,
    ) -> Result<Self> {
        let coded = match coder.level(raw.len()) {
            Some(level) if !raw.is_empty() => {
                let method = Method::Paq9a(level);
                let payload = method.encode(&raw, limits, progress)?;
                (payload.len() < raw.len()).then_some((method, payload))
            }
            _ => {
                progress.advance(raw.len() as u64, raw.len() as u64)?;
                None
            }
        };
        let (method, payload) = coded.unwrap_or((Method::Store, raw));
        Ok(Coded { head: head_bytes(&GroupHead { method, pieces })?, payload })
    }
}

/// The group that is being filled.
#[derive(Debug)]
pub(crate) struct OpenGroup {
    raw: Vec<u8>,
    pieces: Vec<Piece>,
    head: u64,
    goal: u64,
}

impl OpenGroup {
    pub(crate) fn new(goal: u64) -> Result<Self> {
        if !(CHUNK..=1 << 30).contains(&goal) {
            return Err(Error::new(ErrorKind::Usage, "size of a group")
                .found(goal)
                .expected(format!("{CHUNK} to {} bytes", 1 << 30)));
        }
        Ok(OpenGroup { raw: Vec::new(), pieces: Vec::new(), head: 0, goal })
    }

    /// Whether the group should be closed before `meta` and `bytes` more come into it.
    pub(crate) fn is_full_for(&self, meta: &EntryMeta, bytes: usize) -> bool {
        !self.pieces.is_empty()
            && ((bytes > 0 && self.raw.len() as u64 + bytes as u64 > self.goal)
                || self.head + head_cost(meta) > HEAD_GOAL)
    }

    /// Adds an entry that is no file.
    pub(crate) fn push_entry(&mut self, entry: u64, meta: EntryMeta) {
        self.head += head_cost(&meta);
        self.pieces.push(Piece { entry, meta, data: None });
    }

    /// Adds a chunk of a file, to the piece that is open or as a new one.
    pub(crate) fn push_chunk(&mut self, entry: u64, meta: &EntryMeta, number: u64, chunk: &[u8]) {
        if self.pieces.last().is_none_or(|p| p.entry != entry) {
            self.head += head_cost(meta);
            let data = PieceData { first_chunk: number, length: 0, crcs: Vec::new(), hash: None };
            self.pieces.push(Piece { entry, meta: meta.clone(), data: Some(data) });
        }
        if let Some(data) = self.pieces.last_mut().and_then(|p| p.data.as_mut())
            && !chunk.is_empty()
        {
            data.length += chunk.len() as u64;
            data.crcs.push(crc32(chunk));
            self.head += 4;
            self.raw.extend_from_slice(chunk);
        }
    }

    /// Ends the file whose piece is open.
    pub(crate) fn end_file(&mut self, hash: Hash) {
        if let Some(data) = self.pieces.last_mut().and_then(|p| p.data.as_mut()) {
            data.hash = Some(hash);
        }
    }

    /// The bytes and pieces, leaving an empty group; `None` where it was empty.
    pub(crate) fn take(&mut self) -> Option<(Vec<u8>, Vec<Piece>)> {
        if self.pieces.is_empty() {
            return None;
        }
        self.head = 0;
        Some((std::mem::take(&mut self.raw), std::mem::take(&mut self.pieces)))
    }
}

/// About what an entry adds to a head.
fn head_cost(meta: &EntryMeta) -> u64 {
    let user: usize = meta.user.iter().map(|(k, v)| k.len() + v.len() + 10).sum();
    let target = match &meta.kind {
        EntryKind::SymbolicLink(target) => target.len(),
        EntryKind::HardLink(target) => target.as_bytes().len(),
        EntryKind::File | EntryKind::Directory => 0,
    };
    (64 + meta.path.as_bytes().len() + target + user) as u64
}

/// The head of a group as bytes; refused where it would be longer than the format allows.
fn head_bytes(head: &GroupHead) -> Result<Vec<u8>> {
    let bytes = head.write();
    if bytes.len() > MAX_HEAD as usize {
        return Err(Error::new(ErrorKind::Usage, "metadata of one group")
            .found(format!("{} bytes", bytes.len()))
            .expected(format!("at most {}", MAX_HEAD)));
    }
    Ok(bytes)
}
