//! Inputs: what they are, and whether they held still.

use super::kind;
use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::Duration;
use unsaid_core::ErrorKind;
use unsaid_core::fs::{Draft, PublishOptions, Source, SourceKind, remove_source};

fn fifo(path: &Path) {
    assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
}

fn read(source: &mut Source) -> Vec<u8> {
    let mut bytes = Vec::new();
    source.read_to_end(&mut bytes).unwrap();
    bytes
}

/// What is done to a file, in words and in deed.
type Change = (&'static str, fn(&Path));

#[test]
fn f8_an_input_that_changes_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let changes: &[Change] = &[
        ("grows", |p| fs::OpenOptions::new().append(true).open(p).unwrap().write_all(b"x").unwrap()),
        ("shrinks", |p| fs::OpenOptions::new().write(true).open(p).unwrap().set_len(1).unwrap()),
        ("is written over", |p| fs::write(p, "54321").unwrap()),
        ("is replaced", |p| {
            fs::write(p.with_extension("new"), "12345").unwrap();
            fs::rename(p.with_extension("new"), p).unwrap();
        }),
        ("is removed", |p| fs::remove_file(p).unwrap()),
        ("is written over and its time set back", |p| {
            let old = fs::metadata(p).unwrap().modified().unwrap();
            fs::write(p, "54321").unwrap();
            fs::File::options().write(true).open(p).unwrap().set_modified(old).unwrap();
        }),
    ];
    for (what, change) in changes {
        let path = dir.path().join("x");
        fs::write(&path, "12345").unwrap();
        let mut source = Source::open(&path).unwrap();
        assert_eq!((source.size(), source.kind()), (Some(5), SourceKind::File));
        read(&mut source);
        assert!(!source.changed().unwrap());
        // More than one step of the file system's clock.
        std::thread::sleep(Duration::from_millis(20));
        change(&path);
        assert!(source.changed().unwrap(), "{what}");
        assert_eq!(kind(remove_source(source.stamp())), ErrorKind::Environment, "{what}");
    }
}

#[test]
fn an_unchanged_source_is_removed_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let (path, link) = (dir.path().join("x"), dir.path().join("link"));
    fs::write(&path, "12345").unwrap();
    symlink("x", &link).unwrap();
    let mut source = Source::open(&link).unwrap();
    assert_eq!(read(&mut source), b"12345");
    let e = remove_source(source.stamp()).unwrap_err();
    assert!(e.to_string().contains("symbolic link"), "{e}");
    let source = Source::open(&path).unwrap();
    remove_source(source.stamp()).unwrap();
    assert!(!path.exists() && link.is_symlink());
    assert_eq!(kind(remove_source(source.stamp())), ErrorKind::Environment);
}

#[test]
fn f9_folders_devices_and_sockets_are_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let socket = dir.path().join("socket");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    for (path, word) in [
        (dir.path(), "folder"),
        (Path::new("/dev/zero"), "device"),
        (Path::new("/dev/tty"), "device"),
        (&socket, "socket"),
    ] {
        for open in [Source::open, Source::open_found] {
            let e = open(path).unwrap_err();
            assert_eq!(e.kind(), ErrorKind::Usage);
            assert!(e.to_string().contains(word), "{e}");
        }
    }
    assert_eq!(kind(Source::open(&dir.path().join("no"))), ErrorKind::Environment);
}

#[test]
fn f9_a_pipe_that_was_found_is_not_waited_for_and_a_named_one_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pipe");
    fifo(&path);
    // Opening it for reading would wait for ever: nobody writes.
    let e = Source::open_found(&path).unwrap_err();
    assert!(e.kind() == ErrorKind::Usage && e.to_string().contains("pipe"), "{e}");

    let bytes = vec![7; 300_000];
    std::thread::scope(|scope| {
        scope.spawn(|| fs::write(&path, &bytes).unwrap());
        let mut source = Source::open(&path).unwrap();
        assert_eq!((source.kind(), source.size()), (SourceKind::Fifo, None));
        assert!(read(&mut source) == bytes);
        assert!(!source.changed().unwrap());
        assert_eq!(kind(remove_source(source.stamp())), ErrorKind::Environment);
    });
}

#[test]
fn f9_a_link_is_followed_only_when_it_was_named() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("x"), "1").unwrap();
    symlink("x", dir.path().join("l")).unwrap();
    assert_eq!(read(&mut Source::open(&dir.path().join("l")).unwrap()), b"1");
    assert_eq!(kind(Source::open_found(&dir.path().join("l"))), ErrorKind::Usage);
}

#[test]
#[cfg(target_os = "linux")]
fn f9_a_file_of_proc_says_size_0_and_is_read_whole() {
    let mut source = Source::open(Path::new("/proc/self/status")).unwrap();
    assert_eq!(source.size(), Some(0));
    assert!(read(&mut source).len() > 100);
    assert!(!source.changed().unwrap());
}

#[test]
#[cfg(target_os = "linux")]
fn f9_holes_of_a_sparse_file_are_skipped() {
    use std::os::unix::fs::FileExt;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x");
    let (size, at) = (1 << 40, 1 << 39);
    let file = fs::File::create(&path).unwrap();
    file.set_len(size).unwrap();
    file.write_all_at(b"data", at).unwrap();
    let mut source = Source::open(&path).unwrap();
    assert_eq!((source.size(), source.skip_hole().unwrap()), (Some(size), at));
    assert_eq!(source.skip_hole().unwrap(), 0);
    let mut block = [0; 4096];
    source.read_exact(&mut block).unwrap();
    assert_eq!(&block[..5], b"data\0");
    assert_eq!(source.skip_hole().unwrap(), size - at - 4096);
    assert_eq!((source.read(&mut block).unwrap(), source.skip_hole().unwrap()), (0, 0));
}

#[test]
fn f10_an_output_that_is_the_input_is_recognised() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x");
    fs::write(&path, "1").unwrap();
    fs::write(dir.path().join("other"), "1").unwrap();
    fs::hard_link(&path, dir.path().join("hard")).unwrap();
    symlink("x", dir.path().join("soft")).unwrap();
    symlink("soft", dir.path().join("softer")).unwrap();
    let source = Source::open(&path).unwrap();
    for (name, same) in [
        ("x", true),
        ("hard", true),
        ("soft", true),
        ("softer", true),
        ("./x", true),
        ("other", false),
        ("no", false),
    ] {
        assert_eq!(source.same_file_as(&dir.path().join(name)), same, "{name}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn f10_a_walk_recognises_the_archive_that_it_is_for() {
    let dir = tempfile::tempdir().unwrap();
    let draft = Draft::beside(&dir.path().join("a"), &PublishOptions::default()).unwrap();
    fs::write(dir.path().join("x"), "1").unwrap();
    assert!(!Source::open_found(&dir.path().join("x")).unwrap().is_draft(&draft));
    // As a walk would find it under a temporary name.
    let of_draft = |e: &fs::DirEntry| fs::read_link(e.path()).is_ok_and(|p| p.starts_with(dir.path()));
    let mut open = fs::read_dir("/proc/self/fd").unwrap().map(Result::unwrap).filter(of_draft);
    assert!(open.any(|e| Source::open(&e.path()).is_ok_and(|source| source.is_draft(&draft))));
}
