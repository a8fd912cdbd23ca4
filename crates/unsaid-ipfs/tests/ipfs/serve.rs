//! Our own gateway, asked by strangers and by our own client.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use unsaid_core::ErrorKind;
use unsaid_ipfs::{BlockStore, Gateway, Own, ServeOptions, Server, Sources};
use unsaid_ipld::car::{Bounds, Reader};
use unsaid_ipld::source::Memory;
use unsaid_ipld::{Block, BlockSource};

use crate::common::{Notes, Small, block, got, quick};
use crate::own::list;

struct Place {
    server: Server,
    root: Block,
    leaves: Vec<Block>,
}

fn place_with(options: ServeOptions) -> Place {
    let leaves: Vec<Block> = (0..5).map(|n| block(n, 100_000)).collect();
    let root = list(&leaves);
    let source: Memory = leaves.iter().chain([&root]).cloned().collect();
    let server = Server::start("127.0.0.1:0", Arc::new(source), options).unwrap();
    Place { server, root, leaves }
}

fn place() -> Place {
    place_with(ServeOptions::default())
}

/// What comes back for these bytes: head and body.
fn exchange(server: &Server, request: &str) -> (String, Vec<u8>) {
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let _ = stream.write_all(request.as_bytes());
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let end = answer.windows(4).position(|w| w == b"\r\n\r\n").map_or(answer.len(), |at| at + 4);
    let body = answer.split_off(end);
    (String::from_utf8(answer).unwrap(), body)
}

fn ask(server: &Server, method: &str, target: &str, lines: &str) -> (String, Vec<u8>) {
    exchange(
        server,
        &format!("{method} {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{lines}\r\n"),
    )
}

fn status(head: &str) -> u16 {
    head.split(' ').nth(1).unwrap_or_default().parse().unwrap_or_default()
}

#[test]
fn blocks_come_as_they_are_with_what_a_client_wants_to_know() {
    let place = place();
    let cid = place.root.cid();
    for (target, lines) in [
        (format!("/ipfs/{cid}?format=raw"), ""),
        (format!("/ipfs/{cid}"), "Accept: application/vnd.ipld.raw\r\n"),
        (format!("/ipfs/{cid}?format=raw"), "Accept: application/vnd.ipld.car\r\n"),
    ] {
        let (head, body) = ask(&place.server, "GET", &target, lines);
        assert_eq!((status(&head), &*body), (200, place.root.data()), "{head}");
        for line in [
            "Content-Type: application/vnd.ipld.raw\r\n".to_owned(),
            format!("Content-Length: {}\r\n", body.len()),
            format!("ETag: \"{cid}.raw\"\r\n"),
            "immutable".into(),
            "nosniff".into(),
            "attachment".into(),
        ] {
            assert!(head.contains(&line), "{line} not in {head}");
        }
        assert!(!head.to_ascii_lowercase().contains("access-control"), "{head}");
        let (again, nothing) = ask(&place.server, "HEAD", &target, lines);
        assert_eq!((&*again, nothing.len()), (&*head, 0));
        let tagged = format!("If-None-Match: \"{cid}.raw\"\r\n{lines}");
        assert_eq!(status(&ask(&place.server, "GET", &target, &tagged).0), 304);
    }
    // Any version will do for one who has any, of what is here.
    let any = "If-None-Match: *\r\n";
    assert_eq!(status(&ask(&place.server, "GET", &format!("/ipfs/{cid}?format=raw"), any).0), 304);
    let absent = *block(77, 10).cid();
    for kind in ["raw", "car"] {
        for tags in ["*".to_owned(), format!("\"{absent}.raw\", W/\"{absent}.car\"")] {
            let tags = format!("If-None-Match: {tags}\r\n");
            let target = format!("/ipfs/{absent}?format={kind}");
            assert_eq!(status(&ask(&place.server, "GET", &target, &tags).0), 404, "{tags}");
        }
    }
    // How others find out whether this is a gateway: a block in its own name.
    let (head, body) = ask(&place.server, "GET", "/ipfs/bafkqac3imvwgy3zao5xxe3de?format=raw", "");
    assert_eq!((status(&head), &*body), (200, &b"hello world"[..]));
}

#[test]
fn what_is_not_served_has_its_status() {
    let place = place();
    let cid = place.root.cid();
    let other = block(77, 10);
    for (method, target, expected) in [
        ("GET", format!("/ipfs/{cid}"), 406),
        ("GET", format!("/ipfs/{cid}?format=tar"), 406),
        ("GET", format!("/ipfs/{cid}?format=car&car-version=2"), 406),
        ("GET", format!("/ipfs/{cid}?format=car&dag-scope=some"), 400),
        ("GET", format!("/ipfs/{}?format=raw", other.cid()), 404),
        ("GET", "/ipfs/hello?format=raw".into(), 400),
        ("GET", "/ipfs/?format=raw".into(), 400),
        ("GET", "/".into(), 404),
        ("GET", "/ipns/example.org?format=raw".into(), 404),
        ("GET", "/api/v0/id".into(), 404),
        ("POST", format!("/ipfs/{cid}?format=raw"), 405),
        ("DELETE", format!("/ipfs/{cid}?format=raw"), 405),
        // sha1 is not followed.
        ("GET", "/ipfs/bafkrcfczcnrlnyclc5ftknvgxcgqe7rz3cbmmzq5uvhq?format=raw".into(), 400),
    ] {
        let (head, _) = ask(&place.server, method, &target, "");
        assert_eq!(status(&head), expected, "{method} {target}: {head}");
    }
}

