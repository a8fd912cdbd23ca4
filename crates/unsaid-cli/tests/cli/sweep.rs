//! The program is killed, or the system refuses, at every call on files in turn: what is left?

use std::fs;
use std::io;
use std::process::Command;

use unsaid_testkit::sweep::{Call, FILE_CALLS, Fault, Outcome, Sweep};

use crate::common::Dir;

/// A scene for one run: files to pack, and one archive to unpack. Small, because it is run for
/// every call; more than one group and a folder, so that every kind of call is made.
struct Scene(Dir);

impl Scene {
    fn new() -> Self {
        let dir = Dir::new();
        dir.write("in/one", "one ".repeat(1000));
        dir.write("in/sub/two", "two ".repeat(1000));
        dir.line("pack in -q --method store -o ready.ff").silent(0);
        Scene(dir)
    }

    fn reset(&self) {
        for name in ["out.ff", "out", "in"] {
            let path = self.0.path(name);
            let _ = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
        }
        for entry in fs::read_dir(self.0.path("")).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|e| e == "part") {
                fs::remove_file(path).unwrap();
            }
        }
        self.0.write("in/one", "one ".repeat(1000));
        self.0.write("in/sub/two", "two ".repeat(1000));
    }

    fn command(&self, line: &str) -> io::Result<Command> {
        self.reset();
        let mut command = self.0.command();
        command.args(line.split_whitespace());
        Ok(command)
    }

    fn sources_are_whole(&self) -> bool {
        let is = |name: &str, word: &str| {
            fs::read(self.0.path(name)).is_ok_and(|bytes| bytes == word.repeat(1000).as_bytes())
        };
        is("in/one", "one ") && is("in/sub/two", "two ")
    }

    /// Whether the archive under its final name is absent, or whole.
    fn archive_is_whole_or_absent(&self) -> bool {
        !self.0.has("out.ff") || self.0.line("test -q out.ff").code == 0
    }
}

/// From the first call about our files on: before it the system loads the program.
fn once_started() -> impl FnMut(&Call) -> bool {
    let mut started = false;
    move |call| {
        started |= ["\"in", "\"out", "\"ready.ff", "\".\""].iter().any(|name| call.text.contains(name));
        started
    }
}

const PACK: &str = "pack in -o out.ff -q --method store -T1";

#[test]
fn f1_killed_at_any_call_pack_leaves_no_broken_archive() {
    let scene = Scene::new();
    let kills = Sweep::new(FILE_CALLS, Fault::Kill)
        .run(
            once_started(),
            || scene.command(PACK),
            |outcome| {
                assert!(scene.archive_is_whole_or_absent(), "{outcome:?}");
                assert!(scene.sources_are_whole(), "{outcome:?}");
            },
        )
        .unwrap();
    assert!(kills > 20, "{kills}");
}

#[test]
fn f1_killed_at_any_call_a_source_is_there_unless_the_archive_is() {
    let scene = Scene::new();
    let kills = Sweep::new(FILE_CALLS, Fault::Kill)
        .run(
            once_started(),
            || scene.command(&format!("{PACK} --rm")),
            |outcome| {
                assert!(scene.archive_is_whole_or_absent(), "{outcome:?}");
                assert!(scene.0.has("out.ff") || scene.sources_are_whole(), "{outcome:?}");
            },
        )
        .unwrap();
    assert!(kills > 20, "{kills}");
}

#[test]
fn a27_killed_at_any_call_unpack_leaves_no_half_file() {
    let scene = Scene::new();
    let whole_or_absent = |name: &str, word: &str| {
        fs::read(scene.0.path(name)).map_or(true, |bytes| bytes == word.repeat(1000).as_bytes())
    };
    let kills = Sweep::new(FILE_CALLS, Fault::Kill)
        .run(
            once_started(),
            || scene.command("unpack ready.ff -C out -q -T1"),
            |outcome| {
                assert!(whole_or_absent("out/in/one", "one "), "{outcome:?}");
                assert!(whole_or_absent("out/in/sub/two", "two "), "{outcome:?}");
            },
        )
        .unwrap();
    assert!(kills > 20, "{kills}");
}

/// No run with a fault may claim success unless everything is there; none may panic.
fn judge(scene: &Scene, outcome: &Outcome, done: bool) {
    let code = outcome.status.code();
    assert!(code.is_some_and(|c| c < 7), "{outcome:?}");
    assert!(!outcome.stderr.contains("panicked") && !outcome.stderr.contains("bug"), "{outcome:?}");
    if outcome.succeeded() {
        assert!(done, "{outcome:?}");
    }
    assert!(scene.archive_is_whole_or_absent(), "{outcome:?}");
}

/// What the program is loaded from is not its doing.
fn not_the_loader(call: &Call) -> bool {
    !call.text.contains("ELF") && !call.text.contains(".so")
}

#[test]
fn f5_f6_an_error_of_any_call_of_pack_is_never_passed_over_in_silence() {
    let scene = Scene::new();
    for (names, error, at_least) in [
        (&["write", "pwrite64", "copy_file_range"][..], "ENOSPC", 1),
        (&["fsync", "linkat", "renameat2"][..], "EIO", 3),
        (&["read"][..], "EIO", 3),
    ] {
        let faults = Sweep::new(names, Fault::Error(error))
            .run(
                not_the_loader,
                || scene.command(&format!("{PACK} --rm")),
                |outcome| {
                    judge(&scene, outcome, scene.0.has("out.ff"));
                    assert!(scene.0.has("out.ff") || scene.sources_are_whole(), "{outcome:?}");
                },
            )
            .unwrap();
        assert!(faults >= at_least, "{names:?}: {faults}");
    }
}

#[test]
fn f5_f6_an_error_of_any_call_of_unpack_is_never_passed_over_in_silence() {
    let scene = Scene::new();
    for (names, error, at_least) in [
        (&["write", "pwrite64", "copy_file_range"][..], "ENOSPC", 2),
        (&["syncfs", "fsync", "linkat", "mkdirat"][..], "EIO", 5),
        (&["read", "openat2"][..], "EIO", 3),
    ] {
        let faults = Sweep::new(names, Fault::Error(error))
            .run(
                not_the_loader,
                || scene.command("unpack ready.ff -C out -q -T1"),
                |outcome| {
                    judge(&scene, outcome, scene.0.has("out/in/one") && scene.0.has("out/in/sub/two"));
                },
            )
            .unwrap();
        assert!(faults >= at_least, "{names:?}: {faults}");
    }
}
