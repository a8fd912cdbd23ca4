//! Standard streams, environment and resources that are not as usual.

use std::fs::{self, File};
use std::io;
use std::process::{Command, Stdio};

use crate::common::{Dir, program};
use unsaid_testkit::{Kind, bytes};

/// The program behind `sh`, which can close streams and set limits. `script` ends in `"$0" "$@"`.
fn shell(dir: &Dir, script: &str, line: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script, program()]).args(line.split_whitespace());
    command.current_dir(dir.path("")).stdin(Stdio::null());
    command
}

/// The writing end of a pipe that nobody reads.
fn broken_pipe() -> io::PipeWriter {
    let (reader, writer) = io::pipe().unwrap();
    drop(reader);
    writer
}

fn with_file() -> Dir {
    let dir = Dir::new();
    dir.write("a.txt", bytes(Kind::Text, 1, 20_000));
    dir
}

#[test]
fn with_nothing_to_do_it_says_how_to_use_it() {
    let dir = Dir::new();
    let ran = dir.run([""; 0]).code(2).says("Usage: unsaid");
    assert_eq!(ran.out, "");
}

#[test]
fn help_and_version_go_to_standard_output() {
    let dir = Dir::new();
    for line in ["--help", "-h", "help", "help paq9a", "help paq9a a", "paq9a a --help", "help exit-codes"] {
        assert!(dir.line(line).silent(0).out.len() > 200, "{line}");
    }
    assert_eq!(dir.line("--version").silent(0).out, concat!("unsaid ", env!("CARGO_PKG_VERSION"), "\n"));
    dir.line("help nonsense").code(2).says("'nonsense'");
    dir.line("nonsense").code(2).says("'nonsense'");
}

#[test]
fn a_full_disk_under_standard_output_is_an_error() {
    let dir = with_file();
    dir.line("paq9a a x -1 a.txt").silent(0);
    dir.line("pack a.txt -q -o x.ff").silent(0);
    for line in [
        "--help",
        "help limits",
        "man",
        "completions bash",
        "paq9a l x",
        "list x.ff",
        "info x.ff",
        "cat x.ff",
        "pack a.txt -o -",
        "test x.ff --json",
    ] {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let ran = dir.finish(dir.command().args(line.split(' ')).stdout(full));
        assert_eq!(ran.code, 6, "{line}: {ran:#?}");
    }
}

#[test]
fn f3_a_reader_of_standard_output_that_goes_away_ends_it_quietly() {
    let dir = with_file();
    dir.line("paq9a a x -1 a.txt").silent(0);
    dir.line("pack a.txt -q -o x.ff").silent(0);
    for line in [
        "--help",
        "help limits",
        "man",
        "completions zsh",
        "paq9a l x",
        "paq9a l x --json",
        "list x.ff",
        "list x.ff --json",
        "info x.ff",
        "cat x.ff",
        "cat x.ff --range 5..",
        "pack a.txt -o -",
        "pack a.txt --dry-run",
    ] {
        let mut command = dir.command();
        command.args(line.split(' ')).stdout(broken_pipe()).stderr(Stdio::piped());
        let output = command.spawn().unwrap().wait_with_output().unwrap();
        assert_eq!(crate::common::exit_code(output.status), 141, "{line}");
        assert_eq!(output.stderr, b"", "{line}");
    }
}

#[test]
fn f3_a_reader_of_standard_error_that_goes_away_ends_it_quietly() {
    let dir = with_file();
    let mut command = dir.command();
    command.args("paq9a a x none -1 a.txt".split(' ')).stderr(broken_pipe());
    let status = command.status().unwrap();
    assert_eq!(crate::common::exit_code(status), 141);
    assert_eq!(dir.files(), ["a.txt"], "nothing unfinished is left");
}

#[test]
fn f14_streams_closed_at_the_start_are_never_mistaken_for_files() {
    let dir = with_file();
    for (i, closed) in ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"].into_iter().enumerate() {
        let archive = format!("x{i}");
        let script = format!("exec \"$0\" \"$@\" {closed}");
        let line = format!("paq9a a {archive} none -1 a.txt -v");
        dir.finish(&mut shell(&dir, &script, &line)).code(1);
        dir.finish(&mut shell(&dir, &script, &format!("paq9a l {archive}"))).code(0);
        dir.line(&format!("paq9a x {archive} out{i}")).silent(0);
        assert_eq!(dir.read(&format!("out{i}")), dir.read("a.txt"));
    }
}

