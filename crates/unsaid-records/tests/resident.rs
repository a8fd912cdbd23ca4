//! How much memory level `small` holds, counted at every allocation of this process: a test binary of
//! its own, with one test, so that nothing else is counted.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]
#![allow(unsafe_code, reason = "an allocator that counts; it hands everything on to the system's")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use unsaid_core::{Inline, Limits, Silent};
use unsaid_records::{Compressor, Decompressor, Framing, Level, Model, Registry, TrainOptions, Trainer};
use unsaid_testkit::generate::{Kind, bytes};

struct Counting;

static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

fn more(bytes: usize) {
    PEAK.fetch_max(LIVE.fetch_add(bytes, SeqCst) + bytes, SeqCst);
}

// SAFETY: every call is the system allocator's with the same arguments; counting touches no memory of it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        more(layout.size());
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        more(layout.size());
        // SAFETY: as the caller promises.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), SeqCst);
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// The tables of `small` for a text of 256 KiB to 512 KiB: histories, hits, places.
const TABLES: usize = 16 * ((1 << 13) + (1 << 16) + 9 * (1 << 17)) + 7 * (1 << 18) + 8 * (1 << 19);

#[test]
fn small_holds_its_tables_and_one_copy_of_its_texts_and_hardly_anything_else() {
    let text = bytes(Kind::Json, 5, 400_000);
    let mut trainer = Trainer::new({
        let mut options = TrainOptions::default();
        options.curve = false;
        options
    });
    text.split(|&b| b == b'\n').for_each(|document| trainer.push(document).unwrap());
    let file = trainer.train(&Inline, &Silent).unwrap().file;
    let document = text.split(|&b| b == b'\n').next().unwrap();

    let before = LIVE.load(SeqCst);
    PEAK.store(before, SeqCst);
    let limits = Limits::default();
    let model = Model::load(&file, &limits).unwrap();
    let (mut record, mut back) = (Vec::new(), Vec::new());
    let mut compressor = Compressor::new(&model, Level::Small, Framing::BARE).unwrap();
    let mut decompressor = Decompressor::new(&Registry::from(&model), &limits);
    compressor.compress(document, &mut record).unwrap();
    decompressor.decompress(&record, &mut back).unwrap();
    assert_eq!(back, document);
    let (held, peak) = (LIVE.load(SeqCst) - before, PEAK.load(SeqCst) - before);
    let small = TABLES + text.len();
    eprintln!("held {held}, peak {peak}, tables and texts {small}, file {}", file.len());
    // The sections of the other levels, weights, and memory for a document.
    assert!(held < small + file.len() + (1 << 20), "{held} bytes are held, {small} of them needed");
    assert!(peak < small + file.len() + (1 << 20), "{peak} bytes at the peak, {small} of them needed");

    // The other levels are there when they are asked for after all.
    for level in [Level::Balanced, Level::Fast] {
        let mut other = Compressor::new(&model, level, Framing::BARE).unwrap();
        record.clear();
        back.clear();
        other.compress(document, &mut record).unwrap();
        decompressor.decompress(&record, &mut back).unwrap();
        assert_eq!(back, document, "{level}");
    }
}
