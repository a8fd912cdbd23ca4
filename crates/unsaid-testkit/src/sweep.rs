//! What if the program is killed, or the system refuses, at this call? And at the next?
//!
//! A program runs under `strace`, which can kill it or make a system call fail at a chosen
//! invocation. A [`Sweep`] lists the calls of one undisturbed run and then repeats the run once for
//! each of them with the [`Fault`] there. The caller prepares a fresh scene for every run and
//! judges what is left: nothing between two calls can matter to the file system, so the runs
//! together show every state that the program can leave behind.

use std::collections::HashMap;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus};

/// The calls that change or sync files, on every architecture; those a system lacks do not matter.
pub const FILE_CALLS: &[&str] = &[
    "open",
    "openat",
    "openat2",
    "creat",
    "read",
    "pread64",
    "write",
    "pwrite64",
    "writev",
    "copy_file_range",
    "sendfile",
    "ftruncate",
    "fallocate",
    "fchmod",
    "utimensat",
    "fsync",
    "fdatasync",
    "sync_file_range",
    "syncfs",
    "close",
    "link",
    "linkat",
    "rename",
    "renameat",
    "renameat2",
    "unlink",
    "unlinkat",
    "mkdir",
    "mkdirat",
    "rmdir",
    "symlink",
    "symlinkat",
];

/// What happens at the chosen call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The process dies before the call, as by `kill -9`.
    Kill,
    /// The call is not made and gives this error, such as `ENOSPC`.
    Error(&'static str),
    /// So do all later calls of the same name.
    Errors(&'static str),
}

/// One call of an undisturbed run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Its name.
    pub syscall: String,
    /// Which call of that name it was in its thread, from 1. `strace` counts to 65,535.
    pub nth: usize,
    /// The line of the trace, with the arguments.
    pub text: String,
}

/// What came of a run.
#[derive(Debug)]
pub struct Outcome {
    /// Where the (last) fault was to be; `None` in a run without one.
    pub call: Option<Call>,
    /// Whether the run got there. Only a program whose calls differ from run to run may not.
    pub reached: bool,
    /// How the program ended.
    pub status: ExitStatus,
    /// What it said.
    pub stderr: String,
}

impl Outcome {
    /// Whether the program ended by itself with exit code 0.
    pub fn succeeded(&self) -> bool {
        self.status.success()
    }

    /// Whether it died of `SIGKILL`.
    pub fn killed(&self) -> bool {
        self.status.signal() == Some(9)
    }
}

/// The calls of the given names in an undisturbed run of `program`, and how it ended.
///
/// # Errors
/// If `strace` is missing or may not trace.
pub fn calls(program: &Command, names: &[&str]) -> io::Result<(Vec<Call>, Outcome)> {
    calls_despite(program, names, &[])
}

fn calls_despite(
    program: &Command,
    names: &[&str],
    always: &[(Call, Fault)],
) -> io::Result<(Vec<Call>, Outcome)> {
    let (outcome, trace) = run(program, names, always)?;
    let mut seen: HashMap<(&str, &str), usize> = HashMap::new();
    let mut calls = Vec::new();
    for line in trace.lines() {
        // `1234  openat(AT_FDCWD, …) = 3`; not `1234  <... read resumed>` nor `1234  +++ exited`.
        let Some((thread, text)) = line.split_once(' ') else { continue };
        let Some((syscall, _)) = text.trim_start().split_once('(') else { continue };
        if !names.contains(&syscall) {
            continue;
        }
        let nth = seen.entry((thread, syscall)).or_default();
        *nth += 1;
        calls.push(Call { syscall: syscall.to_owned(), nth: *nth, text: text.trim_start().to_owned() });
    }
    if calls.is_empty() {
        return Err(io::Error::other(format!("strace saw no call; it said: {}", outcome.stderr)));
    }
    Ok((calls, outcome))
}

/// Runs `program` with these faults, at most one for each name of a call. The outcome is about the
/// last one.
///
/// # Errors
/// If `strace` is missing or may not trace.
pub fn inject(program: &Command, faults: &[(Call, Fault)]) -> io::Result<Outcome> {
    Ok(run(program, &[], faults)?.0)
}

/// Faults that are always there, and one that moves from call to call.
#[derive(Clone, Debug)]
pub struct Sweep {
    /// Names of the calls that the moving fault comes to.
    pub names: Vec<&'static str>,
    /// The moving fault.
    pub fault: Fault,
    /// Faults of every run, to sweep the path that a program takes round them. A call of the same
    /// name as one of these cannot be hit as well.
    pub always: Vec<(Call, Fault)>,
}

