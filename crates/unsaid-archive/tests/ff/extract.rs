//! What reaches the file system, and what never does.

use std::fs;
use std::io::Cursor;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;

use unsaid_archive::{
    Archive, EntryKind, ExtractOptions, Extractor, OnConflict, PackTree, Report, WriteOptions, Writer,
    internal, read_stream,
};
use unsaid_core::fs::Root;
use unsaid_core::{ErrorKind, Inline, Limits, Progress, Silent};
use unsaid_testkit::{Kind, bytes};

use crate::common::*;

/// Unpacks everything into `to`, by index.
fn unpack(archive: &[u8], to: &Path, options: ExtractOptions) -> Report {
    unpack_some(archive, to, options, &|_| true)
}

fn unpack_some(archive: &[u8], to: &Path, options: ExtractOptions, wanted: &dyn Fn(&str) -> bool) -> Report {
    let limits = Limits::default();
    let mut opened = Archive::open(Cursor::new(archive), &limits).unwrap();
    let root = Root::open(to).unwrap();
    let mut extractor = Extractor::new(&root, options);
    let chosen = extractor.plan(&opened.contents().entries, |e| wanted(&e.meta.path.to_string())).unwrap();
    opened.deliver(|e| chosen.contains(&e.number), &mut extractor, &Inline, &Silent).unwrap();
    extractor.finish().unwrap()
}

fn with(on_conflict: OnConflict) -> ExtractOptions {
    let mut options = ExtractOptions::default();
    options.on_conflict = on_conflict;
    options
}

