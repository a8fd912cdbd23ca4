//! The names of one archive: no two entries with one path, none beneath what is no directory.
//!
//! Both sides use it: a writer never writes what a reader refuses.

use std::collections::HashMap;

use unsaid_core::check::Hasher;
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

/// Paths seen so far, each as a hash of its parent's hash and its last component: a deep path costs
/// a few bytes a component, not its length a component.
#[derive(Debug, Default)]
pub(crate) struct Names(HashMap<u128, Node>);

impl Names {
    /// About how many bytes of memory a path component takes.
    pub(crate) const NODE_BYTES: u64 = 48;

    /// How many components of paths are kept.
    pub(crate) fn nodes(&self) -> u64 {
        self.0.len() as u64
    }

    /// Refuses a hard link whose target is no earlier file.
    pub(crate) fn check_link(&self, path: &EntryPath, target: &EntryPath) -> Result<()> {
        match keys(target).last().and_then(|key| self.0.get(&key)) {
            Some(Node::Leaf { file: true }) => Ok(()),
            _ => Err(conflict(path, "is a hard link to something that is no earlier file of the archive")),
        }
    }

    /// Adds an entry.
    ///
    /// # Errors
    /// `Corrupt` for a duplicate and for a path beneath something that is no directory. The time is
    /// bounded by the path's length.
    pub(crate) fn add(&mut self, path: &EntryPath, kind: &EntryKind) -> Result<()> {
        let directory = matches!(kind, EntryKind::Directory);
        let mut keys = keys(path).peekable();
        while let Some(key) = keys.next() {
            let last = keys.peek().is_none();
            match (self.0.get(&key), last) {
                (None, false) => drop(self.0.insert(key, Node::Implied)),
                (Some(Node::Directory | Node::Implied), false) => {}
                (Some(Node::Leaf { .. }), false) => {
                    return Err(conflict(path, "lies beneath an entry that is no directory"));
                }
                (Some(Node::Implied), true) if !directory => {
                    return Err(conflict(path, "is no directory, but other entries lie in it"));
                }
                (Some(Node::Directory | Node::Leaf { .. }), true) => {
                    return Err(conflict(path, "is in the archive twice"));
                }
                (None | Some(Node::Implied), true) => {
                    let leaf = Node::Leaf { file: matches!(kind, EntryKind::File) };
                    self.0.insert(key, if directory { Node::Directory } else { leaf });
                }
            }
        }
        Ok(())
    }
}

/// One key a component, outermost first. BLAKE3, so that nobody can make two paths collide.
fn keys(path: &EntryPath) -> impl Iterator<Item = u128> {
    path.as_bytes().split(|&b| b == b'/').scan(0u128, |parent, component| {
        let mut hasher = Hasher::new();
        hasher.update(&parent.to_le_bytes());
        hasher.update(component);
        let mut key = [0; 16];
        key.copy_from_slice(&hasher.finish().0[..16]);
        *parent = u128::from_le_bytes(key);
        Some(*parent)
    })
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
            (vec![("x/y", &file), ("y", &file), ("y/x", &file)], false),
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
