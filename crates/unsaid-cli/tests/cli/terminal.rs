//! What changes when a stream is a terminal: progress, colours, binary, questions.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};
use std::thread;

use rustix_openpty::openpty;
use unsaid_testkit::{Kind, bytes};

use crate::common::{Dir, exit_code};

/// A terminal: what is typed into it, what appears on it, and the side that the program gets.
struct Terminal {
    controller: OwnedFd,
    user: OwnedFd,
}

impl Terminal {
    fn new() -> Self {
        let pair = openpty(None, None).unwrap();
        Terminal { controller: pair.controller, user: pair.user }
    }

    fn stdio(&self) -> Stdio {
        self.user.try_clone().unwrap().into()
    }

    /// Runs the command and gives its exit code and all that appeared on the terminal. `typed` is
    /// typed beforehand.
    fn run(self, mut command: Command, typed: &str) -> (i32, String) {
        let mut keyboard = File::from(self.controller.try_clone().unwrap());
        let mut screen = File::from(self.controller);
        keyboard.write_all(typed.as_bytes()).unwrap();
        let mut child = command.spawn().unwrap();
        // Only the program has the user's side now: when it ends, so does the screen (with EIO).
        drop(command);
        drop(self.user);
        let reader = thread::spawn(move || {
            let (mut all, mut piece) = (Vec::new(), [0; 4096]);
            while let Ok(n @ 1..) = screen.read(&mut piece) {
                all.extend_from_slice(&piece[..n]);
            }
            String::from_utf8_lossy(&all).into_owned()
        });
        let code = exit_code(child.wait().unwrap());
        (code, reader.join().unwrap())
    }
}

