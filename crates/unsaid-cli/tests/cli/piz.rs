//! `piz`: every option of its text, its conflicts, pipes, names, metadata.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::process::{Command, Stdio};
use std::time::{Duration, UNIX_EPOCH};

use crate::common::{Dir, Ran, program};

/// A folder with the program under PiZ's names, a cache of its own, and a known language.
struct Piz {
    dir: Dir,
    bin: Dir,
}

impl Piz {
    fn new() -> Piz {
        let bin = Dir::new();
        for name in ["piz", "PiZ", "πz", "π-zip"] {
            symlink(program(), bin.path(name)).unwrap();
        }
        Piz { dir: Dir::new(), bin }
    }

    fn prepared(&self, mut command: Command) -> Command {
        command.current_dir(self.dir.path("")).stdin(Stdio::null());
        for name in
            ["LC_ALL", "LC_MESSAGES", "LANG", "UNSAID_LIMITS", "NO_COLOR", "CLICOLOR_FORCE", "COLUMNS"]
        {
            command.env_remove(name);
        }
        command.env("UNSAID_HOME", self.bin.path("home"));
        command.env("PATH", format!("{}:{}", self.bin.path("").display(), std::env::var("PATH").unwrap()));
        command
    }

    fn command(&self, name: &str) -> Command {
        self.prepared(Command::new(self.bin.path(name)))
    }

    fn run(&self, line: &str) -> Ran {
        self.dir.finish(self.command("piz").args(line.split_whitespace()))
    }

    fn unsaid(&self, line: &str) -> Ran {
        self.dir.finish(self.prepared(Command::new(program())).args(line.split_whitespace()))
    }

    /// A line for the shell.
    fn shell(&self, line: &str) -> Ran {
        self.dir.finish(self.prepared(Command::new("bash")).args(["-o", "pipefail", "-c", line]))
    }

    fn feed(&self, line: &str, input: &[u8]) -> Ran {
        let mut command = self.command("piz");
        command
            .args(line.split_whitespace())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_vec();
        let writer = std::thread::spawn(move || stdin.write_all(&input));
        let output = child.wait_with_output().unwrap();
        let _ = writer.join().unwrap();
        Ran {
            code: crate::common::exit_code(output.status),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
            bytes: output.stdout,
        }
    }
}

impl Ran {
    /// Ended well, and said nothing but that one chunk was not found.
    #[track_caller]
    fn fine(self) -> Ran {
        let ran = self.code(0);
        let split = ["note: not found as one chunk", "were split (--max-digits)"];
        let said = |line: &str| !split.iter().any(|note| line.contains(note));
        assert!(!ran.err.lines().any(said), "{ran:#?}");
        ran
    }
}

/// Bytes of every value, not the same twice in a row.
fn data(length: usize) -> Vec<u8> {
    (0..length).map(|n| (n * n / 7 + n) as u8).collect()
}

const EXAMPLE: &str = "PiZ\tDec\tHex\n2\n\t0\n4\n\t0\n\t2\n\n";

#[test]
fn what_is_packed_is_unpacked_however_it_is_cut_and_written() {
    let piz = Piz::new();
    for length in [0, 1, 2, 3, 1000] {
        piz.dir.write("x", data(length));
        for options in [
            "",
            "-b 1",
            "-b2",
            "--size=3",
            "-b=1k",
            "-n 1",
            "-n=7",
            "--chunks 999999999999999999999",
            "--smallest",
            "-j4",
            "-j",
            "-j=2 -b 2",
            "--threads=3",
            "--base 10",
            "--base Bin -b2",
            "--base 256 --write-base 62",
            "--base 7 --write-base Hex",
            "--write-base 256",
            "-w -b2",
        ] {
            let packed = piz.run(&format!("-Dc --max-digits 100K {options} x")).code(0);
            assert!(packed.bytes.starts_with(b"PiZ\t"), "{options}");
            let back = piz.feed("-dc", &packed.bytes).code(0);
            assert_eq!(back.bytes, data(length), "{options}, {length} bytes");
        }
    }
}