fn dir() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn a_tree_packed_and_unpacked_is_the_same_tree() {
    let from = dir();
    let tree = from.path().join("tree");
    fs::create_dir_all(tree.join("sub/deep")).unwrap();
    fs::write(tree.join("a.txt"), bytes(Kind::Text, 1, 3000)).unwrap();
    fs::write(tree.join("sub/empty"), b"").unwrap();
    fs::write(tree.join("sub/deep/b"), bytes(Kind::Noise, 1, 300_000)).unwrap();
    fs::hard_link(tree.join("a.txt"), tree.join("sub/hard")).unwrap();
    symlink("../a.txt", tree.join("sub/soft")).unwrap();
    symlink("nowhere", tree.join("dangling")).unwrap();
    fs::set_permissions(tree.join("a.txt"), fs::Permissions::from_mode(0o600)).unwrap();
    fs::set_permissions(tree.join("sub/deep"), fs::Permissions::from_mode(0o500)).unwrap();

    let limits = Limits::default();
    let mut writer = Writer::new(Vec::new(), &WriteOptions::default(), &limits, &Inline, &Silent).unwrap();
    let mut pack = PackTree::new(Vec::new(), None, &Silent);
    pack.add(&mut writer, &tree).unwrap();
    let packed = pack.finish();
    assert_eq!((packed.files.len(), packed.links.len(), packed.directories.len()), (3, 3, 3));
    let archive = writer.finish().unwrap().0;
    let names: Vec<_> =
        read_all(&archive).unwrap().1.contents().entries.iter().map(|e| e.meta.path.to_string()).collect();
    assert!(names[0].ends_with("tree") && names.windows(2).all(|w| w[0] < w[1]), "{names:?}");

    for stream in [false, true] {
        let to = dir();
        let report = if stream {
            let root = Root::open(to.path()).unwrap();
            let mut extractor = Extractor::new(&root, ExtractOptions::default());
            read_stream(&archive[..], &mut extractor, &limits, &Inline, &Silent).unwrap();
            extractor.finish().unwrap()
        } else {
            unpack(&archive, to.path(), ExtractOptions::default())
        };
        assert!(report.failures.is_empty(), "{:?}", report.failures);
        assert_eq!(report.written, 9);
        let out = to.path().join(tree.strip_prefix("/").unwrap());
        assert_eq!(fs::read(out.join("a.txt")).unwrap(), bytes(Kind::Text, 1, 3000));
        assert_eq!(fs::read(out.join("sub/deep/b")).unwrap(), bytes(Kind::Noise, 1, 300_000));
        assert_eq!(fs::read_link(out.join("sub/soft")).unwrap(), Path::new("../a.txt"));
        let (a, hard) =
            (fs::metadata(out.join("a.txt")).unwrap(), fs::metadata(out.join("sub/hard")).unwrap());
        assert_eq!((a.ino(), a.nlink()), (hard.ino(), 2));
        for name in ["a.txt", "sub/deep", "sub/deep/b", "sub"] {
            let (before, after) =
                (fs::metadata(tree.join(name)).unwrap(), fs::metadata(out.join(name)).unwrap());
            assert_eq!(before.permissions().mode(), after.permissions().mode(), "{name}");
            assert_eq!((before.mtime(), before.mtime_nsec()), (after.mtime(), after.mtime_nsec()), "{name}");
        }
        fs::set_permissions(out.join("sub/deep"), fs::Permissions::from_mode(0o700)).unwrap();
    }
    fs::set_permissions(tree.join("sub/deep"), fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn a5_a6_a7_nothing_is_written_through_a_link_that_was_there_before() {
    let (to, outside) = (dir(), dir());
    fs::write(outside.path().join("canary"), b"canary").unwrap();
    let before = fs::metadata(outside.path()).unwrap().permissions().mode();
    symlink(outside.path(), to.path().join("link")).unwrap();
    symlink("link", to.path().join("hop")).unwrap();
    let limits = Limits::default();
    for name in ["link/new", "link/canary", "hop/new"] {
        let archive = archive_of(&[(name, b"evil".to_vec())], &store());
        for on_conflict in [OnConflict::Error, OnConflict::Overwrite, OnConflict::Rename] {
            let report = unpack(&archive, to.path(), with(on_conflict));
            assert_eq!(report.written, 0, "{name}");
            assert_eq!(report.failures.len(), 1);
        }
    }
    let mut writer = Writer::new(Vec::new(), &store(), &limits, &Inline, &Silent).unwrap();
    let mut open_to_all = meta("link", EntryKind::Directory);
    open_to_all.mode = Some(0o777);
    writer.add_entry(open_to_all).unwrap();
    let report = unpack(&writer.finish().unwrap().0, to.path(), with(OnConflict::Overwrite));
    assert_eq!(report.failures.len(), 1);
    assert_eq!(fs::metadata(outside.path()).unwrap().permissions().mode(), before, "no chmod outside");
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 1);
    assert_eq!(fs::read(outside.path().join("canary")).unwrap(), b"canary");
}

#[test]
fn a10_a_hard_link_never_names_a_file_that_was_there_before() {
    let to = dir();
    fs::write(to.path().join("mine"), b"mine").unwrap();
    let limits = Limits::default();
    let mut writer = Writer::new(Vec::new(), &store(), &limits, &Inline, &Silent).unwrap();
    add(&mut writer, "mine", b"theirs");
    writer.add_entry(meta("alias", EntryKind::HardLink(path("mine")))).unwrap();
    let archive = writer.finish().unwrap().0;
    let report = unpack(&archive, to.path(), with(OnConflict::Skip));
    assert_eq!((report.skipped, report.written, report.failures.len()), (2, 0, 0));
    assert!(!to.path().join("alias").exists());
    let report = unpack(&archive, to.path(), with(OnConflict::Error));
    assert_eq!((report.written, report.failures.len()), (0, 2));
    assert!(report.failures.iter().all(|e| e.kind() == ErrorKind::Exists));
    let report = unpack(&archive, to.path(), with(OnConflict::Rename));
    assert_eq!((report.written, report.failures.len()), (2, 0));
    assert_eq!(fs::read(to.path().join("alias")).unwrap(), b"theirs", "the link names what was written");
    fs::remove_file(to.path().join("alias")).unwrap();
    // Replacing makes a new file; what other names stood for stays.
    fs::hard_link(to.path().join("mine"), to.path().join("backup")).unwrap();
    let report = unpack(&archive, to.path(), with(OnConflict::Overwrite));
    assert_eq!((report.written, report.failures.len()), (2, 0));
    assert_eq!(fs::read(to.path().join("mine")).unwrap(), b"theirs");
    assert_eq!(fs::read(to.path().join("alias")).unwrap(), b"theirs");
    assert_eq!(fs::read(to.path().join("backup")).unwrap(), b"mine");
}

#[test]
fn a13_names_that_are_one_on_other_systems_are_refused_when_asked() {
    let names = [
        "A",
        "a",
        "stra\u{df}e",
        "strasse",
        "e\u{301}",
        "\u{e9}",
        "CON",
        "aux.txt",
        "file:stream",
        "dot.",
        "ok",
    ];
    let files: Vec<(&str, Vec<u8>)> = names.iter().map(|n| (*n, b"x".to_vec())).collect();
    let archive = archive_of(&files, &store());
    let (to, portable) = (dir(), dir());
    assert_eq!(unpack(&archive, to.path(), ExtractOptions::default()).written, names.len() as u64);
    let mut options = ExtractOptions::default();
    options.portable = true;
    let report = unpack(&archive, portable.path(), options);
    assert!(report.failures.iter().all(|e| e.kind() == ErrorKind::UnsafePath));
    // The first of each pair, and `ok`.
    assert_eq!(report.written, 4, "{:?}", report.failures);
}

#[test]
fn a14_modes_are_applied_without_special_bits() {
    let limits = Limits::default();
    let mut writer = Writer::new(Vec::new(), &store(), &limits, &Inline, &Silent).unwrap();
    let mut special = meta("s", EntryKind::File);
    special.mode = Some(0o7755);
    writer.add_file(special, &mut &b"#!"[..]).unwrap();
    let mut sticky = meta("d", EntryKind::Directory);
    sticky.mode = Some(0o3755);
    writer.add_entry(sticky).unwrap();
    let to = dir();
    unpack(&writer.finish().unwrap().0, to.path(), ExtractOptions::default());
    for name in ["s", "d"] {
        assert_eq!(fs::metadata(to.path().join(name)).unwrap().permissions().mode() & 0o7777, 0o755);
    }
}

#[test]
fn a18_times_out_of_range_are_clamped_with_a_note() {
    let limits = Limits::default();
    let mut writer = Writer::new(Vec::new(), &store(), &limits, &Inline, &Silent).unwrap();
    for (name, seconds) in [("past", i64::MIN), ("future", i64::MAX), ("zero", 0)] {
        let mut at = meta(name, EntryKind::File);
        at.mtime = Some(unsaid_core::fs::Timestamp { seconds, nanos: 0 });
        writer.add_file(at, &mut &b""[..]).unwrap();
    }
    let to = dir();
    let report = unpack(&writer.finish().unwrap().0, to.path(), ExtractOptions::default());
    assert_eq!((report.written, report.failures.len(), report.notes.len()), (3, 0, 2), "{:?}", report.notes);
    assert_eq!(fs::metadata(to.path().join("zero")).unwrap().mtime(), 0);
}

#[test]
fn a24_directories_without_write_permission_get_their_files_first() {
    let limits = Limits::default();
    let mut writer = Writer::new(Vec::new(), &store(), &limits, &Inline, &Silent).unwrap();
    for (name, mode) in [("r", 0o555), ("r/none", 0o000)] {
        let mut entry = meta(name, EntryKind::Directory);
        entry.mode = Some(mode);
        writer.add_entry(entry).unwrap();
    }
    add(&mut writer, "r/none/f", b"x");
    let to = dir();
    let report = unpack(&writer.finish().unwrap().0, to.path(), ExtractOptions::default());
    assert!(report.failures.is_empty());
    assert_eq!(fs::metadata(to.path().join("r/none")).unwrap().permissions().mode() & 0o777, 0);
    for name in ["r/none", "r"] {
        fs::set_permissions(to.path().join(name), fs::Permissions::from_mode(0o755)).unwrap();
    }
    assert_eq!(fs::read(to.path().join("r/none/f")).unwrap(), b"x");
}

#[test]
fn a_name_that_is_taken_is_kept_skipped_replaced_or_numbered_as_asked() {
    let archive = archive_of(&[("f", b"new".to_vec()), ("g", b"g".to_vec())], &store());
    for (on_conflict, written, skipped, failures, first) in [
        (OnConflict::Error, 1, 0, 1, "old"),
        (OnConflict::Skip, 1, 1, 0, "old"),
        (OnConflict::Overwrite, 2, 0, 0, "new"),
        (OnConflict::Rename, 2, 0, 0, "old"),
    ] {
        let to = dir();
        fs::write(to.path().join("f"), "old").unwrap();
        let report = unpack(&archive, to.path(), with(on_conflict));
        assert_eq!((report.written, report.skipped, report.failures.len()), (written, skipped, failures));
        assert_eq!(fs::read_to_string(to.path().join("f")).unwrap(), first);
        assert_eq!(to.path().join("f.1").exists(), on_conflict == OnConflict::Rename);
        if failures == 1 {
            assert_eq!(report.failures[0].kind(), ErrorKind::Exists);
        }
    }
}

#[test]
fn a_hard_link_alone_brings_its_bytes() {
    let archive = sample(&store());
    let to = dir();
    let report = unpack_some(&archive, to.path(), ExtractOptions::default(), &|name| name == "again");
    assert!(report.failures.is_empty() && report.written == 1);
    assert_eq!(fs::read(to.path().join("again")).unwrap(), bytes(Kind::Text, 1, 300));
    assert_eq!(fs::read_dir(to.path()).unwrap().count(), 1);
}

#[test]
fn b7_what_is_left_of_a_damaged_file_is_kept_only_when_asked() {
    let data = bytes(Kind::Noise, 2, 600_000);
    let mut options = store();
    options.group_bytes = 256 << 10;
    let mut archive = archive_of(&[("f", data.clone())], &options);
    let opened = Archive::open(Cursor::new(&archive), &Limits::default()).unwrap();
    let at = opened.contents().groups[1].payload_offset as usize;
    archive[at + 5] ^= 1;
    for keep in [false, true] {
        let to = dir();
        let mut options = ExtractOptions::default();
        options.keep_partial = keep;
        let report = unpack(&archive, to.path(), options);
        assert_eq!((report.written, report.failures.len()), (0, 1));
        assert!(!to.path().join("f").exists());
        assert_eq!(to.path().join("f.partial").exists(), keep);
        if keep {
            assert!(fs::read(to.path().join("f.partial")).unwrap() == data[..256 << 10]);
        }
    }
}

#[test]
fn a27_an_interrupted_run_leaves_whole_files_and_the_next_one_goes_on() {
    struct StopAfter(std::sync::atomic::AtomicU64);
    impl Progress for StopAfter {
        fn advance(&self, consumed: u64, _: u64) -> unsaid_core::Result<()> {
            let left = self.0.load(std::sync::atomic::Ordering::Relaxed).saturating_sub(consumed);
            self.0.store(left, std::sync::atomic::Ordering::Relaxed);
            if left == 0 { Err(unsaid_core::progress::interrupted()) } else { Ok(()) }
        }
    }
    let files: Vec<(String, Vec<u8>)> =
        (0..6).map(|n| (format!("f{n}"), bytes(Kind::Noise, n, 200_000))).collect();
    let named: Vec<(&str, Vec<u8>)> = files.iter().map(|(n, d)| (n.as_str(), d.clone())).collect();
    let mut options = store();
    options.group_bytes = 256 << 10;
    let archive = archive_of(&named, &options);
    let to = dir();
    let mut opened = Archive::open(Cursor::new(&archive), &Limits::default()).unwrap();
    let root = Root::open(to.path()).unwrap();
    let mut extractor = Extractor::new(&root, ExtractOptions::default());
    let stop = StopAfter(700_000.into());
    let e = opened.deliver(|_| true, &mut extractor, &Inline, &stop).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Interrupted);
    drop(extractor);
    let there = fs::read_dir(to.path()).unwrap().count();
    assert!((1..6).contains(&there), "{there}");
    for (name, data) in &files {
        if let Ok(found) = fs::read(to.path().join(name)) {
            assert!(found == *data, "no half file under a final name");
        }
    }
    let report = unpack(&archive, to.path(), with(OnConflict::Skip));
    assert_eq!((report.written + report.skipped, report.failures.len()), (6, 0));
    for (name, data) in &files {
        assert!(fs::read(to.path().join(name)).unwrap() == *data);
    }
}