fn command(dir: &Dir, line: &str) -> Command {
    let mut command = dir.command();
    command.args(line.split_whitespace()).env("TERM", "xterm-256color");
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn with_file(size: usize) -> Dir {
    let dir = Dir::new();
    dir.write("a", bytes(Kind::Text, 1, size));
    dir
}

/// The line with standard error (and nothing else) on a terminal.
fn on_stderr(dir: &Dir, line: &str, variables: &[(&str, &str)]) -> (i32, String) {
    let terminal = Terminal::new();
    let mut command = command(dir, line);
    command.stderr(terminal.stdio()).envs(variables.iter().copied());
    terminal.run(command, "")
}

/// Enough to be worth a progress bar.
const LARGE: usize = 2 << 20;

#[test]
fn a_progress_bar_is_drawn_on_a_terminal_only() {
    let dir = with_file(LARGE);
    let (code, screen) = on_stderr(&dir, "pack a -1 -T1 -o x.ff", &[]);
    assert_eq!(code, 0);
    assert!(screen.contains('%') && screen.contains("packing x.ff") && screen.contains("left"), "{screen:?}");
    for quiet in ["-q", "--progress=never"] {
        let (_, screen) = on_stderr(&dir, &format!("pack a -1 -f -o x.ff {quiet}"), &[]);
        assert!(!screen.contains('%') || screen.lines().count() <= 1, "{quiet}: {screen:?}");
        assert!(!screen.contains("left"), "{quiet}: {screen:?}");
    }
    // Not a terminal: nothing but the last word.
    let ran = dir.line("pack a -1 -f -o x.ff").code(0);
    assert_eq!(ran.err.lines().count(), 1, "{ran:#?}");
}

#[test]
fn short_work_shows_no_bar() {
    let dir = with_file(1000);
    let (_, screen) = on_stderr(&dir, "pack a -1 -q -o x.ff", &[]);
    assert_eq!(screen, "");
    let (_, screen) = on_stderr(&dir, "pack a -1 -f -o x.ff", &[]);
    assert!(!screen.contains('\u{1b}') && screen.lines().count() == 1, "{screen:?}");
}

#[test]
fn screen_readers_and_dumb_terminals_get_plain_lines() {
    let dir = with_file(LARGE);
    for variable in [("ACCESSIBLE", "1"), ("TERM", "dumb")] {
        let (code, screen) = on_stderr(&dir, "pack a -1 -T1 -f -o x.ff", &[variable]);
        assert_eq!(code, 0);
        assert!(!screen.contains('\u{1b}') && !screen.contains("[="), "{variable:?}: {screen:?}");
    }
}

#[test]
fn colours_are_for_terminals_that_want_them() {
    let dir = Dir::new();
    let coloured =
        |variables: &[(&str, &str)]| on_stderr(&dir, "test missing", variables).1.contains('\u{1b}');
    assert!(coloured(&[]));
    assert!(!coloured(&[("NO_COLOR", "1")]));
    assert!(!coloured(&[("TERM", "dumb")]));
    assert!(!dir.line("test missing").code(6).err.contains('\u{1b}'));
    let mut forced = dir.command();
    forced.args(["test", "missing"]).env("CLICOLOR_FORCE", "1");
    assert!(dir.finish(&mut forced).code(6).err.contains('\u{1b}'));
}

#[test]
fn binary_never_goes_to_a_terminal() {
    let dir = Dir::new();
    dir.write("text", "несказанное\n");
    dir.write("noise", bytes(Kind::Noise, 1, 1000));
    dir.line("pack text noise -q -o x.ff").silent(0);
    let on_stdout = |line: &str| {
        let terminal = Terminal::new();
        let mut command = command(&dir, line);
        command.stdout(terminal.stdio());
        terminal.run(command, "")
    };
    for line in ["pack text -o -", "pack -", "cat x.ff noise"] {
        assert_eq!(on_stdout(line), (2, String::new()), "{line}");
    }
    assert_eq!(on_stdout("cat x.ff text"), (0, "несказанное\r\n".to_owned()));
    let (code, screen) = on_stdout("pack text -o - --force");
    assert!(code == 0 && screen.contains("USFF"), "{screen:?}");
    assert_eq!(on_stdout("cat x.ff noise --force").0, 0);
}

#[test]
fn compressed_bytes_do_not_come_from_a_terminal() {
    let dir = Dir::new();
    for line in ["unpack -", "list -", "test -", "cat -", "info -"] {
        let terminal = Terminal::new();
        let mut command = command(&dir, line);
        command.stdin(terminal.stdio());
        let (code, _) = terminal.run(command, "");
        assert_eq!(code, 2, "{line}");
    }
}

#[test]
fn questions_are_asked_only_where_somebody_can_answer() {
    let dir = with_file(1000);
    dir.write("x.ff", "mine");
    let asked = |answer: &str| {
        let terminal = Terminal::new();
        let mut command = command(&dir, "pack a -o x.ff");
        command.stdin(terminal.stdio()).stderr(terminal.stdio());
        terminal.run(command, answer)
    };
    let (code, screen) = asked("n\n");
    assert!(code == 6 && screen.contains("x.ff is there already. Replace it? [y/N]"), "{screen:?}");
    assert_eq!(asked("\n").0, 6);
    assert_eq!(dir.read("x.ff"), b"mine");
    // No terminal to answer on, or none to ask on: no question.
    let (code, screen) = on_stderr(&dir, "pack a -o x.ff", &[]);
    assert!(code == 6 && !screen.contains("Replace"), "{screen:?}");
    let terminal = Terminal::new();
    let mut unseen = command(&dir, "pack a -o x.ff");
    unseen.stdin(terminal.stdio());
    assert_eq!(terminal.run(unseen, "y\n").0, 6);
    assert_eq!(dir.read("x.ff"), b"mine");
    assert_eq!(asked("y\n").0, 0);
    dir.line("test x.ff").code(0);
}

#[test]
fn taken_names_are_asked_about_once_for_all() {
    let dir = Dir::new();
    dir.write("in/a", "new");
    dir.write("in/b", "new");
    dir.line("pack in -q").silent(0);
    let asked = |answer: &str| {
        let terminal = Terminal::new();
        let mut command = command(&dir, "unpack in.ff --here");
        command.stdin(terminal.stdio()).stderr(terminal.stdio());
        terminal.run(command, answer)
    };
    for (answer, code, content) in [("\n", 6, "old"), ("s\n", 1, "old"), ("o\n", 0, "new")] {
        dir.write("in/a", "old");
        dir.write("in/b", "old");
        let (ended, screen) = asked(answer);
        assert_eq!(ended, code, "{screen:?}");
        assert_eq!(screen.matches("2 names are taken").count(), 1, "{screen:?}");
        assert_eq!(dir.read("in/a"), content.as_bytes());
    }
}

#[test]
fn models_and_compressions_stay_away_from_terminals() {
    let dir = with_file(100);
    dir.write("doc", bytes(Kind::Text, 1, 2000));
    dir.line("bb forge doc -o m.bbm").code(0);
    dir.line("bb encode m.bbm doc -o doc.bb").code(0);
    dir.write("noise", bytes(Kind::Noise, 1, 100));
    dir.line("bb encode m.bbm noise -o noise.bb").code(0);
    for (line, code) in [
        ("bb forge doc", 2),
        ("bb encode m.bbm doc", 2),
        ("bb model import doc", 2),
        ("bb decode m.bbm noise.bb", 2),
        ("bb ncat noise", 2),
        ("bb decode m.bbm doc.bb", 0),
        ("bb ncat doc", 0),
        ("bb model export m.bbm", 0),
        ("bb forge doc --force", 0),
    ] {
        let terminal = Terminal::new();
        let mut command = command(&dir, line);
        command.stdout(terminal.stdio());
        assert_eq!(terminal.run(command, "").0, code, "{line}");
    }
    for line in ["bb decode m.bbm", "bb decode - doc.bb"] {
        let terminal = Terminal::new();
        let mut command = command(&dir, line);
        command.stdin(terminal.stdio());
        assert_eq!(terminal.run(command, "").0, 2, "{line}");
    }
}

#[test]
fn an_archive_of_piz_goes_to_a_terminal_only_by_force_and_what_it_holds_only_as_text() {
    let dir = Dir::new();
    dir.write("a", "text\n");
    let on_stdout = |line: &str| {
        let terminal = Terminal::new();
        let mut command = command(&dir, line);
        command.stdout(terminal.stdio()).stderr(terminal.stdio());
        terminal.run(command, "")
    };
    let (code, screen) = on_stdout("piz -wmc a");
    assert!(code == 2 && !screen.contains("PiZ\t"), "{code} {screen:?}");
    let (code, screen) = on_stdout("piz -wmcf a");
    assert!(code == 0 && screen.contains("PiZ\tDec\tHex"), "{code} {screen:?}");
    // Position 47 is a zero byte, which no text has.
    dir.write("zero.piz", "PiZ\tDec\tHex\n2\n\t47\n\n");
    let (code, screen) = on_stdout("piz -wmc zero.piz");
    assert!(code == 2 && screen.contains("no text"), "{code} {screen:?}");
    // Nobody waits for a person to type an archive.
    let terminal = Terminal::new();
    let mut command = command(&dir, "piz");
    command.stdin(terminal.stdio()).stderr(terminal.stdio());
    let (code, screen) = terminal.run(command, "");
    assert!(code == 2 && screen.contains("cannot come from a terminal"), "{code} {screen:?}");
}
