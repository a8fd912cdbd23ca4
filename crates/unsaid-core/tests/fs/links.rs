//! Links in an archive, and links in its way.

use super::root::{put, put_at};
use super::{entry, kind, names};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use unsaid_core::ErrorKind;
use unsaid_core::fs::{Conflict, Metadata, Root, Timestamp};

const REFUSE: Conflict = Conflict::Refuse;
const REPLACE: Conflict = Conflict::Replace;

/// A destination, and a folder outside it that must stay as it is.
struct Scene {
    dir: tempfile::TempDir,
    root: Root,
}

impl Scene {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let outside = dir.path().join("outside");
        fs::create_dir(&outside).unwrap();
        fs::write(outside.join("canary"), "alive").unwrap();
        fs::set_permissions(&outside, fs::Permissions::from_mode(0o755)).unwrap();
        let root = Root::create_new(&dir.path().join("out")).unwrap();
        Scene { dir, root }
    }

    fn out(&self) -> PathBuf {
        self.dir.path().join("out")
    }

    fn outside(&self) -> PathBuf {
        self.dir.path().join("outside")
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        assert_eq!(names(&self.outside()), ["canary"]);
        assert_eq!(fs::read(self.outside().join("canary")).unwrap(), b"alive");
        assert_eq!(fs::metadata(self.outside()).unwrap().mode() & 0o7777, 0o755);
        assert!(fs::metadata(self.outside()).unwrap().mtime() > 1_000_000_000);
    }
}

#[test]
fn a5_nothing_is_written_through_a_link_of_the_archive() {
    let s = Scene::new();
    s.root.symlink(&entry("link"), s.outside().as_os_str().as_encoded_bytes(), REFUSE).unwrap();
    assert_eq!(kind(put(&s.root, "link/passwd", b"x")), ErrorKind::UnsafePath);
    assert_eq!(kind(put(&s.root, "link/d/e", b"x")), ErrorKind::UnsafePath);
    assert_eq!(kind(s.root.make_dir(&entry("link/d"))), ErrorKind::UnsafePath);
    assert_eq!(kind(s.root.symlink(&entry("link/l"), b"x", REFUSE)), ErrorKind::UnsafePath);
    assert_eq!(kind(put(&s.root, "link", b"x")), ErrorKind::Exists);
}

#[test]
fn a5_a_link_within_the_destination_is_not_followed_either() {
    let s = Scene::new();
    s.root.make_dir(&entry("d")).unwrap();
    s.root.symlink(&entry("l"), b"d", REFUSE).unwrap();
    assert_eq!(kind(put(&s.root, "l/x", b"x")), ErrorKind::UnsafePath);
    assert_eq!(names(&s.out().join("d")), [""; 0]);
}

#[test]
fn a6_a_chain_of_links_is_not_followed() {
    let s = Scene::new();
    s.root.symlink(&entry("a"), b"b", REFUSE).unwrap();
    s.root.symlink(&entry("b"), b"c", REFUSE).unwrap();
    s.root.symlink(&entry("c"), b"..", REFUSE).unwrap();
    s.root.make_dir(&entry("d")).unwrap();
    s.root.symlink(&entry("d/up"), b"../..", REFUSE).unwrap();
    for path in ["a/outside/x", "b/outside/x", "c/outside/x", "a/x", "d/up/outside/x"] {
        assert_eq!(kind(put(&s.root, path, b"x")), ErrorKind::UnsafePath, "{path}");
    }
}

#[test]
fn a7_a_folder_named_like_a_link_changes_nothing_outside() {
    let s = Scene::new();
    s.root.symlink(&entry("d"), b"../outside", REFUSE).unwrap();
    assert_eq!(kind(s.root.make_dir(&entry("d"))), ErrorKind::UnsafePath);
    let metadata = Metadata { mode: Some(0o700), mtime: Some(Timestamp::default()) };
    for conflict in [REFUSE, REPLACE] {
        assert_eq!(kind(s.root.set_dir_metadata(&entry("d"), &metadata, conflict)), ErrorKind::UnsafePath);
    }
}

