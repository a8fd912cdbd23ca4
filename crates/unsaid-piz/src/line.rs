//! One line of an archive, and what is said about a line that is none.

use unsaid_core::{Error, ErrorKind, Limits, Result};

use crate::numeral::{Numerals, Unreadable, Why};
use crate::{header, metadata};

/// The longest line, LF excluded. Larger than any that means something: numbers have at most 64 numerals but for
/// leading zeros, names at most 4,096 bytes.
pub(crate) const LONGEST: usize = 65_536;

/// What a line after the metadata says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    Size(u64),
    Position(u64),
    End,
}

/// Reads a line without its LF. The column of what is wrong counts from 0.
pub(crate) fn read(line: &[u8], numerals: &Numerals) -> Result<Line, Unreadable> {
    match line {
        [] => Ok(Line::End),
        [b'\t', number @ ..] => match numerals.read(number) {
            Ok(number) => Ok(Line::Position(number)),
            Err(e) => Err(Unreadable { at: e.at + 1, why: e.why }),
        },
        number => numerals.read(number).map(Line::Size),
    }
}

/// Where a line begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Counted from 1.
    pub(crate) line: u64,
    /// Bytes of the archive before it.
    pub(crate) offset: u64,
}

impl Place {
    /// The beginning of an archive.
    pub(crate) const START: Place = Place { line: 1, offset: 0 };

    /// "line 3, column 2: " and `what`. `column` counts from 0.
    fn say(self, column: usize, what: &str) -> String {
        format!("line {}, column {}: {what}", self.line, column + 1)
    }

    fn error(self, kind: ErrorKind, column: usize, what: &str) -> Error {
        Error::new(kind, self.say(column, what)).at(self.offset + column as u64)
    }

    /// The input ends within a line, of which `length` bytes are there.
    pub(crate) fn cut(self, length: usize) -> Error {
        self.error(ErrorKind::Truncated, length, "the input ends within a line")
            .expected("an LF")
            .hint("get the rest of the archive")
    }

    /// A line of more than [`LONGEST`] bytes.
    pub(crate) fn too_long(self) -> Error {
        self.error(ErrorKind::Corrupt, LONGEST, "the line goes on")
            .expected(format!("an LF after at most {LONGEST} bytes"))
            .hint("the file is damaged, or is no PiZ archive")
    }

    /// A first line that is none. `whole` says whether an LF ended it.
    pub(crate) fn header(self, line: &[u8], whole: bool, unread: header::Unread) -> Error {
        let column = unread.column;
        let found = line.get(column).copied();
        let none = || {
            Error::new(ErrorKind::NotThisFormat, self.say(column, "not a PiZ archive"))
                .at(self.offset + column as u64)
        };
        match unread.problem {
            header::Problem::Mark if found.is_none() && !whole => self.cut(line.len()),
            header::Problem::Mark => {
                none().found(described(found)).expected("an archive that begins with PiZ")
            }
            header::Problem::AfterMark => {
                let error = match found {
                    Some(b'\r' | b' ') => self.error(ErrorKind::Corrupt, column, "the first line"),
                    _ => none(),
                };
                hinted(error.found(described(found)).expected("TAB or LF after PiZ"), found)
            }
            _ if !whole => self.cut(line.len()),
            header::Problem::Base => {
                let name = line[column..].split(|&byte| byte == b'\t').next().unwrap_or_default();
                let error = self
                    .error(ErrorKind::Corrupt, column, "the name of a base")
                    .found(quoted(name))
                    .expected("Bin, Oct, Dec, Hex or a number from 2 to 256");
                hinted(error, name.iter().copied().find(|byte| matches!(byte, b'\r' | b' ')))
            }
            header::Problem::TooMany => self
                .error(ErrorKind::Corrupt, column, "a third name of a base")
                .found(quoted(&line[column..]))
                .expected("LF after the write base and the calc base"),
        }
    }

    /// A line of metadata that is none; `line` begins with its TAB.
    pub(crate) fn metadata(self, line: &[u8], unread: metadata::Unread) -> Error {
        let column = unread.column + 1;
        let name = String::from_utf8_lossy(&line[1..line.len().min(6)]).into_owned();
        let error = match unread.problem {
            metadata::Problem::NoTab => {
                let found = line.get(column).copied();
                let error = self.error(ErrorKind::Corrupt, column, &format!("the metadata '{name}'"));
                hinted(error.found(described(found)).expected("TAB after the colon"), found)
            }
            metadata::Problem::Again(name) => self
                .error(ErrorKind::Corrupt, column, &format!("the metadata '{name}' for the second time"))
                .expected("each name at most once"),
            metadata::Problem::Value { name, expected } => self
                .error(ErrorKind::Corrupt, column, &format!("the metadata '{name}'"))
                .found(quoted(&line[column..]))
                .expected(expected),
        };
        error.hint("the data may be whole: say --no-meta to read it without the metadata")
    }

