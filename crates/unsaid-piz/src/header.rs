//! The first line of an archive: the mark and the names of two bases.

use unsaid_core::{Error, ErrorKind, Result};
use unsaid_pi::Base;

/// What every archive begins with.
pub const MARK: &[u8; 3] = b"PiZ";

/// The names that the text of the format has for four of the bases. The others are called by their number.
const NAMES: [(&str, Base); 4] =
    [("Bin", Base::BIN), ("Oct", Base::OCT), ("Dec", Base::DEC), ("Hex", Base::HEX)];

/// The two bases of an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Header {
    /// In which sizes and positions are written. `Dec` where it is left out.
    pub write: Base,
    /// In which the digits of π are counted. The write base where it is left out.
    pub calc: Base,
}

/// `Dec`, `Hex`: what the text of the format uses, and what a packer writes when nothing is said.
impl Default for Header {
    fn default() -> Self {
        Header { write: Base::DEC, calc: Base::HEX }
    }
}

impl Header {
    /// The line with both names: `PiZ⇥Dec⇥Hex⏎`.
    pub fn to_line(self) -> Vec<u8> {
        format!("PiZ\t{}\t{}\n", name(self.write), name(self.calc)).into_bytes()
    }

    /// The shortest line that says the same: `PiZ⏎` where both are `Dec`, the second name left out where it is
    /// the first, and `16` for `Hex`, `2` for `Bin` and so on.
    pub fn to_short_line(self) -> Vec<u8> {
        let line = match (self.write, self.calc) {
            (Base::DEC, Base::DEC) => "PiZ\n".to_owned(),
            (write, calc) if write == calc => format!("PiZ\t{write}\n"),
            (write, calc) => format!("PiZ\t{write}\t{calc}\n"),
        };
        line.into_bytes()
    }

    /// Reads the line without its LF. The error is a part of the line and what is wrong with it.
    pub(crate) fn read(line: &[u8]) -> Result<Header, Unread> {
        let common = line.iter().zip(MARK).take_while(|(a, b)| a == b).count();
        if common < MARK.len() {
            return Err(Unread { column: common, problem: Problem::Mark });
        }
        let rest = &line[MARK.len()..];
        match rest.first() {
            None => return Ok(Header { write: Base::DEC, calc: Base::DEC }),
            Some(b'\t') => {}
            Some(_) => return Err(Unread { column: MARK.len(), problem: Problem::AfterMark }),
        }
        let mut column = MARK.len() + 1;
        let mut bases = [None; 2];
        let mut names = rest[1..].split(|&byte| byte == b'\t');
        for base in &mut bases {
            let Some(text) = names.next() else { break };
            *base = Some(read_name(text).ok_or(Unread { column, problem: Problem::Base })?);
            column += text.len() + 1;
        }
        if names.next().is_some() {
            return Err(Unread { column, problem: Problem::TooMany });
        }
        let write = bases[0].unwrap_or(Base::DEC);
        Ok(Header { write, calc: bases[1].unwrap_or(write) })
    }
}

/// Why a first line is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unread {
    /// Where, counted from 0.
    pub(crate) column: usize,
    pub(crate) problem: Problem,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    Mark,
    AfterMark,
    Base,
    TooMany,
}

/// A base by what it is called in an archive and on the command line: `Bin`, `Oct`, `Dec`, `Hex`, or a number.
///
/// # Errors
/// [`ErrorKind::Usage`] for anything else. The names are as they are written, capital letters included.
pub fn base(text: &str) -> Result<Base> {
    read_name(text.as_bytes()).ok_or_else(|| {
        Error::new(ErrorKind::Usage, "the name of a base")
            .found(format!("'{text}'"))
            .expected("Bin, Oct, Dec, Hex or a number from 2 to 256")
    })
}

/// What a base is called in an archive: one of the four names, or its number.
pub fn name(base: Base) -> String {
    NAMES
        .iter()
        .find(|(_, named)| *named == base)
        .map_or_else(|| base.to_string(), |(name, _)| (*name).to_owned())
}

fn read_name(text: &[u8]) -> Option<Base> {
    if let Some((_, base)) = NAMES.iter().find(|(name, _)| name.as_bytes() == text) {
        return Some(*base);
    }
    // Three digits: no number worth reading is longer, and none overflows.
    if text.is_empty() || text.len() > 3 || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Base::new(text.iter().fold(0, |number, &digit| number * 10 + u32::from(digit - b'0'))).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_left_out_have_the_texts_defaults() {
        let hex = Base::HEX;
        for (line, write, calc) in [
            ("PiZ", Base::DEC, Base::DEC),
            ("PiZ\tHex", hex, hex),
            ("PiZ\tDec\tHex", Base::DEC, hex),
            ("PiZ\t10\t16", Base::DEC, hex),
            ("PiZ\tBin\t256", Base::BIN, Base::BYTE),
            ("PiZ\t255\tOct", Base::new(255).unwrap(), Base::OCT),
        ] {
            assert_eq!(Header::read(line.as_bytes()), Ok(Header { write, calc }), "{line}");
        }
    }

    #[test]
    fn a_first_line_that_is_none_says_where() {
        for (line, column, problem) in [
            ("", 0, Problem::Mark),
            ("Pi", 2, Problem::Mark),
            ("piz", 0, Problem::Mark),
            ("PiZza", 3, Problem::AfterMark),
            ("PiZ Dec", 3, Problem::AfterMark),
            ("PiZ\r", 3, Problem::AfterMark),
            ("PiZ\t", 4, Problem::Base),
            ("PiZ\tdec", 4, Problem::Base),
            ("PiZ\tDec\t", 8, Problem::Base),
            ("PiZ\tDec\tHex\r", 8, Problem::Base),
            ("PiZ\tDec\t1", 8, Problem::Base),
            ("PiZ\tDec\t257", 8, Problem::Base),
            ("PiZ\tDec\t0016", 8, Problem::Base),
            ("PiZ\tDec\t-16", 8, Problem::Base),
            ("PiZ\tDec\tHex\t", 12, Problem::TooMany),
        ] {
            assert_eq!(Header::read(line.as_bytes()), Err(Unread { column, problem }), "{line:?}");
        }
    }

    #[test]
    fn every_pair_of_bases_comes_back_from_both_lines() {
        for number in 2..=256 {
            for (write, calc) in [(number, 10), (10, number), (number, number), (16, number)] {
                let header = Header { write: Base::new(write).unwrap(), calc: Base::new(calc).unwrap() };
                for line in [header.to_line(), header.to_short_line()] {
                    assert_eq!(Header::read(line.strip_suffix(b"\n").unwrap()), Ok(header), "{line:?}");
                }
                assert!(header.to_short_line().len() <= header.to_line().len());
            }
        }
        assert_eq!(Header::default().to_line(), b"PiZ\tDec\tHex\n");
    }

    #[test]
    fn sixteen_is_hex_and_a_name_is_read_as_it_is_written() {
        assert_eq!(base("16").unwrap(), base("Hex").unwrap());
        assert_eq!(name(base("16").unwrap()), "Hex");
        assert_eq!(name(base("60").unwrap()), "60");
        for bad in ["", "hex", "HEX", "1", "257", "x", "1e1", " 16", "16 "] {
            assert_eq!(base(bad).unwrap_err().kind(), ErrorKind::Usage, "{bad}");
        }
    }
}