#[test]
fn the_text_s_archives_are_unpacked() {
    let piz = Piz::new();
    // 9 and 10 bytes: the last line may be missing, with a warning that -q silences.
    for (archive, warned) in [("PiZ\n0\n\t0\n", true), ("PiZ\n0\n\t0\n\n", false)] {
        let ran = piz.feed("", archive.as_bytes()).code(0);
        assert_eq!((ran.out.as_str(), ran.err.contains("warning")), ("", warned), "{ran:?}");
        assert_eq!(piz.feed("-q", archive.as_bytes()).code(0).err, "");
    }
    assert_eq!(piz.feed("", EXAMPLE.as_bytes()).fine().bytes, [0x24, 0x24, 0x3f, 0x3f, 0x6a]);
}

#[test]
fn the_action_is_told_by_the_structure_unless_it_is_said() {
    let piz = Piz::new();
    piz.dir.write("archive", EXAMPLE);
    piz.dir.write("text", "PiZ\nis a format\n");
    assert_eq!(piz.run("-c archive").code(0).bytes.len(), 5);
    assert!(piz.run("-c text").code(0).out.starts_with("PiZ\tDec\tHex\n"));
    let packed_again = piz.run("-Dc archive").code(0);
    assert_eq!(piz.feed("-c", &packed_again.bytes).code(0).out, EXAMPLE);
    piz.run("-dc text").code(3).says("line 2");
    piz.dir.write("none", "no archive\n");
    piz.run("-d -c none").code(3);
}

#[test]
fn options_that_exclude_each_other_are_an_error_and_with_q_the_last_one_holds() {
    let piz = Piz::new();
    piz.dir.write("x", data(50));
    let groups: [&[&str]; 5] =
        [&["-d", "-D"], &["-m", "-M"], &["-s", "-S.z"], &["-w", "-W"], &["-n3", "-b2", "-F", "--smallest"]];
    for group in groups {
        for a in group {
            for b in group.iter().filter(|b| *b != a) {
                let ran = piz.run(&format!("-c {a} {b} x")).code(2);
                assert!(ran.out.is_empty() && ran.err.contains("exclude each other"), "{a} {b}: {ran:?}");
            }
            piz.run(&format!("-c {a} {a} -V")).code(0);
        }
    }
    // The last one holds, wherever -q stands.
    assert!(piz.run("-qcdD x").code(0).out.starts_with("PiZ\t"));
    piz.run("-cDd x -q").code(3);
    assert!(piz.run("-q -c -M -m x").code(0).out.lines().nth(1).is_some_and(|line| !line.starts_with('\t')));
    assert!(piz.run("-q -c -m -M x").code(0).out.contains("\n\tfname:\tx\n"));
    let two = piz.run("-cm -b2 x").code(0).out;
    assert_eq!(piz.run("-qcm -F -n3 -b2 x").code(0).out, two);
    assert_eq!(piz.run("-qcm -b2 -n25 x").code(0).out, piz.run("-cm -n25 x").code(0).out);
    piz.run("-qcm --max-digits 100K -b2 -F x").code(5);
    // Whoever says a size hears that it was not kept everywhere.
    piz.run("-cm -b1k x").code(0).says("were split (--max-digits)");
    piz.run("-q -s -S .z -S .y x").fine();
    assert!(piz.dir.has("x.y"));
    // The long names too, and one conflict is enough.
    piz.run("--decompress --compress --no-meta x").code(2);
    piz.run("--chunks 3 --full x").code(2).says("-n/--chunks and -F/--full");
    let russian = piz.command("piz").args(["-n3", "-F", "x"]).env("LC_ALL", "ru_RU.UTF-8").output().unwrap();
    assert!(String::from_utf8_lossy(&russian.stderr).contains("несовместимые параметры"));
}

