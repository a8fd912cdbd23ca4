//! `unsaid zipfs` and `unsaid train zipfs`.

use std::io::Write;
use std::path::PathBuf;
use std::process::Stdio;

use unsaid::ByteStrings;
use unsaid::ipld::Block;
use unsaid::ipld::car::Writer;
use unsaid::zipfs::{Dictionary, Lengths};
use unsaid_testkit::sweep::{FILE_CALLS, Fault, Sweep};

use crate::machine::Machine;

/// Words of four letters, in a dictionary of many parts; the code of each has eleven bits at most.
fn dictionary() -> Dictionary {
    let words: Vec<String> = (0..1000u32).map(|n| format!("w{n:03}")).collect();
    let segments: ByteStrings = words.iter().map(String::as_bytes).collect();
    let lengths = Lengths::of_codes(std::iter::repeat_n(10, 1000)).unwrap();
    Dictionary::new("words", Some("numbers".to_owned()), segments, Some(lengths)).unwrap()
}

fn car(root: &Block, parts: &[&Block]) -> Vec<u8> {
    let mut car = Writer::new(Vec::new(), &[*root.cid()]).unwrap();
    car.put(root).unwrap();
    parts.iter().for_each(|part| car.put(part).unwrap());
    car.finish().unwrap()
}

/// Documents as a service might log them.
pub(crate) fn lines(from: u64, count: u64) -> String {
    let line = |n: u64| {
        let n = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
        let state = ["waiting", "running", "done", "failed: timeout"][(n >> 7) as usize % 4];
        format!("{{\"id\":{},\"state\":\"{state}\",\"host\":\"node-{}.example.org\"}}\n", n % 100_000, n % 37)
    };
    (from..from + count).map(line).collect()
}

/// A machine with `words.cbor`, `words.car` with parts of about 1 KiB, and `text`, which uses few of them.
fn with_words() -> (Machine, Dictionary) {
    let machine = Machine::new();
    let words = dictionary();
    machine.0.write("words.cbor", words.to_block().unwrap().data());
    let (root, parts) = words.to_multi(1024).unwrap();
    assert!(parts.len() >= 5);
    machine.0.write("words.car", car(&root, &parts.iter().collect::<Vec<_>>()));
    machine.0.write("text", "w001w002w999 and w003\n");
    (machine, words)
}

fn vectors() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors")
}

#[test]
fn a_dictionary_is_trained_published_and_used_on_another_machine() {
    let (a, b) = (Machine::new(), Machine::new());
    a.0.write("old.jsonl", lines(0, 600));
    a.0.write("new.json", lines(10_000, 20));
    let trained = a.run("train zipfs old.jsonl -o log.car --blocks multi --part-size 2K --put").code(0);
    let trained = trained.says("a dictionary is public").says("leaves ").says("held back");
    let cid = trained.err.split_whitespace().find(|word| word.starts_with("bafy")).unwrap().to_owned();
    let made =
        a.run("zipfs compress new.json --dictionary log.car").code(0).says(&format!("needs ipfs://{cid}"));
    assert!(made.err.contains("pin it"), "{made:?}");
    let packed = a.0.read("new.json.zipfs");
    assert!(packed.len() * 2 < a.0.read("new.json").len());

    let server = a.serve("");
    b.0.write("new.json.zipfs", &packed);
    b.run("zipfs check new.json.zipfs").code(4).says(&cid);
    b.run("zipfs decompress new.json.zipfs").code(4).says(&cid);
    let offline = format!("zipfs decompress new.json.zipfs --offline --gateway {}", server.url);
    b.run(&offline).code(4).says(&cid).says("--offline");
    assert!(!b.0.has("new.json"));
    let check = b.run(&format!("zipfs check new.json.zipfs --gateway {}", server.url)).code(0);
    assert!(check.out.contains(&format!("gateway {}", server.url)), "{check:?}");
    assert_eq!(server.interrupt(), 130);
    b.run("zipfs decompress new.json.zipfs").code(0);
    assert!(b.0.read("new.json") == a.0.read("new.json"));
    let check = b.run("zipfs check new.json.zipfs --offline").code(0);
    assert!(check.out.contains("cache") && !check.out.contains("gateway"), "{check:?}");
    b.run("test new.json.zipfs").code(0).says("it decodes with its dictionary");
}

