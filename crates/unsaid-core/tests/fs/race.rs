//! Another process swaps folders for links while an archive is being unpacked.

use super::root::put_at;
use super::{entry, names};
use rustix::fs::{CWD, RenameFlags, renameat_with};
use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use unsaid_core::ErrorKind;
use unsaid_core::fs::{Conflict, Metadata, Root, Timestamp};

#[test]
fn a8_no_swapped_link_leads_a_write_outside() {
    let dir = tempfile::tempdir().unwrap();
    let (out, outside) = (dir.path().join("out"), dir.path().join("outside"));
    for d in ["out", "out/sub", "out/other", "outside", "outside/deep"] {
        fs::create_dir(dir.path().join(d)).unwrap();
    }
    fs::write(outside.join("canary"), "alive").unwrap();
    symlink(&outside, out.join("link")).unwrap();
    let before = fs::metadata(&outside).unwrap();

    let (stop, swaps) = (AtomicBool::new(false), AtomicUsize::new(0));
    let (mut written, mut refused) = (0, 0);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let (sub, link) = (out.join("sub"), out.join("link"));
            while !stop.load(Ordering::Relaxed) {
                renameat_with(CWD, &sub, CWD, &link, RenameFlags::EXCHANGE).unwrap();
                swaps.fetch_add(1, Ordering::Relaxed);
            }
        });
        let root = Root::open(&out).unwrap();
        let metadata = Metadata { mode: Some(0o700), mtime: Some(Timestamp::default()) };
        let start = Instant::now();
        let mut i = 0;
        // Until the race was really run, both ways.
        while i < 2_000 || ((written < 100 || refused < 100) && start.elapsed() < Duration::from_secs(30)) {
            i += 1;
            // Another folder in between makes the root walk to `sub` again.
            put_at(&root, &entry("other/x"), b"x", Conflict::Replace).unwrap();
            let path = entry(&format!("sub/deep/{}", i % 50));
            let result = match i % 4 {
                0 => put_at(&root, &path, b"x", Conflict::Replace),
                1 => root.symlink(&path, b"x", Conflict::Replace),
                2 => root.set_dir_metadata(&entry("sub/deep"), &metadata, Conflict::Replace).map(|_| ()),
                _ => root.hard_link(&entry("other/x"), &path, Conflict::Replace),
            };
            match result.map_err(|e| e.kind()) {
                Ok(()) => written += 1,
                Err(ErrorKind::UnsafePath) => refused += 1,
                // No `deep` yet, or `sub` was swapped back before it was looked at again.
                Err(ErrorKind::Corrupt | ErrorKind::Environment) => {}
                Err(other) => panic!("{other:?}"),
            }
        }
        stop.store(true, Ordering::Relaxed);
    });

    assert_eq!(names(&outside), ["canary", "deep"]);
    assert_eq!(names(&outside.join("deep")), [""; 0]);
    assert_eq!(fs::read(outside.join("canary")).unwrap(), b"alive");
    let after = fs::metadata(&outside).unwrap();
    let state = |m: &fs::Metadata| (m.mode(), m.mtime(), m.mtime_nsec(), m.ctime(), m.ctime_nsec());
    assert_eq!(state(&before), state(&after));
    let swaps = swaps.into_inner();
    assert!(written >= 100 && refused >= 100 && swaps >= 1_000, "{written} {refused} {swaps}");
}
