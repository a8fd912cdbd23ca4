//! What the original program made reads as it was, and our own encodings are never longer.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::path::PathBuf;

use sha2::{Digest, Sha256};
use unsaid_bb::{Model, Profile, decode, encode, original};
use unsaid_core::{ErrorKind, Limits, Silent};
use unsaid_lexicon::ByteStrings;
use unsaid_testkit::{Kind, bytes};

fn vector(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/bb").join(name);
    std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

struct Row {
    file: String,
    model: String,
    document: Vec<u8>,
    sha256: String,
}

fn rows() -> Vec<Row> {
    let table = String::from_utf8(vector("docs.tsv")).unwrap();
    let rows = table.lines().filter(|line| !line.starts_with('#')).map(|line| {
        let fields: Vec<&str> = line.split('\t').collect();
        let recipe: Vec<&str> = fields[2].split(' ').collect();
        let kind = Kind::from_name(recipe[0]).unwrap();
        Row {
            file: fields[0].to_owned(),
            model: fields[1].to_owned(),
            document: bytes(kind, recipe[1].parse().unwrap(), recipe[2].parse().unwrap()),
            sha256: fields[3].to_owned(),
        }
    });
    rows.collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[test]
fn the_models_of_the_original_are_read_and_written_to_the_byte() {
    for name in ["text.bbm", "json.bbm"] {
        let file = vector(name);
        let model = Model::from_bytes(&file, &Limits::default()).unwrap();
        assert_eq!(model.profile(), Profile::Reference, "{name}");
        assert_eq!(model.to_bytes(), file, "{name}");
        assert_eq!(model.size(), file.len() as u64);
    }
}

#[test]
fn the_documents_of_the_original_decode_to_what_they_were() {
    let rows = rows();
    assert_eq!(rows.len(), 22);
    for row in rows {
        let model = Model::from_bytes(&vector(&row.model), &Limits::default()).unwrap();
        let decoded = decode::to_vec(&model, &vector(&row.file), &Limits::default()).unwrap();
        assert_eq!(decoded, row.document, "{}", row.file);
        assert_eq!(hex(&Sha256::digest(&decoded)), row.sha256, "{}", row.file);
    }
}

#[test]
fn our_encodings_are_never_longer_than_the_originals() {
    let (mut ours, mut theirs) = (0, 0);
    for row in rows() {
        let model = Model::from_bytes(&vector(&row.model), &Limits::default()).unwrap();
        let coded = encode::to_vec(&model, &row.document, &Limits::default()).unwrap();
        let original = vector(&row.file);
        assert!(coded.len() <= original.len(), "{}: {} > {}", row.file, coded.len(), original.len());
        assert_eq!(decode::to_vec(&model, &coded, &Limits::default()).unwrap(), row.document);
        ours += coded.len();
        theirs += original.len();
    }
    assert!(ours * 100 < theirs * 95, "optimal parsing should gain 5 % and more: {ours} of {theirs}");
}

#[test]
fn the_rule_of_the_original_gives_its_models() {
    for (name, kind) in [("text.bbm", Kind::Text), ("json.bbm", Kind::Json)] {
        let corpus: ByteStrings = [bytes(kind, 100, 20000)].into_iter().collect();
        let model = original::forge(&corpus, Some(Profile::Reference), &Limits::default(), &Silent).unwrap();
        let wanted = Model::from_bytes(&vector(name), &Limits::default()).unwrap();
        let set = |model: &Model| {
            let mut all: Vec<Vec<u8>> = model.fragments().iter().map(<[u8]>::to_vec).collect();
            all.sort();
            all
        };
        assert_eq!(set(&model), set(&wanted), "{name}: the same set");
        // More than was asked: also among equal ranks the order is the original's.
        assert_eq!(model.to_bytes(), vector(name), "{name}: the same file");
    }
}

#[test]
fn b1_every_prefix_of_a_model_of_the_original_is_truncated() {
    let file = vector("json.bbm");
    for end in 0..file.len() {
        let e = Model::from_bytes(&file[..end], &Limits::default()).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Truncated, "{end}: {e}");
    }
}

#[test]
fn b1_a_document_of_the_original_cut_anywhere_is_its_own_beginning_or_truncated() {
    let model = Model::from_bytes(&vector("json.bbm"), &Limits::default()).unwrap();
    let file = vector("json.1000.bb");
    let whole = decode::to_vec(&model, &file, &Limits::default()).unwrap();
    // Where tokens end is all that a reader without a seal cannot tell from the end.
    let mut ends = vec![4];
    let mut at = 4;
    while at < file.len() {
        at += match file[at] {
            n @ 0..0x80 => 1 + usize::from(n),
            0x80..=0xfb => 1,
            0xfc => 2,
            0xfd => 3,
            _ => 5,
        };
        ends.push(at);
    }
    for end in 0..=file.len() {
        match decode::to_vec(&model, &file[..end], &Limits::default()) {
            Ok(shorter) => assert!(ends.contains(&end) && whole.starts_with(&shorter), "{end}"),
            Err(e) => {
                assert_eq!(e.kind(), ErrorKind::Truncated, "{end}: {e}");
                assert!(!ends.contains(&end), "{end}");
            }
        }
    }
}