#[test]
fn tar_packs_and_unpacks_through_piz() {
    let piz = Piz::new();
    piz.dir.write("file1", data(3000));
    piz.dir.write("file2", "two\n");
    piz.dir.write("d/file3", data(17));
    let same = |folder: &str| {
        for name in ["file1", "file2", "d/file3"] {
            assert_eq!(piz.dir.read(&format!("{folder}/{name}")), piz.dir.read(name), "{folder}");
        }
    };
    piz.shell("tar -cf- file1 file2 d | piz -mc > archive.tar.piz").fine();
    piz.shell("mkdir a && piz -mc archive.tar.piz | tar -xf- -C a").fine();
    same("a");
    // As the text has it, step by step.
    piz.shell("tar -cf archive2.tar file1 file2 d && piz archive2.tar && rm archive2.tar").fine();
    piz.shell("piz archive2.tar.piz && mkdir b && tar -xf archive2.tar -C b").fine();
    same("b");
    // tar calls it as a filter: `piz` and `piz -d`.
    for name in ["piz", "PiZ", "πz", "π-zip"] {
        piz.shell(&format!("tar -I {name} -cf c.tar.piz file1 file2 d")).fine();
        assert!(piz.dir.read("c.tar.piz").starts_with(b"PiZ\tDec\tHex\n"));
        piz.shell(&format!("mkdir c-{name} && tar -I {name} -xf c.tar.piz -C c-{name}")).fine();
        same(&format!("c-{name}"));
    }
    // Whoever stops reading is no failure that is spoken of.
    let ran =
        piz.shell("head -c 3000000 /dev/zero | piz -qDc | head -c 5 > start; echo ${PIPESTATUS[1]}").code(0);
    assert_eq!((ran.out.trim(), ran.err.as_str()), ("141", ""));
}

#[test]
fn metadata_is_stored_and_restored_in_utc_and_without_special_bits() {
    let piz = Piz::new();
    piz.dir.write("данные.bin", data(64));
    let path = piz.dir.path("данные.bin");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let file = fs::File::options().write(true).open(&path).unwrap();
    let times = fs::FileTimes::new()
        .set_modified(UNIX_EPOCH + Duration::from_secs(1_666_017_927))
        .set_accessed(UNIX_EPOCH + Duration::from_secs(1_600_000_000));
    file.set_times(times).unwrap();
    let mut command = piz.command("piz");
    let ran = piz.dir.finish(command.args(["-c", "данные.bin"]).env("TZ", "Asia/Tokyo")).fine();
    let lines: Vec<&str> = ran.out.lines().skip(1).take_while(|line| line.starts_with('\t')).collect();
    let names: Vec<&str> = lines.iter().map(|line| &line[1..6]).collect();
    assert_eq!(names, ["ctime", "mtime", "atime", "fname", "fmode", "owner"], "{lines:?}");
    assert_eq!(
        &lines[1..5],
        [
            "\tmtime:\t2022-10-17 14:45:27",
            "\tatime:\t2020-09-13 12:26:40",
            "\tfname:\tданные.bin",
            "\tfmode:\t0640"
        ]
    );
    // Under another name, in another time zone and with a strict umask, all of it comes back.
    fs::create_dir(piz.dir.path("to")).unwrap();
    fs::write(piz.dir.path("to/other.piz"), &ran.bytes).unwrap();
    piz.shell("umask 077; TZ=America/New_York piz to/other.piz").fine();
    let back = fs::metadata(piz.dir.path("to/данные.bin")).unwrap();
    assert_eq!((back.mode() & 0o7777, back.mtime(), back.atime()), (0o640, 1_666_017_927, 1_600_000_000));
    assert_eq!(piz.dir.read("to/данные.bin"), data(64));
    // -m: neither name nor mode nor times.
    piz.run("-m to/other.piz").fine();
    assert_ne!(fs::metadata(piz.dir.path("to/other")).unwrap().mtime(), 1_666_017_927);
    assert!(!piz.run("-mc данные.bin").fine().out.contains("fname"));
    // No bit that gives its runner somebody's rights; no owner unless it is asked for.
    piz.dir.write("s.piz", "PiZ\tDec\tHex\n\tfmode:\t6755\n\towner:\tnobody-of-this-name:x\n2\n\t0\n\n");
    piz.run("s.piz").code(0).says("set-user-id");
    assert_eq!(fs::metadata(piz.dir.path("s")).unwrap().mode() & 0o7777, 0o755);
    piz.run("-f --same-owner s.piz").code(1).says("the owner is not restored");
}

