//! `unsaid bb`: the lines of BB's text, and what surrounds them.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use unsaid::bb::{Model, Profile, decode, encode};
use unsaid_core::Limits;
use unsaid_testkit::{Kind, bytes};

use crate::common::{Dir, Ran, program};

/// A folder with a corpus, a test document and a model.
fn with_model() -> Dir {
    let dir = Dir::new();
    for seed in 0..40 {
        dir.write(&format!("corpus/{seed}.json"), bytes(Kind::Json, seed, 500));
    }
    dir.write("test.txt", bytes(Kind::Json, 77, 640));
    let files = (0..40).map(|seed| format!("corpus/{seed}.json"));
    let words = ["bb", "forge", "-o", "m.bbm"].map(str::to_owned).into_iter().chain(files);
    dir.run(words).code(0).says("m.bbm: 40 documents, 19.5 KiB -> ");
    dir
}

/// A shell with the program under all its names in front of the others.
fn shell(dir: &Dir, line: &str) -> Ran {
    let bin = dir.path("names");
    if !bin.exists() {
        std::fs::create_dir(&bin).unwrap();
        dir.run(["install-links", "names"]).code(0);
    }
    let mut command = Command::new("sh");
    command.args(["-c", line]).current_dir(dir.path("")).stdin(Stdio::null());
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    dir.finish(command.env("PATH", path).env_remove("UNSAID_LIMITS"))
}

/// The program with this on standard input.
fn piped(dir: &Dir, arguments: &[&str], input: &[u8]) -> Ran {
    let mut child = dir
        .command()
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    Ran {
        code: crate::common::exit_code(output.status),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
        bytes: output.stdout,
    }
}

fn model(bytes: &[u8]) -> Model {
    Model::from_bytes(bytes, &Limits::default()).unwrap()
}

#[test]
fn the_lines_of_the_text_work_as_they_stand() {
    let dir = Dir::new();
    dir.write("corpora/gutenberg/a.txt", bytes(Kind::Text, 1, 5000));
    dir.write("corpora/gutenberg/b.txt", bytes(Kind::Text, 2, 5000));
    dir.write("test.txt", bytes(Kind::Text, 1, 300));
    shell(&dir, "cat corpora/gutenberg/*.txt | forge > gutenberg.bbm").code(0);
    shell(&dir, "cat test.txt | encode gutenberg.bbm > test.bb").silent(0);
    let decoded = shell(&dir, "cat test.bb | decode gutenberg.bbm").silent(0);
    assert_eq!(decoded.bytes, dir.read("test.txt"));
    assert!(dir.read("test.bb").len() < 150);
    let corpus = [dir.read("corpora/gutenberg/a.txt"), dir.read("corpora/gutenberg/b.txt")].concat();
    let longest = model(&dir.read("gutenberg.bbm")).fragments().iter().map(<[u8]>::len).max();
    shell(&dir, "ncat -n 3 corpora/gutenberg/*.txt | forge > fitted.bbm").code(0).says("over-fits");
    let fitted = model(&dir.read("fitted.bbm")).fragments().iter().map(<[u8]>::len).max();
    assert!(fitted > longest, "{fitted:?} {longest:?} of {}", corpus.len());
}

#[test]
fn ncat_writes_each_file_so_often_and_warns_beside_it() {
    let dir = Dir::new();
    dir.write("a", "a\n");
    dir.write("b", [0xff, 0]);
    assert_eq!(dir.line("bb ncat a b").silent(0).bytes, b"a\n\xff\0");
    let thrice = dir.line("bb ncat -n 3 a b").code(0).says("warning: a model forged from repeated documents");
    assert_eq!(thrice.bytes, b"a\na\na\n\xff\0\xff\0\xff\0");
    assert_eq!(piped(&dir, &["bb", "ncat", "-n", "2"], b"xy").code(0).bytes, b"xyxy");
    assert_eq!(piped(&dir, &["bb", "ncat", "a", "-", "a"], b"-").silent(0).bytes, b"a\n-a\n");
    assert_eq!(dir.line("bb ncat -n 0 a b").silent(0).bytes, b"");
    assert_eq!(dir.line("bb ncat missing a").code(6).says("missing").bytes, b"a\n");
}

