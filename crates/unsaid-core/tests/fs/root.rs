//! Entries beneath a directory, on every system.

use super::{entry, kind, names};
use std::fs;
use std::io::Write;
use unsaid_core::fs::{Conflict, EntryPath, Metadata, Root, Timestamp};
use unsaid_core::{ErrorKind, Result};

pub(crate) fn put(root: &Root, path: &str, bytes: &[u8]) -> Result<()> {
    put_at(root, &entry(path), bytes, Conflict::Refuse)
}

pub(crate) fn put_at(root: &Root, path: &EntryPath, bytes: &[u8], conflict: Conflict) -> Result<()> {
    let mut draft = root.draft(path, conflict)?;
    draft.write_all(bytes).unwrap();
    draft.publish()
}

#[test]
fn a_tree_comes_out_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let root = Root::create_new(&dir.path().join("out")).unwrap();
    root.make_dir(&entry("empty")).unwrap();
    root.make_dir_private(&entry("d")).unwrap();
    for (path, bytes) in
        [("d/e/f", "1"), ("d/e/g", "2"), ("d/h", "3"), ("i", "4"), ("d/e/j/k/l", "5"), ("d/e/m", "6")]
    {
        put(&root, path, bytes.as_bytes()).unwrap();
    }
    root.make_dir(&entry("d/e")).unwrap();
    let mtime = Some(Timestamp { seconds: 1_000_000_000, nanos: 5 });
    for path in ["d/e/j/k", "d/e/j", "d/e", "d"] {
        root.set_dir_metadata(&entry(path), &Metadata { mode: Some(0o755), mtime }, Conflict::Refuse)
            .unwrap();
    }
    root.sync().unwrap();
    let out = dir.path().join("out");
    for (path, bytes) in
        [("d/e/f", "1"), ("d/e/g", "2"), ("d/h", "3"), ("i", "4"), ("d/e/j/k/l", "5"), ("d/e/m", "6")]
    {
        assert_eq!(fs::read(out.join(path)).unwrap(), bytes.as_bytes(), "{path}");
    }
    assert_eq!(Metadata::of(&fs::metadata(out.join("d/e")).unwrap()).mtime, mtime);
    assert_eq!(names(&out), ["d", "empty", "i"]);
    assert_eq!(names(&out.join("d/e")), ["f", "g", "j", "m"]);
}

#[test]
fn a12_one_name_is_one_thing() {
    let dir = tempfile::tempdir().unwrap();
    let root = Root::open(dir.path()).unwrap();
    put(&root, "file", b"1").unwrap();
    root.make_dir(&entry("folder")).unwrap();
    assert_eq!(kind(put(&root, "file", b"2")), ErrorKind::Exists);
    assert_eq!(kind(put(&root, "file/x", b"2")), ErrorKind::Exists);
    assert_eq!(kind(root.make_dir(&entry("file"))), ErrorKind::Exists);
    assert_eq!(kind(put(&root, "folder", b"2")), ErrorKind::Exists);
    assert_eq!(kind(put_at(&root, &entry("folder"), b"2", Conflict::Replace)), ErrorKind::Exists);
    assert_eq!(fs::read(dir.path().join("file")).unwrap(), b"1");
}

#[test]
fn a9_a_hard_link_to_a_file_of_this_run_is_made() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("old"), "0").unwrap();
    let root = Root::open(dir.path()).unwrap();
    put(&root, "d/a", b"1").unwrap();
    root.hard_link(&entry("d/a"), &entry("e/b"), Conflict::Refuse).unwrap();
    assert_eq!(fs::read(dir.path().join("e/b")).unwrap(), b"1");
    let refused = root.hard_link(&entry("old"), &entry("new"), Conflict::Refuse);
    assert_eq!(kind(refused), ErrorKind::UnsafePath);
    assert_eq!(
        (names(dir.path()), names(&dir.path().join("e"))),
        (vec!["d".to_owned(), "e".to_owned(), "old".to_owned()], vec!["b".to_owned()],)
    );
}

