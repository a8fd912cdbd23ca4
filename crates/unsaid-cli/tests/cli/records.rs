//! `unsaid train records` and `unsaid records`.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::common::*;

/// Lines as a service might log them.
fn lines(from: u64, count: u64) -> Vec<u8> {
    let line = |n: u64| {
        let n = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
        let state = ["waiting", "running", "done", "failed: timeout"][(n >> 7) as usize % 4];
        format!("{{\"id\":{},\"state\":\"{state}\",\"host\":\"node-{}.example.org\"}}\n", n % 100_000, n % 37)
    };
    (from..from + count).map(line).collect::<String>().into_bytes()
}

/// A folder with `log.jsonl`, a model trained on other lines, and a store of its own.
fn trained() -> Dir {
    let dir = Dir::new();
    dir.write("old.jsonl", lines(0, 1500));
    dir.write("log.jsonl", lines(10_000, 300));
    run(&dir, "train records old.jsonl -o m.unsm --report m.svg").code(0).says("a document a line");
    dir
}

fn command(dir: &Dir) -> Command {
    let mut command = dir.command();
    command.env("UNSAID_HOME", dir.path("home"));
    command
}

fn run(dir: &Dir, line: &str) -> Ran {
    dir.finish(command(dir).args(line.split_whitespace()))
}

/// As [`run`], with bytes on standard input.
fn piped(dir: &Dir, line: &str, input: &[u8]) -> (i32, Vec<u8>) {
    let mut command = command(dir);
    command.args(line.split_whitespace()).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    (exit_code(output.status), output.stdout)
}

#[test]
fn lines_become_a_stream_and_come_back_at_every_level() {
    let dir = trained();
    let svg = String::from_utf8(dir.read("m.svg")).unwrap();
    assert!(svg.starts_with("<svg") && svg.contains("balanced"), "{svg}");
    let text = dir.read("log.jsonl");
    for level in ["fast", "balanced", "small"] {
        run(&dir, &format!("records pack log.jsonl --model m.unsm --level {level} -f"))
            .code(0)
            .says("300 records");
        assert!(dir.read("log.jsonl.unsr").len() * 2 < text.len());
        run(&dir, "records unpack log.jsonl.unsr -o back --model m.unsm -f").code(0);
        assert!(dir.read("back") == text, "{level}");
        for n in [0, 63, 64, 150, 299] {
            let line = text.split_inclusive(|&b| b == b'\n').nth(n).unwrap();
            let got = run(&dir, &format!("records get log.jsonl.unsr {n} --model m.unsm")).silent(0);
            assert_eq!(got.bytes, line);
        }
    }
    run(&dir, "records get log.jsonl.unsr 300 --model m.unsm").code(2).says("there is no such record");
}

#[test]
fn every_shape_of_text_comes_back_through_pipes() {
    let dir = trained();
    for text in ["", "\n", "a", "a\n", "a\r\nb\r\n", "\n\n\n", "x\n\ny", "no line feed at the end"] {
        for flags in ["", " --bare", " --level small"] {
            let pack = format!("records pack - --model m.unsm{flags}");
            let (code, stream) = piped(&dir, &pack, text.as_bytes());
            assert_eq!(code, 0);
            let (code, back) = piped(&dir, "records unpack - --model m.unsm", &stream);
            assert_eq!((code, &back[..]), (0, text.as_bytes()), "{text:?}{flags}");
        }
    }
    let prefixed = b"\x03\0\0\0a\nb\0\0\0\0";
    let (code, stream) = piped(&dir, "records pack - --framing lengths --model m.unsm", prefixed);
    assert_eq!(code, 0);
    assert_eq!(piped(&dir, "records unpack - --model m.unsm", &stream), (0, prefixed.to_vec()));
    assert_eq!(piped(&dir, "records get - 0 --model m.unsm", &stream), (0, b"a\nb".to_vec()));
    let (code, _) = piped(&dir, "records pack - --framing lengths --model m.unsm", &prefixed[..5]);
    assert_eq!(code, 3);
}

