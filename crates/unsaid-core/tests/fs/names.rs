//! Names from an archive, before anything is written.

use super::{entry, kind};
use std::path::Path;
use unsaid_core::fs::{EntryPath, SourceName};
use unsaid_core::{Error, ErrorKind, Limits};

fn parse(bytes: &[u8]) -> Result<EntryPath, Error> {
    EntryPath::parse(bytes, &Limits::default())
}

fn refused(bytes: &[u8]) {
    let e = parse(bytes).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::UnsafePath, "{bytes:?}");
    assert!(e.to_string().contains("found") && e.to_string().contains("expected"), "{e}");
}

#[test]
fn a1_climbing_is_refused() {
    for path in ["..", "../../x", "a/../../x", "a/../b", "a/..", "a/b/..", "./../x"] {
        refused(path.as_bytes());
    }
    for path in ["..\\x", "a\\..\\..\\x", "a/..\\x", "a\\..", "x/y\\..\\z", "./..\\x", "./\\..\\x"] {
        refused(path.as_bytes());
    }
    for path in ["...", "..a", "a..", "a/...b", ".a", "a\\...\\b"] {
        assert!(parse(path.as_bytes()).is_ok(), "{path}");
    }
}

#[test]
fn a2_absolute_paths_are_refused_by_the_rules_of_every_system() {
    for path in [
        "/etc/x",
        "//x",
        "/",
        "C:\\x",
        "C:x",
        "C:/x",
        "C:",
        "c:x",
        "z:\\",
        "\\x",
        "\\",
        "\\\\srv\\share",
        "\\\\srv\\share\\x",
        "\\\\?\\C:\\x",
        "\\\\.\\pipe\\x",
        "//srv/share",
        "//?/C:/x",
        ".//etc",
        ".//C:x",
    ] {
        refused(path.as_bytes());
    }
}

#[test]
fn a3_every_file_has_one_spelling() {
    for path in ["", ".", "./", "./.", "a//b", "a/./b", "a/.", "./a", "././a:b", "a/", "a/b/", "./a:b/", "/."]
    {
        refused(path.as_bytes());
    }
    refused(b"a\0b");
    refused(b"\0");
    let newline = entry("a\nb");
    assert_eq!(newline.as_bytes(), b"a\nb");
    assert_eq!(newline.to_string(), "a\\nb");
    let e = parse(b"\x1b]0;x\x07/..").unwrap_err();
    assert!(!e.to_string().contains('\x1b'), "a28: {e}");
}

#[test]
fn a4_long_and_deep_paths_are_refused() {
    for path in ["a/".repeat(9_999) + "a", "a".repeat(256), "abcdefg/".repeat(512) + "a", "/".repeat(5_000)] {
        assert_eq!(kind(parse(path.as_bytes())), ErrorKind::Limit, "{} bytes", path.len());
    }
    assert!(parse("a".repeat(255).as_bytes()).is_ok());
    assert!(parse(("a/".repeat(255) + "a").as_bytes()).is_ok());
    let mut tight = Limits::default();
    tight.path_depth = 2;
    assert!(EntryPath::parse(b"a/b", &tight).is_ok());
    let e = EntryPath::parse(b"a/b/c", &tight).unwrap_err();
    assert!(e.hint_text().unwrap().contains("--"), "names the flag");
}

#[test]
fn f17_names_that_unix_allows_are_kept_as_they_are() {
    for bytes in
        [&b"-rf"[..], b"-", b"--", b"\xff\xfe/\x80", b" ", b"a b", b"*", b"~", b"a\\b", b"ab:c", b"x/C:y"]
    {
        let path = parse(bytes).unwrap();
        assert_eq!(path.as_bytes(), bytes);
        #[cfg(unix)]
        assert_eq!(path.to_path_buf().as_os_str().as_encoded_bytes(), bytes);
    }
}

#[test]
fn components_parent_and_file_name_agree() {
    let path = entry("a/b/c");
    assert_eq!(path.components().collect::<Vec<_>>(), [b"a", b"b", b"c"]);
    assert_eq!((path.file_name(), path.parent()), (&b"c"[..], Some(entry("a/b"))));
    assert_eq!(entry("a").parent(), None);
    let marked = entry("./a:b/c");
    assert_eq!(marked.components().collect::<Vec<_>>(), [&b"a:b"[..], b"c"]);
    assert_eq!(marked.parent(), Some(entry("./a:b")));
    assert_eq!((entry("./a:b").parent(), entry("./a:b").file_name()), (None, &b"a:b"[..]));
    assert_eq!(path.join(b"d", &Limits::default()).unwrap(), entry("a/b/c/d"));
    assert_eq!(kind(path.join(b"..", &Limits::default())), ErrorKind::UnsafePath);
}

#[test]
fn a_source_gets_the_one_spelling_of_its_name() {
    let of = |path: &str| EntryPath::from_source(Path::new(path), &Limits::default());
    for (path, name, made_relative) in [
        ("a/b", "a/b", false),
        ("./a", "a", false),
        ("a//./b/", "a/b", false),
        ("/etc/passwd", "etc/passwd", true),
        ("//a", "a", true),
    ] {
        let expected = SourceName { path: Some(entry(name)), made_relative };
        assert_eq!(of(path).unwrap(), expected, "{path}");
    }
    assert_eq!(of(".").unwrap(), SourceName { path: None, made_relative: false });
    assert_eq!(of("/").unwrap(), SourceName { path: None, made_relative: true });
    for path in ["..", "../a", "a/../b"] {
        assert_eq!(kind(of(path)), ErrorKind::UnsafePath, "{path}");
    }
}

#[test]
#[cfg(unix)]
fn a_unix_name_that_windows_takes_for_a_drive_is_not_lost() {
    let of = |path: &str| EntryPath::from_source(Path::new(path), &Limits::default()).unwrap().path.unwrap();
    for (name, spelling) in [("a:b", "./a:b"), ("C:", "./C:"), ("\\x", "./\\x"), ("x/C:y", "x/C:y")] {
        let path = of(name);
        assert_eq!(path, entry(spelling));
        assert_eq!(path.to_path_buf(), Path::new(name));
    }
    // The one kind of name that is: on Windows it would climb, however it is spelt.
    let climbing = EntryPath::from_source(Path::new("..\\x"), &Limits::default());
    assert_eq!(kind(climbing), ErrorKind::UnsafePath);
}