#[test]
fn a_dictionary_may_be_a_block_a_car_a_hash_or_a_cid() {
    let (machine, words) = with_words();
    let cid = *words.to_block().unwrap().cid();
    let text = machine.0.read("text");
    machine.run("zipfs compress text -o one --dictionary words.cbor").code(0);
    machine.run("zipfs compress text -o many --dictionary words.car").code(0);
    let (one, many) = (machine.0.read("one"), machine.0.read("many"));
    let data = |file: &[u8]| {
        let file = unsaid::zipfs::CompressedFile::read(file, &unsaid_core::Limits::default()).unwrap();
        file.data().to_vec()
    };
    assert!(one != many && data(&one) == data(&many), "the parts change the CID, not the codes");
    machine.run("zipfs decompress one -o back --dictionary words.cbor").code(0);
    assert!(machine.0.read("back") == text);
    machine.run("zipfs decompress many -o back -f --dictionary words.car").code(0).says("3 of ");
    assert!(machine.0.read("back") == text);

    machine.run("zipfs compress text -o other --dictionary ipfs://bafyreif").code(2);
    machine
        .run(&format!("zipfs compress text -o other --dictionary ipfs://{cid}"))
        .code(4)
        .says(&cid.to_string());
    let hash = machine.run("knowledge put words.cbor").code(0).out;
    machine.run(&format!("zipfs compress text -o by-hash --dictionary {}", &hash[..9])).code(0);
    assert!(machine.0.read("by-hash") == one);
    machine.run("ipfs put words.cbor --block --codec dag-cbor").code(0);
    for name in [format!("{cid}"), format!("ipfs://{cid}"), format!("/ipfs/{cid}")] {
        machine.run(&format!("zipfs compress text -o by-cid -f --dictionary {name}")).code(0);
        assert!(machine.0.read("by-cid") == one);
    }
    machine.run("zipfs decompress one -o back -f").code(0);
}

#[test]
fn c5_a_wrong_dictionary_is_refused_and_the_right_one_named() {
    let (machine, words) = with_words();
    let cid = words.to_block().unwrap().cid().to_string();
    machine.run("zipfs compress text --dictionary words.cbor").code(0);
    let refused =
        machine.run("zipfs decompress text.zipfs -o back --dictionary words.car").code(4).says(&cid);
    assert!(refused.err.contains("another dictionary"), "{refused:?}");
    assert!(!machine.0.has("back"));
}

#[test]
fn only_parts_that_are_needed_must_be_there_and_missing_ones_are_named() {
    let (machine, words) = with_words();
    machine.run("zipfs compress text --dictionary words.car").code(0);
    let (root, parts) = words.to_multi(1024).unwrap();
    let few = [parts.first().unwrap(), parts.last().unwrap()];
    machine.0.write("few.car", car(&root, &few));
    let check = machine.run("zipfs check text.zipfs --dictionary few.car").code(0);
    assert_eq!(check.out.lines().count(), 3, "{check:?}");
    assert!(check.out.lines().all(|line| line.contains("file few.car")), "{check:?}");
    machine.run("zipfs decompress text.zipfs -o back --dictionary few.car").code(0);
    assert!(machine.0.read("back") == machine.0.read("text"));
    machine.0.write("root.car", car(&root, &few[..1]));
    let last = few[1].cid().to_string();
    let check = machine.run("zipfs check text.zipfs --car root.car").code(4).says(&last);
    assert!(check.out.contains(&last) && check.out.contains("missing"), "{check:?}");
    machine.run("zipfs decompress text.zipfs -o back2 --dictionary root.car").code(4).says(&last);
    assert!(!machine.0.has("back2"));
    let json = machine.run("zipfs check text.zipfs --car root.car --json").code(4);
    assert!(json.out.contains("\"place\":null") && json.out.contains("\"whole\":false"), "{json:?}");
}

#[test]
fn g1_twenty_processes_read_from_one_cache() {
    let (a, words) = with_words();
    a.run("ipfs add-car words.car").code(0);
    let server = a.serve("");
    let text: String = (0..1000).map(|n| format!("w{:03}", n * 7 % 1000)).collect();
    a.0.write("long", &text);
    let root = *words.to_multi(1024).unwrap().0.cid();
    a.run(&format!("zipfs compress long --dictionary {root}")).code(0);
    let b = Machine::new();
    b.0.write("long.zipfs", a.0.read("long.zipfs"));
    let start = |n: usize| {
        let line = format!("zipfs decompress long.zipfs -o back{n} --gateway {}", server.url);
        b.command(&line).stderr(Stdio::piped()).spawn().unwrap()
    };
    let children: Vec<_> = (0..20).map(start).collect();
    for (n, child) in children.into_iter().enumerate() {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{n}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(b.0.read(&format!("back{n}")) == text.as_bytes(), "{n}");
    }
    b.run("ipfs verify").code(0).says(": ok");
    assert!(b.0.files().iter().all(|name| !name.ends_with(".part")), "{:?}", b.0.files());
}

