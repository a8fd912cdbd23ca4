//! The bodies of the fuzz targets over archives that were damaged in every way, and over every input
//! that once failed.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use unsaid::archive::{Choice, EntryKind, EntryMeta, WriteOptions, Writer};
use unsaid::core::fs::EntryPath;
use unsaid::core::{Inline, Limits, Silent};
use unsaid::{fuzz, paq9a, records};
use unsaid_testkit::damage::{damaged, kept_inputs, over_damage};
use unsaid_testkit::{Kind, Rng, bytes};

const WAYS: u64 = 400;

fn over_mutations(seeds: &[Vec<u8>], body: impl Fn(&[u8])) {
    over_damage(seeds, WAYS, body);
}

fn regressions(target: &str, body: impl Fn(&[u8])) {
    kept_inputs(target).iter().for_each(|input| body(input));
}

fn ff(choice: Choice) -> Vec<u8> {
    let limits = Limits::default();
    let mut options = WriteOptions::default();
    options.choice = choice;
    let mut writer = Writer::new(Vec::new(), &options, &limits, &Inline, &Silent).unwrap();
    for (name, kind) in [("a", Kind::Text), ("d/b", Kind::Json)] {
        let path = EntryPath::parse(name.as_bytes(), &limits).unwrap();
        let meta = EntryMeta::new(path, EntryKind::File);
        writer.add_file(meta, &mut &bytes(kind, 1, 500)[..]).unwrap();
    }
    writer.finish().unwrap().0
}

fn solid() -> Vec<u8> {
    let mut writer = paq9a::Writer::new(Vec::new(), paq9a::Level::MIN, &Limits::default()).unwrap();
    writer.add(b"a.txt", &mut &bytes(Kind::Text, 1, 400)[..], paq9a::Mode::Compressed, &Silent).unwrap();
    writer.add(b"b", &mut &bytes(Kind::Noise, 1, 100)[..], paq9a::Mode::Stored, &Silent).unwrap();
    writer.finish().unwrap()
}

#[test]
fn archives_damaged_in_every_way_are_read_without_harm() {
    over_mutations(&[ff(Choice::Store), ff(Choice::Paq9a(None))], fuzz::archive);
    regressions("archive", fuzz::archive);
}

#[test]
fn groups_with_right_checks_around_anything_are_read_without_harm() {
    let framed = ff(Choice::Store);
    let head_length = u32::from_le_bytes(framed[32..36].try_into().unwrap()) as usize;
    let mut seed = (head_length as u16).to_le_bytes().to_vec();
    seed.extend_from_slice(&framed[72..72 + head_length + 1000]);
    over_mutations(&[seed], fuzz::group);
    regressions("group", fuzz::group);
}

#[test]
fn solid_archives_damaged_in_every_way_are_read_without_harm() {
    over_mutations(&[solid()], fuzz::solid);
    regressions("solid", fuzz::solid);
    let coded = solid()[16..200].to_vec();
    over_mutations(&[coded], fuzz::solid_group);
    regressions("solid_group", fuzz::solid_group);
}

#[test]
fn seals_damaged_in_every_way_are_read_without_harm() {
    over_mutations(&[b"unsaid seal 1\nfile paq9a 3 \nprofile x\nend \n".to_vec()], fuzz::seal);
    regressions("seal", fuzz::seal);
}

fn bb() -> unsaid::bb::Model {
    let corpus = (0..4).map(|seed| bytes(Kind::Json, seed, 400)).collect();
    let options = unsaid::bb::forge::Options::default();
    unsaid::bb::forge::forge(&corpus, &options, &Limits::default(), &Silent).unwrap()
}

