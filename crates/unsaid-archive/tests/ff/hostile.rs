//! Archives made to hurt: every check right, every claim a lie.

use std::io::Cursor;

use crate::common::*;
use unsaid_archive::{Archive, internal};
use unsaid_core::{ErrorKind, Inline, Limits, Result, Silent};

/// A head of one group, field by field, so that each can lie.
#[derive(Clone)]
struct Head(Vec<u8>);

impl Head {
    fn new(method: &[u8], pieces: u8) -> Self {
        let mut bytes = vec![method[0], method.len() as u8 - 1];
        bytes.extend_from_slice(&method[1..]);
        bytes.push(pieces);
        Head(bytes)
    }

    fn store(pieces: u8) -> Self {
        Head::new(&[0], pieces)
    }

    fn put(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    /// An entry that is no file and has no metadata.
    fn entry(self, number: u8, kind: u8, path: &[u8]) -> Self {
        self.put(&[number, 1, kind, path.len() as u8]).put(path)
    }

    /// An empty file.
    fn file(self, number: u8, path: &[u8]) -> Self {
        let empty = unsaid_core::check::Hash::of(b"");
        self.entry(number, 0, path).put(&[0, 0]).put(&empty.0)
    }

    fn open(&self, entries: u64, bytes: u64) -> Result<()> {
        self.open_with(b"", entries, bytes, &Limits::default())
    }

    /// Reads it both ways; the errors agree in kind.
    fn open_with(&self, payload: &[u8], entries: u64, bytes: u64, limits: &Limits) -> Result<()> {
        let archive = internal::frame(&self.0, payload, entries, bytes).unwrap();
        let mut keeper = Keeper::default();
        let opened = Archive::open(Cursor::new(&archive), limits).and_then(|mut a| {
            a.deliver(|_| true, &mut keeper, &Inline, &Silent)?;
            let first = a.contents().problems.first();
            first.map_or(Ok(()), |e| Err(unsaid_core::Error::new(e.kind(), e.to_string())))
        });
        let failed = keeper.failed.pop().map(|f| f.1);
        opened.and(failed.map_or(Ok(()), Err))
    }
}

fn kind_of(result: Result<()>) -> Option<ErrorKind> {
    result.err().map(|e| e.kind())
}

#[test]
fn an_honest_head_made_this_way_opens() {
    Head::store(2).entry(0, 1, b"d").file(1, b"d/f").open(2, 0).unwrap();
}

#[test]
fn a1_a2_a3_unsafe_paths_are_refused() {
    for path in [
        &b"../../x"[..],
        b"a/../../x",
        b"..",
        b"/etc/x",
        b"//x",
        b"C:\\x",
        b"C:x",
        b"\\\\?\\C:\\x",
        b"\\\\srv\\share\\x",
        b"..\\x",
        b"a\\..\\..\\x",
        b"",
        b".",
        b"a//b",
        b"a/./b",
        b"a/",
        b"a\0b",
    ] {
        let kind = kind_of(Head::store(1).file(0, path).open(1, 0));
        assert_eq!(kind, Some(ErrorKind::UnsafePath), "{:?}", String::from_utf8_lossy(path));
    }
}

#[test]
fn a4_names_beyond_the_limits_are_refused() {
    let long = |path: Vec<u8>| {
        let mut head = Head::store(1).put(&[0, 1, 1]);
        head.0.extend_from_slice(&[
            (path.len() as u8) | 0x80,
            (path.len() >> 7) as u8 | 0x80,
            (path.len() >> 14) as u8,
        ]);
        // The length of a short path would not be in its shortest form.
        assert!(path.len() >= 1 << 14);
        kind_of(head.put(&path).open(1, 0))
    };
    assert_eq!(long(vec![b'a'; 20_000]), Some(ErrorKind::Limit));
    assert_eq!(long(b"a/".repeat(10_000)[..19_999].to_vec()), Some(ErrorKind::Limit));
    let mut limits = Limits::default();
    limits.path_depth = 2;
    assert_eq!(
        kind_of(Head::store(1).file(0, b"a/b/c").open_with(b"", 1, 0, &limits)),
        Some(ErrorKind::Limit)
    );
}

#[test]
fn a12_duplicates_are_refused_before_anything_is_written() {
    for (first, second) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
        let add = |head: Head, number, kind| match kind {
            0 => head.file(number, b"same"),
            kind => head.entry(number, kind, b"same"),
        };
        let head = add(add(Head::store(2), 0, first), 1, second);
        assert_eq!(kind_of(head.open(2, 0)), Some(ErrorKind::Corrupt));
    }
}

