//! `unsaid pi digits`.

use std::io::{BufWriter, Write};
use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use unsaid::pi::Base;
use unsaid::piz::{Numerals, header};
use unsaid_core::{Error, ErrorKind, Progress, Result};

use crate::commands::piz::{CacheChoice, Digits};
use crate::edge::{Edge, json, stdio};
use crate::options::ThreadArgs;

/// Bases whose digits are one printable character each: 0-9, A-Z, a-z.
const LETTERS: u16 = 62;

/// Digits that are written at once.
const PIECE: u64 = 1 << 16;

/// Digits of π after the point, in any base from 2 to 256
///
/// Up to base 62 a digit is one of 0-9, A-Z, a-z; above, digits are decimal numbers with spaces between them. The
/// leading 3 has no position: in base 16 position 0 is the 2 of 3.243F6A88.
#[derive(Args, Debug)]
pub(super) struct DigitsArgs {
    /// The base: 2 to 256, or Bin, Oct, Dec, Hex [default: Dec]
    #[arg(long, value_name = "B")]
    base: Option<String>,

    /// The first position, from 0 after the point
    #[arg(long, value_name = "N", default_value_t = 0)]
    from: u64,

    /// How many
    #[arg(long, value_name = "K", default_value_t = 50)]
    count: u64,

    #[command(flatten)]
    threads: ThreadArgs,

    /// Keep no digits of π between runs, and use none that are kept
    #[arg(short = 'w', long)]
    no_cache: bool,

    /// Keep digits of π in this folder, else (and by default) in the user's folder for caches
    #[arg(short = 'W', long, value_name = "PATH", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "", overrides_with = "no_cache")]
    cache: Option<PathBuf>,
}

impl DigitsArgs {
    pub(super) fn run(self, edge: &Edge) -> Result<()> {
        let base = self.base.as_deref().map_or(Ok(Base::DEC), header::base)?;
        let end = self.from.checked_add(self.count).ok_or_else(|| {
            Error::new(ErrorKind::Limit, "a position of 2^64 or more")
                .found(format!("{} + {}", self.from, self.count))
        })?;
        edge.limits.check_digits(end, "these digits of π")?;
        let cache = match self.cache {
            _ if self.no_cache => CacheChoice::None,
            Some(path) if !path.as_os_str().is_empty() => CacheChoice::At(path),
            _ => CacheChoice::OfUser,
        };
        let pool = self.threads.pool();
        let meter = edge.meter(format!("computing digits of π in base {base}"));
        let digits = Digits::new(&cache, edge);
        let mut out = BufWriter::new(stdio::content_output(false)?);
        let written = digits.with(&pool, &meter, edge, |source| {
            let mut at = self.from;
            let mut buffer = Vec::new();
            let mut text = Text::new(base);
            while at < end {
                // Far away a piece costs as much as a digit, so the first is not small.
                let piece = (end - at).min(PIECE);
                buffer.clear();
                buffer.resize(piece as usize, 0);
                source.digits(base, at, &mut buffer)?;
                meter.hide();
                if edge.json {
                    let body = json!({ "base": base.get(), "from": at, "digits": buffer });
                    text.line(&json::line("digits", body));
                } else {
                    text.digits(&buffer);
                }
                out.write_all(&text.take()).map_err(failed)?;
                at += piece;
                meter.advance(0, piece)?;
            }
            if !edge.json {
                out.write_all(b"\n").map_err(failed)?;
            }
            Ok(())
        });
        written.and_then(|()| out.flush().map_err(failed))
    }
}

fn failed(e: std::io::Error) -> Error {
    Error::io("writing to standard output", e)
}

/// Digits as a person reads them.
struct Text {
    base: Base,
    numerals: Numerals,
    text: Vec<u8>,
    begun: bool,
}

impl Text {
    fn new(base: Base) -> Text {
        Text { base, numerals: Numerals::new(base), text: Vec::new(), begun: false }
    }

    fn digits(&mut self, digits: &[u8]) {
        for &digit in digits {
            if self.base.get() <= LETTERS {
                self.numerals.write(digit, &mut self.text);
                continue;
            }
            if self.begun {
                self.text.push(b' ');
            }
            self.begun = true;
            self.text.extend_from_slice(digit.to_string().as_bytes());
        }
    }

    fn line(&mut self, line: &str) {
        self.text.extend_from_slice(line.as_bytes());
        self.text.push(b'\n');
    }

    fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_digits_are_letters_and_large_ones_numbers() {
        let said = |base, digits: &[u8]| {
            let mut text = Text::new(Base::new(base).unwrap());
            for part in digits.chunks(2) {
                text.digits(part);
            }
            String::from_utf8(text.take()).unwrap()
        };
        assert_eq!(said(10, &[1, 4, 1, 5, 9]), "14159");
        assert_eq!(said(62, &[8, 36, 61]), "8az");
        assert_eq!(said(63, &[8, 62, 1]), "8 62 1");
        assert_eq!(said(256, &[0x24, 0x3f, 0x6a]), "36 63 106");
    }
}