#[test]
fn models_of_fragments_damaged_in_every_way_are_read_without_harm() {
    use unsaid::bb::exchange::{Form, export};
    let (protocol, reference) = (bb(), bb().with_profile(unsaid::bb::Profile::Reference));
    let texts = [export(&protocol, Form::Text), export(&protocol, Form::Sql)];
    over_mutations(&[protocol.to_bytes(), reference.to_bytes()], fuzz::bb_model);
    over_mutations(&texts, fuzz::bb_model);
    // Under the right hash, whatever else is wrong.
    over_mutations(&[protocol.to_bytes()[4..].to_vec()], |strings| {
        let mut bodies = Vec::new();
        let mut rest = strings;
        while let Some((&n, tail)) = rest.split_first() {
            let (body, tail) = tail.split_at(usize::from(n).min(tail.len()));
            bodies.extend_from_slice(body);
            rest = tail;
        }
        let hash = unsaid::bb::djb2(&bodies).to_le_bytes();
        fuzz::bb_model(&[&hash[..], strings].concat());
    });
    regressions("bb_model", fuzz::bb_model);
}

#[test]
fn documents_of_fragments_damaged_in_every_way_are_read_without_harm() {
    let seed = b"\x80\x03xyz\xfb\xfc\x10\xfd\x11\x01\xfe\x12\x00\xff\x13\0\0\0\x05hello".to_vec();
    over_mutations(&[seed, vec![0x80; 100], vec![0xfd; 40]], fuzz::bb_document);
    regressions("bb_document", fuzz::bb_document);
}

#[test]
fn models_forged_from_anything_code_it() {
    let head = |fragments, bytes| [&[fragments, bytes, b'\n'][..], &self::bytes(Kind::Json, 3, 600)].concat();
    let mut rng = Rng::new(5);
    for seed in [head(200, 0), head(9, 20), [&[50, 50, 0][..], &[b'x'; 900]].concat()] {
        fuzz::bb_forge(&seed);
        for _ in 0..60 {
            fuzz::bb_forge(&damaged(&seed, &mut rng));
        }
    }
    regressions("bb_forge", fuzz::bb_forge);
}

fn record(level: records::Level, framing: records::Framing, document: &[u8]) -> Vec<u8> {
    let mut record = Vec::new();
    let model = records::fuzz::model();
    records::Compressor::new(model, level, framing).unwrap().compress(document, &mut record).unwrap();
    record
}

#[test]
fn documents_of_records_damaged_in_every_way_are_read_without_harm() {
    let text = b"{\"n\":1234,\"name\":\"abcdef\",\"on\":true}";
    let mut seeds =
        vec![record(records::Level::Fast, records::Framing::default(), &bytes(Kind::Noise, 3, 40))];
    for payload in [&b"\x01\x00"[..], b"\x02\x00\x00\x00\x00", b"\x03\x00\x00\x00\x00"] {
        seeds.push(payload.to_vec());
    }
    for framing in [records::Framing::BARE, records::Framing::default()] {
        seeds.extend(records::Level::ALL.map(|level| record(level, framing, text)));
    }
    over_mutations(&seeds, fuzz::records_document);
    regressions("records_document", fuzz::records_document);
}

#[test]
fn models_of_records_damaged_in_every_way_are_read_without_harm() {
    let mut trainer = records::Trainer::new(records::TrainOptions::default());
    (0..40).for_each(|seed| trainer.push(&bytes(Kind::Json, seed, 60)).unwrap());
    let file = trainer.train(&Inline, &Silent).unwrap().file;
    // Without magic, version and hash: the body adds them.
    over_mutations(&[file[9..file.len() - 32].to_vec(), file], fuzz::records_model);
    regressions("records_model", fuzz::records_model);
}

#[test]
fn streams_of_records_damaged_in_every_way_are_read_without_harm() {
    use records::stream::{Head, Separator, Writer};
    let head = Head { separator: Separator::Lines, bare: true, model: records::fuzz::model().id() };
    let mut writer = Writer::new(Vec::new(), &head).unwrap();
    (0..70u8).for_each(|n| writer.push(&[0, n, n]).unwrap());
    let (stream, index) = writer.finish(true, false).unwrap();
    over_mutations(&[stream, index.write()], fuzz::records_stream);
    regressions("records_stream", fuzz::records_stream);
}