#[test]
fn make_leaves_the_programs_of_the_texts_in_bin() {
    let dir = Dir::new();
    dir.write("target/release/unsaid", std::fs::read(program()).unwrap());
    let status =
        |path: &Path| std::fs::set_permissions(path, std::fs::metadata(program()).unwrap().permissions());
    status(&dir.path("target/release/unsaid")).unwrap();
    let makefile = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Makefile");
    let make = |target: &str| {
        let mut command = Command::new("make");
        // Cargo's part is another test's.
        command.arg("-f").arg(&makefile).args(["CARGO=:", target]).current_dir(dir.path(""));
        dir.finish(command.env_remove("CARGO_TARGET_DIR").env_remove("MAKEFLAGS")).code(0)
    };
    make("all");
    let names = ["PiZ", "decode", "encode", "forge", "ncat", "piz", "unsaid", "π-zip", "πz"];
    assert_eq!(dir.files()[..9], names.map(|name| format!("bin/{name}")));
    dir.write("t", bytes(Kind::Text, 1, 2000));
    let mut command = Command::new("sh");
    command.args(["-c", "bin/ncat t t | bin/forge > m && bin/encode m < t | bin/decode m"]);
    let ran = dir.finish(command.current_dir(dir.path("")).stdin(Stdio::null())).code(0);
    assert_eq!(ran.bytes, dir.read("t"));
    make("clean");
    assert!(!dir.has("bin"));
}

#[test]
fn forge_takes_files_limits_and_profiles() {
    let dir = with_model();
    let whole = model(&dir.read("m.bbm"));
    assert_eq!(whole.profile(), Profile::Protocol);
    dir.line("bb forge corpus/1.json corpus/2.json -o r.bbm --profile reference --fragments 50").code(0);
    let few = model(&dir.read("r.bbm"));
    assert_eq!((few.profile(), few.fragments().len()), (Profile::Reference, 50));
    dir.line("bb forge corpus/1.json corpus/2.json -o s.bbm --bytes 300").code(0);
    assert!(dir.read("s.bbm").len() <= 300);
    dir.line("bb forge corpus/1.json --like-original -o l.bbm").code(0);
    assert_ne!(dir.read("l.bbm"), dir.read("m.bbm"));
    // The same documents, the same model; and standard output as well as a file.
    let again = dir.line("bb forge corpus/1.json corpus/2.json --bytes 300").code(0);
    assert_eq!(again.bytes, dir.read("s.bbm"));
    dir.line("bb forge --like-original --bytes 3 corpus/1.json").code(2);
    dir.line("bb forge corpus/1.json --profile other").code(2);
}

#[test]
fn forge_leaves_out_what_cannot_be_read_and_publishes_nothing_of_nothing() {
    let dir = with_model();
    dir.line("bb forge corpus/1.json missing corpus -o a.bbm").code(1).says("missing: left out");
    assert!(dir.has("a.bbm"));
    dir.line("bb forge missing -o b.bbm").code(1).says("no model is made");
    assert!(!dir.has("b.bbm"));
    dir.line("bb forge corpus/1.json -o m.bbm").code(6).says("--force");
    let before = dir.read("m.bbm");
    dir.line("bb forge corpus/1.json -o corpus/1.json --force").code(2).says("one of the inputs");
    dir.line("bb forge corpus/1.json -o m.bbm --force").code(0);
    assert_ne!(dir.read("m.bbm"), before);
    let small = ["bb", "forge", "corpus/1.json", "-o", "c.bbm", "--max-memory", "10K"];
    dir.run(small).code(5).says("--max-memory");
    assert!(!dir.has("c.bbm"));
}