#[test]
fn models_are_found_by_hash_once_they_are_kept() {
    let dir = trained();
    run(&dir, "records pack log.jsonl --model m.unsm").code(0);
    let missing = run(&dir, "records unpack log.jsonl.unsr -o back").code(4);
    let hash = missing.err.split("needs model ").nth(1).unwrap().split(',').next().unwrap().to_owned();
    assert_eq!(hash.len(), 64);
    assert!(missing.err.contains("error: log.jsonl.unsr: needs model"), "{missing:?}");
    run(&dir, "records get log.jsonl.unsr 0").code(4).says("error: log.jsonl.unsr: needs model");
    run(&dir, "records pack log.jsonl --model zzzz").code(4).says("unsaid records models");
    assert!(missing.err.contains("records models --add"), "{missing:?}");
    run(&dir, "test log.jsonl.unsr").code(4).says(&hash);
    run(&dir, "records models --add m.unsm").code(0).says(&format!("{hash}: added"));
    run(&dir, "records models --add m.unsm").code(0).says("is there already");
    assert!(run(&dir, "records models").code(0).out.starts_with(&hash));
    run(&dir, "records unpack log.jsonl.unsr -o back").code(0);
    assert!(dir.read("back") == dir.read("log.jsonl"));
    run(&dir, "test log.jsonl.unsr m.unsm").code(0).says("every record decodes");
    run(&dir, &format!("records pack log.jsonl --model {} -f", &hash[..8])).code(0);
    run(&dir, &format!("records models --remove {}", &hash[..8])).code(0).says("removed");
    run(&dir, "records get log.jsonl.unsr 0").code(4).says(&hash);
    run(&dir, "records models --remove 00ff").code(4);
}

#[test]
fn c5_a_wrong_model_is_refused_and_the_right_one_named() {
    let dir = trained();
    run(&dir, "records pack log.jsonl --model m.unsm").code(0);
    run(&dir, "train records log.jsonl -o other.unsm").code(0);
    for verb in ["unpack log.jsonl.unsr -o back", "get log.jsonl.unsr 0"] {
        let ran = run(&dir, &format!("records {verb} --model other.unsm")).code(4);
        assert!(ran.err.contains("needs model") && ran.err.contains("found another one"), "{ran:?}");
    }
    assert!(!dir.has("back"));
    // A model in the store whose content is not its name is not used.
    run(&dir, "records models --add m.unsm").code(0);
    let kept = std::fs::read_dir(dir.path("home/knowledge/v1")).unwrap().map(|entry| entry.unwrap().path());
    let file = kept.into_iter().find(|path| path.file_name().is_some_and(|name| name.len() == 64)).unwrap();
    std::fs::write(&file, dir.read("other.unsm")).unwrap();
    run(&dir, "records unpack log.jsonl.unsr -o back").code(3).says("has changed on the disk");
}

#[test]
fn damage_is_found_and_nothing_is_published() {
    let dir = trained();
    run(&dir, "records pack log.jsonl --model m.unsm").code(0);
    let whole = dir.read("log.jsonl.unsr");
    for at in [9, 45, whole.len() / 2, whole.len() - 40, whole.len() - 1] {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x10;
        dir.write("damaged.unsr", &damaged);
        run(&dir, "records unpack damaged.unsr --model m.unsm").code(3);
        run(&dir, "test damaged.unsr --model m.unsm").code(3);
        assert!(!dir.has("damaged"));
    }
    dir.write("cut.unsr", &whole[..whole.len() / 2]);
    run(&dir, "records get cut.unsr 0 --model m.unsm").code(3).says("no index");
    let (code, out) = piped(&dir, "records unpack - --model m.unsm", &whole[..whole.len() / 2]);
    assert_eq!(code, 3);
    assert!(!out.is_empty() && dir.read("log.jsonl").starts_with(&out), "what came before the cut is given");
    let mut model = dir.read("m.unsm");
    model[1000] ^= 1;
    dir.write("bad.unsm", model);
    run(&dir, "records pack log.jsonl --model bad.unsm -o x").code(3).says("BLAKE3 of the model");
    assert!(!dir.has("x"));
}

