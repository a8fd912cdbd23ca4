//! Gateways that mean harm: wrong, endless, slow, silent, sending us elsewhere.

use std::io::Write;
use std::thread;
use std::time::{Duration, Instant};

use unsaid_core::{ErrorKind, Result};
use unsaid_ipfs::{Disk, Durability, Gateway, NetOptions, Own, Sources};
use unsaid_ipld::{Block, BlockSource, MAX_READ, MAX_WRITTEN};

use crate::common::{Notes, Small, block, quick, respond, respond_with};

pub(crate) fn gateway(server: &Small) -> Gateway {
    Gateway::new(&server.url(), quick()).unwrap()
}

/// Asks, and makes sure that it does not take long whatever happens.
pub(crate) fn ask(gateway: &Gateway, wanted: &Block) -> Result<Option<Block>> {
    let start = Instant::now();
    let got = gateway.get(wanted.cid());
    assert!(start.elapsed() < Duration::from_secs(15), "took {:?}", start.elapsed());
    got
}

pub(crate) const RAW: &str = "application/vnd.ipld.raw";

#[test]
fn e1_wrong_bytes_are_refused_once_and_their_source_never_asked_again() {
    let wanted = block(1, 1000);
    let mut wrong = wanted.data().to_vec();
    wrong[500] ^= 1;
    let liar = Small::start(move |_, stream| respond(stream, 200, RAW, &wrong));
    let gateway = gateway(&liar);
    let e = ask(&gateway, &wanted).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Corrupt);
    assert!(gateway.is_distrusted());
    let e = ask(&gateway, &wanted).unwrap_err();
    assert!(e.to_string().contains("not asked again"), "{e}");
    assert_eq!(liar.asked(), 1);
}

#[test]
fn e1_a_lie_is_never_cached_and_the_next_source_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let blocks: Vec<Block> = (0..20).map(|n| block(n, 2000)).collect();
    let liar = Small::start(|_, stream| respond(stream, 200, RAW, &[7; 2000]));
    let honest = Small::honest(blocks.clone());
    let notes = Notes::default();
    let mut options = quick();
    options.parallel = 1;
    let sources = Sources::new(options, &notes)
        .with_own(Own::at(folder.path().join("d"), folder.path().join("c")))
        .with_gateway(gateway(&liar))
        .with_gateway(gateway(&honest));
    let cids: Vec<_> = blocks.iter().map(|block| *block.cid()).collect();
    let mut count = 0;
    sources
        .need(&cids, &mut |block| {
            assert!(blocks.contains(&block));
            count += 1;
            Ok(())
        })
        .unwrap();
    assert_eq!((count, liar.asked()), (20, 1));
    assert!(notes.text().contains("not asked again"), "{}", notes.text());
    let cache = Disk::at(folder.path().join("c"), Durability::Cached);
    for block in &blocks {
        assert_eq!(cache.get(block.cid()).unwrap().as_ref(), Some(block));
    }
}

#[test]
fn e2_a_body_of_4_gib_is_refused_by_its_announcement() {
    let server = Small::start(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4294967296\r\n\r\nxxxx");
        thread::sleep(Duration::from_secs(10));
    });
    let start = Instant::now();
    let e = ask(&gateway(&server), &block(1, 10)).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Limit);
    assert!(e.to_string().contains("4294967296"), "{e}");
    assert!(start.elapsed() < Duration::from_secs(3));
}

#[test]
fn e2_an_endless_body_is_cut_at_the_cap() {
    let server = Small::start(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        let mut chunk = b"10000\r\n".to_vec();
        chunk.extend_from_slice(&[0; 0x10000]);
        chunk.extend_from_slice(b"\r\n");
        while stream.write_all(&chunk).is_ok() {}
    });
    let e = ask(&gateway(&server), &block(1, 10)).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Limit);
    assert!(e.to_string().contains(&MAX_READ.to_string()), "{e}");
}