#[test]
fn documents_go_through_files_and_pipes_in_both_profiles() {
    let dir = with_model();
    let document = dir.read("test.txt");
    let fitting = model(&dir.read("m.bbm"));
    let coded = piped(&dir, &["bb", "encode", "m.bbm"], &document).silent(0).bytes;
    assert_eq!(coded, encode::to_vec(&fitting, &document, &Limits::default()).unwrap());
    assert_eq!(piped(&dir, &["bb", "decode", "m.bbm"], &coded).silent(0).bytes, document);
    dir.line("bb encode m.bbm test.txt -o p.bb").silent(0);
    assert_eq!(dir.read("p.bb"), coded);
    dir.line("bb decode m.bbm p.bb -o back").silent(0);
    assert_eq!(dir.read("back"), document);
    let other = dir.line("bb encode m.bbm test.txt --profile reference").silent(0).bytes;
    assert_ne!(other, coded);
    let reference = fitting.with_profile(Profile::Reference);
    assert_eq!(decode::to_vec(&reference, &other, &Limits::default()).unwrap(), document);
    dir.write("r.bb", &other);
    assert_eq!(dir.line("bb decode m.bbm r.bb --profile reference").silent(0).bytes, document);
    assert_eq!(piped(&dir, &["bb", "decode", "-", "p.bb"], &dir.read("m.bbm")).silent(0).bytes, document);
    dir.line("bb encode -").code(2).says("cannot be the model and the document");
}

#[test]
fn what_is_wrong_with_a_document_is_said_and_nothing_is_published() {
    let dir = with_model();
    dir.line("bb encode m.bbm test.txt -o t.bb").silent(0);
    let coded = dir.read("t.bb");
    dir.line("bb forge corpus/3.json -o other.bbm").code(0);
    dir.line("bb decode other.bbm t.bb -o out").code(4).says("made with another model");
    dir.write("cut.bb", &coded[..3]);
    dir.line("bb decode m.bbm cut.bb -o out").code(3).says("cut.bb");
    dir.write("bad.bb", [&coded[..4], &[0xff]].concat());
    dir.line("bb decode m.bbm bad.bb -o out").code(3).says("found FF");
    dir.line("bb decode m.bbm t.bb -o out --max-output 100").code(5).says("--max-output");
    dir.line("bb decode t.bb t.bb -o out").code(3).says("t.bb");
    dir.line("bb decode missing t.bb -o out").code(6).says("missing");
    assert!(!dir.has("out"));
}

#[test]
fn a_seal_notices_what_the_format_cannot() {
    let dir = with_model();
    dir.line("bb encode m.bbm test.txt --seal").code(2).says("-o FILE");
    dir.line("bb encode m.bbm test.txt -o t.bb --seal").silent(0);
    let seal = String::from_utf8(dir.read("t.bb.b3")).unwrap();
    assert!(seal.contains("\nfile bb ") && seal.contains(" test.txt\n") && seal.contains("\nknowledge "));
    dir.line("bb decode m.bbm t.bb --seal -o a").silent(0);
    // Cut after a whole token: the format itself knows nothing of it.
    let coded = dir.read("t.bb");
    dir.write("t.bb", &coded[..4]);
    dir.line("bb decode m.bbm t.bb -o b").code(3).says("not the one that was sealed");
    dir.write("t.bb", &coded);
    // A model with the same fragments and hash in another file is another model.
    let other = model(&dir.read("m.bbm")).with_profile(Profile::Reference).to_bytes();
    dir.write("other.bbm", other);
    dir.line("bb decode other.bbm t.bb --profile protocol -o b").code(4).says("the seal names another model");
    std::fs::remove_file(dir.path("t.bb.b3")).unwrap();
    dir.line("bb decode m.bbm t.bb --seal -o b").code(4).says("no seal");
    assert!(!dir.has("b"));
    dir.line("bb decode m.bbm t.bb -o b").silent(0);
}