#[test]
fn a9_a10_a11_hard_links_only_name_earlier_files_of_the_archive() {
    let link = |target: &[u8]| {
        let head = Head::store(3).file(0, b"f").entry(1, 1, b"d").entry(2, 3, b"l");
        kind_of(head.put(&[target.len() as u8]).put(target).open(3, 0))
    };
    assert_eq!(link(b"f"), None);
    for target in [&b"/etc/passwd"[..], b"../x", b""] {
        assert_eq!(link(target), Some(ErrorKind::UnsafePath));
    }
    for target in [&b"l"[..], b"later", b"d"] {
        assert_eq!(link(target), Some(ErrorKind::Corrupt));
    }
}

#[test]
fn a16_a17_a19_kinds_and_fields_that_do_not_exist_are_refused() {
    // Devices, FIFOs, sockets, sparse maps, whiteouts: no such kind.
    for kind in 4..=255 {
        assert_eq!(
            kind_of(Head::store(1).entry(0, kind, b"dev").open(1, 0)),
            Some(ErrorKind::NewerVersion),
            "{kind}"
        );
    }
    // Owners, extended attributes: no such flag.
    for flag in [32, 64, 128] {
        let head = Head::store(1).put(&[0, 1 | flag, 1, 1, b'd']);
        assert_eq!(kind_of(head.open(1, 0)), Some(ErrorKind::NewerVersion));
    }
}

#[test]
fn a14_a18_modes_and_times_out_of_range_are_refused() {
    let with_mode = |mode: &[u8]| kind_of(Head::store(1).put(&[0, 3, 1, 1, b'd']).put(mode).open(1, 0));
    assert_eq!(with_mode(&[0xff, 0x1f]), None, "07777 is read; what is applied is another question");
    assert_eq!(with_mode(&[0x80, 0x20]), Some(ErrorKind::Corrupt));
    let with_time = |seconds: i64, nanos: u32| {
        let head =
            Head::store(1).put(&[0, 5, 1, 1, b'd']).put(&seconds.to_le_bytes()).put(&nanos.to_le_bytes());
        kind_of(head.open(1, 0))
    };
    for seconds in [i64::MIN, -219_000_000_000, 0, i64::MAX] {
        assert_eq!(with_time(seconds, 0), None);
        assert_eq!(with_time(seconds, 1_000_000_000), Some(ErrorKind::Corrupt));
    }
}

#[test]
fn a20_more_entries_than_the_limit_are_refused() {
    let mut limits = Limits::default();
    limits.entries = 1;
    let head = Head::store(2).entry(0, 1, b"a").entry(1, 1, b"b");
    for claimed in [1, 2, 1 << 40] {
        let kind = kind_of(head.open_with(b"", claimed, 0, &limits));
        assert_eq!(kind, Some(ErrorKind::Limit), "{claimed}");
    }
    limits.metadata = 8;
    limits.entries = 10;
    assert_eq!(kind_of(head.open_with(b"", 2, 0, &limits)), Some(ErrorKind::Limit));
}

#[test]
fn a21_a_size_that_is_not_the_payload_s_is_refused() {
    let hash = unsaid_core::check::Hash::of(b"0123456789");
    let crc = unsaid_core::check::crc32(b"0123456789").to_le_bytes();
    let with = |length: u8, payload: &[u8]| {
        let head = Head::store(1).entry(0, 0, b"f").put(&[0, length]).put(&crc).put(&hash.0);
        kind_of(head.open_with(payload, 1, u64::from(length), &Limits::default()))
    };
    assert_eq!(with(10, b"0123456789"), None);
    assert_eq!(with(10, b"012345678"), Some(ErrorKind::Corrupt));
    assert_eq!(with(10, &[b'0'; 1000]), Some(ErrorKind::Corrupt));
    assert_eq!(with(11, b"0123456789"), Some(ErrorKind::Corrupt));
}

#[test]
fn a22_totals_of_the_index_that_disagree_with_the_heads_are_refused() {
    let head = Head::store(1).file(0, b"f");
    assert_eq!(kind_of(head.open(1, 0)), None);
    for (entries, bytes) in [(2, 0), (0, 0), (1, 1), (1, u64::MAX)] {
        assert_eq!(kind_of(head.open(entries, bytes)), Some(ErrorKind::Corrupt));
    }
}

