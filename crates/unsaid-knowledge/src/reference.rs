//! Which one is meant: a path, the digits of a hash, a CID?

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use unsaid_core::{Error, ErrorKind, Result};
use unsaid_ipld::{Cid, cid};

use crate::files::LEAST_DIGITS;

/// What a person wrote where a model or a dictionary is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference {
    /// A file, or a stream that the system gives a name.
    File(PathBuf),
    /// The first hexadecimal digits of a BLAKE3, in lower case.
    Hash(String),
    /// A CID, from `ipfs://CID`, `/ipfs/CID` or alone.
    Cid(Cid),
}

impl Reference {
    /// Reads one. `ipfs://` and `/ipfs/` are CIDs; then whatever exists under this name is a file; then
    /// four digits or more are a hash; then it may be a CID. `./` before a name makes it a file in any case.
    ///
    /// # Errors
    /// `Missing` where it is none of them; `Usage` for `ipfs://` with no CID behind it; and as
    /// [`cid::check`].
    pub fn parse(text: &OsStr) -> Result<Reference> {
        let path = Path::new(text);
        let names_a_cid = |text: &&str| text.starts_with("ipfs://") || text.starts_with("/ipfs/");
        if let Some(text) = text.to_str().filter(names_a_cid) {
            return cid::parse(text).map(Reference::Cid);
        }
        if path.symlink_metadata().is_ok() {
            return Ok(Reference::File(path.to_owned()));
        }
        match text.to_str() {
            Some(text) if is_digits(text) => Ok(Reference::Hash(text.to_ascii_lowercase())),
            Some(text) if Cid::try_from(text).is_ok() => cid::parse(text).map(Reference::Cid),
            _ => Err(Error::new(ErrorKind::Missing, "there is no such file")
                .in_file(path)
                .expected("a file, the first digits of a hash, or ipfs://CID")
                .hint("unsaid knowledge ls lists what is kept")),
        }
    }
}

fn is_digits(text: &str) -> bool {
    (LEAST_DIGITS..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
    use super::*;

    const CID: &str = "bafyreicp5swjorv4iwoo7y4etqstuxolyf63mrsaudnbfjkfkoqirdca2m";

    #[test]
    fn a_reference_is_a_file_a_hash_or_a_cid() {
        let parse = |text: &str| Reference::parse(OsStr::new(text));
        let cid = Cid::try_from(CID).unwrap();
        for text in [CID, &format!("ipfs://{CID}"), &format!("/ipfs/{CID}")] {
            assert_eq!(parse(text).unwrap(), Reference::Cid(cid), "{text}");
        }
        assert_eq!(parse("Cargo.toml").unwrap(), Reference::File("Cargo.toml".into()));
        assert_eq!(parse("./Cargo.toml").unwrap(), Reference::File("./Cargo.toml".into()));
        assert_eq!(parse("AbCd").unwrap(), Reference::Hash("abcd".into()));
        for (text, kind) in [
            ("abc", ErrorKind::Missing),
            ("./abcd", ErrorKind::Missing),
            ("", ErrorKind::Missing),
            ("no-such-model.unsm", ErrorKind::Missing),
            ("ipfs://", ErrorKind::Usage),
            ("ipfs://../x", ErrorKind::Usage),
            ("/ipfs/abcd", ErrorKind::Usage),
        ] {
            assert_eq!(parse(text).unwrap_err().kind(), kind, "{text}");
        }
        assert_eq!(parse(&"a".repeat(65)).unwrap_err().kind(), ErrorKind::Missing);
    }
}