#[test]
fn a16_special_files_found_while_packing_are_left_out_with_a_warning() {
    struct Warnings(std::sync::Mutex<Vec<String>>);
    impl Progress for Warnings {
        fn warn(&self, message: &str) {
            self.0.lock().unwrap().push(message.to_owned());
        }
    }
    let from = dir();
    let tree = from.path().join("t");
    fs::create_dir(&tree).unwrap();
    fs::write(tree.join("f"), b"x").unwrap();
    let made = std::process::Command::new("mkfifo").arg(tree.join("pipe")).status().unwrap();
    assert!(made.success());
    let _socket = std::os::unix::net::UnixListener::bind(tree.join("socket")).unwrap();
    let warnings = Warnings(Default::default());
    let limits = Limits::default();
    let mut writer = Writer::new(Vec::new(), &store(), &limits, &Inline, &Silent).unwrap();
    let mut pack = PackTree::new(Vec::new(), None, &warnings);
    pack.add(&mut writer, &tree).unwrap();
    assert_eq!(pack.finish().files.len(), 1);
    assert_eq!(warnings.0.lock().unwrap().len(), 2);
    assert_eq!(read_all(&writer.finish().unwrap().0).unwrap().0.files.len(), 1);
}

#[test]
fn h5_memory_does_not_grow_with_the_number_of_empty_groups() {
    // Each would need a model if models were made before they are needed.
    let archive = internal::frame_many(2_000).unwrap();
    assert!(read_all(&archive).unwrap().0.failed.is_empty());
}

#[test]
fn a15_owners_do_not_exist_whoever_unpacks() {
    // The format has no field for them (`a16_a17_a19_…` refuses every unknown flag), so what is unpacked
    // belongs to whoever unpacked it, and no moment exists in which it is somebody else's.
    let to = dir();
    unpack(&sample(&store()), to.path(), ExtractOptions::default());
    let me = fs::metadata(to.path()).unwrap().uid();
    for name in ["dir", "dir/a.txt", "b.json", "again"] {
        assert_eq!(fs::metadata(to.path().join(name)).unwrap().uid(), me);
    }
}