#[test]
fn a1_an_archive_names_a_file_beside_it_and_no_other() {
    let piz = Piz::new();
    let archive = |fname: &str| format!("PiZ\tDec\tHex\n\tfname:\t{fname}\n2\n\t0\n\n");
    for (n, fname) in ["../up", "/tmp/abs", "a/b/c/deep", "../../../../x/up2"].iter().enumerate() {
        piz.dir.write(&format!("in/{n}.piz"), archive(fname));
        piz.run(&format!("in/{n}.piz")).fine();
    }
    let mut files = piz.dir.files();
    files.retain(|name| !name.ends_with(".piz"));
    assert_eq!(files, ["in/abs", "in/deep", "in/up", "in/up2"]);
    for fname in ["..", ".", "x/", "a/.."] {
        piz.dir.write("bad.piz", archive(fname));
        piz.run("bad.piz").code(3).says("fname");
    }
    piz.dir.write("tab.piz", "PiZ\tDec\tHex\n\tfname:\ta\tb\n2\n\t0\n\n");
    piz.run("tab.piz").code(3).says("line 2");
    assert_eq!(piz.run("-mc tab.piz").fine().bytes, [0x24], "-m reads none of it");
}

#[test]
fn names_have_the_suffix_that_was_asked_for_and_nothing_is_overwritten() {
    let piz = Piz::new();
    piz.dir.write("x", data(20));
    piz.run("-m x").fine();
    assert!(piz.dir.has("x.piz") && piz.dir.has("x"), "the source is kept");
    piz.run("-m x").code(6).says("-f");
    piz.run("-mf x").fine();
    piz.run("-m -S .pz x").fine();
    piz.run("-m --suffix=-pi x").fine();
    assert!(piz.dir.has("x.pz") && piz.dir.has("x-pi"));
    // Its own source is never replaced, whatever is forced.
    piz.run("-msf x").code(6).says("the output would be the source");
    assert_eq!(piz.dir.read("x"), data(20));
    let ran = piz.dir.finish(piz.command("piz").args(["-S", "", "x"]));
    assert_eq!(ran.code, 2, "{ran:?}");
    piz.run("-S a/b x").code(2);
    fs::rename(piz.dir.path("x"), piz.dir.path("was")).unwrap();
    piz.run("-m -S .pz x.pz").fine();
    assert_eq!(piz.dir.read("x"), data(20));
    piz.run("-m x.piz").code(6);
    piz.dir.write("x", "mine");
    piz.run("-m x.piz").code(6);
    assert_eq!(piz.dir.read("x"), b"mine");
    piz.run("-mf x.piz").fine();
    assert_eq!(piz.dir.read("x"), data(20));
    piz.run("-m x-pi").code(2).says("nothing says how the content is called");
    // A folder and a missing file are said, and the others are done all the same.
    fs::create_dir(piz.dir.path("dir")).unwrap();
    piz.run("-m dir no-such was").code(6).says("no-such");
    assert!(piz.dir.has("was.piz"));
}

#[test]
fn the_archive_of_a_private_file_is_private() {
    let piz = Piz::new();
    piz.dir.write("x", data(20));
    fs::set_permissions(piz.dir.path("x"), fs::Permissions::from_mode(0o700)).unwrap();
    piz.run("-m x").fine();
    assert_eq!(fs::metadata(piz.dir.path("x.piz")).unwrap().mode() & 0o777, 0o600);
    fs::remove_file(piz.dir.path("x")).unwrap();
    piz.run("-m x.piz").fine();
    assert_eq!(fs::metadata(piz.dir.path("x")).unwrap().mode() & 0o777, 0o600);
}

