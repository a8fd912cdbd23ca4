//! The names of one archive: no two entries with one path, none beneath what is no directory.
//!
//! Both sides use it: a writer never writes what a reader refuses.

use std::collections::HashMap;

use unsaid_core::fs::EntryPath;
use unsaid_core::{Error, ErrorKind, Result};

use crate::entry::EntryKind;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Node {
    /// A directory with an entry of its own.
    Directory,
    /// A directory that only stands in other entries' paths.
    Implied,
    /// Anything else.
    Leaf { file: bool },
}

/// Paths seen so far.
#[derive(Debug, Default)]
pub(crate) struct Names(HashMap<Box<[u8]>, Node>);

impl Names {
    /// Refuses a hard link whose target is no earlier file.
    pub(crate) fn check_link(&self, path: &EntryPath, target: &EntryPath) -> Result<()> {
        match self.0.get(target.as_bytes()) {
            Some(Node::Leaf { file: true }) => Ok(()),
            _ => Err(conflict(path, "is a hard link to something that is no earlier file of the archive")),
        }
    }

    /// Adds an entry.
    ///
    /// # Errors
    /// `Corrupt` for a duplicate and for a path beneath something that is no directory. The time is
    /// bounded by the path's depth.
    pub(crate) fn add(&mut self, path: &EntryPath, kind: &EntryKind) -> Result<()> {
        let bytes = path.as_bytes();
        let directory = matches!(kind, EntryKind::Directory);
        match self.0.get(bytes) {
            None => {}
            Some(Node::Implied) if directory => {}
            Some(Node::Implied) => {
                return Err(conflict(path, "is no directory, but other entries lie in it"));
            }
            Some(_) => return Err(conflict(path, "is in the archive twice")),
        }
        // Upwards, so that a known directory ends the walk.
        let parents = bytes.iter().enumerate().rev().filter(|(_, b)| **b == b'/').map(|(at, _)| &bytes[..at]);
        for parent in parents {
            match self.0.get(parent) {
                Some(Node::Directory | Node::Implied) => break,
                Some(Node::Leaf { .. }) => {
                    return Err(conflict(path, "lies beneath an entry that is no directory"));
                }
                None => {
                    self.0.insert(parent.into(), Node::Implied);
                }
            }
        }
        let node =
            if directory { Node::Directory } else { Node::Leaf { file: matches!(kind, EntryKind::File) } };
        self.0.insert(bytes.into(), node);
        Ok(())
    }
}

fn conflict(path: &EntryPath, what: &str) -> Error {
    Error::new(ErrorKind::Corrupt, format!("entry '{path}' {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use unsaid_core::Limits;

    fn path(text: &str) -> EntryPath {
        EntryPath::parse(text.as_bytes(), &Limits::default()).unwrap()
    }

    #[test]
    fn a12_duplicates_and_entries_beneath_files_are_refused() {
        let file = EntryKind::File;
        let directory = EntryKind::Directory;
        let link = EntryKind::SymbolicLink(b"/etc".to_vec());
        for (entries, good) in [
            (vec![("a", &file), ("b", &file)], true),
            (vec![("a", &file), ("a", &file)], false),
            (vec![("a", &file), ("a", &directory)], false),
            (vec![("a", &directory), ("a", &file)], false),
            (vec![("a", &directory), ("a", &directory)], false),
            (vec![("a/b", &file), ("a", &directory)], true),
            (vec![("a/b", &file), ("a", &file)], false),
            (vec![("a", &file), ("a/b", &file)], false),
            (vec![("a", &link), ("a/b", &file)], false),
            (vec![("a", &link), ("a", &directory)], false),
            (vec![("x/y/z", &file), ("x/y/w", &file), ("x", &directory), ("x/y", &directory)], true),
        ] {
            let mut names = Names::default();
            let result = entries.iter().try_for_each(|(p, k)| names.add(&path(p), k));
            assert_eq!(result.is_ok(), good, "{entries:?}");
        }
    }

    #[test]
    fn a11_a_hard_link_names_an_earlier_file() {
        let mut names = Names::default();
        names.add(&path("a"), &EntryKind::File).unwrap();
        names.check_link(&path("b"), &path("a")).unwrap();
        names.add(&path("b"), &EntryKind::HardLink(path("a"))).unwrap();
        names.add(&path("d"), &EntryKind::Directory).unwrap();
        for target in ["later", "c", "b", "d"] {
            let e = names.check_link(&path("c"), &path(target)).unwrap_err();
            assert_eq!(e.kind(), ErrorKind::Corrupt, "{target}");
        }
    }
}
