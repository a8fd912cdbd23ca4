//! Runs the real program in a folder of its own.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A folder that goes away with the test.
pub(crate) struct Dir(tempfile::TempDir);

/// How a run ended and what it said.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) bytes: Vec<u8>,
}

impl Dir {
    pub(crate) fn new() -> Self {
        Dir(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file, with the folders above it.
    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.path(name).symlink_metadata().is_ok()
    }

    /// Every file beneath, as relative paths in order.
    pub(crate) fn files(&self) -> Vec<String> {
        fn walk(dir: &Path, root: &Path, out: &mut Vec<String>) {
            for entry in fs::read_dir(dir).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() && !path.is_symlink() {
                    walk(&path, root, out);
                } else {
                    out.push(path.strip_prefix(root).unwrap().to_string_lossy().into_owned());
                }
            }
        }
        let mut out = Vec::new();
        walk(self.0.path(), self.0.path(), &mut out);
        out.sort();
        out
    }

    /// The program, to be started here with a known environment and nothing on standard input.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(program());
        self.prepare(&mut command);
        command
    }

    /// The program, with the signals that stop it as a terminal would start it, even where the tests
    /// themselves run in the background with SIGINT ignored.
    pub(crate) fn listening_command(&self) -> Command {
        let mut command = Command::new("env");
        command.arg("--default-signal=INT,TERM,HUP").arg(program());
        self.prepare(&mut command);
        command
    }

    fn prepare(&self, command: &mut Command) {
        command.current_dir(self.0.path()).stdin(Stdio::null());
        // Some CI services set CI, which means colours to many programs.
        for variable in
            ["UNSAID_LIMITS", "NO_COLOR", "CLICOLOR_FORCE", "ACCESSIBLE", "RUST_BACKTRACE", "COLUMNS", "CI"]
        {
            command.env_remove(variable);
        }
    }

    pub(crate) fn run<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Ran {
        self.finish(self.command().args(arguments))
    }

    /// The words of a line, separated by spaces.
    pub(crate) fn line(&self, line: &str) -> Ran {
        self.run(line.split_whitespace())
    }

    pub(crate) fn finish(&self, command: &mut Command) -> Ran {
        let output = command.output().unwrap();
        Ran {
            code: exit_code(output.status),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
            bytes: output.stdout,
        }
    }
}

impl Ran {
    /// Fails the test, showing what was said, unless the run ended so.
    #[track_caller]
    pub(crate) fn code(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:#?}");
        assert!(!self.err.contains("panicked"), "{self:#?}");
        self
    }

    /// As [`Ran::code`], and nothing was said on standard error.
    #[track_caller]
    pub(crate) fn silent(self, code: i32) -> Self {
        assert_eq!(self.err, "", "{self:#?}");
        self.code(code)
    }

    /// Fails the test unless standard error has this in it.
    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        assert!(self.err.contains(text), "'{text}' not in {self:#?}");
        self
    }
}

/// The code that a shell would see.
pub(crate) fn exit_code(status: std::process::ExitStatus) -> i32 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return 1000 + signal; // killed: never what the program promises
    }
    status.code().unwrap_or(-1)
}

pub(crate) fn program() -> &'static str {
    env!("CARGO_BIN_EXE_unsaid")
}