#[test]
fn d11_paths_below_a_block_are_refused() {
    let place = place();
    let cid = place.root.cid();
    for rest in ["/../..", "/..%2f..", "%2e%2e", "/%00", "\\..\\x", "/a/b/c", "/"] {
        let (head, _) = ask(&place.server, "GET", &format!("/ipfs/{cid}{rest}?format=raw"), "");
        assert_eq!(status(&head), 400, "{rest}: {head}");
    }
    for path in ["/../etc/passwd", "/ipfs/../../etc/passwd?format=raw", "//etc/passwd", "/%2e%2e/x"] {
        let (head, _) = ask(&place.server, "GET", path, "");
        assert!(matches!(status(&head), 400 | 404), "{path}: {head}");
    }
}

#[test]
fn i1_a_name_that_was_made_to_mean_this_machine_is_refused() {
    let place = place();
    let target = format!("/ipfs/{}?format=raw", place.root.cid());
    let port = place.server.address().port();
    for (host, expected) in [
        ("localhost".to_owned(), 200),
        (format!("localhost:{port}"), 200),
        (format!("127.0.0.1:{port}"), 200),
        (format!("[::1]:{port}"), 200),
        ("evil.example".into(), 421),
        ("localhost.evil.example".into(), 421),
        ("[::1]evil.example".into(), 421),
        (format!("localhost:{port}@evil.example"), 421),
        ("10.0.0.1".into(), 421),
    ] {
        let request = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        assert_eq!(status(&exchange(&place.server, &request).0), expected, "{host}");
    }
}

#[test]
fn a_car_holds_all_that_hangs_on_its_root() {
    let place = place();
    let gateway = Gateway::new(&place.server.url(), quick()).unwrap();
    let mut reader =
        Reader::new(gateway.open_car(place.root.cid()).unwrap().unwrap(), &Bounds::default()).unwrap();
    assert_eq!(reader.roots(), [*place.root.cid()]);
    let mut blocks = Vec::new();
    while let Some(block) = reader.next_block().unwrap() {
        blocks.push(block);
    }
    let expected: Vec<Block> = [&place.root].into_iter().chain(&place.leaves).cloned().collect();
    assert_eq!(blocks, expected);
    // Alone, and to a client that knows no chunks.
    let target = format!("/ipfs/{}?format=car&dag-scope=block", place.root.cid());
    let (head, body) = exchange(&place.server, &format!("GET {target} HTTP/1.0\r\n\r\n"));
    assert_eq!(status(&head), 200);
    let mut reader = Reader::new(&body[..], &Bounds::default()).unwrap();
    assert_eq!(reader.next_block().unwrap().as_ref(), Some(&place.root));
    assert_eq!(reader.next_block().unwrap(), None);
    let absent = Gateway::new(&place.server.url(), quick()).unwrap();
    assert!(absent.open_car(block(99, 10).cid()).unwrap().is_none());
}

#[test]
fn a_car_that_lacks_a_block_never_looks_whole() {
    let leaves: Vec<Block> = (0..5).map(|n| block(n, 100_000)).collect();
    let root = list(&leaves);
    let source: Memory = leaves[..4].iter().chain([&root]).cloned().collect();
    let server = Server::start("127.0.0.1:0", Arc::new(source), ServeOptions::default()).unwrap();
    let gateway = Gateway::new(&server.url(), quick()).unwrap();
    let mut stream = gateway.open_car(root.cid()).unwrap().unwrap();
    assert!(stream.read_to_end(&mut Vec::new()).is_err());
}

#[test]
fn our_client_gets_blocks_and_whole_dags_from_our_server() {
    let place = place();
    let notes = Notes::default();
    let sources =
        Sources::new(quick(), &notes).with_gateway(Gateway::new(&place.server.url(), quick()).unwrap());
    let mut cids: Vec<_> = place.leaves.iter().map(|block| *block.cid()).collect();
    cids.push(*place.root.cid());
    cids.push(*block(98, 10).cid());
    assert_eq!(got(&sources, &cids).unwrap().len(), 6);
    let place_of = sources.place(place.root.cid()).unwrap();
    assert_eq!(&*place_of, format!("gateway {}", place.server.url()));
    assert_eq!(notes.text(), "");
}