#[test]
fn e2_a_content_length_that_lies_gives_no_block() {
    let wanted = block(1, 1000);
    for announced in [500, 999, 1001, 2000] {
        let data = wanted.data().to_vec();
        let server = Small::start(move |_, stream| {
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {announced}\r\nConnection: close\r\n\r\n");
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&data));
            crate::common::finish(stream);
        });
        let gateway = gateway(&server);
        assert!(ask(&gateway, &wanted).is_err(), "{announced}");
    }
}

#[test]
fn e2_the_largest_block_comes_and_what_no_block_can_be_does_not() {
    let largest = block(3, MAX_WRITTEN);
    let server = Small::honest(vec![largest.clone()]);
    assert_eq!(ask(&gateway(&server), &largest).unwrap(), Some(largest.clone()));
    // Too large for us is no lie: whoever has such a block may have others.
    let server = Small::start(move |line, stream| match line.contains(&largest.cid().to_string()) {
        true => respond(stream, 200, RAW, largest.data()),
        false => respond(stream, 200, RAW, &vec![0; MAX_READ + 1]),
    });
    let gateway = gateway(&server);
    assert_eq!(ask(&gateway, &block(1, 10)).unwrap_err().kind(), ErrorKind::Limit);
    assert!(!gateway.is_distrusted());
    assert!(ask(&gateway, &block(3, MAX_WRITTEN)).unwrap().is_some());
}

#[test]
fn e2_who_has_blocks_that_are_too_large_is_asked_for_the_others() {
    let blocks: Vec<Block> = (0..12).map(|n| block(n, 100)).collect();
    let (large, known) = (blocks[..6].to_vec(), blocks[6..].to_vec());
    let server = Small::start(move |line, stream| {
        match known.iter().find(|block| line.contains(&block.cid().to_string())) {
            Some(block) => respond(stream, 200, RAW, block.data()),
            None => respond(stream, 200, RAW, &vec![0; MAX_READ + 1]),
        }
    });
    let honest = Small::honest(large);
    let notes = Notes::default();
    let mut options = quick();
    options.parallel = 1;
    let sources = Sources::new(options, &notes).with_gateway(gateway(&server)).with_gateway(gateway(&honest));
    let cids: Vec<_> = blocks.iter().map(|block| *block.cid()).collect();
    assert_eq!(crate::common::got(&sources, &cids).unwrap().len(), 12);
    assert_eq!(server.asked(), 12);
    assert!(!notes.text().contains("not asked again"), "{}", notes.text());
}

#[test]
fn e2_lines_after_the_last_chunk_end_however_they_come() {
    const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.ipld.car\r\n\
        Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n";
    let flood = Small::start(|_, stream| {
        let _ = stream.write_all(HEAD);
        while stream.write_all(&b"X-Trailer: y\r\n".repeat(1000)).is_ok() {}
    });
    let drip = Small::start(|_, stream| {
        let _ = stream.write_all(HEAD);
        while stream.write_all(b"X-Trailer: y\r\n").is_ok() {
            thread::sleep(Duration::from_millis(100));
        }
    });
    let before_a_head =
        Small::start(|_, stream| while stream.write_all(b"HTTP/1.1 103 Early\r\n\r\n").is_ok() {});
    let start = Instant::now();
    assert!(ask(&gateway(&flood), &block(1, 1000)).is_err());
    assert!(ask(&gateway(&before_a_head), &block(1, 1000)).is_err());
    // Cut off after half a MiB, not at the deadline of 5 s.
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
    for server in [&flood, &drip] {
        let start = Instant::now();
        let mut car = gateway(server).open_car(block(1, 10).cid()).unwrap().unwrap();
        let e = std::io::Read::read_to_end(&mut car, &mut Vec::new()).unwrap_err();
        // No deadline: it is the silence of the body that counts.
        assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
        let said = e.to_string();
        assert!(said.contains("without end") || said.contains("nothing within 1.5 s"), "{said}");
    }
}

#[test]
fn e5_compressed_bodies_are_not_unpacked() {
    let server = Small::start(|line, stream| {
        assert!(line.starts_with("GET /ipfs/"));
        // 4 GiB of zeros, if anyone unpacked it; a few bytes are enough to tell.
        let lines = "Content-Type: application/vnd.ipld.raw\r\nContent-Encoding: gzip\r\n";
        respond_with(stream, 200, lines, &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);
    });
    let gateway = gateway(&server);
    let e = ask(&gateway, &block(1, 10)).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Corrupt);
    assert!(gateway.is_distrusted());
}

