//! How the file of a block is called: the base32 of its multihash, in a folder of 1,024.
//!
//! The multihash and not the CID, because the bytes are the same whatever codec or version a CID names.
//! The folder is the two letters before the last one, as in Kubo's flatfs: the last letter holds too few
//! bits of the hash, the first ones are the same for all.

use cid::multibase::Base;
use cid::{Cid, multihash::Multihash};

/// The multicodec of raw blocks, which stands for "any".
const RAW: u64 = 0x55;

/// The letters of a multihash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Letters {
    /// Our own store.
    Lower,
    /// Kubo's.
    Upper,
}

/// The folder and the file of a block.
pub(crate) fn of(cid: &Cid, letters: Letters) -> (String, String) {
    let base = match letters {
        Letters::Lower => Base::Base32Lower,
        Letters::Upper => Base::Base32Upper,
    };
    let name = base.encode(cid.hash().to_bytes());
    // A multihash has two bytes at least, so its base32 has four letters; all are ASCII.
    let end = name.len().saturating_sub(1);
    let folder = name.get(end.saturating_sub(2)..end).unwrap_or_default().to_owned();
    (folder, name)
}

/// The raw CID of the block in such a file, or nothing where it is not so called.
pub(crate) fn parse(folder: &str, name: &str, letters: Letters) -> Option<Cid> {
    let base = match letters {
        Letters::Lower => Base::Base32Lower,
        Letters::Upper => Base::Base32Upper,
    };
    let bytes = base.decode(name).ok()?;
    let cid = Cid::new_v1(RAW, Multihash::from_bytes(&bytes).ok()?);
    // Only the one spelling that `of` gives, or what is listed could not be found.
    unsaid_ipld::cid::check(&cid).ok()?;
    (of(&cid, letters) == (folder.to_owned(), name.to_owned())).then_some(cid)
}

/// The CID as a file name that file systems without capitals keep apart: base32, also for version 0.
pub(crate) fn of_cid(cid: &Cid) -> String {
    format!("b{}", Base::Base32Lower.encode(cid.to_bytes()))
}

/// The CID of such a name.
pub(crate) fn parse_cid(name: &str) -> Option<Cid> {
    let bytes = Base::Base32Lower.decode(name.strip_prefix('b')?).ok()?;
    let cid = unsaid_ipld::cid::read(&bytes).ok()?;
    (of_cid(&cid) == name).then_some(cid)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
mod tests {
    use super::*;

    const DICTIONARY: &str = "bafyreicp5swjorv4iwoo7y4etqstuxolyf63mrsaudnbfjkfkoqirdca2m";

    #[test]
    fn a_file_is_called_as_in_kubos_flatfs() {
        let cid = Cid::try_from(DICTIONARY).unwrap();
        let (folder, name) = of(&cid, Letters::Upper);
        assert!(name.starts_with("CIQ"), "{name}");
        assert_eq!(folder, name[name.len() - 3..name.len() - 1]);
        let raw = parse(&folder, &name, Letters::Upper).unwrap();
        assert_eq!((raw.hash(), raw.codec()), (cid.hash(), RAW));
    }

    #[test]
    fn g7_only_the_one_spelling_is_a_block() {
        let cid = Cid::try_from(DICTIONARY).unwrap();
        let (folder, name) = of(&cid, Letters::Lower);
        for (f, n) in [
            ("zz", &*name),
            (&*folder, &name.to_uppercase()),
            (&folder, &name[..name.len() - 1]),
            (&folder, &format!("{name}.part")),
            (&folder, ""),
            (&folder, "é"),
        ] {
            assert_eq!(parse(f, n, Letters::Lower), None, "{f}/{n}");
        }
        assert!(parse(&folder, &name, Letters::Lower).is_some());
    }

    #[test]
    fn a_cid_of_either_version_comes_back_from_its_file_name() {
        let v1 = Cid::try_from(DICTIONARY).unwrap();
        assert_eq!(of_cid(&v1), DICTIONARY);
        let v0 = Cid::try_from("QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG").unwrap();
        for cid in [v0, v1] {
            assert_eq!(parse_cid(&of_cid(&cid)), Some(cid));
        }
        assert_eq!(parse_cid(&DICTIONARY.to_uppercase()), None);
    }
}