#[test]
fn a25_the_root_is_new_or_a_folder() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    assert_eq!(kind(Root::open(&file)), ErrorKind::Exists);
    assert_eq!(kind(Root::create_new(&file)), ErrorKind::Exists);
    assert_eq!(kind(Root::create_new(dir.path())), ErrorKind::Exists);
    assert_eq!(kind(Root::open(&dir.path().join("no"))), ErrorKind::Environment);
    assert_eq!(kind(Root::create_new(&dir.path().join("no/x"))), ErrorKind::Environment);
    Root::create_new(&dir.path().join("new/")).unwrap();
    assert!(dir.path().join("new").is_dir());
}

#[test]
fn a27_a_second_run_refuses_or_replaces_and_never_leaves_half_a_file() {
    let dir = tempfile::tempdir().unwrap();
    let first = Root::open(dir.path()).unwrap();
    put(&first, "d/a", b"whole").unwrap();
    let mut interrupted = first.draft(&entry("d/b"), Conflict::Refuse).unwrap();
    interrupted.write_all(b"ha").unwrap();
    drop((interrupted, first));
    assert_eq!(names(&dir.path().join("d")), ["a"]);
    let second = Root::open(dir.path()).unwrap();
    assert_eq!(kind(put(&second, "d/a", b"again")), ErrorKind::Exists);
    put_at(&second, &entry("d/a"), b"again", Conflict::Replace).unwrap();
    put(&second, "d/b", b"half").unwrap();
    assert_eq!(fs::read(dir.path().join("d/a")).unwrap(), b"again");
    assert_eq!(names(&dir.path().join("d")), ["a", "b"]);
}

#[test]
fn a_folder_that_was_there_keeps_its_time_unless_told_otherwise() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("d")).unwrap();
    let root = Root::open(dir.path()).unwrap();
    root.make_dir(&entry("d")).unwrap();
    let metadata = Metadata { mode: None, mtime: Some(Timestamp { seconds: 5, nanos: 0 }) };
    let mtime = || Metadata::of(&fs::metadata(dir.path().join("d")).unwrap()).mtime;
    root.set_dir_metadata(&entry("d"), &metadata, Conflict::Refuse).unwrap();
    assert_ne!(mtime(), metadata.mtime);
    root.set_dir_metadata(&entry("d"), &metadata, Conflict::Replace).unwrap();
    assert_eq!(mtime(), metadata.mtime);
    assert_eq!(kind(root.set_dir_metadata(&entry("no"), &metadata, Conflict::Replace)), ErrorKind::Corrupt);
    assert_eq!(kind(root.set_dir_metadata(&entry("no/x"), &metadata, Conflict::Replace)), ErrorKind::Corrupt);
}

#[test]
fn only_an_empty_new_root_is_discarded() {
    let dir = tempfile::tempdir().unwrap();
    Root::create_new(&dir.path().join("empty")).unwrap().discard_if_empty();
    let used = Root::create_new(&dir.path().join("used")).unwrap();
    put(&used, "x", b"").unwrap();
    used.discard_if_empty();
    fs::create_dir(dir.path().join("old")).unwrap();
    Root::open(&dir.path().join("old")).unwrap().discard_if_empty();
    assert_eq!(names(dir.path()), ["old", "used"]);
}

#[test]
fn several_threads_write_one_tree() {
    let dir = tempfile::tempdir().unwrap();
    let root = Root::open(dir.path()).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let root = &root;
            scope.spawn(move || {
                for i in 0..200 {
                    put(root, &format!("d{}/e{}/{thread}-{i}", i % 3, i % 5), b"x").unwrap();
                }
            });
        }
    });
    let files: usize = (0..3)
        .flat_map(|d| (0..5).map(move |e| format!("d{d}/e{e}")))
        .map(|d| names(&dir.path().join(d)).len())
        .sum();
    assert_eq!(files, 800);
}