#[test]
fn version_licence_and_help_are_printed_in_any_combination() {
    let piz = Piz::new();
    let parts = [("V", "piz (Unsaid)"), ("L", "Permission is hereby granted"), ("h", "Usage: piz")];
    for mask in 1..8 {
        let letters: String = (0..3).rev().filter(|n| mask & (1 << n) != 0).map(|n| parts[n].0).collect();
        // Nothing else is done, not even a look at conflicts.
        let ran = piz.run(&format!("-{letters} -d -D no-such-file")).fine();
        for (n, (_, text)) in parts.iter().enumerate() {
            assert_eq!(ran.out.contains(text), mask & (1 << n) != 0, "-{letters}: {text}");
        }
    }
    let long = piz.run("--version --license --help").fine().out;
    assert!(parts.iter().all(|(_, text)| long.contains(text)));
    for (variable, value) in [("LC_ALL", "ru_RU.UTF-8"), ("LC_MESSAGES", "ru_RU"), ("LANG", "ru")] {
        let ran = piz.dir.finish(piz.command("πz").arg("-h").env(variable, value)).fine();
        assert!(ran.out.contains("Использование: piz [ПАРАМЕТР]... [ФАЙЛ]..."), "{}", ran.out);
        assert!(ran.out.contains("Разбить исходный файл") && !ran.out.contains("Print"), "{}", ran.out);
    }
    let help = piz.unsaid("piz --help").fine().out;
    assert!(help.contains("--write-base") && help.contains("--max-digits"), "{help}");
    assert_eq!(help, piz.run("-h").out);
}

#[test]
fn one_chunk_that_is_not_found_says_where_and_when_it_would_be() {
    let piz = Piz::new();
    piz.dir.write("x", data(20));
    let ran = piz.run("-F --max-digits 100K x").code(5).says("16^40 (1.5e48)").says("years");
    assert!(ran.out.is_empty() && !piz.dir.has("x.piz"));
    // What stands there is one chunk.
    piz.dir.write("pi", [0x24, 0x3f, 0x6a, 0x88, 0x85]);
    assert_eq!(piz.run("-mcF pi").fine().out, "PiZ\tDec\tHex\n10\n\t0\n\n");
    assert_eq!(piz.run("-mc pi").fine().out, "PiZ\tDec\tHex\n10\n\t0\n\n", "the text's default");
    // And where it does not, the default splits it, with a note.
    piz.run("-m x").code(0).says("split into chunks");
    piz.run("-cF --base 10 --max-digits 1000 x").code(5);
}

#[test]
fn sizes_have_the_suffixes_of_the_text() {
    let piz = Piz::new();
    piz.dir.write("x", data(3000));
    let whole = |options: &str| piz.run(&format!("-mc {options} x")).code(0).out;
    assert_eq!(whole("-b 2"), whole("--size 2"));
    assert_eq!(whole("-b 1Y"), whole("-b 99y"));
    for bad in ["0", "-1", "1KB", "1.5M", "x", "1 K", ""] {
        let ran = piz.dir.finish(piz.command("piz").args(["-c", "-b", bad, "x"]));
        assert_eq!(ran.code, 2, "{bad}: {ran:?}");
        let ran = piz.dir.finish(piz.command("piz").args(["-c", "-n", bad, "x"]));
        assert_eq!(ran.code, 2, "{bad}: {ran:?}");
    }
    for bad in ["1", "257", "hex", ""] {
        let ran = piz.dir.finish(piz.command("piz").args(["-c", "--base", bad, "x"]));
        assert_eq!(ran.code, 2, "{bad}: {ran:?}");
    }
}