#[test]
fn a7_a_link_that_took_the_place_of_a_made_folder_is_not_followed() {
    let s = Scene::new();
    s.root.make_dir(&entry("d")).unwrap();
    fs::remove_dir(s.out().join("d")).unwrap();
    symlink("../outside", s.out().join("d")).unwrap();
    let metadata = Metadata { mode: Some(0o700), mtime: Some(Timestamp::default()) };
    assert_eq!(kind(s.root.set_dir_metadata(&entry("d"), &metadata, REFUSE)), ErrorKind::UnsafePath);
    assert_eq!(kind(put(&s.root, "d/x", b"x")), ErrorKind::UnsafePath);
}

#[test]
fn a9_a_hard_link_leads_only_to_a_file_of_this_run() {
    let s = Scene::new();
    symlink("../outside", s.out().join("sym")).unwrap();
    symlink("../outside/canary", s.out().join("direct")).unwrap();
    let link = |from: &str, to: &str| s.root.hard_link(&entry(from), &entry(to), REFUSE);
    assert_eq!(kind(link("sym/canary", "x")), ErrorKind::UnsafePath);
    assert_eq!(kind(link("direct", "x")), ErrorKind::UnsafePath);
    put(&s.root, "d/file", b"1").unwrap();
    // Relative to the root, never to the link's own folder.
    assert_eq!(kind(link("file", "d/x")), ErrorKind::Corrupt);
    link("d/file", "e/x").unwrap();
    let (a, b) = (fs::metadata(s.out().join("d/file")).unwrap(), fs::metadata(s.out().join("e/x")).unwrap());
    assert_eq!((a.ino(), a.nlink()), (b.ino(), 2));
    assert_eq!(kind(link("d", "y")), ErrorKind::UnsafePath);
    assert_eq!(kind(link("d/file", "e/x")), ErrorKind::Exists);
    assert_eq!(names(&s.out()), ["d", "direct", "e", "sym"]);
    fs::remove_file(s.out().join("sym")).unwrap();
}

#[test]
fn a10_a_file_that_was_there_is_never_linked_to_nor_written_through() {
    let s = Scene::new();
    fs::hard_link(s.outside().join("canary"), s.out().join("old")).unwrap();
    assert_eq!(kind(s.root.hard_link(&entry("old"), &entry("new"), REFUSE)), ErrorKind::UnsafePath);
    put_at(&s.root, &entry("old"), b"mine", REPLACE).unwrap();
    assert_eq!(fs::read(s.out().join("old")).unwrap(), b"mine");
    // The name stands for a file of this run now.
    s.root.hard_link(&entry("old"), &entry("new"), REFUSE).unwrap();
    assert_eq!(fs::read(s.out().join("new")).unwrap(), b"mine");
}

#[test]
fn a10_a_replaced_hard_link_gets_a_new_inode() {
    let s = Scene::new();
    put(&s.root, "a", b"1").unwrap();
    s.root.hard_link(&entry("a"), &entry("b"), REFUSE).unwrap();
    put_at(&s.root, &entry("b"), b"2", REPLACE).unwrap();
    assert_eq!(fs::read(s.out().join("a")).unwrap(), b"1");
    s.root.hard_link(&entry("a"), &entry("b"), REPLACE).unwrap();
    assert_eq!(fs::read(s.out().join("b")).unwrap(), b"1");
    // Both are one file already: nothing changes, and nothing is left over.
    s.root.hard_link(&entry("a"), &entry("b"), REPLACE).unwrap();
    assert_eq!(names(&s.out()), ["a", "b"]);
}

#[test]
fn a11_a_hard_link_to_a_later_entry_or_itself_is_corrupt() {
    let s = Scene::new();
    for (from, to) in [("later", "x"), ("no/later", "x"), ("x", "x")] {
        assert_eq!(kind(s.root.hard_link(&entry(from), &entry(to), REFUSE)), ErrorKind::Corrupt);
    }
    assert_eq!(names(&s.out()), [""; 0]);
}