#[test]
fn e6_an_html_page_with_200_is_called_one() {
    let page = b"<!DOCTYPE html><title>Welcome to our network</title>";
    let server = Small::start(move |_, stream| respond(stream, 200, "text/html; charset=utf-8", page));
    let e = ask(&gateway(&server), &block(1, 10)).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Corrupt);
    assert!(e.to_string().contains("an HTML page"), "{e}");
    assert!(e.hint_text().is_some_and(|hint| hint.contains("no trustless gateway")));
}

#[test]
fn e8_what_nobody_has_is_listed_and_the_rest_comes() {
    let (here, gone) = (block(1, 100), block(2, 100));
    for status in [404, 410, 451, 504] {
        let known = here.clone();
        let server = Small::start(move |line, stream| match line.contains(&known.cid().to_string()) {
            true => respond(stream, 200, RAW, known.data()),
            false => respond(stream, status, "text/plain", b"no"),
        });
        let notes = Notes::default();
        let sources = Sources::new(quick(), &notes).with_gateway(gateway(&server));
        let mut got = Vec::new();
        let e = sources
            .need(&[*gone.cid(), *here.cid()], &mut |block| {
                got.push(block);
                Ok(())
            })
            .unwrap_err();
        assert_eq!(got, std::slice::from_ref(&here));
        assert_eq!(e.kind(), ErrorKind::Missing);
        assert!(e.to_string().contains(&gone.cid().to_string()), "{e}");
        assert!(e.hint_text().unwrap().contains(&server.url()), "{e:?}");
    }
}

#[test]
fn e8_what_might_be_with_somebody_who_cannot_be_asked_is_not_called_missing() {
    let (here, gone) = (block(1, 100), block(2, 100));
    let honest = Small::honest(vec![here.clone()]);
    let notes = Notes::default();
    let dead = Gateway::new("http://127.0.0.1:1", quick()).unwrap();
    let sources = Sources::new(quick(), &notes).with_gateway(dead).with_gateway(gateway(&honest));
    assert_eq!(sources.get(here.cid()).unwrap(), Some(here.clone()));
    for e in [
        sources.get(gone.cid()).unwrap_err(),
        sources.get_many(&[*gone.cid(), *here.cid()], &mut |_| Ok(())).unwrap_err(),
        sources.need(&[*gone.cid()], &mut |_| Ok(())).unwrap_err(),
    ] {
        assert_eq!(e.kind(), ErrorKind::Environment);
        assert!(e.hint_text().unwrap().contains("http://127.0.0.1:1 could not be asked"), "{e:?}");
    }
    // One that lies was asked, and the others say that they do not have it.
    let liar = Small::start(|_, stream| respond(stream, 200, RAW, b"other"));
    let sources = Sources::new(quick(), &notes).with_gateway(gateway(&liar)).with_gateway(gateway(&honest));
    assert_eq!(sources.get(gone.cid()).unwrap(), None);
}

#[test]
fn e9_offline_no_gateway_hears_of_it() {
    let wanted = block(1, 100);
    let server = Small::honest(vec![wanted.clone()]);
    let notes = Notes::default();
    let sources = Sources::new(quick(), &notes).with_gateway(gateway(&server)).offline(true);
    let e = sources.need(&[*wanted.cid()], &mut |_| Ok(())).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Missing);
    assert!(e.hint_text().unwrap().contains("--offline"), "{e:?}");
    assert_eq!(server.asked(), 0);
}

#[test]
fn what_is_no_address_is_refused_before_anything_is_asked() {
    for url in [
        "",
        "gateway.example",
        "ftp://x.example",
        "file:///etc",
        "http://",
        "http://u:p@x.example",
        "http://x y",
    ] {
        let e = Gateway::new(url, NetOptions::default()).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Usage, "{url}");
    }
}
