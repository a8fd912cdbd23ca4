//! Many at once.

use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};

use unsaid_core::workers::{Job, Workers};
use unsaid_core::{ErrorKind, Inline, Limits, Silent};
use unsaid_records::{ByteStrings, Compressor, Decompressor, Framing, Registry, batch};

use crate::common::*;

/// Threads that take jobs in the order in which they get to it.
struct Threads(Vec<Sender<Job>>, std::sync::atomic::AtomicUsize);

impl Threads {
    fn new(count: usize) -> Self {
        let start = |_| {
            let (send, jobs) = channel::<Job>();
            std::thread::spawn(move || jobs.into_iter().for_each(|job| job()));
            send
        };
        Threads((0..count).map(start).collect(), Default::default())
    }
}

impl Workers for Threads {
    fn count(&self) -> usize {
        self.0.len()
    }

    fn spawn(&self, job: Job) {
        let next = self.1.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        self.0[next % self.0.len()].send(job).unwrap();
    }
}

fn many() -> Arc<ByteStrings> {
    let mut all: ByteStrings = (0..1500).map(|seed| document(20_000 + seed)).collect();
    all.extend(documents());
    Arc::new(all)
}

fn collect(run: impl FnOnce(batch::Sink<'_>) -> unsaid_core::Result<()>) -> unsaid_core::Result<ByteStrings> {
    let mut all = ByteStrings::new();
    run(&mut |string| {
        all.push(string);
        Ok(())
    })
    .map(|()| all)
}

#[test]
fn g9_a_batch_is_the_same_for_any_number_of_workers_and_in_order() {
    let model = &trained().model;
    let documents = many();
    for level in model.levels() {
        let mut one = Compressor::new(model, level, Framing::default()).unwrap();
        let mut expected = ByteStrings::new();
        for document in documents.iter() {
            let mut record = Vec::new();
            one.compress(document, &mut record).unwrap();
            expected.push(&record);
        }
        for workers in 1..=4 {
            let threads = Threads::new(workers);
            let coded = collect(|sink| batch::compress(&one, &documents, &threads, &Silent, sink)).unwrap();
            assert!(coded == expected, "{level}, {workers} workers");
            let decoder = decompressor(model, Framing::default());
            let coded = Arc::new(coded);
            let back = collect(|sink| batch::decompress(&decoder, &coded, &threads, &Silent, sink)).unwrap();
            assert!(back == *documents, "{level}, {workers} workers");
        }
    }
}

#[test]
fn the_first_record_that_fails_ends_a_batch_after_those_before_it() {
    let model = &trained().model;
    let records: ByteStrings =
        (0..3000).map(|n| if n >= 2000 { vec![0x20] } else { [&b"\0"[..], &document(n)].concat() }).collect();
    let decoder = Decompressor::new(&Registry::from(model), &Limits::default());
    for workers in 1..=3 {
        let mut given = 0;
        let mut sink = |document: &[u8]| {
            assert_eq!(document, crate::common::document(given));
            given += 1;
            Ok(())
        };
        let threads = Threads::new(workers);
        let ended = batch::decompress(&decoder, &Arc::new(records.clone()), &threads, &Silent, &mut sink);
        assert_eq!(ended.unwrap_err().kind(), ErrorKind::Corrupt);
        assert_eq!(given, 2000);
    }
}

/// A few bytes each become megabytes each: they are not all kept at once.
#[test]
fn c11_a_batch_of_documents_much_larger_than_their_records_is_given_piece_by_piece() {
    let model = &trained().model;
    let level = unsaid_records::Level::Balanced;
    let large = vec![b'a'; 3 << 20];
    let record = compress(model, level, Framing::BARE, &large);
    let records: ByteStrings = (0..60).map(|_| &record).collect();
    let decoder = decompressor(model, Framing::BARE);
    let mut given = 0;
    let mut sink = |document: &[u8]| {
        given += 1;
        assert!(document.len() == large.len());
        Ok(())
    };
    batch::decompress(&decoder, &Arc::new(records), &Inline, &Silent, &mut sink).unwrap();
    assert_eq!(given, 60);
}
