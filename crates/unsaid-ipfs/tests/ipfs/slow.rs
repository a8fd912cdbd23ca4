//! Sources that take their time, have none, or are not there.

use std::io::Write;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use unsaid_core::ErrorKind;
use unsaid_ipfs::{Gateway, Sources};
use unsaid_ipld::Block;

use crate::common::{Notes, Small, block, quick, respond, respond_with};
use crate::hostile::{RAW, ask, gateway};

#[test]
fn e3_a_byte_now_and_then_is_given_up() {
    let server = Small::start(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
        while stream.write_all(b"x").is_ok() {
            thread::sleep(Duration::from_millis(100));
        }
    });
    let start = Instant::now();
    let e = ask(&gateway(&server), &block(1, 100_000)).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Environment);
    assert!(e.to_string().contains("too slow"), "{e}");
    assert!(start.elapsed() < Duration::from_secs(4));
}

#[test]
fn e3_a_source_that_stalls_is_given_up() {
    let server = Small::start(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nx");
        thread::sleep(Duration::from_secs(30));
    });
    let start = Instant::now();
    let e = ask(&gateway(&server), &block(1, 100_000)).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Environment);
    assert!(start.elapsed() < Duration::from_secs(8));
    // Which of the times it was, how long it is, and what changes it.
    assert!(e.to_string().contains("nothing within 1.5 s"), "{e}");
    assert!(e.hint_text().is_some_and(|hint| hint.contains("--timeout")), "{e:?}");
}

#[test]
fn e3_what_comes_in_time_but_never_ends_says_which_time_it_was() {
    let server = Small::start(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
        while stream.write_all(&[0; 500]).is_ok() {
            thread::sleep(Duration::from_millis(100));
        }
    });
    let mut options = quick();
    options.block = Duration::from_secs(2);
    let gateway = Gateway::new(&server.url(), options).unwrap();
    let e = ask(&gateway, &block(1, 1_000_000)).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Environment);
    assert!(e.to_string().contains("no whole answer within 2 s"), "{e}");
    assert!(e.hint_text().is_some_and(|hint| hint.contains("--timeout")), "{e:?}");
}

#[test]
fn e3_the_head_of_a_car_comes_in_time_or_not_at_all() {
    let server = Small::start(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nX-Pad: ");
        while stream.write_all(b"a").is_ok() {
            thread::sleep(Duration::from_millis(50));
        }
    });
    let mut options = quick();
    options.block = Duration::from_secs(2);
    let gateway = Gateway::new(&server.url(), options).unwrap();
    let start = Instant::now();
    let e = gateway.open_car(block(1, 10).cid()).map(drop).unwrap_err();
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
    assert_eq!(e.kind(), ErrorKind::Environment);
    assert!(e.to_string().contains("no head of an answer within 2 s"), "{e}");
}

#[test]
fn e3_the_next_source_is_asked_when_the_first_is_slow() {
    let blocks: Vec<Block> = (0..40).map(|n| block(n, 500)).collect();
    let slow = Small::start(|_, _| thread::sleep(Duration::from_secs(30)));
    let honest = Small::honest(blocks.clone());
    let notes = Notes::default();
    let mut options = quick();
    options.parallel = 2;
    let sources = Sources::new(options, &notes).with_gateway(gateway(&slow)).with_gateway(gateway(&honest));
    let cids: Vec<_> = blocks.iter().map(|block| *block.cid()).collect();
    let start = Instant::now();
    assert_eq!(crate::common::got(&sources, &cids).unwrap().len(), 40);
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
    // After it was slow twice it is asked last.
    assert!(slow.asked() <= 6, "{}", slow.asked());
}

#[test]
fn e10_a_busy_gateway_is_asked_again_after_a_wait_that_is_capped() {
    let wanted = block(1, 100);
    for status in [429, 503] {
        let data = wanted.data().to_vec();
        let count = std::sync::atomic::AtomicUsize::new(0);
        let server = Small::start(move |_, stream| match count.fetch_add(1, Ordering::SeqCst) {
            0 => respond_with(stream, status, "Retry-After: 1000000000\r\n", b""),
            _ => respond(stream, 200, RAW, &data),
        });
        let start = Instant::now();
        assert_eq!(ask(&gateway(&server), &wanted).unwrap(), Some(wanted.clone()));
        assert!(start.elapsed() < Duration::from_secs(4));
        assert_eq!(server.asked(), 2);
    }
    let server = Small::start(|_, stream| respond_with(stream, 429, "Retry-After: 1000000000\r\n", b""));
    let e = ask(&gateway(&server), &wanted).unwrap_err();
    assert!(e.to_string().contains("busy"), "{e}");
    assert_eq!(server.asked(), 3);
}

#[test]
fn e12_a_name_that_does_not_exist_is_an_error_in_time() {
    let gateway = Gateway::new("http://no-such-host.invalid", quick()).unwrap();
    assert_eq!(ask(&gateway, &block(1, 10)).unwrap_err().kind(), ErrorKind::Environment);
}

#[test]
fn e12_a_name_with_an_address_that_does_not_answer_uses_the_other() {
    // `localhost` is ::1 and 127.0.0.1 on most machines; the server has only the second.
    let wanted = block(1, 100);
    let server = Small::honest(vec![wanted.clone()]);
    let gateway = Gateway::new(&format!("http://localhost:{}", server.address.port()), quick()).unwrap();
    assert_eq!(ask(&gateway, &wanted).unwrap(), Some(wanted));
}
