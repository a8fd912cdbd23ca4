//! What the folder of kept files promises, also to several who use it at once.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::fs;
use std::io::Write;

use unsaid_core::check::Hash;
use unsaid_core::{Error, ErrorKind, Limits, Silent};
use unsaid_ipld::{Block, Codec};
use unsaid_knowledge::{About, Files};

fn place() -> (tempfile::TempDir, Files) {
    let dir = tempfile::tempdir().unwrap();
    let files = Files::at(dir.path().join("kept"));
    (dir, files)
}

/// What lies in the folder, but the lock.
fn names(files: &Files) -> Vec<String> {
    let entries = fs::read_dir(files.folder()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name != "lock").collect()
}

fn bytes() -> (Vec<u8>, Hash) {
    let file: Vec<u8> = (0..200_000u32).map(|n| (n.wrapping_mul(n) >> 7) as u8).collect();
    let hash = Hash::of(&file);
    (file, hash)
}

#[test]
fn g1_many_may_keep_the_same_file_at_once() {
    let ((_dir, files), (file, hash)) = (place(), bytes());
    let added = std::thread::scope(|scope| {
        let all: Vec<_> = (0..20).map(|_| scope.spawn(|| files.put(&file).unwrap())).collect();
        all.into_iter().map(|one| one.join().unwrap()).filter(|(_, added)| *added).count()
    });
    assert_eq!(added, 1);
    assert_eq!(files.hashes().unwrap(), [hash]);
    assert_eq!(files.read(&hash, &Limits::default()).unwrap(), file);
    assert_eq!(names(&files), [hash.to_string()]);
}

#[test]
fn g5_what_changed_on_the_disk_is_not_used_and_keeping_it_again_mends_it() {
    let ((_dir, files), (file, hash)) = (place(), bytes());
    assert_eq!(files.put(&file).unwrap(), (hash, true));
    let mut longer = file.clone();
    longer.push(0);
    let mut flipped = file.clone();
    flipped[170_000] ^= 1;
    for damaged in [Vec::new(), file[..199_999].to_vec(), longer, flipped] {
        fs::write(files.path(&hash), damaged).unwrap();
        let e = files.read(&hash, &Limits::default()).unwrap_err();
        assert_eq!((e.kind(), e.path()), (ErrorKind::Corrupt, Some(&*files.path(&hash))));
        assert_eq!(files.verify(&hash, &Silent).unwrap_err().kind(), ErrorKind::Corrupt);
        assert_eq!(files.put(&file).unwrap(), (hash, true));
        assert_eq!(files.verify(&hash, &Silent).unwrap(), 200_000);
        assert_eq!(files.put(&file).unwrap(), (hash, false));
    }
}

#[test]
fn what_is_read_must_have_the_hash_that_was_announced() {
    let ((_dir, files), (file, hash)) = (place(), bytes());
    let other = Hash::of(b"another");
    let write = |out: &mut dyn Write| out.write_all(&file).map_err(|e| Error::io("writing", e));
    let e = files.put_with(&other, &write, &Silent).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Corrupt);
    assert_eq!(files.hashes().unwrap(), []);
    assert!(files.put_with(&hash, &write, &Silent).unwrap());
    assert_eq!(files.hashes().unwrap(), [hash]);
}

#[test]
fn more_than_the_memory_allowed_is_not_read() {
    let ((_dir, files), (file, hash)) = (place(), bytes());
    files.put(&file).unwrap();
    let mut limits = Limits::default();
    limits.memory = 199_999;
    assert_eq!(files.read(&hash, &limits).unwrap_err().kind(), ErrorKind::Limit);
    limits.memory = 200_000;
    assert_eq!(files.read(&hash, &limits).unwrap(), file);
}

#[test]
fn too_few_digits_choose_nothing() {
    let ((_dir, files), (file, hash)) = (place(), bytes());
    files.put(&file).unwrap();
    let text = hash.to_string();
    for digits in ["", &text[..3], "zzzz", "éé"] {
        assert_eq!(files.find(digits).unwrap_err().kind(), ErrorKind::Usage, "{digits}");
    }
    assert_eq!(files.find(&text[..4]).unwrap(), hash);
    assert_eq!(files.find(&text.to_uppercase()).unwrap(), hash);
    let other = if text.starts_with("0000") { "1111" } else { "0000" };
    let e = files.find(other).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Missing);
    assert!(e.hint_text().unwrap().contains("knowledge ls"));
}