#[test]
fn f5_a_file_that_may_not_grow_is_an_error_and_leaves_nothing() {
    let dir = with_file();
    dir.line("paq9a a x -1 a.txt").silent(0);
    let script = "ulimit -f 4; exec \"$0\" \"$@\"";
    let before = dir.files();
    dir.finish(&mut shell(&dir, script, "paq9a a y -s a.txt")).code(6).says("error: ");
    dir.finish(&mut shell(&dir, script, "paq9a x x b.txt")).code(6).says("b.txt");
    assert_eq!(dir.files(), before);
}

#[test]
fn f9_inputs_that_are_no_ordinary_files_are_read_or_left_out() {
    let dir = with_file();
    assert!(Command::new("mkfifo").arg(dir.path("fifo")).status().unwrap().success());
    let read = "cat a.txt > fifo & exec \"$0\" \"$@\"";
    dir.finish(&mut shell(&dir, read, "pack fifo -q -o x.ff")).silent(0);
    assert_eq!(dir.line("cat x.ff fifo").silent(0).bytes, dir.read("a.txt"));
    dir.finish(&mut shell(&dir, read, "paq9a a y -1 fifo")).silent(0);
    for line in ["pack /dev/zero a.txt -o z.ff", "paq9a a z -1 /dev/zero a.txt"] {
        dir.line(line).code(1).says("/dev/zero");
    }
    assert_eq!(dir.line("list -0 z.ff").silent(0).out, "a.txt\0");
    // Nothing of size 0 that has content is taken for empty.
    dir.line("pack /proc/self/status -q -o p.ff").code(0);
    assert!(dir.line("cat p.ff").silent(0).out.contains("Name:"));
}

#[test]
fn f13_few_descriptors_little_stack_and_little_memory_are_enough_or_an_error() {
    let dir = with_file();
    for (i, limit) in ["ulimit -n 16", "ulimit -s 256"].into_iter().enumerate() {
        let script = format!("{limit}; exec \"$0\" \"$@\"");
        dir.finish(&mut shell(&dir, &script, &format!("paq9a a x{i} -1 a.txt"))).silent(0);
        dir.finish(&mut shell(&dir, &script, &format!("paq9a x x{i} out{i}"))).silent(0);
        dir.finish(&mut shell(&dir, &script, &format!("pack a.txt -q -T8 -o p{i}.ff"))).silent(0);
        dir.finish(&mut shell(&dir, &script, &format!("unpack p{i}.ff -q -T8"))).silent(0);
        assert_eq!(dir.read(&format!("p{i}/a.txt")), dir.read("a.txt"));
    }
    let before = dir.files();
    let script = "ulimit -v 300000; exec \"$0\" \"$@\"";
    dir.finish(&mut shell(&dir, script, "paq9a a y -7 a.txt")).code(6).says("memory");
    assert_eq!(dir.files(), before);
}

#[test]
fn f16_a_strange_environment_changes_nothing() {
    let dir = with_file();
    dir.line("paq9a a plain -1 a.txt").silent(0);
    let strange = |command: &mut Command| {
        let nowhere = "/nonexistent/nowhere";
        command.env_remove("HOME").env_remove("PATH").env("TMPDIR", nowhere).env("TZ", ":/no/such zone");
        command.env("LC_ALL", "tr_TR.UTF-8").env("LANG", "C").env("TERM", "no-such-terminal");
        command.env("COLUMNS", "0");
    };
    let mut add = dir.command();
    strange(add.args("paq9a a strange -1 a.txt".split(' ')));
    dir.finish(&mut add).silent(0);
    assert_eq!(dir.read("strange"), dir.read("plain"));
    let mut list = dir.command();
    strange(list.args("paq9a l strange".split(' ')));
    assert_eq!(dir.finish(&mut list).silent(0).out, dir.line("paq9a l plain").out);
    let mut help = dir.command();
    strange(help.arg("--help"));
    dir.finish(&mut help).silent(0);
}

#[test]
fn limits_come_from_the_environment_and_flags_outrank_it() {
    let dir = with_file();
    let with = |limits: &str, line: &str| {
        let mut command = dir.command();
        command.env("UNSAID_LIMITS", limits).args(line.split_whitespace());
        dir.finish(&mut command)
    };
    with("memory=1M", "paq9a a x -1 a.txt").code(5).says("--max-memory");
    with("memory=1M", "paq9a a x -1 a.txt --max-memory 20M").silent(0);
    with("memory=1x", "paq9a a y -1 a.txt").code(2).says("'1x'");
    with("speed=1", "paq9a a y -1 a.txt").code(2).says("UNSAID_LIMITS");
    dir.line("paq9a a y -1 a.txt --max-memory 1x").code(2).says("--max-memory");
    dir.line("--max-memory 1M paq9a a y -1 a.txt").code(5);
    dir.line("paq9a a y -1 a.txt --max-memory 1M --max-memory 20M").silent(0);
}