#[test]
fn digits_and_tables_are_kept_where_it_is_said_and_only_there() {
    let piz = Piz::new();
    piz.dir.write("x", data(500));
    let home = piz.bin.path("home");
    piz.run("-wc --max-digits 100K -b2 x").fine();
    assert!(!home.exists(), "-w keeps nothing");
    let first = piz.run("-mc --max-digits 100K -b2 x").fine().bytes;
    assert!(home.join("cache/pi/v1/positions-16-2.table").exists());
    fs::remove_dir_all(&home).unwrap();
    piz.run("-mc --max-digits 100K -b2 -W=kept x").fine();
    assert!(piz.dir.has("kept/positions-16-2.table") && piz.dir.has("kept/fraction.pi") && !home.exists());
    // g5, h6: damage is noticed, nothing depends on it, and it is mended.
    for name in ["positions-16-2.table", "fraction.pi"] {
        let mut bytes = piz.dir.read(&format!("kept/{name}"));
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        piz.dir.write(&format!("kept/{name}"), &bytes);
    }
    let ran = piz.run("-mc --max-digits 100K -b2 -W=kept x").code(0).says("kept digits of π are not used");
    assert_eq!(ran.bytes, first);
    assert_eq!(piz.run("-mc --max-digits 100K -b2 -W=kept x").fine().bytes, first);
    // f15: a folder that cannot be made is only a note.
    let ran = piz.run("-mc --max-digits 100K -b2 -W=/proc/no/such x").code(0).says("note:");
    assert_eq!(ran.bytes, first);
    assert_eq!(piz.run("-qmc --max-digits 100K -b2 -W=/proc/no/such x").fine().bytes, first);
}

#[test]
fn b9_b10_b12_b15_bad_archives_are_refused_with_line_and_column() {
    let piz = Piz::new();
    for (archive, code, says) in [
        ("PiZ\tDec\tHex\n2\n\t-1\n\n", 3, "line 3"),
        ("PiZ\tDec\tHex\n2\n\t1 \n\n", 3, "line 3"),
        ("PiZ\tDec\tHex\n2\r\n\t1\n\n", 3, "line 2"),
        ("PiZ\tDec\tHex\n2\n1x\n", 3, "line 3"),
        ("PiZ\tDec\tHex\n2\n\t\n", 3, "line 3"),
        ("PiZ\tDec\tSix\n", 3, "line 1"),
        ("PiZ\tDec\tHex\n2\n\t1", 3, "line 3"),
        ("PiZ\tDec\tHex\n2\n\t18446744073709551616\n\n", 5, "line 3"),
        ("PiZ\tDec\tHex\n2\n\t18446744073709551615\n\n", 5, "line 3"),
        ("PiZ\tDec\tHex\n2\n\t999999999999\n\n", 5, "--max-digits"),
        ("PiZ\tDec\tHex\n18446744073709551615\n\t0\n\n", 5, "line 3"),
        ("PiZ\tDec\tDec\n3\n\t0\n\t1\n\n", 3, "line 4"),
    ] {
        let ran = piz.feed("-dc", archive.as_bytes()).code(code).says(says);
        assert!(ran.err.contains("error:"), "{archive:?}");
    }
    piz.feed("-dc --max-output 3", EXAMPLE.as_bytes()).code(5).says("--max-output");
}

