//! Round trips, determinism, random access.

use std::io::Cursor;
use std::sync::mpsc;

use crate::common::*;
use proptest::prelude::*;
use unsaid_archive::{Archive, Choice, EntryKind, Method, WriteOptions, Writer};
use unsaid_cm::paq9a::Level;
use unsaid_core::workers::{Job, Workers};
use unsaid_core::{ErrorKind, Inline, Limits, Silent};
use unsaid_testkit::{FaultyReader, Kind, bytes};

const CHUNK: usize = 256 << 10;

fn small_groups() -> WriteOptions {
    let mut options = store();
    options.group_bytes = CHUNK as u64;
    options
}

#[test]
fn every_kind_of_entry_and_metadata_comes_back() {
    for options in [store(), WriteOptions::default()] {
        let archive = sample(&options);
        let (kept, opened) = read_all(&archive).unwrap();
        let contents = opened.contents();
        assert!(contents.problems.is_empty() && contents.trailing.is_none() && contents.root.is_some());
        let names: Vec<_> = contents.entries.iter().map(|e| e.meta.path.to_string()).collect();
        assert_eq!(names, ["dir", "dir/a.txt", "dir/empty", "b.json", "link", "again"]);
        assert_eq!(kept.files[0], ("dir/a.txt".into(), bytes(Kind::Text, 1, 300)));
        assert_eq!(kept.files[1], ("dir/empty".into(), vec![]));
        assert_eq!(kept.files[2], ("b.json".into(), bytes(Kind::Json, 2, 200)));
        let json = contents.entry(b"b.json").unwrap();
        assert_eq!(json.meta.user[1], (b"k".to_vec(), vec![0, 255]));
        assert_eq!(json.meta.media_type.as_deref(), Some("application/json"));
        assert_eq!((json.meta.mode, json.size), (Some(0o640), 200));
        assert_eq!(
            contents.entry(b"link").unwrap().meta.kind,
            EntryKind::SymbolicLink(b"dir/a.txt".to_vec())
        );
        let (streamed, stream) = stream_all(&archive).unwrap();
        assert_eq!((streamed.files, stream.entries), (kept.files, contents.entries.clone()));
        assert_eq!(streamed.others, ["dir", "link", "again"]);
    }
}

#[test]
fn b10_lengths_around_chunks_and_groups_come_back() {
    let lengths = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 5 * CHUNK + 17];
    let files: Vec<(String, Vec<u8>)> =
        lengths.iter().map(|&n| (format!("f{n}"), bytes(Kind::Noise, n as u64, n))).collect();
    let named: Vec<(&str, Vec<u8>)> = files.iter().map(|(n, d)| (n.as_str(), d.clone())).collect();
    for group_chunks in [1, 2, 3, 64] {
        let mut options = store();
        options.group_bytes = group_chunks * CHUNK as u64;
        let archive = archive_of(&named, &options);
        let (kept, opened) = read_all(&archive).unwrap();
        assert!(kept.files == files && kept.failed.is_empty());
        assert!(stream_all(&archive).unwrap().0.files == files);
        for group in &opened.contents().groups {
            assert!(group.raw_length() <= options.group_bytes);
        }
    }
}

#[test]
fn an_archive_without_entries_is_an_archive() {
    let archive = archive_of(&[], &store());
    assert_eq!(read_all(&archive).unwrap().1.contents().entries.len(), 0);
    assert!(stream_all(&archive).unwrap().1.problems.is_empty());
}

/// Runs jobs on threads, in an order of its own.
struct Threads(mpsc::Sender<Job>, usize);

impl Threads {
    fn new(count: usize) -> Self {
        let (sender, receiver) = mpsc::channel::<Job>();
        let receiver = std::sync::Arc::new(std::sync::Mutex::new(receiver));
        for _ in 0..count {
            let receiver = std::sync::Arc::clone(&receiver);
            std::thread::spawn(move || {
                while let Ok(job) = { receiver.lock().unwrap().recv() } {
                    job();
                }
            });
        }
        Threads(sender, count)
    }
}