#[test]
fn i4_slow_and_idle_clients_are_let_go_and_others_served() {
    let mut options = ServeOptions::default();
    options.head = Duration::from_millis(400);
    options.idle = Duration::from_millis(800);
    options.connections = 8;
    let place = place_with(options);
    let target = format!("/ipfs/{}?format=raw", place.root.cid());
    let start = Instant::now();
    // A byte of a head now and then.
    let mut slow = TcpStream::connect(place.server.address()).unwrap();
    let mut writes = 0;
    while slow.write_all(b"G").is_ok() && start.elapsed() < Duration::from_secs(8) {
        std::thread::sleep(Duration::from_millis(100));
        writes += 1;
    }
    assert!(writes < 60, "still listened to after {:?}", start.elapsed());
    // More connections than there is room for: the rest are told to come back, the first are let go.
    let idle: Vec<_> = (0..20).map(|_| TcpStream::connect(place.server.address()).unwrap()).collect();
    let mut crowd = 0;
    for mut stream in idle {
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        crowd += usize::from(answer.starts_with(b"HTTP/1.1 503"));
    }
    assert!(crowd >= 12, "{crowd}");
    assert_eq!(status(&ask(&place.server, "GET", &target, "").0), 200);
}

#[test]
fn i4_any_number_of_connections_that_ask_for_nothing_keeps_nobody_out() {
    let place = place();
    let target = format!("/ipfs/{}?format=raw", place.root.cid());
    let mut idle = Vec::new();
    for n in 0..100 {
        let mut stream = TcpStream::connect(place.server.address()).unwrap();
        // Some of them begin to ask.
        let _ = if n % 2 == 0 { stream.write_all(b"GET /ipfs/") } else { Ok(()) };
        idle.push(stream);
    }
    let start = Instant::now();
    for _ in 0..20 {
        assert_eq!(status(&ask(&place.server, "GET", &target, "").0), 200);
    }
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    // One that was let go hears it; one of the last still has its place.
    idle[0].set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let mut said = String::new();
    let _ = idle[0].read_to_string(&mut said);
    assert!(said.starts_with("HTTP/1.1 503"), "{said}");
    let last = &mut idle[99];
    last.write_all(
        format!("GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").as_bytes(),
    )
    .unwrap();
    let mut said = Vec::new();
    last.read_to_end(&mut said).unwrap();
    assert!(said.starts_with(b"HTTP/1.1 200"));
}

#[test]
fn i5_long_heads_and_bodies_are_refused() {
    let place = place();
    let pad = format!("X-Pad: {}\r\n", "a".repeat(10_000));
    assert_eq!(status(&ask(&place.server, "GET", "/ipfs/x?format=raw", &pad).0), 431);
    let long = format!("/ipfs/{}", "a".repeat(20_000));
    assert!(matches!(status(&ask(&place.server, "GET", &long, "").0), 431 | 0));
    let (head, _) = ask(&place.server, "GET", "/ipfs/x", "Content-Length: 1073741824\r\n");
    assert_eq!(status(&head), 413);
    assert_eq!(status(&exchange(&place.server, "\u{16}\u{3}\u{1}\r\n\r\n").0), 400);
}

#[test]
fn one_connection_takes_many_requests() {
    let place = place();
    let mut stream = TcpStream::connect(place.server.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let request = format!("HEAD /ipfs/{}?format=raw HTTP/1.1\r\nHost: localhost\r\n\r\n", place.root.cid());
    // All at once, and answered one after the other.
    stream.write_all(request.repeat(3).as_bytes()).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert_eq!(answer.matches("HTTP/1.1 200 OK").count(), 3);
}

#[test]
fn a_port_that_is_taken_is_said_to_be() {
    let place = place();
    let address = place.server.address().to_string();
    let source: Arc<Memory> = Arc::default();
    let e = Server::start(&address, source.clone(), ServeOptions::default()).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Environment);
    assert!(e.hint_text().unwrap().contains("another port"), "{e:?}");
    drop(place);
    // And free again when the server is gone.
    let again = Server::start(&address, source, ServeOptions::default()).unwrap();
    assert!(Gateway::new(&again.url(), quick()).unwrap().get(block(1, 10).cid()).unwrap().is_none());
    let e = Server::start("nowhere", Arc::new(Memory::default()), ServeOptions::default()).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Usage);
}

#[test]
fn a_server_may_give_what_all_local_sources_have_and_asks_no_one_else() {
    static NOBODY: unsaid_core::Silent = unsaid_core::Silent;
    let folder = tempfile::tempdir().unwrap();
    let (kept, fetched, away) = (block(1, 100), block(2, 100), block(3, 100));
    let own = Own::at(folder.path().join("data"), folder.path().join("cache"));
    own.put(&kept).unwrap();
    own.cache().put(&fetched).unwrap();
    let remote = Small::honest(vec![away.clone()]);
    let sources = Sources::new(quick(), &NOBODY)
        .with_own(own)
        .with_gateway(Gateway::new(&remote.url(), quick()).unwrap())
        .offline(true);
    let server = Server::start("127.0.0.1:0", Arc::new(sources), ServeOptions::default()).unwrap();
    let gateway = Gateway::new(&server.url(), quick()).unwrap();
    assert_eq!(gateway.get(kept.cid()).unwrap(), Some(kept));
    assert_eq!(gateway.get(fetched.cid()).unwrap(), Some(fetched));
    assert_eq!(gateway.get(away.cid()).unwrap(), None);
    assert_eq!(remote.asked(), 0);
}