#[test]
fn models_are_shown_compared_and_tried() {
    let dir = with_model();
    let shown = dir.line("bb model show m.bbm").silent(0).out;
    let fragments = model(&dir.read("m.bbm")).fragments().len();
    assert_eq!(shown.lines().count(), 1 + fragments);
    let stats = dir.line("bb model stats m.bbm --on test.txt corpus/5.json").silent(0).out;
    assert!(
        stats.contains("documents  2\n") && stats.contains(&format!("of {fragments} fragments")),
        "{stats}"
    );
    dir.line("bb model stats m.bbm --on missing test.txt").code(1).says("missing: left out");
    dir.line("bb forge corpus/1.json corpus/2.json -o n.bbm").code(0);
    let diff = dir.line("bb model diff m.bbm n.bbm").silent(0).out;
    assert!(diff.contains(" removed, ") && diff.contains("\n- ") && diff.contains("\n+ "), "{diff}");
    let same = dir.line("bb model diff m.bbm m.bbm").silent(0).out;
    assert!(same.ends_with(&format!("0 removed, 0 added, 0 moved, {fragments} at the same index\n")));
    let json = dir.line("bb model show m.bbm --json").silent(0).out;
    let second: serde_json::Value = serde_json::from_str(json.lines().nth(1).unwrap()).unwrap();
    assert_eq!((&second["message_type"], &second["index"]), (&"entry".into(), &0.into()));
    dir.line("bb model diff m.bbm").code(2);
}

#[test]
fn models_go_out_as_text_and_sql_and_come_back() {
    let dir = with_model();
    for form in ["text", "sql"] {
        dir.line(&format!("bb model export m.bbm --as {form} -o m.{form}")).silent(0);
        dir.line(&format!("bb model import m.{form} --as {form} -o {form}.bbm")).silent(0);
        assert_eq!(dir.read(&format!("{form}.bbm")), dir.read("m.bbm"));
    }
    let sql = String::from_utf8(dir.read("m.sql")).unwrap();
    assert!(sql.starts_with("CREATE TABLE fragment (id SERIAL PRIMARY KEY, body BLOB);\n"));
    let text =
        piped(&dir, &["bb", "model", "import", "--profile", "reference"], b"ab\n\\x00c\n").silent(0).bytes;
    assert_eq!(model(&text).fragments().get(1), Some(&b"\0c"[..]));
    dir.write("bad", "ab\n\\q\n");
    dir.line("bb model import bad -o x").code(3).says("line 2");
    dir.write("twice", "ab\nab\n");
    dir.line("bb model import twice -o x").code(3).says("there twice");
    assert!(!dir.has("x"));
}

#[test]
fn a_model_is_recognised_by_all_of_it_and_a_document_by_word() {
    let dir = with_model();
    dir.line("bb encode m.bbm test.txt -o t.bb").silent(0);
    let info = dir.line("info m.bbm").silent(0).out;
    assert!(info.contains("format    bbm\n  profile   protocol\n"), "{info}");
    let hash = format!("{:08x}", model(&dir.read("m.bbm")).hash());
    assert!(info.contains(&hash));
    assert!(dir.line("info --format bb t.bb").silent(0).out.contains(&hash));
    assert!(
        dir.line("info --format bb t.bb --json").silent(0).out.contains(&format!("\"model\":\"{hash}\""))
    );
    dir.line("info t.bb").code(3).says("not an archive of a known format");
    dir.line("info --format bbm t.bb").code(3);
    dir.line("info --format bb missing").code(6);
    dir.write("short.bb", [1, 2, 3]);
    dir.line("info --format bb short.bb").code(3).says("3 bytes");
    assert!(dir.line("list m.bbm").silent(0).out.contains("fragments"));
    dir.line("test m.bbm").code(0).says("the hash of its fragments");
    let mut damaged = dir.read("m.bbm");
    damaged[20] ^= 1;
    dir.write("d.bbm", damaged);
    dir.line("test d.bbm").code(3);
    dir.line("info d.bbm").code(3);
}