impl Workers for Threads {
    fn count(&self) -> usize {
        self.1
    }
    fn spawn(&self, job: Job) {
        self.0.send(job).unwrap();
    }
}

#[test]
fn g9_j5_the_bytes_do_not_depend_on_the_number_of_threads() {
    let data = bytes(Kind::Mixed, 3, 6 * CHUNK + 99);
    let mut options = WriteOptions::default();
    options.choice = Choice::Paq9a(Level::new(1));
    options.group_bytes = CHUNK as u64;
    let limits = Limits::default();
    let mut archives = Vec::new();
    for workers in [&Inline as &dyn Workers, &Threads::new(1), &Threads::new(2), &Threads::new(5)] {
        let mut writer = Writer::new(Vec::new(), &options, &limits, workers, &Silent).unwrap();
        writer.add_file(meta("data", EntryKind::File), &mut &data[..]).unwrap();
        let archive = writer.finish().unwrap().0;
        let mut opened = Archive::open(Cursor::new(&archive), &limits).unwrap();
        let mut kept = Keeper::default();
        opened.deliver(|_| true, &mut kept, workers, &Silent).unwrap();
        assert!(kept.files[0].1 == data);
        archives.push(archive);
    }
    assert!(archives.windows(2).all(|w| w[0] == w[1]));
}

#[test]
fn b18_input_in_single_bytes_with_interruptions_gives_the_same_archive() {
    let data = bytes(Kind::Text, 4, 3000);
    let whole = archive_of(&[("t", data.clone())], &store());
    let limits = Limits::default();
    let mut writer = Writer::new(Vec::new(), &store(), &limits, &Inline, &Silent).unwrap();
    writer.add_file(meta("t", EntryKind::File), &mut FaultyReader::in_steps(&data[..], 1)).unwrap();
    assert_eq!(writer.finish().unwrap().0, whole);
    let mut kept = Keeper::default();
    let slow = FaultyReader::in_steps(&whole[..], 1);
    unsaid_archive::read_stream(slow, &mut kept, &limits, &Inline, &Silent).unwrap();
    assert_eq!(kept.files, [("t".into(), data)]);
}

#[test]
fn a_range_is_read_by_decoding_only_its_group() {
    let data = bytes(Kind::Noise, 5, 4 * CHUNK + 1000);
    let mut archive = archive_of(&[("pad", vec![7; 1000]), ("data", data.clone())], &small_groups());
    let opened = Archive::open(Cursor::new(&archive), &Limits::default()).unwrap();
    let payloads: Vec<_> =
        opened.contents().groups.iter().map(|g| (g.payload_offset, g.payload_length)).collect();
    assert!(payloads.len() >= 5);
    // All groups but the one that is needed are damaged, and nobody notices.
    let wanted = CHUNK + 10..CHUNK + 20;
    for (n, &(offset, length)) in payloads.iter().enumerate() {
        if n != 2 && length > 0 {
            archive[offset as usize] ^= 1;
        }
    }
    let mut opened = Archive::open(Cursor::new(&archive), &Limits::default()).unwrap();
    let entry = opened.contents().entry(b"data").unwrap().clone();
    let mut out = Vec::new();
    let read = opened.read_range(&entry, wanted.start as u64..wanted.end as u64, &mut out, &Silent).unwrap();
    assert_eq!((read, &out[..]), (10, &data[wanted]));
    let e = opened.read_range(&entry, 0..10, &mut out, &Silent).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Corrupt);
}

#[test]
fn a_range_equals_the_slice() {
    let data = bytes(Kind::Mixed, 6, 2 * CHUNK + 77);
    let archive = archive_of(&[("x", vec![1; 100]), ("data", data.clone()), ("y", vec![2])], &store());
    let mut opened = Archive::open(Cursor::new(&archive[..]), &Limits::default()).unwrap();
    let entry = opened.contents().entry(b"data").unwrap().clone();
    let n = data.len();
    for (start, end) in
        [(0, 0), (0, 1), (0, n), (CHUNK - 1, CHUNK + 1), (CHUNK, 2 * CHUNK), (n - 1, n), (n, n), (5, n + 9)]
    {
        let mut out = Vec::new();
        opened.read_range(&entry, start as u64..end as u64, &mut out, &Silent).unwrap();
        assert!(out == data[start..end.min(n)], "{start}..{end}");
    }
    let e = opened.read_range(&entry, n as u64 + 1..n as u64 + 2, &mut Vec::new(), &Silent).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Usage);
}