#[test]
fn symbolic_links_keep_any_target_and_replace_nothing_unasked() {
    let s = Scene::new();
    s.root.symlink(&entry("d/l"), b"\xff/../..", REFUSE).unwrap();
    assert_eq!(fs::read_link(s.out().join("d/l")).unwrap().as_os_str().as_encoded_bytes(), b"\xff/../..");
    assert_eq!(kind(s.root.symlink(&entry("d/l"), b"b", REFUSE)), ErrorKind::Exists);
    s.root.symlink(&entry("d/l"), b"b", REPLACE).unwrap();
    assert_eq!(fs::read_link(s.out().join("d/l")).unwrap(), Path::new("b"));
    assert_eq!(kind(s.root.symlink(&entry("d"), b"b", REPLACE)), ErrorKind::Exists);
    for target in [&b""[..], b"a\0b"] {
        assert_eq!(kind(s.root.symlink(&entry("x"), target, REFUSE)), ErrorKind::Corrupt);
    }
    assert_eq!(names(&s.out().join("d")), ["l"]);
}

#[test]
fn a14_folders_lose_special_bits_too() {
    let s = Scene::new();
    s.root.make_dir_private(&entry("d")).unwrap();
    assert_eq!(fs::metadata(s.out().join("d")).unwrap().mode() & 0o7777, 0o700);
    let metadata = Metadata { mode: Some(0o7755), mtime: None };
    s.root.set_dir_metadata(&entry("d"), &metadata, REFUSE).unwrap();
    assert_eq!(fs::metadata(s.out().join("d")).unwrap().mode() & 0o7777, 0o755);
}

#[test]
fn f11_a_folder_keeps_the_group_bit_of_the_folder_above_it() {
    let s = Scene::new();
    fs::set_permissions(s.out(), fs::Permissions::from_mode(0o2755)).unwrap();
    s.root.make_dir(&entry("d")).unwrap();
    let mode = || fs::metadata(s.out().join("d")).unwrap().mode() & 0o7777;
    let inherited = mode() & 0o2000;
    s.root.set_dir_metadata(&entry("d"), &Metadata { mode: Some(0o700), mtime: None }, REFUSE).unwrap();
    assert_eq!(mode(), 0o700 | inherited);
}

#[test]
fn a24_read_only_folders_are_filled_before_they_are_closed() {
    let s = Scene::new();
    for path in ["r", "r/zero"] {
        s.root.make_dir_private(&entry(path)).unwrap();
    }
    put(&s.root, "r/zero/file", b"x").unwrap();
    let set = |path: &str, mode| {
        s.root.set_dir_metadata(&entry(path), &Metadata { mode: Some(mode), mtime: None }, REFUSE).unwrap();
    };
    set("r/zero", 0);
    set("r", 0o500);
    assert_eq!(fs::metadata(s.out().join("r/zero")).unwrap().mode() & 0o777, 0);
    assert_eq!(fs::metadata(s.out().join("r")).unwrap().mode() & 0o777, 0o500);
    for path in ["r", "r/zero"] {
        fs::set_permissions(s.out().join(path), fs::Permissions::from_mode(0o700)).unwrap();
    }
    assert_eq!(fs::read(s.out().join("r/zero/file")).unwrap(), b"x");
}

#[test]
fn a25_a_link_named_as_the_root_is_followed_once() {
    let s = Scene::new();
    fs::create_dir(s.dir.path().join("real")).unwrap();
    let link = s.dir.path().join("link");
    symlink("real", &link).unwrap();
    let root = Root::open(&link).unwrap();
    put(&root, "a", b"1").unwrap();
    fs::remove_file(&link).unwrap();
    symlink("outside", &link).unwrap();
    put(&root, "b", b"2").unwrap();
    assert_eq!(names(&s.dir.path().join("real")), ["a", "b"]);
    assert_eq!(kind(Root::create_new(&link)), ErrorKind::Exists);
}

#[test]
fn a_colon_or_backslash_in_a_unix_name_comes_back() {
    let s = Scene::new();
    for name in ["./a:b", "./\\x", "a\\b", "d/C:x"] {
        put(&s.root, name, name.as_bytes()).unwrap();
    }
    assert_eq!(names(&s.out()), ["\\x", "a:b", "a\\b", "d"]);
    assert_eq!(names(&s.out().join("d")), ["C:x"]);
}