#[test]
fn the_authors_files_are_read_and_written() {
    let machine = Machine::new();
    let folder = vectors().join("zipfs");
    for dictionary in ["alt", "empty", "english"] {
        let dict = folder.join(format!("{dictionary}.dict.dagcbor"));
        let cid = std::fs::read_to_string(folder.join(format!("{dictionary}.dict.cid"))).unwrap();
        let shown = machine.run(&format!("zipfs dict show {}", dict.display())).code(0);
        assert!(shown.out.contains(cid.trim()), "{shown:?}");
        for text in ["a7.txt", "a8.txt", "alte.txt", "empty.txt", "eng.txt"] {
            let theirs = folder.join(format!("{text}.{dictionary}.zipfs"));
            let plain = std::fs::read(folder.join(text)).unwrap();
            let dict = dict.display();
            let line = format!("zipfs decompress {} -o - --dictionary {dict}", theirs.display());
            assert!(machine.run(&line).silent(0).bytes == plain, "{text} {dictionary}");
            let text = folder.join(text);
            let line =
                format!("zipfs compress {} -o ours -f --seed-rule --dictionary {dict}", text.display());
            machine.run(&line).code(0);
            let ours = machine.0.read("ours");
            assert_eq!(ours.get(..12), Some(&b"\xa2\x6aDictionary"[..]));
            let line = format!("zipfs decompress ours -o - --dictionary {dict}");
            assert!(machine.run(&line).silent(0).bytes == plain);
        }
    }
    let file = folder.join("alte.txt.alt.zipfs");
    let told = machine.run(&format!("info {}", file.display())).code(0);
    assert!(told.out.contains("zipfs") && told.out.contains("named as text"), "{told:?}");
}

#[test]
fn strict_is_written_and_read_only_where_it_is_said() {
    let (machine, _) = with_words();
    let made = machine.run("zipfs compress text --profile strict --dictionary words.cbor").code(0);
    assert!(made.err.contains("--profile strict"), "{made:?}");
    let strict = "zipfs decompress text.zipfs -o back --profile strict --dictionary words.cbor";
    machine.run(strict).code(0);
    assert!(machine.0.read("back") == machine.0.read("text"));
    let other = machine.run("zipfs decompress text.zipfs -o other --dictionary words.cbor");
    assert!(other.code == 3 || machine.0.read("other") != machine.0.read("text"));
    machine.run("zipfs compress text -f --profile unary --dictionary words.cbor").code(0);
    machine.run("zipfs decompress text.zipfs -o back -f --dictionary words.cbor").code(0);
    assert!(machine.0.read("back") == machine.0.read("text"));
}

#[test]
fn files_go_through_pipes_and_are_called_like_their_texts() {
    let (machine, _) = with_words();
    let piped = |line: &str, input: &[u8]| {
        let mut child = machine.command(line).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{line}");
        output.stdout
    };
    for text in [&b""[..], b"w001", b"\x00\xff", b"w001w1\n"] {
        let file = piped("zipfs compress - --dictionary words.cbor", text);
        assert_eq!(piped("zipfs decompress - --dictionary words.cbor", &file), text);
    }
    machine.0.write("second", "w002");
    machine.run("zipfs compress text second --dictionary words.cbor").code(0);
    std::fs::remove_file(machine.0.path("second")).unwrap();
    machine.run("zipfs decompress second.zipfs --dictionary words.cbor").code(0).says("second: 4 B");
    assert_eq!(machine.0.read("second"), b"w002");
    machine.run("zipfs decompress second.zipfs --dictionary words.cbor").code(6);
    machine.run("zipfs decompress text --dictionary words.cbor").code(2).says("ends in .zipfs");
    machine.run("zipfs decompress text -o x --dictionary words.cbor").code(3);
    machine.run("zipfs compress text second -o one --dictionary words.cbor").code(2);
    machine
        .run("zipfs compress text -o words.cbor -f --dictionary words.cbor")
        .code(2)
        .says("one of the inputs");
}

