//! Two machines, as far as the program can tell: folders with a store each, that meet on the loopback
//! interface only.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use crate::common::{Dir, Ran, exit_code};

/// A machine with a store of its own, and no Kubo.
pub(crate) struct Machine(pub(crate) Dir);

impl Machine {
    pub(crate) fn new() -> Self {
        Machine(Dir::new())
    }

    pub(crate) fn prepare<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command.env("UNSAID_HOME", self.0.path("home")).env("IPFS_PATH", self.0.path("no-repo"))
    }

    pub(crate) fn command(&self, line: &str) -> Command {
        let mut command = self.0.command();
        self.prepare(&mut command).args(line.split_whitespace());
        command
    }

    pub(crate) fn run(&self, line: &str) -> Ran {
        self.0.finish(&mut self.command(line))
    }

    /// Serves its store until the server is dropped.
    pub(crate) fn serve(&self, more: &str) -> Serving {
        let mut command = self.0.listening_command();
        self.prepare(&mut command);
        command.args(["ipfs", "serve", "--listen", "127.0.0.1:0"]).args(more.split_whitespace());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
        assert!(url.starts_with("http://127.0.0.1:"), "{url:?}");
        Serving { child, url: url.trim().to_owned() }
    }
}

/// A server that runs.
pub(crate) struct Serving {
    child: Child,
    pub(crate) url: String,
}

impl Serving {
    /// Ends it as Ctrl-C does; gives the exit code.
    pub(crate) fn interrupt(mut self) -> i32 {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", "INT", &id]).status().unwrap().success());
        exit_code(self.child.wait().unwrap())
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
