//! How much an input may make us use, decided before it is used.
//!
//! A size declared by an input is a claim, never an allocation. Each limit has a default, a flag
//! that raises it and a key for the environment variable [`ENVIRONMENT_VARIABLE`]; an error about a
//! limit names the flag. Changing a default changes no format.

use crate::{Error, ErrorKind, Result};

/// Holds `key=value` pairs separated by commas, for instance `memory=512M,entries=1000`.
pub const ENVIRONMENT_VARIABLE: &str = "UNSAID_LIMITS";

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// The limits of one operation.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of memory, for all threads together. 2 GiB.
    pub memory: u64,
    /// Bytes written for one input; `None` is no limit. A library call that returns a buffer
    /// always has one.
    pub output: Option<u64>,
    /// Entries of one archive. 10 million.
    pub entries: u64,
    /// Components of one path. 256.
    pub path_depth: u64,
    /// Bytes of one path. 4,096; of one component 255.
    pub name_bytes: u64,
    /// Bytes of uncompressed metadata of one archive kept at once. 1 GiB.
    pub metadata: u64,
    /// Units of work declared by an input (for a codec: bytes to decode times its cost per byte,
    /// store = 1); `None` is no limit.
    pub work: Option<u64>,
    /// How far into the digits of π an operation may go, counted in digits of the base in use. 16 Mi.
    pub digits: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            memory: 2 * GIB,
            output: None,
            entries: 10_000_000,
            path_depth: 256,
            name_bytes: 4 * KIB,
            metadata: GIB,
            work: None,
            digits: 16 * MIB,
        }
    }
}

/// One row a limit: key in the environment variable, flag, what it bounds.
/// The command's flags are made from this table, so that they cannot drift apart.
pub const TABLE: &[(&str, &str, &str)] = &[
    ("memory", "--max-memory", "bytes of memory, all threads together"),
    ("output", "--max-output", "bytes written for one input"),
    ("entries", "--max-entries", "entries of one archive"),
    ("depth", "--max-depth", "components of one path"),
    ("name", "--max-name", "bytes of one path"),
    ("metadata", "--max-metadata", "bytes of metadata of one archive"),
    ("work", "--max-work", "declared units of work (bytes times cost)"),
    ("digits", "--max-digits", "digits of π computed"),
];

impl Limits {
    /// Sets the limit with this key of [`TABLE`].
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] for an unknown key or a size that [`parse_size`] refuses.
    pub fn set(&mut self, key: &str, value: &str) -> Result<()> {
        let optional = |v: &str| if v == "none" { Ok(None) } else { parse_size(v).map(Some) };
        match key {
            "memory" => self.memory = parse_size(value)?,
            "output" => self.output = optional(value)?,
            "entries" => self.entries = parse_size(value)?,
            "depth" => self.path_depth = parse_size(value)?,
            "name" => self.name_bytes = parse_size(value)?,
            "metadata" => self.metadata = parse_size(value)?,
            "work" => self.work = optional(value)?,
            "digits" => self.digits = parse_size(value)?,
            _ => {
                let keys: Vec<_> = TABLE.iter().map(|row| row.0).collect();
                return Err(Error::new(ErrorKind::Usage, "unknown limit")
                    .found(format!("'{key}'"))
                    .expected(format!("one of {}", keys.join(", "))));
            }
        }
        Ok(())
    }

    /// Applies a value of [`ENVIRONMENT_VARIABLE`].
    ///
    /// # Errors
    /// As [`Limits::set`], and for a part without `=`.
    pub fn apply(&mut self, settings: &str) -> Result<()> {
        for part in settings.split(',').map(str::trim).filter(|p| !p.is_empty()) {
            let (key, value) = part.split_once('=').ok_or_else(|| {
                Error::new(ErrorKind::Usage, ENVIRONMENT_VARIABLE)
                    .found(format!("'{part}'"))
                    .expected("key=value pairs, separated by commas")
            })?;
            self.set(key.trim(), value.trim())?;
        }
        Ok(())
    }

    /// Refuses `needed` bytes of memory above the limit, before they are allocated.
    pub fn check_memory(&self, needed: u64, what: &str) -> Result<()> {
        check("memory", needed, self.memory, what)
    }

    /// Refuses `total` bytes of output above the limit.
    pub fn check_output(&self, total: u64, what: &str) -> Result<()> {
        self.output.map_or(Ok(()), |limit| check("output", total, limit, what))
    }

    /// Refuses more entries than the limit.
    pub fn check_entries(&self, count: u64) -> Result<()> {
        check("entries", count, self.entries, "the archive")
    }

    /// Refuses more bytes of metadata than the limit.
    pub fn check_metadata(&self, bytes: u64) -> Result<()> {
        check("metadata", bytes, self.metadata, "the archive's metadata")
    }

    /// Refuses declared work above the limit.
    pub fn check_work(&self, units: u64, what: &str) -> Result<()> {
        self.work.map_or(Ok(()), |limit| check("work", units, limit, what))
    }

    /// Refuses to go further than this many digits of π.
    pub fn check_digits(&self, count: u64, what: &str) -> Result<()> {
        check("digits", count, self.digits, what)
    }

    /// Refuses a name of `bytes` bytes that is longer than a path may be, before it is kept. A name
    /// that is to be created as a path is checked by [`Limits::check_path`].
    pub fn check_name(&self, bytes: u64, what: &str) -> Result<()> {
        check("name", bytes, self.name_bytes, what)
    }

    /// Refuses a path (separated by `/`) that is too long or too deep.
    pub fn check_path(&self, path: &[u8]) -> Result<()> {
        check("name", path.len() as u64, self.name_bytes, "a path in the archive")?;
        let depth = 1 + path.iter().filter(|&&b| b == b'/').count() as u64;
        check("depth", depth, self.path_depth, "a path in the archive")?;
        let longest = path.split(|&b| b == b'/').map(<[u8]>::len).max().unwrap_or(0);
        // No file system takes more, so no flag raises it.
        if longest > 255 {
            return Err(Error::new(ErrorKind::Limit, "a component of a path in the archive is too long")
                .found(format!("{longest} bytes"))
                .expected("at most 255"));
        }
        Ok(())
    }
}