#[test]
fn an_index_may_lie_beside_the_stream() {
    let dir = trained();
    run(&dir, "records pack log.jsonl --model m.unsm --index log.index").code(0);
    run(&dir, "records get log.jsonl.unsr 7 --model m.unsm").code(4).says("--index");
    let got = run(&dir, "records get log.jsonl.unsr 7 --model m.unsm --index log.index").silent(0);
    assert_eq!(Some(&got.bytes[..]), dir.read("log.jsonl").split_inclusive(|&b| b == b'\n').nth(7));
    run(&dir, "records pack old.jsonl --model m.unsm --index old.index").code(0);
    run(&dir, "records get log.jsonl.unsr 7 --model m.unsm --index old.index").code(3).says("another stream");
    run(&dir, "records unpack log.jsonl.unsr -o back --model m.unsm").code(0);
    assert!(dir.read("back") == dir.read("log.jsonl"));
}

#[test]
fn training_again_says_what_is_gained() {
    let dir = trained();
    let ran = run(&dir, "records retrain log.jsonl --model m.unsm -o new.unsm").code(0);
    assert!(ran.out.contains("old model against new") && ran.out.contains("balanced"), "{ran:?}");
    assert!(dir.has("new.unsm"));
    let ran = run(&dir, "--json records retrain log.jsonl --model m.unsm -o new.unsm -f").code(0);
    assert!(ran.out.lines().last().unwrap().contains("\"message_type\":\"gain\""), "{ran:?}");
}

#[test]
fn folders_files_and_lines_are_told_apart_and_said() {
    let dir = Dir::new();
    for n in 0..40u64 {
        dir.write(&format!("set/{n:02}.json"), lines(n, 1));
    }
    dir.write("set/more.log", lines(50, 40));
    let ran = run(&dir, "train records set -o m.unsm").code(0);
    assert!(ran.err.contains("40 files: a document each") && ran.err.contains("1 file: a document a line"));
    assert!(ran.out.contains("of 80 documents"), "{ran:?}");
    assert!(ran.err.contains("64 KiB"), "{ran:?}");
    let ran = run(&dir, "train records set -o n.unsm --framing lines").code(0);
    assert!(ran.out.contains("of 80 documents") && !ran.err.contains("--framing says"), "{ran:?}");
    run(&dir, "train records nothing -o x.unsm").code(6).says("nothing: cannot be read");
    dir.write("empty.jsonl", "\n");
    run(&dir, "train records empty.jsonl -o x.unsm").code(2).says("found 1 document, which is empty");
    run(&dir, "train records set -o m.unsm").code(6);
    run(&dir, "train records set -o small.unsm --bytes 100").code(5).says("--bytes");
    assert!(!dir.has("small.unsm") && !dir.has("x.unsm"));
}

#[test]
fn what_other_verbs_say_of_models_and_streams() {
    let dir = trained();
    run(&dir, "records pack log.jsonl --model m.unsm").code(0);
    for verb in ["info", "list"] {
        let model = run(&dir, &format!("{verb} m.unsm")).silent(0);
        assert!(
            model.out.contains("records model") && model.out.contains("fast, balanced, small"),
            "{model:?}"
        );
        let stream = run(&dir, &format!("{verb} log.jsonl.unsr")).silent(0);
        assert!(stream.out.contains("records   300") && stream.out.contains("in the stream"), "{stream:?}");
    }
    for verb in ["unpack", "cat"] {
        run(&dir, &format!("{verb} log.jsonl.unsr")).code(2).says("records unpack");
        run(&dir, &format!("{verb} m.unsm")).code(2).says("not an archive");
    }
    let json = run(&dir, "--json info m.unsm").silent(0);
    assert!(json.out.contains("\"levels\":[\"fast\",\"balanced\",\"small\"]"), "{json:?}");
}

#[test]
fn nothing_is_replaced_unless_asked_and_an_output_is_never_its_input() {
    let dir = trained();
    run(&dir, "records pack log.jsonl --model m.unsm").code(0);
    run(&dir, "records pack log.jsonl --model m.unsm").code(6);
    run(&dir, "records pack log.jsonl --model m.unsm --on-conflict rename").code(0);
    assert!(dir.has("log.jsonl.unsr.1"));
    run(&dir, "records unpack log.jsonl.unsr --model m.unsm").code(6);
    run(&dir, "records unpack log.jsonl.unsr -o log.jsonl.unsr -f --model m.unsm").code(2);
    run(&dir, "records unpack log.jsonl.unsr.1 --model m.unsm").code(2).says("-o FILE");
    run(&dir, "records pack log.jsonl -o log.jsonl -f --model m.unsm").code(2);
    assert_eq!(dir.read("log.jsonl"), lines(10_000, 300));
}

