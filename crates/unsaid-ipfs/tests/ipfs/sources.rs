//! Who is asked, in which order.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use unsaid_core::{ErrorKind, Limits, Progress, Result};
use unsaid_ipfs::{BlockStore, Flatfs, Gateway, Given, Own, Sources};
use unsaid_ipld::car::{Bounds, Writer};
use unsaid_ipld::source::Memory;
use unsaid_ipld::{Block, BlockSource, Cid};

use crate::common::{Notes, Small, block, got, quick, respond};

/// A source that counts, and waits.
#[derive(Default)]
struct Counting {
    blocks: Memory,
    wait: Duration,
    asked: AtomicUsize,
    now: AtomicUsize,
    most: AtomicUsize,
}

impl BlockSource for Counting {
    fn get(&self, cid: &Cid) -> Result<Option<Block>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        std::thread::sleep(self.wait);
        let got = self.blocks.get(cid);
        self.now.fetch_sub(1, Ordering::SeqCst);
        got
    }
}

fn counting(blocks: &[Block], wait: u64) -> Arc<Counting> {
    let blocks = blocks.iter().cloned().collect();
    Arc::new(Counting { blocks, wait: Duration::from_millis(wait), ..Counting::default() })
}

fn cids(blocks: &[Block]) -> Vec<Cid> {
    blocks.iter().map(|block| *block.cid()).collect()
}

fn car(path: &std::path::Path, blocks: &[Block]) -> Given {
    let file = std::fs::File::create(path).unwrap();
    let mut writer = Writer::new(file, &[*blocks[0].cid()]).unwrap();
    blocks.iter().for_each(|block| writer.put(block).unwrap());
    writer.finish().unwrap();
    Given::open(path, &Limits::default(), 0).unwrap()
}

#[test]
fn the_order_is_given_own_repository_peers_gateways() {
    let folder = tempfile::tempdir().unwrap();
    let blocks: Vec<Block> = (0..6).map(|n| block(n, 500)).collect();
    // Each place has one block less than the one after it.
    let own = Own::at(folder.path().join("data"), folder.path().join("cache"));
    own.put(&blocks[1]).unwrap();
    own.cache().put(&blocks[2]).unwrap();
    std::fs::create_dir(folder.path().join("blocks")).unwrap();
    std::fs::write(folder.path().join("blocks/SHARDING"), "/repo/flatfs/shard/v1/next-to-last/2\n").unwrap();
    let peers = counting(&blocks[..5], 0);
    let gateway = Small::honest(blocks.clone());
    let notes = Notes::default();
    let sources = Sources::new(quick(), &notes)
        // Named in another order than they are asked in.
        .with_gateway(Gateway::new(&gateway.url(), quick()).unwrap())
        .with_peers("peer one", peers.clone())
        .with_repository(Flatfs::open(folder.path()).unwrap())
        .with_own(own)
        .with_given(car(&folder.path().join("given.car"), &blocks[..1]));
    assert_eq!(got(&sources, &cids(&blocks)).unwrap().len(), 6);
    let places: Vec<_> = blocks.iter().map(|b| sources.place(b.cid()).unwrap().to_string()).collect();
    assert!(places[0].ends_with("given.car"), "{places:?}");
    let gateway_name = format!("gateway {}", gateway.url());
    assert_eq!(places[1..], ["own blocks", "cache", "peer one", "peer one", &gateway_name]);
    assert_eq!((peers.asked.load(Ordering::SeqCst), gateway.asked()), (3, 1));
}

#[test]
fn a_fetch_that_was_broken_off_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let blocks: Vec<Block> = (0..30).map(|n| block(n, 500)).collect();
    let source = counting(&blocks, 0);
    let notes = Notes::default();
    let own = || Own::at(folder.path().join("data"), folder.path().join("cache"));
    let first = Sources::new(quick(), &notes).with_own(own()).with_peers("peer", source.clone());
    let mut came = 0;
    let e = first.get_many(&cids(&blocks), &mut |_| {
        came += 1;
        if came == 10 { Err(unsaid_core::progress::interrupted()) } else { Ok(()) }
    });
    assert_eq!(e.unwrap_err().kind(), ErrorKind::Interrupted);
    std::thread::sleep(Duration::from_millis(100));
    let before = source.asked.load(Ordering::SeqCst);
    assert!(before < 30, "{before}");
    let second = Sources::new(quick(), &notes).with_own(own()).with_peers("peer", source.clone());
    assert_eq!(got(&second, &cids(&blocks)).unwrap().len(), 30);
    // The ten that came are in the cache; what was still under way is asked for again.
    assert_eq!(source.asked.load(Ordering::SeqCst) - before, 20);
}