fn check(key: &str, needed: u64, limit: u64, what: &str) -> Result<()> {
    if needed <= limit {
        return Ok(());
    }
    let (_, flag, unit) = TABLE.iter().find(|row| row.0 == key).copied().unwrap_or((key, key, key));
    Err(Error::new(ErrorKind::Limit, format!("{what} needs more than the limit on {unit}"))
        .found(format!("{needed}"))
        .expected(format!("at most {limit}"))
        .hint(format!("if you trust the input, say {flag} {needed}")))
}

/// Reads a size: digits, then nothing or one of K, M, G, T (or k, m, g, t) with an optional `i`,
/// `B` or `iB`. All are powers of 1,024: `4K`, `4Ki`, `4KB` and `4KiB` are 4,096.
///
/// # Errors
/// [`ErrorKind::Usage`] for anything else, including spaces, signs and overflow.
pub fn parse_size(text: &str) -> Result<u64> {
    let bad = || {
        Error::new(ErrorKind::Usage, "a size")
            .found(format!("'{text}'"))
            .expected("digits and at most one suffix K, M, G or T, as in 512M")
    };
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, suffix) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| bad())?;
    let unit = match suffix.strip_suffix('B').unwrap_or(suffix) {
        "" => 1,
        s => match s.strip_suffix('i').unwrap_or(s) {
            "K" | "k" => KIB,
            "M" | "m" => MIB,
            "G" | "g" => GIB,
            "T" | "t" => KIB * GIB,
            _ => return Err(bad()),
        },
    };
    number.checked_mul(unit).ok_or_else(bad)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_follow_one_grammar() {
        for (text, value) in [
            ("0", 0),
            ("17", 17),
            ("17B", 17),
            ("4K", 4096),
            ("4Ki", 4096),
            ("4KB", 4096),
            ("4KiB", 4096),
            ("3k", 3072),
            ("2M", 2 << 20),
            ("2GiB", 2 << 30),
            ("1T", 1 << 40),
        ] {
            assert_eq!(parse_size(text).unwrap(), value, "{text}");
        }
        for text in
            ["", "K", "-1", "+1", "1 K", "1KK", "1X", "1iB", "1.5G", "18446744073709551616", "99999999999T"]
        {
            assert_eq!(parse_size(text).unwrap_err().kind(), ErrorKind::Usage, "{text}");
        }
    }

    #[test]
    fn settings_set_every_limit_of_the_table() {
        let mut limits = Limits::default();
        limits.apply("memory=1K, output=2,entries=3,depth=4,name=5,metadata=6,work=7,digits=8,").unwrap();
        assert_eq!(
            limits,
            Limits {
                memory: 1024,
                output: Some(2),
                entries: 3,
                path_depth: 4,
                name_bytes: 5,
                metadata: 6,
                work: Some(7),
                digits: 8,
            }
        );
        limits.apply("output=none").unwrap();
        assert_eq!(limits.output, None);
        for (key, _, _) in TABLE {
            Limits::default().set(key, "1").unwrap();
        }
        for bad in ["memory", "memory=", "speed=3", "memory=1,x"] {
            assert_eq!(Limits::default().apply(bad).unwrap_err().kind(), ErrorKind::Usage, "{bad}");
        }
    }

    #[test]
    fn an_error_names_the_flag_and_both_numbers() {
        let e = Limits::default().check_memory(3 << 30, "level 9").unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Limit);
        assert!(e.to_string().contains("3221225472") && e.to_string().contains("2147483648"), "{e}");
        assert!(e.hint_text().unwrap().contains("--max-memory"));
    }

    #[test]
    fn paths_are_bounded_in_bytes_components_and_depth() {
        let limits = Limits::default();
        assert!(limits.check_path(&[b'a'; 255]).is_ok());
        assert!(limits.check_path(&[b'a'; 256]).is_err());
        assert!(limits.check_path("a/".repeat(255).as_bytes()).is_ok());
        assert!(limits.check_path("a/".repeat(256).as_bytes()).is_err());
        assert!(limits.check_path(&b"abcdefg/".repeat(513)).is_err());
    }
}