#[test]
fn f17_a_hundred_thousand_arguments_are_fine() {
    let dir = Dir::new();
    dir.write("f", "x");
    let names = vec!["f"; 100_000];
    let line = ["paq9a", "a", "x", "-s", "-q"];
    dir.run(line.into_iter().chain(names)).silent(0);
    assert!(dir.line("paq9a l x").silent(0).out.contains("100000 files"));
}

#[test]
fn errors_in_json_are_lines_of_the_schema() {
    let dir = Dir::new();
    dir.write("bad", "no archive");
    let ran = dir.line("paq9a x bad --json").code(3);
    let error: serde_json::Value = serde_json::from_str(ran.err.trim()).unwrap();
    assert_eq!((&error["schema"], &error["message_type"]), (&1.into(), &"error".into()));
    assert_eq!((&error["kind"], &error["code"]), (&"not-this-format".into(), &3.into()));
    assert_eq!((&error["path"], &error["offset"]), (&"bad".into(), &0.into()));
    let ran = dir.line("paq9a a x none bad -1 --json").code(1);
    let warning: serde_json::Value = serde_json::from_str(ran.err.trim()).unwrap();
    assert_eq!(warning["message_type"], "warning");
}

#[test]
fn progress_in_json_ends_with_the_totals() {
    let dir = Dir::new();
    dir.write("a", bytes(Kind::Text, 1, 300_000));
    let ran = dir.line("paq9a a x -1 a --progress=json").code(0);
    let lines: Vec<serde_json::Value> = ran.err.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let last = lines.last().unwrap();
    assert_eq!((&last["message_type"], &last["done"]), (&"progress".into(), &true.into()));
    assert_eq!((&last["bytes_in"], &last["total_in"]), (&300_000.into(), &300_000.into()));
    // Contrary flags: the last wins.
    assert_eq!(dir.line("paq9a a y -1 a --progress=json --no-progress").silent(0).err, "");
    assert!(!dir.line("paq9a a z -1 a --no-progress --progress=json").code(0).err.is_empty());
}

#[test]
fn install_links_never_overwrites() {
    let dir = Dir::new();
    fs::create_dir(dir.path("bin")).unwrap();
    dir.line("install-links bin --dry-run").code(0).says("paq9a");
    assert!(!dir.has("bin/paq9a"));
    dir.line("install-links bin").code(0);
    assert!(dir.has("bin/paq9a"));
    dir.line("install-links bin").code(0).says("already");
    fs::remove_file(dir.path("bin/paq9a")).unwrap();
    for taken in ["a file", "a dangling link"] {
        match taken {
            "a file" => fs::write(dir.path("bin/paq9a"), "mine").unwrap(),
            _ => std::os::unix::fs::symlink("/nonexistent", dir.path("bin/paq9a")).unwrap(),
        }
        let before = fs::read_link(dir.path("bin/paq9a")).ok();
        dir.line("install-links bin").code(6).says("bin/paq9a");
        assert_eq!(fs::read_link(dir.path("bin/paq9a")).ok(), before, "{taken}");
        fs::remove_file(dir.path("bin/paq9a")).unwrap();
    }
    dir.line("install-links nowhere").code(6).says("nowhere");
}

#[test]
fn manual_pages_and_completions_cover_every_verb() {
    let dir = Dir::new();
    dir.line("man -o pages").code(0);
    let pages = dir.files();
    for page in ["unsaid.1", "unsaid-paq9a.1", "unsaid-paq9a-x.1", "unsaid-man.1"] {
        assert!(pages.contains(&format!("pages/{page}")), "{pages:?}");
    }
    let page = String::from_utf8(dir.read("pages/unsaid-paq9a-x.1")).unwrap();
    assert!(page.contains("EXIT STATUS") && page.contains("\\-\\-keep\\-partial"), "{page}");
    assert!(page == dir.line("man paq9a x").silent(0).out);
    dir.line("man nonsense").code(2).says("'nonsense'");
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = dir.run(["completions", shell]).silent(0).out;
        for word in ["paq9a", "keep-partial", "max-memory", "install-links"] {
            assert!(script.contains(word), "{shell} {word}");
        }
    }
}