#[test]
fn other_commands_know_an_archive() {
    let piz = Piz::new();
    piz.dir.write("x", data(300));
    piz.run("-b2 x").fine();
    let info = piz.unsaid("info x.piz").fine().out;
    for text in
        ["format    piz", "numbers in Dec, digits of π in Hex", "150 in 1 groups", "300 B", "fname     x"]
    {
        assert!(info.contains(text), "{text}:\n{info}");
    }
    let json: serde_json::Value = serde_json::from_str(&piz.unsaid("info --json x.piz").fine().out).unwrap();
    assert_eq!((&json["format"], &json["size"], &json["base"]), (&"piz".into(), &300.into(), &16.into()));
    let list = piz.unsaid("list x.piz").fine().out;
    assert!(list.contains(" 300 ") && list.ends_with(" x\n"), "{list}");
    piz.unsaid("test x.piz").code(0).says("ok: 1 file, 300 B: it decodes");
    piz.unsaid("unpack x.piz -C out").code(0);
    assert_eq!(piz.dir.read("out/x"), data(300));
    piz.unsaid("cat x.piz x").code(2).says("piz -mc");
    piz.dir.write("bad.piz", "PiZ\tDec\tHex\n2\n\t1\n\t5x\n\n");
    piz.unsaid("test bad.piz").code(3).says("line 4");
    piz.unsaid("unpack bad.piz").code(3);
    assert!(!piz.dir.has("bad/bad"));
}

#[test]
fn explain_is_for_people_and_a_file_of_that_name_is_a_file() {
    let piz = Piz::new();
    piz.dir.write("e.piz", EXAMPLE);
    let english = piz.unsaid("piz explain e.piz").fine().out;
    assert!(english.contains("pen and paper"), "{english}");
    let mut command = piz.prepared(Command::new(program()));
    let russian = piz.dir.finish(command.args(["piz", "explain", "e.piz"]).env("LANG", "ru_RU.UTF-8")).fine();
    assert!(russian.out.contains("ручкой и бумагой"));
    piz.dir.write("explain", "a file\n");
    piz.run("explain").code(0);
    assert!(piz.dir.read("explain.piz").starts_with(b"PiZ\t"));
}

#[test]
fn digits_of_pi_are_those_that_are_published() {
    let piz = Piz::new();
    for (line, digits) in [
        ("--count 20", "14159265358979323846\n"),
        ("--base Hex --count 20", "243F6A8885A308D31319\n"),
        ("--base 16 --from 1 --count 3 -w", "43F\n"),
        ("--base 2 --count 20", "00100100001111110110\n"),
        ("--base 60 --from 0 --count 6", "8Ti0lP\n"),
        ("--base 100 --count 4 -T2", "14 15 92 65\n"),
        ("--base 256 --count 3", "36 63 106\n"),
        ("--from 1000000 --count 10", "3092756283\n"),
        ("--base 7 --from 1000000 --count 10", "6656433504\n"),
        ("--count 0", "\n"),
    ] {
        assert_eq!(piz.unsaid(&format!("pi digits {line}")).fine().out, digits, "{line}");
    }
    piz.unsaid("pi digits --from 99999999999").code(5).says("--max-digits");
    piz.unsaid("pi digits --from 18446744073709551615 --count 2").code(5);
    piz.unsaid("pi digits --base 1").code(2);
    let json: serde_json::Value =
        serde_json::from_str(&piz.unsaid("pi digits --json --count 3").fine().out).unwrap();
    assert_eq!(json["digits"], serde_json::json!([1, 4, 1]));
}

#[test]
fn a_seal_finds_the_damage_that_the_format_cannot() {
    let piz = Piz::new();
    piz.dir.write("x", data(100));
    piz.run("-b1 --seal x").fine();
    assert!(piz.dir.has("x.piz.b3"));
    piz.unsaid("test x.piz").code(0).says("from the seal beside it");
    piz.run("-mc x.piz").fine();
    // A numeral for another: without the seal nobody would know.
    let text = String::from_utf8(piz.dir.read("x.piz")).unwrap();
    let at = text.find("\n\t1").unwrap();
    let mut damaged = text.into_bytes();
    damaged[at + 2] = b'2';
    piz.dir.write("x.piz", &damaged);
    piz.run("-f x.piz").code(3).says("sealed");
    piz.unsaid("test x.piz").code(3).says("sealed");
    piz.dir.write("other.piz", &damaged);
    piz.run("-mc other.piz").fine();
    assert_eq!(piz.dir.read("x"), data(100), "and nothing was replaced");
    piz.run("-c --seal x").code(2);
}