#[test]
fn blocks_come_in_parallel_and_never_more_than_eight_at_once() {
    let blocks: Vec<Block> = (0..64).map(|n| block(n, 500)).collect();
    let source = counting(&blocks, 20);
    let notes = Notes::default();
    let mut options = quick();
    options.hedge = Duration::from_secs(20);
    let sources = Sources::new(options, &notes).with_peers("peer", source.clone());
    assert_eq!(got(&sources, &cids(&blocks)).unwrap().len(), 64);
    let most = source.most.load(Ordering::SeqCst);
    assert!((2..=8).contains(&most), "{most}");
}

#[test]
fn a_source_that_is_gone_is_not_asked_for_every_block() {
    struct Gone(AtomicUsize);
    impl BlockSource for Gone {
        fn get(&self, _: &Cid) -> Result<Option<Block>> {
            self.0.fetch_add(1, Ordering::SeqCst);
            Err(unsaid_core::Error::new(ErrorKind::Environment, "no route to host"))
        }
    }
    let gone = Arc::new(Gone(AtomicUsize::new(0)));
    let blocks: Vec<Block> = (0..50).map(|n| block(n, 500)).collect();
    let notes = Notes::default();
    let sources = Sources::new(quick(), &notes)
        .with_peers("gone", gone.clone())
        .with_peers("here", counting(&blocks, 0));
    assert_eq!(got(&sources, &cids(&blocks)).unwrap().len(), 50);
    let asked = gone.0.load(Ordering::SeqCst);
    // Three, and those that were under way by then.
    assert!((3..=11).contains(&asked), "{asked}");
    assert!(notes.text().contains("gone: no route to host; it is not asked again"), "{}", notes.text());
}

#[test]
fn e7_a_source_that_gives_what_was_not_asked_for_gives_nothing() {
    struct Other(Block);
    impl BlockSource for Other {
        fn get(&self, _: &Cid) -> Result<Option<Block>> {
            Ok(Some(self.0.clone()))
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let (wanted, other) = (block(1, 10), block(2, 10));
    let notes = Notes::default();
    let sources = Sources::new(quick(), &notes)
        .with_own(Own::at(folder.path(), folder.path().join("cache")))
        .with_peers("pusher", Arc::new(Other(other.clone())));
    let e = sources.need(&[*wanted.cid()], &mut |_| panic!("nothing was to come")).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Missing);
    assert!(notes.text().contains("gave another block"), "{}", notes.text());
    assert!(!sources.own().unwrap().has(other.cid()).unwrap());
}

#[test]
fn whoever_wants_to_stop_is_asked_while_nothing_comes() {
    struct Stop(Instant);
    impl Progress for Stop {
        fn advance(&self, _: u64, _: u64) -> Result<()> {
            if self.0.elapsed() > Duration::from_millis(300) {
                return Err(unsaid_core::progress::interrupted());
            }
            Ok(())
        }
    }
    let stop = Stop(Instant::now());
    let sources = Sources::new(quick(), &stop).with_peers("silent", counting(&[], 20_000));
    let e = sources.get(block(1, 10).cid()).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Interrupted);
    assert!(stop.0.elapsed() < Duration::from_secs(3));
}

#[test]
fn every_block_is_counted_once() {
    #[derive(Default)]
    struct Count(Mutex<u64>);
    impl Progress for Count {
        fn advance(&self, consumed: u64, _: u64) -> Result<()> {
            *self.0.lock().unwrap() += consumed;
            Ok(())
        }
    }
    let blocks: Vec<Block> = (0..9).map(|n| block(n, 1000)).collect();
    let count = Count::default();
    let sources = Sources::new(quick(), &count).with_peers("peer", counting(&blocks, 0));
    let mut twice = cids(&blocks);
    twice.extend(cids(&blocks));
    assert_eq!(got(&sources, &twice).unwrap().len(), 9);
    assert_eq!(*count.0.lock().unwrap(), 9000);
}