    /// A size or a position that is no number.
    pub(crate) fn number(self, line: &[u8], unread: Unreadable, numerals: &Numerals) -> Error {
        let (what, start) =
            if line.first() == Some(&b'\t') { ("a position", 1) } else { ("the size of a group", 0) };
        let base = numerals.base();
        let column = unread.at;
        match unread.why {
            Why::TooLarge => self
                .error(ErrorKind::Limit, column, what)
                .found(quoted(&line[start..]))
                .expected(format!("less than 2^64 (in base {base})"))
                .hint("no limit can be raised that far: nobody computes those digits"),
            Why::Empty => self
                .error(ErrorKind::Corrupt, column, what)
                .found("nothing")
                .expected(format!("numerals of base {base}")),
            Why::Cut => self
                .error(ErrorKind::Corrupt, column, what)
                .found("ESC at the end of a line")
                .expected("ESC and a letter"),
            Why::NotANumeral(byte) => {
                let expected = if start == 0 && column == 0 {
                    format!("TAB and a position, a size, or the empty last line (numerals of base {base})")
                } else {
                    format!("numerals of base {base}, then LF")
                };
                hinted(
                    self.error(ErrorKind::Corrupt, column, what)
                        .found(described(Some(byte)))
                        .expected(expected),
                    Some(byte),
                )
            }
        }
    }

    /// Refuses a chunk whose last digit is beyond the limit, before any of its digits is computed.
    pub(crate) fn check_digits(self, position: u64, digits: u64, limits: &Limits) -> Result<()> {
        match position.checked_add(digits) {
            _ if digits == 0 => Ok(()),
            Some(end) if end <= limits.digits => Ok(()),
            Some(end) => limits.check_digits(end, &self.say(1, "a chunk")).map_err(|e| e.at(self.offset + 1)),
            None => Err(self
                .error(ErrorKind::Limit, 1, "a chunk")
                .found(format!("{digits} digits from position {position} on"))
                .expected("an end below 2^64")
                .hint("no limit can be raised that far: nobody computes those digits")),
        }
    }

    /// Refuses output beyond the limit.
    pub(crate) fn check_output(self, total: u64, limits: &Limits) -> Result<()> {
        limits
            .check_output(total, &self.say(1, "the output with this chunk"))
            .map_err(|e| e.at(self.offset + 1))
    }

    /// Digits that are no byte: those from `digit` on.
    pub(crate) fn no_byte(self, value: u32, digit: u64, base: unsaid_pi::Base) -> Error {
        let count = base.digits_per_byte();
        self.error(ErrorKind::Corrupt, 1, "digits that are no byte")
            .found(format!("{value} in the {count} digits of base {base} at {digit}"))
            .expected("at most 255")
            .hint("the archive is damaged, or was made for another base")
    }
}

fn hinted(error: Error, byte: Option<u8>) -> Error {
    match byte {
        Some(b'\r') => error.hint("lines end with LF alone: take out the CR, for instance with tr -d '\\r'"),
        Some(b' ') => error.hint("TAB separates, not spaces: put the tabs back"),
        Some(b'\t') => error.hint("one number a line, TAB only in front of a position"),
        Some(b'-' | b'+') => error.hint("numbers have no sign; positions count from 0"),
        _ => error,
    }
}

fn described(byte: Option<u8>) -> String {
    match byte {
        None => "nothing".to_owned(),
        Some(b'\t') => "TAB".to_owned(),
        Some(b'\n') => "LF".to_owned(),
        Some(b'\r') => "CR".to_owned(),
        Some(b' ') => "a space".to_owned(),
        Some(byte @ b'!'..=b'~') => format!("'{}'", byte as char),
        Some(byte) => format!("the byte {byte:02X}"),
    }
}

/// The text, or its beginning, as it may be shown.
fn quoted(text: &[u8]) -> String {
    const SHOWN: usize = 48;
    let more = if text.len() > SHOWN { "…" } else { "" };
    format!("'{}{more}'", text[..text.len().min(SHOWN)].escape_ascii())
}
