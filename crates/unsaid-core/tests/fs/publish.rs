//! A draft and its final name.

use super::{kind, names};
use std::fs;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use unsaid_core::ErrorKind;
use unsaid_core::fs::{Conflict, Draft, Metadata, PublishOptions, Timestamp};

const REPLACE: PublishOptions = PublishOptions { conflict: Conflict::Replace, sync: true };

fn draft(path: &Path, options: &PublishOptions, bytes: &[u8]) -> Draft {
    let mut draft = Draft::beside(path, options).unwrap();
    draft.write_all(bytes).unwrap();
    draft
}

#[test]
fn f1_a_draft_has_no_final_name_before_it_is_published() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x");
    let draft = draft(&path, &PublishOptions::default(), b"whole");
    assert!(!path.exists());
    draft.publish().unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"whole");
    assert_eq!(names(dir.path()), ["x"]);
}

#[test]
fn f1_a_dropped_draft_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    drop(draft(&dir.path().join("x"), &PublishOptions::default(), b"part"));
    assert_eq!(names(dir.path()), [""; 0]);
}

#[test]
fn a_draft_can_be_read_back_and_written_again() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x");
    let mut draft = draft(&path, &PublishOptions::default(), b"one two");
    draft.seek(SeekFrom::Start(4)).unwrap();
    let mut text = String::new();
    draft.read_to_string(&mut text).unwrap();
    assert_eq!(text, "two");
    draft.rewind().unwrap();
    draft.write_all(b"ONE").unwrap();
    draft.publish().unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"ONE two");
}

#[test]
fn an_existing_file_is_refused_before_work_is_spent() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x");
    fs::write(&path, "old").unwrap();
    let e = Draft::beside(&path, &PublishOptions::default()).unwrap_err();
    assert_eq!((e.kind(), e.path()), (ErrorKind::Exists, Some(&*path)));
    assert!(e.hint_text().unwrap().contains("--force"));
}

#[test]
fn a_file_that_appears_meanwhile_is_not_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x");
    let draft = draft(&path, &PublishOptions::default(), b"new");
    fs::write(&path, "old").unwrap();
    assert_eq!(kind(draft.publish()), ErrorKind::Exists);
    assert_eq!(fs::read(&path).unwrap(), b"old");
    assert_eq!(names(dir.path()), ["x"]);
}

#[test]
fn replacing_leaves_other_names_of_the_old_file_alone() {
    let dir = tempfile::tempdir().unwrap();
    let (path, other) = (dir.path().join("x"), dir.path().join("other"));
    fs::write(&path, "old").unwrap();
    fs::hard_link(&path, &other).unwrap();
    let draft = draft(&path, &REPLACE, b"new");
    assert_eq!(fs::read(&path).unwrap(), b"old");
    draft.publish().unwrap();
    assert_eq!((fs::read(&path).unwrap(), fs::read(&other).unwrap()), (b"new".to_vec(), b"old".to_vec()));
    assert_eq!(names(dir.path()), ["other", "x"]);
}

#[test]
fn a_folder_is_never_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x");
    fs::create_dir(&path).unwrap();
    assert_eq!(kind(Draft::beside(&path, &REPLACE)), ErrorKind::Exists);
    fs::remove_dir(&path).unwrap();
    let draft = draft(&path, &REPLACE, b"new");
    fs::create_dir(&path).unwrap();
    assert_eq!(kind(draft.publish()), ErrorKind::Exists);
    assert_eq!(names(dir.path()), ["x"]);
}

#[test]
fn f11_a_missing_folder_is_named_with_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let e = Draft::beside(&dir.path().join("no/x"), &PublishOptions::default()).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Environment);
    assert!(e.hint_text().unwrap().contains("make the folder"));
    assert_eq!(e.path(), Some(&*dir.path().join("no")));
}

#[test]
fn a_path_without_a_file_name_is_a_mistake() {
    let dir = tempfile::tempdir().unwrap();
    for path in [dir.path().join(".."), dir.path().join("x/"), "/".into(), "".into(), "..".into()] {
        assert_eq!(kind(Draft::beside(&path, &REPLACE)), ErrorKind::Usage, "{path:?}");
    }
}

#[test]
fn a_bare_name_is_beside_the_working_directory() {
    let e = Draft::beside(Path::new("Cargo.toml"), &PublishOptions::default()).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Exists);
}

#[test]
fn a18_a_time_is_set_to_the_nanosecond_and_an_absurd_one_clamped() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x");
    let mut draft = draft(&path, &PublishOptions::default(), b"x");
    let moment = Timestamp { seconds: 1_000_000_007, nanos: 123_456_789 };
    assert_eq!(draft.set_metadata(&Metadata { mode: None, mtime: Some(moment) }), None);
    draft.publish().unwrap();
    assert_eq!(Metadata::of(&fs::metadata(&path).unwrap()).mtime, Some(moment));

    for seconds in [i64::MIN, -200_000_000_000, 0, i64::MAX] {
        let mut draft = Draft::beside(&path, &REPLACE).unwrap();
        let note = draft.set_metadata(&Metadata { mode: None, mtime: Some(Timestamp { seconds, nanos: 7 }) });
        assert_eq!(note.is_some(), seconds != 0);
        draft.publish().unwrap();
    }
}