#[test]
fn a23_pieces_that_overlap_or_leave_gaps_are_refused() {
    let crc = unsaid_core::check::crc32(b"").to_le_bytes();
    let hash = [0; 32];
    // A file that begins in its middle.
    let middle = Head::store(1).entry(0, 0, b"f").put(&[7, 1]).put(&crc).put(&hash);
    assert_eq!(kind_of(middle.open_with(b"x", 1, 1, &Limits::default())), Some(ErrorKind::Corrupt));
    // Numbers of entries that repeat or jump.
    for (first, second) in [(0, 0), (0, 2), (1, 2), (5, 4)] {
        let head = Head::store(2).entry(first, 1, b"a").entry(second, 1, b"b");
        assert_eq!(kind_of(head.open(2, 0)), Some(ErrorKind::Corrupt), "{first} {second}");
    }
    // A file that goes on, but is not the last piece of its group.
    let head =
        Head::store(2).put(&[0, 0, 0, 1, b'f', 0]).put(&[0x80, 0x80, 0x10]).put(&crc).entry(1, 1, b"d");
    assert_eq!(kind_of(head.open(2, 0)), Some(ErrorKind::Corrupt));
}

#[test]
fn h3_b13_claims_of_enormous_lengths_fail_before_anything_is_allocated() {
    let huge = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];
    // Pieces, path, chunks, user metadata: each says there are 2^63.
    for head in [
        Head(vec![0, 0]).put(&huge),
        Head::store(1).put(&[0, 1, 1]).put(&huge),
        Head::store(1).put(&[0, 1, 0, 1, b'f', 0]).put(&huge),
        Head::store(1).put(&[0, 1, 0, 1, b'f']).put(&huge).put(&[0]),
        Head::store(1).put(&[0, 17, 1, 1, b'd']).put(&huge),
        Head::store(1).put(&[0, 9, 1, 1, b'd']).put(&huge),
    ] {
        assert_eq!(kind_of(head.open(1, 0)), Some(ErrorKind::Corrupt));
    }
}

#[test]
fn h4_the_memory_that_a_group_s_method_asks_for_is_limited() {
    let hash = unsaid_core::check::Hash::of(b"x");
    let crc = unsaid_core::check::crc32(b"x").to_le_bytes();
    let head = |level| Head::new(&[1, level], 1).entry(0, 0, b"f").put(&[0, 1]).put(&crc).put(&hash.0);
    let mut limits = Limits::default();
    limits.memory = 100 << 20;
    assert_eq!(kind_of(head(9).open_with(b"\0\xff\xff\xff", 1, 1, &limits)), Some(ErrorKind::Limit));
    for level in [0, 10, 255] {
        assert_eq!(
            kind_of(head(level).open_with(b"\0\xff\xff\xff", 1, 1, &limits)),
            Some(ErrorKind::Corrupt)
        );
    }
}

#[test]
fn h7_declared_work_is_refused_before_it_starts() {
    let archive =
        archive_of(&[("t", unsaid_testkit::bytes(unsaid_testkit::Kind::Text, 1, 5000))], &Default::default());
    let mut limits = Limits::default();
    limits.work = Some(1000);
    let mut opened = Archive::open(Cursor::new(&archive), &limits).unwrap();
    let mut keeper = Keeper::default();
    let e = opened.deliver(|_| true, &mut keeper, &Inline, &Silent).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Limit);
    assert!(e.hint_text().unwrap().contains("--max-work") && keeper.files.is_empty());
}

#[test]
fn h2_output_beyond_the_limit_ends_the_operation() {
    let archive = archive_of(&[("z", vec![0; 3 << 20])], &store());
    let mut limits = Limits::default();
    limits.output = Some(1 << 20);
    let mut opened = Archive::open(Cursor::new(&archive), &limits).unwrap();
    let mut keeper = Keeper::default();
    let e = opened.deliver(|_| true, &mut keeper, &Inline, &Silent).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Limit);
    assert!(e.hint_text().unwrap().contains("--max-output") && keeper.files.is_empty());
}

#[test]
fn b9_methods_kinds_and_versions_of_the_future_are_called_newer() {
    for method in [2, 3, 4, 255] {
        let head = Head::new(&[method], 1).file(0, b"f");
        assert_eq!(kind_of(head.open(1, 0)), Some(ErrorKind::NewerVersion));
    }
    let archive = sample(&store());
    for (at, value) in [(8, 2), (8, 0), (10, 1), (11, 0x80)] {
        let mut newer = archive.clone();
        newer[at] = value;
        let crc = unsaid_core::check::crc32(&newer[..20]);
        newer[20..24].copy_from_slice(&crc.to_le_bytes());
        let e = Archive::open(Cursor::new(&newer), &Limits::default()).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::NewerVersion, "{at} {value}");
        assert_eq!(stream_all(&newer).map(drop).unwrap_err().kind(), ErrorKind::NewerVersion);
    }
    // An unknown record of 128 or more is passed over, any other is newer.
    for (kind, expected) in
        [(0x80, None), (0xff, None), (3, Some(ErrorKind::NewerVersion)), (0, Some(ErrorKind::NewerVersion))]
    {
        let framed = internal::frame_with_extra(&Head::store(1).file(0, b"f").0, kind).unwrap();
        let opened = Archive::open(Cursor::new(&framed), &Limits::default()).map(drop);
        assert_eq!(kind_of(opened), expected, "by index: {kind}");
        let streamed = stream_all(&framed).map(|(kept, contents)| {
            assert!(kept.files.len() == 1 && contents.problems.is_empty());
        });
        assert_eq!(kind_of(streamed), expected, "by stream: {kind}");
    }
}