#[test]
fn a_dictionary_is_shown_listed_and_split() {
    let (machine, words) = with_words();
    let cid = words.to_block().unwrap().cid().to_string();
    let shown = machine.run("zipfs dict show words.cbor --list").code(0);
    assert!(shown.out.contains(&cid) && shown.out.contains("canonical"), "{shown:?}");
    assert!(shown.out.lines().any(|line| line.ends_with("w999")), "{shown:?}");
    machine.run("zipfs dict split words.cbor -o split.car --part-size 1K").code(0);
    assert!(machine.0.read("split.car") == machine.0.read("words.car"));
    machine.run("zipfs dict split words.cbor -o huge.car --part-size 2M").code(2);
    assert!(!machine.0.has("huge.car"));
    machine.run("info words.cbor words.car text").code(3).says("text");
    machine.run("test words.cbor words.car").code(0).says("the hash of every block");
    machine.run("unpack words.car").code(2).says("unsaid ipfs add-car");
    let tiny = vectors().join("ipld/dict-tiny.cbor");
    let shown = machine.run(&format!("zipfs dict show {}", tiny.display())).code(0);
    assert!(shown.out.contains("bafyreicp5swjorv4iwoo7y4etqstuxolyf63mrsaudnbfjkfkoqirdca2m"), "{shown:?}");
}

#[test]
fn segments_of_one_document_are_shown_before_a_dictionary_is_published() {
    let machine = Machine::new();
    let segments: ByteStrings = [&b"my password"[..], b"hello", b"never"].into_iter().collect();
    let dictionary = Dictionary::new("mail", None, segments, None).unwrap();
    machine.0.write("mail.cbor", dictionary.to_block().unwrap().data());
    machine.0.write("mails/1", "hello, my password is secret");
    machine.0.write("mails/2", "hello again");
    let risky =
        machine.run("zipfs dict show mail.cbor --risky mails").code(0).says("1 segment of one document");
    assert!(risky.out.contains("my password") && !risky.out.contains("never"), "{risky:?}");
    assert!(!risky.out.contains("  hello"), "{risky:?}");
}

#[test]
fn d10_damage_in_a_car_is_found_before_anything_is_written() {
    let (machine, _) = with_words();
    machine.run("zipfs compress text --dictionary words.car").code(0);
    let mut car = machine.0.read("words.car");
    let last = car.len() - 3;
    car[last] ^= 1;
    machine.0.write("bad.car", &car);
    machine.run("zipfs decompress text.zipfs -o back --dictionary bad.car").code(3).says("bad.car");
    assert!(!machine.0.has("back"));
    machine.run("test bad.car").code(3);
}

/// Takes away what a run made: its output, and the store.
fn clean(machine: &Machine) {
    let _ = std::fs::remove_dir_all(machine.0.path("home"));
    for entry in std::fs::read_dir(machine.0.path("")).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().is_some_and(|name| name == "out") || path.extension().is_some_and(|e| e == "part")
        {
            std::fs::remove_file(path).unwrap();
        }
    }
}

#[test]
fn f1_killed_at_any_call_nothing_half_is_left() {
    let (machine, _) = with_words();
    machine.run("zipfs compress text -o whole --dictionary words.car").code(0);
    let whole = machine.0.read("whole");
    let mut started = false;
    let kills = Sweep::new(FILE_CALLS, Fault::Kill)
        .run(
            move |call| {
                started |= call.text.contains("words.car");
                started
            },
            || {
                clean(&machine);
                Ok(machine.command("zipfs compress text -o out --pin --dictionary words.car"))
            },
            |outcome| {
                assert!(!machine.0.has("out") || machine.0.read("out") == whole, "{outcome:?}");
                let verified = machine.run("ipfs verify");
                assert_eq!(verified.code, 0, "{outcome:?} {verified:?}");
            },
        )
        .unwrap();
    assert!(kills > 20, "{kills}");
}