#[cfg(all(unix, not(unsaid_fs_std)))]
mod unix {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    #[test]
    fn a14_special_bits_are_dropped_and_the_umask_is_respected() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("plain"), "").unwrap();
        let umask = 0o666 & !mode(&dir.path().join("plain"));
        for (asked, kept) in
            [(0o7777, 0o777), (0o4755, 0o755), (0o600, 0o600), (0o666, 0o666), (0o102_755, 0o755)]
        {
            let path = dir.path().join(format!("{asked:o}"));
            let mut draft = draft(&path, &PublishOptions::default(), b"x");
            draft.set_metadata(&Metadata { mode: Some(asked), mtime: None });
            draft.publish().unwrap();
            assert_eq!(mode(&path), kept & !umask, "{asked:o}");
        }
    }

    #[test]
    fn a_new_file_gets_the_usual_mode_and_a_replaced_one_its_old_mode() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("plain"), "").unwrap();
        let path = dir.path().join("x");
        draft(&path, &PublishOptions::default(), b"1").publish().unwrap();
        assert_eq!(mode(&path), mode(&dir.path().join("plain")));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        draft(&path, &REPLACE, b"2").publish().unwrap();
        assert_eq!(mode(&path), 0o600, "a private file stays private");
    }

    #[test]
    fn a_link_is_replaced_and_not_what_it_leads_to() {
        let dir = tempfile::tempdir().unwrap();
        let (path, target) = (dir.path().join("x"), dir.path().join("target"));
        fs::write(&target, "old").unwrap();
        symlink("target", &path).unwrap();
        assert_eq!(kind(Draft::beside(&path, &PublishOptions::default())), ErrorKind::Exists);
        draft(&path, &REPLACE, b"new").publish().unwrap();
        assert!(fs::symlink_metadata(&path).unwrap().is_file());
        assert_eq!(fs::read(&target).unwrap(), b"old");
    }

    #[test]
    fn a_dangling_link_counts_as_something_with_the_name() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        symlink("nowhere", &path).unwrap();
        assert_eq!(kind(Draft::beside(&path, &PublishOptions::default())), ErrorKind::Exists);
        draft(&path, &REPLACE, b"new").publish().unwrap();
        assert_eq!(names(dir.path()), ["x"]);
    }

    #[test]
    fn devices_and_links_to_them_are_never_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("stdout");
        symlink("/dev/null", &path).unwrap();
        for path in [Path::new("/dev/null"), &path] {
            let e = Draft::beside(path, &REPLACE).unwrap_err();
            assert_eq!(e.kind(), ErrorKind::Exists, "{e}");
            assert!(e.hint_text().unwrap().contains("-o -"));
        }
        let socket = dir.path().join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        assert_eq!(kind(Draft::beside(&socket, &REPLACE)), ErrorKind::Exists);
    }

    #[test]
    fn f17_any_name_that_unix_allows_can_be_published() {
        use std::os::unix::ffi::OsStrExt;
        let dir = tempfile::tempdir().unwrap();
        for name in [&b"\xff\xfe"[..], b"-rf", b"-", b"a\nb", b"a:b", b"a\\b", b" ", b"*"] {
            let path = dir.path().join(std::ffi::OsStr::from_bytes(name));
            draft(&path, &PublishOptions::default(), name).publish().unwrap();
            assert_eq!(fs::read(&path).unwrap(), name);
        }
        assert_eq!(names(dir.path()).len(), 8);
    }
}

#[cfg(unix)]
#[test]
fn times_and_an_exact_mode_are_those_of_the_published_file() {
    use std::os::unix::fs::MetadataExt;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x");
    let mut draft = Draft::beside(&path, &PublishOptions::default()).unwrap();
    let mtime = Some(Timestamp { seconds: 1_666_017_927, nanos: 0 });
    draft.set_metadata(&Metadata { mode: Some(0o106_777), mtime });
    draft.set_accessed(Timestamp { seconds: -1, nanos: 0 });
    draft.keep_mode_exactly();
    let own = std::fs::metadata(dir.path()).unwrap();
    draft.set_owner(Some(own.uid()), None).unwrap();
    draft.publish().unwrap();
    let m = std::fs::metadata(&path).unwrap();
    // Whatever the umask is; but never a bit that gives its runner somebody's rights.
    assert_eq!((m.mode() & 0o7777, m.mtime(), m.atime()), (0o777, 1_666_017_927, -1));
}
