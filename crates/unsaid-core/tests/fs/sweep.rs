//! The example program is killed, or refused, at every call that matters.
//!
//! Every state that it can leave behind is looked at. Needs `strace`.

use super::names;
use super::program::{publish, scene};
use std::cell::RefCell;
use std::fs;
use std::process::Command;
use unsaid_testkit::sweep::{Call, FILE_CALLS, Fault, Outcome, Sweep, calls, inject};

const OLD: &[u8] = b"the old file";

/// What a run left under the final name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Left {
    Nothing,
    OldFile,
    Complete,
}

/// A scene for each run, and the judgement that every run must pass.
struct Stage {
    arguments: &'static [&'static str],
    dir: RefCell<tempfile::TempDir>,
    input: RefCell<Vec<u8>>,
}

impl Stage {
    fn new(arguments: &'static [&'static str]) -> Self {
        let (dir, input) = scene();
        Stage { arguments, dir: RefCell::new(dir), input: RefCell::new(input) }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(publish());
        command.args(self.arguments).args(["from", "to"]).current_dir(self.dir.borrow().path());
        command
    }

    fn fresh(&self) -> std::io::Result<Command> {
        let (dir, input) = scene();
        if self.arguments.contains(&"--force") {
            fs::write(dir.path().join("to"), OLD)?;
        }
        *self.dir.borrow_mut() = dir;
        *self.input.borrow_mut() = input;
        Ok(self.command())
    }

    /// Whatever happened: nothing broken under the final name, and the bytes are somewhere whole.
    fn left(&self, outcome: &Outcome) -> Left {
        let dir = self.dir.borrow();
        let input = self.input.borrow();
        let left = match fs::read(dir.path().join("to")) {
            Ok(bytes) if bytes == *input => Left::Complete,
            Ok(bytes) if bytes == OLD => Left::OldFile,
            Ok(bytes) => panic!("{} bytes under the final name: {outcome:?}", bytes.len()),
            Err(_) => Left::Nothing,
        };
        assert!(left != Left::Nothing || !self.arguments.contains(&"--force"), "{outcome:?}");
        assert!(!outcome.succeeded() || left == Left::Complete, "{outcome:?}");
        match fs::read(dir.path().join("from")) {
            Ok(bytes) => assert!(bytes == *input),
            Err(_) => assert!(left == Left::Complete && self.arguments.contains(&"--rm"), "{outcome:?}"),
        }
        left
    }

    fn leftovers(&self) -> Vec<String> {
        let mut names = names(self.dir.borrow().path());
        names.retain(|name| name != "from" && name != "to");
        names
    }

    /// The first call of an undisturbed run whose line has all of `words`.
    fn call(&self, name: &str, words: &[&str]) -> Call {
        let (calls, _) = calls(&self.fresh().unwrap(), &[name]).unwrap();
        let found = calls.into_iter().find(|call| words.iter().all(|word| call.text.contains(word)));
        found.unwrap_or_else(|| panic!("no {name} with {words:?}"))
    }

    fn unnamed_file(&self) -> (Call, Fault) {
        (self.call("openat", &["O_TMPFILE"]), Fault::Error("EOPNOTSUPP"))
    }
}

/// From the first call about the input on: before it the system loads the program.
fn once_started() -> impl FnMut(&Call) -> bool {
    let mut started = false;
    move |call| {
        started |= call.text.contains("\"from\"");
        started
    }
}

#[test]
fn f1_killed_at_any_call_it_leaves_the_final_name_absent_or_whole() {
    for arguments in [&[][..], &["--force"], &["--rm"]] {
        let stage = Stage::new(arguments);
        let (mut before, mut after) = (0, 0);
        let kills = Sweep::new(FILE_CALLS, Fault::Kill).run(
            once_started(),
            || stage.fresh(),
            |outcome| {
                assert_eq!(outcome.killed(), outcome.call.is_some(), "{outcome:?}");
                match stage.left(outcome) {
                    Left::Complete => after += 1,
                    _ => before += 1,
                }
                // Without a name there is nothing to leave behind; replacing needs one for a moment.
                if arguments != ["--force"] {
                    assert_eq!(stage.leftovers(), [""; 0], "{outcome:?}");
                }
            },
        );
        assert!(kills.unwrap() >= 15 && before >= 5 && after >= 3, "{arguments:?} {before} {after}");
    }
}

