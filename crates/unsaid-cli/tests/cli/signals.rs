//! Signals: the first ends the work in order, the second ends the process at once.

use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::common::{Dir, exit_code, program};
use unsaid_testkit::{Kind, bytes};

/// Far more than can be compressed before the signal comes.
fn with_large_file() -> Dir {
    let dir = Dir::new();
    let piece = bytes(Kind::Text, 1, 1 << 20);
    dir.write("large", piece.repeat(64));
    dir
}

fn start(dir: &Dir, line: &str) -> Child {
    let mut command = dir.listening_command();
    command.args(line.split(' ')).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn send(child: &Child, signal: &str) {
    let status = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().unwrap();
    assert!(status.success());
}

/// The exit code, which must come within a few seconds.
#[track_caller]
fn ends_with(mut child: Child, code: i32) {
    let start = Instant::now();
    let status = loop {
        match child.try_wait().unwrap() {
            Some(status) => break status,
            None if start.elapsed() > Duration::from_secs(20) => {
                child.kill().unwrap();
                panic!("still running");
            }
            None => sleep(Duration::from_millis(10)),
        }
    };
    assert_eq!(exit_code(status), code);
    let output = child.wait_with_output().unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(!err.contains("panicked") && !err.contains("error"), "{err}");
}

/// A moment in which the work has begun.
fn a_moment() {
    sleep(Duration::from_millis(400));
}

#[test]
fn f2_a_signal_ends_the_work_and_nothing_unfinished_is_left() {
    let dir = with_large_file();
    for (signal, code) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        let child = start(&dir, "paq9a a x -1 large");
        a_moment();
        send(&child, signal);
        ends_with(child, code);
        assert_eq!(dir.files(), ["large"], "{signal}");
    }
}

#[test]
fn f2_a_signal_ends_pack_and_unpack_whatever_the_number_of_threads() {
    let dir = with_large_file();
    dir.line("pack large -q --method store -o stored.ff").silent(0);
    for threads in ["-T1", "-T2"] {
        let child = start(&dir, &format!("pack large -1 -o x.ff {threads}"));
        a_moment();
        send(&child, "INT");
        ends_with(child, 130);
        assert_eq!(dir.files(), ["large", "stored.ff"], "{threads}");
    }
    let child = start(&dir, "pack large -q -1 -o x.ff --rm");
    a_moment();
    send(&child, "TERM");
    ends_with(child, 143);
    assert_eq!(dir.files(), ["large", "stored.ff"]);
}

#[test]
fn f2_a_signal_ends_the_wait_for_standard_input() {
    let dir = Dir::new();
    for line in ["pack - -o x.ff", "unpack -", "list -", "test -"] {
        let mut command = dir.listening_command();
        command.args(line.split(' ')).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let keep_open = child.stdin.take();
        a_moment();
        send(&child, "INT");
        ends_with(child, 130);
        drop(keep_open);
        assert_eq!(dir.files(), [""; 0], "{line}");
    }
}

#[test]
fn f2_a_signal_ends_the_search_of_an_archive_without_its_index() {
    let dir = Dir::new();
    dir.write("a", bytes(Kind::Text, 1, 1000));
    dir.line("pack a -q -o big").silent(0);
    // The end is lost, and there is far more to search than can be read before the signal comes.
    let file = std::fs::OpenOptions::new().write(true).open(dir.path("big")).unwrap();
    file.set_len(dir.read("big").len() as u64 - 20).unwrap();
    file.set_len(1 << 40).unwrap();
    for line in ["list big", "info big", "test big", "cat big", "unpack big", "recover big -o x.ff"] {
        let child = start(&dir, line);
        a_moment();
        send(&child, "TERM");
        ends_with(child, 143);
        assert_eq!(dir.files(), ["a", "big"], "{line}");
    }
}

#[test]
fn f2_f9_the_first_signal_ends_the_wait_for_a_pipe_s_writer() {
    let dir = Dir::new();
    assert!(Command::new("mkfifo").arg(dir.path("fifo")).status().unwrap().success());
    for line in ["paq9a a x -1 fifo", "pack fifo -o x.ff"] {
        let mut child = start(&dir, line);
        a_moment();
        assert!(child.try_wait().unwrap().is_none(), "nobody writes to it");
        send(&child, "INT");
        ends_with(child, 130);
        assert_eq!(dir.files(), ["fifo"], "{line}");
    }
}

#[test]
fn f2_a_second_signal_ends_the_process_at_once() {
    let dir = Dir::new();
    assert!(Command::new("mkfifo").arg(dir.path("fifo")).status().unwrap().success());
    // Opening what is to be listed waits for a writer, and asking the work to stop does not reach it.
    let mut child = start(&dir, "paq9a l fifo");
    a_moment();
    send(&child, "INT");
    a_moment();
    if child.try_wait().unwrap().is_none() {
        send(&child, "INT");
    }
    ends_with(child, 130);
    assert_eq!(dir.files(), ["fifo"]);
}

#[test]
fn f2_a_signal_ignored_from_the_start_stays_ignored() {
    let dir = Dir::new();
    dir.write("a", bytes(Kind::Text, 1, 1 << 20));
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' HUP; exec \"$0\" \"$@\"", program(), "paq9a", "a", "x", "-1", "a"]);
    let child = command.current_dir(dir.path("")).stderr(Stdio::piped()).spawn().unwrap();
    sleep(Duration::from_millis(200));
    send(&child, "HUP");
    ends_with(child, 0);
    assert!(dir.has("x"));
}

#[test]
fn f4_stop_and_continue_change_nothing() {
    let dir = Dir::new();
    dir.write("a", bytes(Kind::Text, 1, 1 << 20));
    dir.line("paq9a a wanted -1 a").silent(0);
    let child = start(&dir, "paq9a a x -1 a");
    for signal in ["STOP", "CONT", "WINCH", "STOP", "CONT"] {
        send(&child, signal);
        sleep(Duration::from_millis(30));
    }
    ends_with(child, 0);
    assert_eq!(dir.read("x"), dir.read("wanted"));
}

#[test]
fn usr1_asks_for_a_line_of_progress() {
    let dir = with_large_file();
    let child = start(&dir, "paq9a a x -1 large");
    a_moment();
    send(&child, "USR1");
    a_moment();
    send(&child, "TERM");
    let output = child.wait_with_output().unwrap();
    assert_eq!(exit_code(output.status), 143);
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(err.starts_with("adding to x: ") && err.contains(" of 64.0 MiB read"), "{err}");
}