#[test]
fn b11_a_million_empty_groups_are_read_in_bounded_time() {
    let archive = internal::frame_many(100_000).unwrap();
    let opened = Archive::open(Cursor::new(&archive), &Limits::default()).unwrap();
    assert_eq!(opened.contents().groups.len(), 100_000);
    assert!(stream_all(&archive).unwrap().1.problems.is_empty());
}

#[test]
fn h1_rows_of_the_index_that_overlap_repeat_or_leave_gaps_are_not_followed() {
    let head = Head::store(1).file(0, b"f").0;
    let n = head.len() as u32;
    for rows in [
        vec![(0, n, 0), (1, n, 0)],
        vec![(0, n, 1)],
        vec![(0, n - 1, 0)],
        vec![(0, n, u64::MAX)],
        vec![(0, n, u64::MAX - 100), (1, n, 200)],
        vec![],
        vec![(7, n, 0)],
    ] {
        let archive = internal::frame_with_rows(&head, &rows).unwrap();
        let opened = Archive::open(Cursor::new(&archive), &Limits::default()).unwrap();
        // The index is not believed: the records are found where they are, and the lie is reported.
        assert!(!opened.contents().problems.is_empty(), "{rows:?}");
        assert_eq!(opened.contents().entries.len(), 1);
    }
    internal::frame_with_rows(&head, &[(0, n, 0)])
        .and_then(|honest| Archive::open(Cursor::new(&honest), &Limits::default()).map(drop))
        .unwrap();
}

#[test]
fn h1_an_archive_in_an_archive_is_bytes_and_nothing_else() {
    let mut archive = sample(&store());
    for _ in 0..12 {
        archive = archive_of(&[("inner.ff", archive)], &store());
    }
    let (kept, _) = read_all(&archive).unwrap();
    assert_eq!((kept.files.len(), kept.files[0].0.as_str()), (1, "inner.ff"));
}

#[test]
fn a20_deep_paths_cost_memory_by_component_and_are_limited() {
    let deep = format!("{}x", "a/".repeat(255)).into_bytes();
    let head = Head::store(1).put(&[0, 1, 1, 0xff, 0x03]).put(&deep);
    assert_eq!(kind_of(head.open(1, 0)), None);
    let mut limits = Limits::default();
    limits.metadata = 8 << 10;
    assert_eq!(kind_of(head.open_with(b"", 1, 0, &limits)), Some(ErrorKind::Limit));
}

#[test]
fn a22_numbers_that_jump_or_overflow_are_refused() {
    let max = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
    let head = Head::store(1).put(&max).put(&[1, 1, 1, b'd']);
    assert_eq!(kind_of(head.open(1, 0)), Some(ErrorKind::Corrupt));
    let head = Head::store(1).entry(9, 1, b"d");
    assert_eq!(kind_of(head.open(1, 0)), Some(ErrorKind::Corrupt));
    assert_eq!(
        stream_all(&internal::frame(&head.0, b"", 1, 0).unwrap()).map(drop).map_err(|e| e.kind()),
        Err(ErrorKind::Corrupt)
    );
}

#[test]
fn a21_a_payload_that_no_file_needs_is_refused() {
    let head = Head::store(1).entry(0, 1, b"d");
    assert_eq!(kind_of(head.open_with(b"HIDDEN", 1, 0, &Limits::default())), Some(ErrorKind::Corrupt));
}

#[test]
fn h2_h7_a_range_keeps_the_limits_on_output_and_work() {
    let archive = archive_of(&[("z", vec![0; 5000])], &store());
    for (output, work) in [(Some(10), None), (None, Some(10))] {
        let mut limits = Limits::default();
        (limits.output, limits.work) = (output, work);
        let mut opened = Archive::open(Cursor::new(&archive), &limits).unwrap();
        let entry = opened.contents().entry(b"z").unwrap().clone();
        let mut out = Vec::new();
        let e = opened.read_range(&entry, 0..1000, &mut out, &Silent).unwrap_err();
        assert_eq!((e.kind(), out.len()), (ErrorKind::Limit, 0));
    }
}