#[test]
fn g7_only_the_exact_name_of_a_hash_is_a_file_that_is_kept() {
    let ((_dir, files), (file, hash)) = (place(), bytes());
    files.put(&file).unwrap();
    let other = Hash::of(b"other").to_string();
    for name in [
        other.to_uppercase(),
        format!("{other}.json"),
        format!("{other}.pin"),
        format!("{other}~"),
        "é".repeat(32),
    ] {
        fs::write(files.folder().join(name), "no").unwrap();
    }
    assert_eq!(files.hashes().unwrap(), [hash]);
}

#[test]
#[cfg(unix)]
fn what_is_no_file_is_refused_and_keeps_nobody_waiting() {
    let ((_dir, files), (file, hash)) = (place(), bytes());
    fs::create_dir_all(files.folder()).unwrap();
    let path = files.path(&hash);
    let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
    assert!(made.success());
    let refused = || {
        let e = files.read(&hash, &Limits::default()).unwrap_err();
        assert_eq!((e.kind(), e.path()), (ErrorKind::Environment, Some(&*path)));
        assert!(e.to_string().contains("not a file"), "{e}");
        assert_eq!(files.put(&file).unwrap_err().kind(), ErrorKind::Environment);
    };
    refused();
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    refused();
    fs::remove_dir(&path).unwrap();
    std::os::unix::fs::symlink("/dev/zero", &path).unwrap();
    refused();
}

#[test]
fn only_what_is_not_pinned_may_go() {
    let ((_dir, files), (file, hash)) = (place(), bytes());
    files.put(&file).unwrap();
    let (other, _) = files.put(b"other").unwrap();
    files.pin(&hash).unwrap();
    assert_eq!(files.pin(&Hash::of(b"not kept")).unwrap_err().kind(), ErrorKind::Missing);
    let zero = std::time::Duration::ZERO;
    let garbage: Vec<_> = files.garbage(zero).unwrap().iter().map(|one| (one.hash, one.size)).collect();
    assert_eq!(garbage, [(other, 5)]);
    assert_eq!(files.garbage(std::time::Duration::from_secs(3600)).unwrap(), []);
    assert!(files.unpin(&hash).unwrap());
    assert!(!files.unpin(&hash).unwrap());
    assert_eq!(files.garbage(zero).unwrap().len(), 2);
    files.pin(&hash).unwrap();
    files.remove(&hash).unwrap();
    assert_eq!(files.remove(&hash).unwrap_err().kind(), ErrorKind::Missing);
    files.put(&file).unwrap();
    assert!(!files.is_pinned(&hash), "a pin does not outlive what it kept");
}

#[test]
fn what_is_known_about_a_file_may_be_lost_or_damaged_without_harm() {
    let ((_dir, files), (file, hash)) = (place(), bytes());
    files.put(&file).unwrap();
    assert_eq!(files.about(&hash).unwrap(), About::default());
    let cid = *Block::new(Codec::Raw, file).unwrap().cid();
    let about = About { kind: "records model".into(), cid: Some(cid), origin: "a\"\n".into() };
    files.set_about(&hash, &about).unwrap();
    assert_eq!(files.about(&hash).unwrap(), about);
    assert_eq!(files.find_cid(&cid).unwrap(), Some(hash));
    let path = files.folder().join(format!("{hash}.json"));
    for damaged in ["", "{", "[]", "{\"schema\":2,\"kind\":\"x\"}", "\u{0}"] {
        fs::write(&path, damaged).unwrap();
        assert_eq!(files.about(&hash).unwrap(), About::default(), "{damaged}");
    }
    fs::write(&path, "{\"schema\":1,\"kind\":7,\"cid\":\"no\"}").unwrap();
    assert_eq!(files.about(&hash).unwrap(), About::default());
    files.set_about(&hash, &about).unwrap();
    files.remove(&hash).unwrap();
    assert_eq!(names(&files), [] as [String; 0]);
}