#[test]
fn f5_f6_an_error_of_any_call_is_never_passed_over_in_silence() {
    let (machine, _) = with_words();
    machine.run("zipfs compress text --dictionary words.car").code(0);
    let text = machine.0.read("text");
    for (names, error) in
        [(&["write", "pwrite64"][..], "ENOSPC"), (&["fsync", "linkat", "renameat2"][..], "EIO")]
    {
        let faults = Sweep::new(names, Fault::Error(error))
            .run(
                |call| !call.text.contains("ELF") && !call.text.contains(".so"),
                || {
                    clean(&machine);
                    Ok(machine.command("zipfs decompress text.zipfs -o out --dictionary words.car"))
                },
                |outcome| {
                    let code = outcome.status.code();
                    assert!(
                        code.is_some_and(|c| c < 7) && !outcome.stderr.contains("panicked"),
                        "{outcome:?}"
                    );
                    assert!(!outcome.succeeded() || machine.0.read("out") == text, "{outcome:?}");
                    assert!(!machine.0.has("out") || machine.0.read("out") == text, "{outcome:?}");
                },
            )
            .unwrap();
        assert!(faults >= 1, "{names:?}: {faults}");
    }
}

#[test]
fn a_seal_finds_the_damage_that_the_format_cannot() {
    let (machine, _) = with_words();
    machine.run("zipfs compress text --dictionary words.cbor --seal").code(0);
    machine.run("zipfs decompress text.zipfs -o back --dictionary words.cbor --seal").code(0);
    assert!(machine.0.read("back") == machine.0.read("text"));
    machine.run("ipfs put words.cbor --block --codec dag-cbor").code(0);
    machine.run("test text.zipfs").code(0).says("from the seal beside it");
    assert!(machine.run("info text.zipfs").silent(0).out.contains("the seal beside it"));
    let good = machine.0.read("text.zipfs");
    let mut bad = good.clone();
    // In Data, which comes first.
    bad[9] ^= 0x10;
    machine.0.write("text.zipfs", &bad);
    machine.run("zipfs decompress text.zipfs -o wrong").code(3).says("not the one that was sealed");
    machine.run("test text.zipfs").code(3).says("not the one that was sealed");
    assert!(!machine.0.has("wrong"));
    machine.0.write("alone.zipfs", &good);
    machine.run("zipfs decompress alone.zipfs --seal").code(4).says("no seal");
    machine.run("zipfs decompress alone.zipfs -v").code(0).says("no checksum");
    machine.run("zipfs compress text -o - --dictionary words.cbor --seal").code(2).says("a seal lies beside");
}

#[test]
fn what_is_no_dictionary_is_called_what_it_is_and_nobody_is_told_to_remove_it() {
    let (machine, _) = with_words();
    machine.run("zipfs compress text --dictionary words.cbor").code(0);
    std::fs::create_dir(machine.0.path("pages")).unwrap();
    for line in [
        "zipfs dict show pages",
        "zipfs compress text -o x --dictionary pages",
        "zipfs decompress text.zipfs -o x --dictionary pages",
        "zipfs check text.zipfs --car pages",
    ] {
        let refused = machine.run(line).code(2).says("pages: this is a folder").says("or a CAR");
        assert!(!refused.err.contains("remove"), "{refused:?}");
    }
    machine.run("zipfs compress text -o x --dictionary text").code(3).says("found text");
    machine.run("zipfs decompress text.zipfs -o x --dictionary text").code(3).says("found text");
    machine.run("zipfs dict show text.zipfs").code(3).says("found a compressed file");
    machine.run("zipfs compress absent --dictionary words.cbor").code(6).says("there is no such file");
    machine.run("zipfs decompress text.zipfs -o x --max-output 3").code(4);
    machine
        .run("zipfs decompress text.zipfs -o x --dictionary words.cbor --max-output 3")
        .code(5)
        .says("a larger number");
    assert!(!machine.0.has("x"));
}

#[test]
fn what_takes_more_memory_than_allowed_is_learned_in_parts() {
    let machine = Machine::new();
    let documents = unsaid_testkit::bytes(unsaid_testkit::Kind::Json, 5, 3_900_000);
    machine.0.write("all.jsonl", &documents);
    // In one go it takes 64 bytes for each byte that is learned from: 15 of 16.
    let line = format!("train zipfs all.jsonl -o words.zdict --segments 500 --max-memory {}", 228_000_000);
    machine.run(&line).code(0).says("in 2 parts").says("--max-memory");
    machine.run("zipfs dict show words.zdict").code(0);
    let line = "train zipfs all.jsonl -o more.zdict --segments 500 --max-memory 200M";
    machine.run(line).code(5).says("--max-memory");
    assert!(!machine.0.has("more.zdict"));
}