#[test]
fn f1_killed_at_any_call_with_a_temporary_name_too() {
    for arguments in [&[][..], &["--force"]] {
        let stage = Stage::new(arguments);
        let (call, error) = stage.unnamed_file();
        let mut leftovers = 0;
        let kills = Sweep::new(FILE_CALLS, Fault::Kill).always(call, error).run(
            once_started(),
            || stage.fresh(),
            |outcome| {
                stage.left(outcome);
                let left = stage.leftovers();
                leftovers += left.len();
                assert!(left.iter().all(|n| n.starts_with(".unsaid.") && n.ends_with(".part")), "{left:?}");
                assert!(left.len() <= 1 && (left.is_empty() || outcome.killed()), "{left:?} {outcome:?}");
            },
        );
        assert!(kills.unwrap() >= 10 && leftovers >= 5, "the sweep went through the other path");
    }
}

/// Every call fails once with each error. Reading and closing what was read may go well all the
/// same; whatever the program says, it must be true.
#[test]
fn f5_f6_an_error_at_any_call_is_told_and_leaves_nothing_half() {
    const WRITING: &[&str] = &[
        "open",
        "openat",
        "write",
        "fchmod",
        "utimensat",
        "fsync",
        "close",
        "linkat",
        "renameat",
        "renameat2",
        "unlinkat",
    ];
    for error in ["ENOSPC", "EDQUOT", "EIO"] {
        for arguments in [&[][..], &["--force"]] {
            let stage = Stage::new(arguments);
            let mut told = 0;
            Sweep::new(WRITING, Fault::Error(error))
                .run(
                    once_started(),
                    || stage.fresh(),
                    |outcome| {
                        stage.left(outcome);
                        assert_eq!(stage.leftovers(), [""; 0], "{outcome:?}");
                        assert!(matches!(outcome.status.code(), Some(0 | 6)), "{outcome:?}");
                        if !outcome.succeeded() {
                            told += 1;
                            assert!(outcome.stderr.starts_with("publish: "), "names a file: {outcome:?}");
                        }
                    },
                )
                .unwrap();
            assert!(told >= 8, "{error} {arguments:?}: {told}");
        }
    }
}

/// What a failed call must lead to, whatever else goes well.
#[test]
fn f5_f6_errors_of_writing_syncing_and_closing_count() {
    let stage = Stage::new(&[]);
    let (mut syncs, mut closes) = (0, 0);
    Sweep::new(&["open", "openat", "write", "fsync", "close"], Fault::Error("EIO"))
        .run(
            once_started(),
            || stage.fresh(),
            |outcome| {
                let left = stage.left(outcome);
                match outcome.call.as_ref().map(|c| (c.syscall.as_str(), outcome.succeeded())) {
                    Some(("write", succeeded)) => assert!(!succeeded && left == Left::Nothing),
                    Some(("fsync", succeeded)) => {
                        assert!(!succeeded, "{outcome:?}");
                        // The file itself, then its folder, when the name is there already.
                        let expected = if syncs == 0 { Left::Nothing } else { Left::Complete };
                        assert_eq!(left, expected, "{outcome:?}");
                        syncs += 1;
                    }
                    Some(("close", false)) => {
                        assert!(left == Left::Nothing && outcome.stderr.contains("closing"), "{outcome:?}");
                        closes += 1;
                    }
                    _ => {}
                }
            },
        )
        .unwrap();
    assert_eq!((syncs, closes), (2, 1));
}

#[test]
fn f6_a_read_error_keeps_the_source_and_makes_nothing() {
    let stage = Stage::new(&["--rm"]);
    let reads = Sweep::new(&["read"], Fault::Error("EIO"))
        .run(
            |call| call.text.contains("65536"),
            || stage.fresh(),
            |outcome| {
                let expected = if outcome.call.is_some() { Left::Nothing } else { Left::Complete };
                assert_eq!(stage.left(outcome), expected, "{outcome:?}");
                assert_eq!(outcome.succeeded(), outcome.call.is_none());
            },
        )
        .unwrap();
    assert!(reads >= 4);
}