#[test]
fn missing_blocks_are_named_with_what_can_be_done() {
    let notes = Notes::default();
    let wanted: Vec<Block> = (0..30).map(|n| block(n, 10)).collect();
    let sources = Sources::new(quick(), &notes);
    let e = sources.need(&cids(&wanted), &mut |_| Ok(())).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Missing);
    assert!(e.to_string().contains("30 blocks") && e.to_string().contains("and 10 more"), "{e}");
    let hint = e.hint_text().unwrap();
    assert!(["--car", "--gateway", "--peer"].iter().all(|flag| hint.contains(flag)), "{hint}");
}

#[test]
fn a_given_file_is_a_block_or_a_car() {
    let folder = tempfile::tempdir().unwrap();
    let blocks = [block(1, 10), block(2, 20)];
    let given = car(&folder.path().join("a.car"), &blocks);
    assert!(given.is_car());
    assert_eq!(given.roots().unwrap(), [*blocks[0].cid()]);
    assert_eq!(
        given.cids().unwrap().into_iter().collect::<BTreeSet<_>>(),
        cids(&blocks).into_iter().collect()
    );
    assert_eq!(given.get(blocks[1].cid()).unwrap().as_ref(), Some(&blocks[1]));

    let root = crate::own::list(&blocks);
    let path = folder.path().join("block");
    for (content, name) in [
        (root.data(), *root.cid()),
        (&b""[..], *Block::new(unsaid_ipld::Codec::DagCbor, vec![]).unwrap().cid()),
    ] {
        std::fs::write(&path, content).unwrap();
        let given = Given::open(&path, &Limits::default(), 0).unwrap();
        assert!(!given.is_car());
        assert_eq!(given.roots().unwrap(), [name]);
        assert_eq!(given.get(&name).unwrap().unwrap().data(), content);
        assert!(given.get(blocks[1].cid()).unwrap().is_none());
    }
    std::fs::write(&path, vec![0xff; 3 << 20]).unwrap();
    assert!(Given::open(&path, &Limits::default(), 0).is_err());
    assert_eq!(
        Given::open(&folder.path().join("no"), &Limits::default(), 0).err().unwrap().kind(),
        ErrorKind::Missing
    );
}

#[test]
fn d10_a_car_given_or_sent_that_lies_is_told_by_its_hashes() {
    let folder = tempfile::tempdir().unwrap();
    let blocks = [block(1, 1000), block(2, 2000)];
    let path = folder.path().join("a.car");
    car(&path, &blocks);
    let mut bytes = std::fs::read(&path).unwrap();
    let at = bytes.len() - 1500;
    bytes[at] ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    let notes = Notes::default();
    let sources =
        Sources::new(quick(), &notes).with_given(Given::open(&path, &Limits::default(), 0).unwrap());
    assert!(sources.get(blocks[0].cid()).unwrap().is_some());
    assert_eq!(sources.get(blocks[1].cid()).unwrap_err().kind(), ErrorKind::Corrupt);

    // The same from a gateway, and other things that are no CAR.
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (bytes.clone(), "application/vnd.ipld.car"),
        (bytes[..bytes.len() - 1].to_vec(), "application/vnd.ipld.car"),
        (vec![0xff; 100_000], "application/vnd.ipld.car"),
        ([&[0x80, 0x80, 0x80, 0x80, 0x04][..], &[0; 1000]].concat(), "application/vnd.ipld.car"),
        (b"<html>".to_vec(), "text/html"),
    ];
    for (body, content_type) in cases {
        let content_type = content_type.to_owned();
        let server = Small::start(move |_, stream| respond(stream, 200, &content_type, &body));
        let gateway = Gateway::new(&server.url(), quick()).unwrap();
        let read = || -> Result<()> {
            let stream = gateway.open_car(blocks[0].cid())?.unwrap();
            let mut reader = unsaid_ipld::car::Reader::new(stream, &Bounds::default())?;
            while reader.next_block()?.is_some() {}
            Ok(())
        };
        assert!(read().is_err());
    }
}

#[test]
fn a_cut_car_is_not_taken_for_a_block() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.car");
    car(&path, &[block(1, 1000), block(2, 2000)]);
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() - 10]).unwrap();
    assert_eq!(Given::open(&path, &Limits::default(), 0).err().unwrap().kind(), ErrorKind::Truncated);
}