#[test]
fn what_was_pinned_or_put_again_since_garbage_was_listed_stays() {
    let ((_dir, files), (file, hash)) = (place(), bytes());
    files.put(&file).unwrap();
    let (pinned, _) = files.put(b"pinned").unwrap();
    let (gone, _) = files.put(b"gone").unwrap();
    let hour = std::time::Duration::from_secs(3600);
    for hash in [&hash, &pinned, &gone] {
        let old = std::time::SystemTime::now() - 2 * hour;
        fs::File::open(files.path(hash)).unwrap().set_modified(old).unwrap();
    }
    let garbage = files.garbage(hour).unwrap();
    assert_eq!(garbage.len(), 3);
    assert_eq!(files.put(&file).unwrap(), (hash, false));
    files.pin(&pinned).unwrap();
    let collecting = files.collecting(&Silent).unwrap();
    let collected: Vec<_> = garbage.iter().filter(|one| collecting.remove(one, hour).unwrap()).collect();
    assert_eq!(collected.iter().map(|one| one.hash).collect::<Vec<_>>(), [gone]);
    // Two that collect at once: the second finds nothing to do.
    drop(collecting);
    let collecting = files.collecting(&Silent).unwrap();
    assert!(garbage.iter().all(|one| !collecting.remove(one, hour).unwrap()));
    assert_eq!(files.hashes().unwrap().len(), 2);
}

#[test]
#[cfg(unix)]
fn g6_a_planted_pin_harms_nothing_and_folders_are_their_owners() {
    use std::os::unix::fs::PermissionsExt;
    let ((dir, files), (file, hash)) = (place(), bytes());
    files.put(&file).unwrap();
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(files.folder()), 0o700);
    let victim = dir.path().join("victim");
    fs::write(&victim, "precious").unwrap();
    std::os::unix::fs::symlink(&victim, files.folder().join(format!("{hash}.pin"))).unwrap();
    files.pin(&hash).unwrap();
    assert_eq!(fs::read(&victim).unwrap(), b"precious");
    assert!(files.is_pinned(&hash));
    assert!(files.unpin(&hash).unwrap() && victim.exists());
}

#[test]
fn what_is_added_is_not_collected_before_it_is_pinned_whatever_its_age() {
    let ((_dir, files), (file, hash)) = (place(), bytes());
    let other = files.clone().with_patience(std::time::Duration::from_millis(100));
    let adding = files.adding(&Silent).unwrap();
    files.put(&file).unwrap();
    let e = other.collecting(&Silent).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Environment);
    assert!(e.to_string().contains("somebody adds"), "{e}");
    files.pin(&hash).unwrap();
    drop(adding);
    let zero = std::time::Duration::ZERO;
    assert_eq!(other.garbage(zero).unwrap(), []);
    // And nobody adds or pins what is just going.
    files.unpin(&hash).unwrap();
    let collecting = other.collecting(&Silent).unwrap();
    let garbage = other.garbage(zero).unwrap();
    assert_eq!(other.put(&file).unwrap_err().kind(), ErrorKind::Environment);
    assert_eq!(other.pin(&hash).unwrap_err().kind(), ErrorKind::Environment);
    assert!(collecting.remove(&garbage[0], zero).unwrap());
    drop(collecting);
    assert_eq!(other.put(&file).unwrap(), (hash, true));
}

#[test]
#[cfg(unix)]
fn g6_a_folder_that_others_may_write_to_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let ((_dir, files), (file, hash)) = (place(), bytes());
    files.put(&file).unwrap();
    let mode = |mode| fs::set_permissions(files.folder(), fs::Permissions::from_mode(mode)).unwrap();
    for bits in [0o777, 0o770, 0o702] {
        mode(bits);
        let refusals = [
            files.hashes().map(drop),
            files.open(&hash).map(drop),
            files.read(&hash, &Limits::default()).map(drop),
            files.put(b"other").map(drop),
            files.pin(&hash),
            files.unpin(&hash).map(drop),
            files.about(&hash).map(drop),
            files.set_about(&hash, &About::default()),
            files.remove(&hash),
            files.collecting(&Silent).map(drop),
        ];
        for refused in refusals {
            let e = refused.unwrap_err();
            assert_eq!(e.kind(), ErrorKind::Environment, "{e}");
            assert!(e.hint_text().unwrap().contains("chmod go-w"), "{e:?}");
        }
    }
    mode(0o755);
    assert_eq!(files.read(&hash, &Limits::default()).unwrap(), file);
    // Only root can give a folder away.
    if std::os::unix::fs::chown(files.folder(), Some(12345), None).is_ok() {
        let e = files.read(&hash, &Limits::default()).unwrap_err();
        assert!(e.to_string().contains("user 12345"), "{e}");
    }
}