#[test]
fn f7_an_interrupted_call_is_made_again() {
    for arguments in [&[][..], &["--force"]] {
        let stage = Stage::new(arguments);
        // Interrupted by nothing that the system would do: closing, which must not be repeated.
        let interruptible: Vec<_> = FILE_CALLS.iter().copied().filter(|&name| name != "close").collect();
        let calls = Sweep::new(&interruptible, Fault::Error("EINTR"))
            .run(
                once_started(),
                || stage.fresh(),
                |outcome| {
                    assert!(outcome.succeeded(), "{outcome:?}");
                    assert_eq!((stage.left(outcome), stage.leftovers()), (Left::Complete, Vec::new()));
                },
            )
            .unwrap();
        assert!(calls >= 10);
    }
}

/// Runs with these faults all through, and must succeed all the same.
fn succeeds_despite(arguments: &'static [&'static str], faults: &[(Call, Fault)]) {
    let stage = Stage::new(arguments);
    let outcome = inject(&stage.fresh().unwrap(), faults).unwrap();
    assert!(outcome.reached && outcome.succeeded(), "{faults:?}: {outcome:?}");
    assert_eq!((stage.left(&outcome), stage.leftovers()), (Left::Complete, Vec::new()), "{faults:?}");
}

fn every(name: &str, error: &'static str) -> (Call, Fault) {
    (Call { syscall: name.into(), nth: 1, text: String::new() }, Fault::Errors(error))
}

#[test]
fn f12_a_file_system_without_unnamed_files_gets_temporary_names() {
    for arguments in [&[][..], &["--force"]] {
        let (call, _) = Stage::new(arguments).unnamed_file();
        for error in ["EOPNOTSUPP", "EINVAL", "ENOSYS", "EISDIR", "ENOENT"] {
            succeeds_despite(arguments, &[(call.clone(), Fault::Error(error))]);
        }
    }
}

#[test]
fn f12_an_unnamed_file_that_gets_no_name_is_copied() {
    for arguments in [&[][..], &["--force"]] {
        for error in ["EOPNOTSUPP", "EINVAL", "ENOSYS", "EXDEV", "ENOENT", "EPERM"] {
            succeeds_despite(arguments, &[every("linkat", error)]);
        }
    }
}

#[test]
fn f12_a_rename_that_cannot_refuse_to_replace_is_not_needed() {
    let (call, error) = Stage::new(&[]).unnamed_file();
    for rename in ["EINVAL", "ENOSYS", "EOPNOTSUPP"] {
        // By a second name, and where there are none, by a look before the move.
        succeeds_despite(&[], &[(call.clone(), error), every("renameat2", rename)]);
        for link in ["EPERM", "EOPNOTSUPP"] {
            let faults = [(call.clone(), error), every("linkat", link), every("renameat2", rename)];
            succeeds_despite(&[], &faults);
        }
    }
}

#[test]
fn f12_no_fallback_replaces_a_file_that_is_there() {
    let stage = Stage::new(&[]);
    let (call, error) = stage.unnamed_file();
    for faults in [
        vec![every("linkat", "EPERM")],
        vec![(call.clone(), error)],
        vec![(call.clone(), error), every("renameat2", "EINVAL")],
        vec![(call, error), every("linkat", "EPERM"), every("renameat2", "EINVAL")],
    ] {
        // It is there all the time, but the first look at the name is made to see nothing.
        let look = stage.call("newfstatat", &["\"to\""]);
        let command = stage.fresh().unwrap();
        fs::write(stage.dir.borrow().path().join("to"), OLD).unwrap();
        let faults = [faults, vec![(look, Fault::Error("ENOENT"))]].concat();
        let outcome = inject(&command, &faults).unwrap();
        assert!(outcome.reached && outcome.status.code() == Some(6), "{faults:?}: {outcome:?}");
        assert_eq!((stage.left(&outcome), stage.leftovers()), (Left::OldFile, Vec::new()), "{faults:?}");
    }
}