impl Sweep {
    /// One moving fault, and none that is always there.
    pub fn new(names: &[&'static str], fault: Fault) -> Self {
        Sweep { names: names.to_vec(), fault, always: Vec::new() }
    }

    /// Adds a fault of every run.
    #[must_use]
    pub fn always(mut self, call: Call, fault: Fault) -> Self {
        self.always.push((call, fault));
        self
    }

    /// Lists the calls, keeps those that `at` chooses (it sees them in their order), and runs
    /// `fresh()` once for each with the fault there. `check` sees the run without the moving fault
    /// first. Gives the number of faults.
    ///
    /// # Errors
    /// If `strace` is missing or may not trace, and what `fresh` returns.
    pub fn run(
        &self,
        mut at: impl FnMut(&Call) -> bool,
        mut fresh: impl FnMut() -> io::Result<Command>,
        mut check: impl FnMut(&Outcome),
    ) -> io::Result<usize> {
        let (mut calls, undisturbed) = calls_despite(&fresh()?, &self.names, &self.always)?;
        check(&undisturbed);
        calls.retain(|call| at(call) && self.always.iter().all(|(c, _)| c.syscall != call.syscall));
        // Threads number their calls apart, and the fault comes to whichever gets there first.
        calls.sort_by(|a, b| (&a.syscall, a.nth).cmp(&(&b.syscall, b.nth)));
        calls.dedup_by(|a, b| (&a.syscall, a.nth) == (&b.syscall, b.nth));
        for call in &calls {
            let mut faults = self.always.clone();
            faults.push((call.clone(), self.fault));
            check(&run(&fresh()?, &[], &faults)?.0);
        }
        Ok(calls.len())
    }
}

fn run(program: &Command, names: &[&str], faults: &[(Call, Fault)]) -> io::Result<(Outcome, String)> {
    let log = tempfile::NamedTempFile::new()?;
    let mut strace = Command::new("strace");
    strace.args(["-f", "-qq", "-s", "64", "-o"]).arg(log.path());
    // Much faster, but a signal cannot be put in at such a stop.
    if faults.iter().all(|(_, fault)| *fault != Fault::Kill) {
        strace.arg("--seccomp-bpf");
    }
    // `?`: a name that this architecture does not have is no error.
    let traced = names.iter().copied().chain(faults.iter().map(|(call, _)| call.syscall.as_str()));
    strace.arg(format!("--trace={}", traced.map(|name| format!("?{name}")).collect::<Vec<_>>().join(",")));
    for (Call { syscall, nth, .. }, fault) in faults {
        strace.arg(match fault {
            Fault::Kill => format!("--inject={syscall}:signal=SIGKILL:when={nth}"),
            Fault::Error(errno) => format!("--inject={syscall}:error={errno}:when={nth}"),
            Fault::Errors(errno) => format!("--inject={syscall}:error={errno}:when={nth}+"),
        });
    }
    strace.arg("--").arg(program.get_program()).args(program.get_args());
    if let Some(dir) = program.get_current_dir() {
        strace.current_dir(dir);
    }
    for (key, value) in program.get_envs() {
        match value {
            Some(value) => strace.env(key, value),
            None => strace.env_remove(key),
        };
    }
    let output = strace.output().map_err(|e| match e.kind() {
        io::ErrorKind::NotFound => io::Error::new(
            io::ErrorKind::NotFound,
            "these tests need strace: install it (apt-get install strace) and run them again",
        ),
        _ => e,
    })?;
    let trace = String::from_utf8_lossy(&std::fs::read(log.path())?).into_owned();
    let injected = |name: &str| {
        trace.lines().any(|line| line.ends_with("(INJECTED)") && line.contains(&format!(" {name}(")))
    };
    let outcome = Outcome {
        reached: faults.last().is_some_and(|(call, fault)| match fault {
            Fault::Kill => output.status.signal() == Some(9),
            _ => injected(&call.syscall),
        }),
        call: faults.last().map(|(call, _)| call.clone()),
        status: output.status,
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    };
    Ok((outcome, trace))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cat(path: &str) -> Command {
        let mut command = Command::new("cat");
        command.arg(path);
        command
    }

    #[test]
    fn every_call_is_reached_and_fails_as_told() {
        let mut faults = 0;
        let n = Sweep::new(&["openat"], Fault::Error("EIO")).run(
            |call| call.text.contains("/dev/null"),
            || Ok(cat("/dev/null")),
            |outcome| match &outcome.call {
                None => assert!(outcome.succeeded()),
                Some(call) => {
                    faults += 1;
                    assert!(outcome.reached && !outcome.succeeded(), "{call:?}");
                    assert!(outcome.stderr.contains("/dev/null"), "{}", outcome.stderr);
                }
            },
        );
        assert_eq!((n.unwrap(), faults), (1, 1));
    }

    #[test]
    fn a_kill_is_seen_as_one() {
        let (calls, _) = calls(&cat("/dev/null"), &["close"]).unwrap();
        assert!(calls.len() > 1);
        for call in &calls {
            assert!(inject(&cat("/dev/null"), &[(call.clone(), Fault::Kill)]).unwrap().killed(), "{call:?}");
        }
    }

    #[test]
    fn a_fault_of_every_run_is_in_every_run() {
        let (calls, _) = calls(&cat("/dev/null"), &["openat"]).unwrap();
        let null = calls.into_iter().find(|c| c.text.contains("/dev/null")).unwrap();
        let mut runs = 0;
        let sweep =
            Sweep::new(&["write", "openat"], Fault::Error("EIO")).always(null, Fault::Error("EACCES"));
        sweep
            .run(
                |_| true,
                || Ok(cat("/dev/null")),
                |outcome| {
                    runs += 1;
                    assert!(!outcome.succeeded());
                },
            )
            .unwrap();
        assert!(runs > 1, "cat complains with write");
    }

    #[test]
    fn a_call_that_never_comes_is_not_reached() {
        let call = Call { syscall: "close".into(), nth: 60_000, text: String::new() };
        let outcome = inject(&cat("/dev/null"), &[(call, Fault::Kill)]).unwrap();
        assert!(!outcome.reached && outcome.succeeded());
    }
}
