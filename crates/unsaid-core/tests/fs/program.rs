//! A whole program over `unsaid_core::fs` (the example `publish`), on bad ground.

use super::names;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::SystemTime;
use unsaid_testkit::{Kind, bytes};

/// The example, which a plain `cargo test` builds beside this test, and `cargo test --test fs` does
/// not: one that is older than its sources would pass for what it is no longer.
pub(crate) fn publish() -> PathBuf {
    const HOW: &str = "cargo build -p unsaid-core --features fs --example publish";
    let here = std::env::current_exe().unwrap();
    let path = here.parent().and_then(Path::parent).unwrap().join("examples/publish");
    let built = fs::metadata(&path).unwrap_or_else(|e| panic!("{}: {e}: {HOW}", path.display()));
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let newest = newest(&package.join("src")).max(newest(&package.join("examples")));
    assert!(built.modified().unwrap() >= newest, "{} is out of date: {HOW}", path.display());
    path
}

fn newest(dir: &Path) -> SystemTime {
    let entries = fs::read_dir(dir).unwrap().map(Result::unwrap);
    let time = |e: fs::DirEntry| match e.file_type().unwrap().is_dir() {
        true => newest(&e.path()),
        false => e.metadata().unwrap().modified().unwrap(),
    };
    entries.map(time).max().unwrap()
}

/// A folder with an input of 200 kB.
pub(crate) fn scene() -> (tempfile::TempDir, Vec<u8>) {
    let dir = tempfile::tempdir().unwrap();
    let input = bytes(Kind::Noise, 1, 200_000);
    fs::write(dir.path().join("from"), &input).unwrap();
    (dir, input)
}

/// Runs a shell command in `dir` with `$publish`.
fn shell(dir: &Path, script: &str) -> Output {
    let mut sh = Command::new("sh");
    sh.args(["-c", script]).env("publish", publish()).current_dir(dir);
    sh.output().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The run failed as the environment's fault, said which file, and left only the input.
fn failed_cleanly(dir: &Path, output: &Output) {
    assert_eq!(output.status.code(), Some(6), "{}", stderr(output));
    assert!(stderr(output).contains("to"), "{}", stderr(output));
    assert_eq!(names(dir), ["from"]);
}

#[test]
fn f5_a_file_size_limit_is_an_error_and_leaves_nothing() {
    let (dir, _) = scene();
    let output = shell(dir.path(), "trap '' XFSZ; ulimit -f 64; exec \"$publish\" from to");
    failed_cleanly(dir.path(), &output);
    assert!(stderr(&output).contains("ulimit"), "{}", stderr(&output));
    // Without the trap the system kills the program.
    let output = shell(dir.path(), "ulimit -f 64; exec \"$publish\" from to");
    assert!(output.status.signal().is_some());
    assert_eq!(names(dir.path()), ["from"]);
}

/// Where users may not mount, `sweep` still injects ENOSPC at every call; the limit above is real.
#[test]
#[cfg(target_os = "linux")]
fn f5_a_full_disk_is_an_error_and_leaves_nothing() {
    let (dir, _) = scene();
    fs::create_dir(dir.path().join("small")).unwrap();
    let script = "mount -t tmpfs -o size=64k none small || exit 99
        \"$publish\" from small/to; echo \"code $?\"; ls -A small";
    let output = shell(dir.path(), &format!("unshare -rm sh -c '{script}'"));
    let said = String::from_utf8_lossy(&output.stdout);
    if said.is_empty() {
        eprintln!("no mounts here: {}", stderr(&output));
        return;
    }
    assert_eq!(said, "code 6\n", "{}", stderr(&output));
    assert!(
        stderr(&output).contains("small/to") && stderr(&output).contains("make room"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn f10_a_program_that_is_told_to_replace_its_input_refuses() {
    let (dir, input) = scene();
    fs::hard_link(dir.path().join("from"), dir.path().join("hard")).unwrap();
    std::os::unix::fs::symlink("from", dir.path().join("soft")).unwrap();
    for to in ["from", "hard", "soft", "./from"] {
        let output = shell(dir.path(), &format!("\"$publish\" --force --rm from {to}"));
        assert_eq!(output.status.code(), Some(2), "{to}: {}", stderr(&output));
        assert!(fs::read(dir.path().join("from")).unwrap() == input, "{to}");
    }
}

#[test]
fn f11_a_folder_that_may_not_be_written_to_is_an_error() {
    let (dir, _) = scene();
    let program = dir.path().join("publish");
    fs::copy(publish(), &program).unwrap();
    let closed = dir.path().join("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o555)).unwrap();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = Command::new(&program);
    command.args(["from", "closed/to"]).current_dir(dir.path());
    if rustix::process::geteuid().is_root() {
        // Nothing is closed to root.
        command.uid(65_534).gid(65_534);
    }
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(6), "{}", stderr(&output));
    assert!(stderr(&output).contains("closed/to") && stderr(&output).contains("hint"), "{}", stderr(&output));
    assert_eq!(names(&closed), [""; 0]);
}

#[test]
fn f11_a_umask_that_forbids_everything_is_obeyed() {
    let (dir, input) = scene();
    let output = shell(dir.path(), "umask 0777; exec \"$publish\" from to");
    assert!(output.status.success(), "{}", stderr(&output));
    let to = dir.path().join("to");
    assert_eq!(fs::metadata(&to).unwrap().permissions().mode() & 0o7777, 0);
    fs::set_permissions(&to, fs::Permissions::from_mode(0o600)).unwrap();
    assert!(fs::read(&to).unwrap() == input);
}

#[test]
fn f14_closed_standard_streams_do_not_end_up_in_the_file() {
    for streams in ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"] {
        let (dir, input) = scene();
        let output = shell(dir.path(), &format!("exec \"$publish\" from to {streams}"));
        assert!(output.status.success(), "{streams}");
        assert!(fs::read(dir.path().join("to")).unwrap() == input, "{streams}");
        // A message must go nowhere, too.
        let output = shell(dir.path(), &format!("exec \"$publish\" from to {streams}"));
        assert_eq!(output.status.code(), Some(6), "{streams}");
        assert!(fs::read(dir.path().join("to")).unwrap() == input, "{streams}");
    }
}

#[test]
fn a_pipe_is_copied_whole() {
    let (dir, input) = scene();
    let output = shell(dir.path(), "cat from | \"$publish\" - to");
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(fs::read(dir.path().join("to")).unwrap() == input);
}