#[test]
fn f10_no_output_takes_the_place_of_an_input_or_of_another_output() {
    let dir = trained();
    run(&dir, "records pack log.jsonl --model m.unsm").code(0);
    std::fs::hard_link(dir.path("log.jsonl"), dir.path("link")).unwrap();
    let before = ["log.jsonl", "m.unsm", "log.jsonl.unsr"].map(|name| dir.read(name));
    for line in [
        "records pack log.jsonl --model m.unsm --index log.jsonl",
        "records pack log.jsonl --model m.unsm --index link",
        "records pack log.jsonl --model m.unsm -o ./m.unsm",
        "records pack log.jsonl --model m.unsm --index log.jsonl.unsr",
        "records pack log.jsonl --model m.unsm -o new --index ./new",
        "records unpack log.jsonl.unsr --model m.unsm -o m.unsm",
        "train records log.jsonl -o log.jsonl",
        "train records old.jsonl log.jsonl -o t --report link",
        "train records log.jsonl -o t --report ./t",
        "records retrain log.jsonl --model m.unsm -o m.unsm",
        "records retrain log.jsonl --model m.unsm -o t --report m.unsm",
        "records retrain log.jsonl --model m.unsm -o log.jsonl",
    ] {
        let ran = run(&dir, &format!("{line} --force")).code(2);
        assert!(ran.err.contains("one of the inputs") || ran.err.contains("are one file"), "{line}: {ran:?}");
        assert_eq!(["log.jsonl", "m.unsm", "log.jsonl.unsr"].map(|name| dir.read(name)), before, "{line}");
        assert!(!dir.has("new") && !dir.has("t"), "{line}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn no_index_comes_to_be_beside_a_stream_that_could_not_be_written() {
    let dir = trained();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let line = "records pack log.jsonl --model m.unsm -o - --index log.index";
    let status = command(&dir).args(line.split_whitespace()).stdout(full).status().unwrap();
    assert_eq!(exit_code(status), 6);
    assert!(!dir.has("log.index"));
}

#[test]
fn a_line_that_is_too_long_is_left_out_alone() {
    let dir = Dir::new();
    for more in [1, 2, 1000, (16 << 20) + 3] {
        let long = vec![b'x'; (16 << 20) + more];
        dir.write("d.jsonl", [&lines(0, 20)[..], &long, b"\n", &lines(20, 20)].concat());
        let ran = run(&dir, "train records d.jsonl -o m.unsm -f").code(1);
        assert!(ran.err.contains("d.jsonl: line 21 left out: it is too long"), "{ran:?}");
        assert!(ran.out.contains("of 40 documents"), "{more}: {ran:?}");
    }
    let cut = [&b"\x02\0\0\0ab\x02\0\0\0cd"[..], &[0xff; 4]].concat();
    dir.write("d.bin", cut);
    run(&dir, "train records d.bin -o m.unsm -f --framing lengths")
        .says("2 documents taken, the rest left out");
}

#[cfg(unix)]
#[test]
fn f2_a_signal_ends_the_wait_for_the_writer_of_a_pipe_of_records() {
    let dir = trained();
    assert!(Command::new("mkfifo").arg(dir.path("fifo")).status().unwrap().success());
    for line in [
        "records pack fifo --model m.unsm -o x",
        "records pack log.jsonl --model fifo -o x",
        "records unpack fifo --model m.unsm -o x",
        "train records fifo -o x",
    ] {
        let mut child = command(&dir).args(line.split_whitespace()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(500));
        assert!(child.try_wait().unwrap().is_none(), "{line}: nobody writes to it");
        assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
        std::thread::sleep(std::time::Duration::from_millis(500));
        let ended = child.try_wait().unwrap();
        if ended.is_none() {
            child.kill().unwrap();
        }
        assert_eq!(ended.map(exit_code), Some(130), "{line}");
        assert!(!dir.has("x"), "{line}");
    }
}