#[test]
fn noise_is_stored_and_text_is_not() {
    let archive = archive_of(&[("n", bytes(Kind::Noise, 7, 5000))], &WriteOptions::default());
    assert_eq!(read_all(&archive).unwrap().1.contents().groups[0].method, Method::Store);
    let archive = archive_of(&[("t", bytes(Kind::Text, 7, 5000))], &WriteOptions::default());
    let (_, opened) = read_all(&archive).unwrap();
    assert_eq!(opened.contents().groups[0].method, Method::Paq9a(Level::MIN));
    assert!(archive.len() < 5000);
}

#[test]
fn many_small_entries_make_several_groups_with_bounded_heads() {
    let files: Vec<(String, Vec<u8>)> =
        (0..20_000).map(|n| (format!("directory/file-{n:05}"), vec![n as u8; 3])).collect();
    let named: Vec<(&str, Vec<u8>)> = files.iter().map(|(n, d)| (n.as_str(), d.clone())).collect();
    let archive = archive_of(&named, &store());
    let (kept, opened) = read_all(&archive).unwrap();
    assert!(kept.files == files);
    assert!(opened.contents().groups.len() >= 2);
}

#[test]
fn what_a_reader_refuses_a_writer_does_not_write() {
    let limits = Limits::default();
    let mut writer = Writer::new(Vec::new(), &store(), &limits, &Inline, &Silent).unwrap();
    add(&mut writer, "a", b"1");
    let again = writer.add_file(meta("a", EntryKind::File), &mut &b"2"[..]).unwrap_err();
    assert_eq!(again.kind(), ErrorKind::Usage);
    assert!(writer.add_entry(meta("a/b", EntryKind::Directory)).is_err());
    assert!(writer.add_entry(meta("l", EntryKind::HardLink(path("none")))).is_err());
    assert!(writer.add_entry(meta("f", EntryKind::File)).is_err());
    let mut unsorted = meta("u", EntryKind::File);
    unsorted.user = vec![(b"b".to_vec(), vec![]), (b"a".to_vec(), vec![])];
    assert!(writer.add_file(unsorted, &mut &b""[..]).is_err());
    let archive = writer.finish().unwrap().0;
    assert_eq!(read_all(&archive).unwrap().0.files, [("a".into(), b"1".to_vec())]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_files_round_trip_by_index_and_by_stream(
        sizes in prop::collection::vec(0usize..600_000, 0..8),
        seed in any::<u64>(),
        chunks in 1u64..5,
    ) {
        let files: Vec<(String, Vec<u8>)> = sizes
            .iter()
            .enumerate()
            .map(|(n, &size)| (format!("d{}/f{n}", n % 3), bytes(Kind::ALL[n % 7], seed, size)))
            .collect();
        let named: Vec<(&str, Vec<u8>)> = files.iter().map(|(n, d)| (n.as_str(), d.clone())).collect();
        let mut options = store();
        options.group_bytes = chunks * CHUNK as u64;
        let archive = archive_of(&named, &options);
        prop_assert!(read_all(&archive).unwrap().0.files == files);
        prop_assert!(stream_all(&archive).unwrap().0.files == files);
        let (by_index, by_stream) = complaints(&archive);
        prop_assert!(by_index.is_empty() && by_stream.is_empty());
    }
}

#[test]
fn thousands_of_long_links_fit_their_heads() {
    let limits = Limits::default();
    let mut writer = Writer::new(Vec::new(), &store(), &limits, &Inline, &Silent).unwrap();
    for n in 0..5000 {
        writer.add_entry(meta(&format!("l{n}"), EntryKind::SymbolicLink(vec![b't'; 4000]))).unwrap();
    }
    let archive = writer.finish().unwrap().0;
    assert_eq!(read_all(&archive).unwrap().1.contents().entries.len(), 5000);
}
