//! The hashes beside a file whose format has no checksum: `docs/formats/seal.md` in code.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use unsaid_core::check::Hash;
use unsaid_core::{Error, ErrorKind, Limits, Result};

/// What a file was and what it unpacks to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seal {
    /// Name of the file's format.
    pub format: String,
    /// Bytes of the file.
    pub size: u64,
    /// BLAKE3 of the file.
    pub hash: Hash,
    /// How it was made, for people.
    pub profile: String,
    /// Hashes of the knowledge that decoding needs.
    pub knowledge: Vec<Hash>,
    /// Its entries, in the order of the file.
    pub entries: Vec<SealedEntry>,
}

/// What an entry unpacks to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedEntry {
    /// Its name.
    pub name: Vec<u8>,
    /// Its bytes.
    pub size: u64,
    /// BLAKE3 of its bytes.
    pub hash: Hash,
}

/// Where the seal of `file` lies: the same name with `.b3` added.
pub fn path_of(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".b3");
    name.into()
}

impl Seal {
    /// The text on disk.
    pub fn write(&self) -> String {
        let mut text = String::from("unsaid seal 1\n");
        // Writing to a String cannot fail.
        let _ = writeln!(text, "file {} {} {}", self.format, self.size, self.hash);
        let _ = writeln!(text, "profile {}", self.profile);
        for hash in &self.knowledge {
            let _ = writeln!(text, "knowledge {hash}");
        }
        for entry in &self.entries {
            let _ = writeln!(text, "entry {} {} {}", entry.size, entry.hash, escape(&entry.name));
        }
        let end = Hash::of(text.as_bytes());
        let _ = writeln!(text, "end {end}");
        text
    }

    /// Reads the text on disk.
    ///
    /// # Errors
    /// `NotThisFormat`, `NewerVersion`, `Truncated`, `Corrupt` or `Limit`, naming the line.
    pub fn read(bytes: &[u8], limits: &Limits) -> Result<Self> {
        limits.check_metadata(bytes.len() as u64)?;
        let start = b"unsaid seal ";
        if !bytes.starts_with(start) {
            return Err(Error::new(ErrorKind::NotThisFormat, "not a seal").expected("'unsaid seal 1'"));
        }
        if !bytes.starts_with(b"unsaid seal 1\n") {
            return Err(Error::new(ErrorKind::NewerVersion, "version of the seal").expected("1"));
        }
        let text = std::str::from_utf8(bytes).map_err(|e| bad(0, "text").at(e.valid_up_to() as u64))?;
        let body = check_end(text)?;
        let mut lines = (1..).zip(body.lines()).skip(1);
        let mut seal = read_file_line(lines.next())?;
        let profile = lines.next().and_then(|(_, line)| line.strip_prefix("profile "));
        seal.profile = profile.ok_or_else(|| bad(3, "'profile TEXT'"))?.to_owned();
        for (number, line) in lines {
            if let Some(hash) = line.strip_prefix("knowledge ") {
                seal.knowledge.push(Hash::from_hex(hash).ok_or_else(|| bad(number, "a BLAKE3"))?);
            } else {
                limits.check_entries(seal.entries.len() as u64 + 1)?;
                seal.entries.push(read_entry(line).ok_or_else(|| bad(number, "'entry SIZE BLAKE3 NAME'"))?);
            }
        }
        // One text for one seal, so that nothing ambiguous passes.
        if seal.write().as_bytes() != bytes {
            return Err(Error::corrupt("the seal is not in its one form"));
        }
        Ok(seal)
    }

    /// Checks the file itself.
    ///
    /// # Errors
    /// `Corrupt` where it is another file than the one that was sealed.
    pub fn check_file(&self, size: u64, hash: Hash) -> Result<()> {
        if (size, hash) == (self.size, self.hash) {
            return Ok(());
        }
        Err(Error::corrupt("the file is not the one that was sealed")
            .found(format!("{size} bytes, BLAKE3 {hash}"))
            .expected(format!("{} bytes, BLAKE3 {}", self.size, self.hash))
            .hint("get another copy; without the .b3 file the damage would go unnoticed"))
    }

    /// Checks what entry number `at` unpacked to.
    ///
    /// # Errors
    /// `Corrupt` where it is something else than what was sealed, or was not there.
    pub fn check_entry(&self, at: usize, name: &[u8], size: u64, hash: Hash) -> Result<()> {
        match self.entries.get(at) {
            Some(e) if e.name == name && e.size == size && e.hash == hash => Ok(()),
            Some(e) => Err(Error::corrupt(format!("'{}' is not what was sealed", escape(name)))
                .found(format!("{size} bytes, BLAKE3 {hash}"))
                .expected(format!("'{}', {} bytes, BLAKE3 {}", escape(&e.name), e.size, e.hash))),
            None => Err(Error::corrupt(format!("'{}' was not there when the file was sealed", escape(name)))),
        }
    }
}

