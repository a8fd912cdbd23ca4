//! How the bytes of a group are coded.

use unsaid_cm::paq9a;
use unsaid_core::{Error, ErrorKind, Limits, Progress, Result};

/// A method and its parameters. An id keeps its meaning for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Id 0: the bytes themselves.
    Store,
    /// Id 1: context mixing as in the 2007 program, a fresh model for each group.
    Paq9a(paq9a::Level),
}

/// Names by id, for listings and for the command; `None` where this version only leaves the room.
pub const METHODS: [(u8, &str, bool); 4] =
    [(0, "store", true), (1, "paq9a", true), (2, "cm", false), (3, "thin", false)];

impl Method {
    /// The byte on disk.
    pub fn id(self) -> u8 {
        match self {
            Method::Store => 0,
            Method::Paq9a(_) => 1,
        }
    }

    /// The name, as the command knows it.
    pub fn name(self) -> &'static str {
        METHODS[usize::from(self.id())].1
    }

    pub(crate) fn parameters(self) -> Vec<u8> {
        match self {
            Method::Store => Vec::new(),
            Method::Paq9a(level) => vec![level.get()],
        }
    }

    pub(crate) fn read(id: u8, parameters: &[u8]) -> Result<Self> {
        match (id, parameters) {
            (0, []) => Ok(Method::Store),
            (1, [level]) => paq9a::Level::new(*level).map(Method::Paq9a).ok_or_else(|| {
                Error::corrupt("level of a group coded by paq9a").found(level).expected("1 to 9")
            }),
            (0 | 1, other) => Err(Error::corrupt("parameters of a group's method")
                .found(format!("{} bytes", other.len()))
                .expected(format!("{id} bytes"))),
            (id, _) => {
                let name = METHODS.iter().find(|m| m.0 == id).map_or("unknown", |m| m.1);
                Err(Error::new(ErrorKind::NewerVersion, "method of a group")
                    .found(format!("{id} ({name})"))
                    .expected("0 (store) or 1 (paq9a)")
                    .hint("a newer Unsaid may read this archive"))
            }
        }
    }

    /// Bytes of memory that coding or decoding one group takes, beside its bytes on both sides.
    pub fn memory(self) -> u64 {
        match self {
            Method::Store => 0,
            Method::Paq9a(level) => level.memory(),
        }
    }

    /// Units of work a byte costs, relative to storing it (see [`Limits::work`]).
    pub fn work_per_byte(self) -> u64 {
        match self {
            Method::Store => 1,
            Method::Paq9a(_) => 1000,
        }
    }

    pub(crate) fn encode(self, raw: &[u8], limits: &Limits, progress: &dyn Progress) -> Result<Vec<u8>> {
        match self {
            Method::Store => Ok(raw.to_vec()),
            Method::Paq9a(level) => paq9a::encode_group(raw, level, limits, progress),
        }
    }

    /// Gives exactly `length` bytes, or an error.
    pub(crate) fn decode(
        self,
        payload: Vec<u8>,
        length: usize,
        limits: &Limits,
        progress: &dyn Progress,
    ) -> Result<Vec<u8>> {
        match self {
            Method::Store if payload.len() == length => {
                progress.advance(length as u64, length as u64)?;
                Ok(payload)
            }
            Method::Store => {
                Err(Error::corrupt("length of a stored group").found(payload.len()).expected(length))
            }
            Method::Paq9a(level) => paq9a::decode_group(&payload, length, level, limits, progress),
        }
    }
}