fn bad(line: usize, expected: &str) -> Error {
    Error::corrupt(format!("line {line} of the seal")).expected(expected)
}

/// Everything before the last line, whose hash it must hold.
fn check_end(text: &str) -> Result<&str> {
    let cut = || Error::truncated("the seal does not end with its 'end' line");
    let without_feed = text.strip_suffix('\n').ok_or_else(cut)?;
    let at = without_feed.rfind('\n').ok_or_else(cut)? + 1;
    let (body, last) = without_feed.split_at(at);
    let hash = last.strip_prefix("end ").ok_or_else(cut)?;
    let found = Hash::of(body.as_bytes());
    if Hash::from_hex(hash) != Some(found) {
        return Err(Error::corrupt("BLAKE3 of the seal").found(found).expected(hash));
    }
    Ok(body)
}

fn read_file_line(line: Option<(usize, &str)>) -> Result<Seal> {
    let fields: Vec<&str> = line.map_or("", |(_, l)| l).split(' ').collect();
    let parsed = match fields[..] {
        ["file", format, size, hash] => Some(format).zip(size.parse().ok()).zip(Hash::from_hex(hash)),
        _ => None,
    };
    let ((format, size), hash) = parsed.ok_or_else(|| bad(2, "'file FORMAT SIZE BLAKE3'"))?;
    let format = format.to_owned();
    Ok(Seal { format, size, hash, profile: String::new(), knowledge: Vec::new(), entries: Vec::new() })
}

fn read_entry(line: &str) -> Option<SealedEntry> {
    let mut fields = line.strip_prefix("entry ")?.splitn(3, ' ');
    let size = fields.next()?.parse().ok()?;
    let hash = Hash::from_hex(fields.next()?)?;
    let name = unescape(fields.next()?)?;
    Some(SealedEntry { name, size, hash })
}

fn escape(name: &[u8]) -> String {
    let mut out = String::new();
    for &byte in name {
        match byte {
            b'%' | 0..=0x1f | 0x7f.. => out.push_str(&format!("%{byte:02X}")),
            _ => out.push(char::from(byte)),
        }
    }
    out
}

fn unescape(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        rest = tail;
        if first == b'%' {
            let (digits, tail) = rest.split_at_checked(2)?;
            out.push(u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?);
            rest = tail;
        } else {
            out.push(first);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seal() -> Seal {
        Seal {
            format: "paq9a".into(),
            size: 25,
            hash: Hash::of(b"x"),
            profile: "level 7".into(),
            knowledge: vec![Hash::of(b"model")],
            entries: vec![
                SealedEntry { name: b"a b".to_vec(), size: 5, hash: Hash::of(b"hello") },
                SealedEntry { name: b"\xff%\n".to_vec(), size: 0, hash: Hash::of(b"") },
            ],
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let text = seal().write();
        assert!(
            text.contains("\nentry 5 ea8f163db38682925e4491c5e58d4bb3506ef8c14eb78a86e908c5624a67200f a b\n")
        );
        assert!(text.contains(" %FF%25%0A\n"));
        assert_eq!(Seal::read(text.as_bytes(), &Limits::default()).unwrap(), seal());
    }

    #[test]
    fn every_prefix_and_every_flip_is_an_error() {
        let text = seal().write().into_bytes();
        for n in 0..text.len() {
            assert!(Seal::read(&text[..n], &Limits::default()).is_err(), "prefix {n}");
            for bit in 0..8 {
                let mut flipped = text.clone();
                flipped[n] ^= 1 << bit;
                assert!(Seal::read(&flipped, &Limits::default()).is_err(), "bit {bit} of byte {n}");
            }
        }
    }

    #[test]
    fn a_file_or_entry_that_differs_is_found() {
        let seal = seal();
        seal.check_file(25, Hash::of(b"x")).unwrap();
        assert!(seal.check_file(24, Hash::of(b"x")).is_err());
        seal.check_entry(0, b"a b", 5, Hash::of(b"hello")).unwrap();
        for (at, name, size, data) in
            [(0, &b"a"[..], 5, "hello"), (0, b"a b", 5, "jello"), (2, b"a b", 5, "hello")]
        {
            assert!(seal.check_entry(at, name, size, Hash::of(data.as_bytes())).is_err());
        }
    }
}
