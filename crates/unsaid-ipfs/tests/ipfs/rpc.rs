//! A daemon as it answers, and as it should not.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use unsaid_core::ErrorKind;
use unsaid_ipfs::rpc::{Reach, Rpc};
use unsaid_ipfs::{BlockStore, Flatfs, Sources};
use unsaid_ipld::{BlockSource, Cid};

use crate::common::{Notes, Small, block, finish, quick, respond};

fn rpc(server: &Small, reach: Reach) -> Rpc {
    Rpc::new(&server.url(), reach, quick()).unwrap()
}

/// A Kubo, which says so and answers the rest as it is told.
fn kubo(answer: impl Fn(&str, &mut TcpStream) + Send + Sync + 'static) -> Small {
    Small::start(move |line, stream| match line.contains("/api/v0/version") {
        true => json(stream, 200, r#"{"Version":"0.22.0","Commit":"","Repo":"14","Golang":"go1.20.7"}"#),
        false => answer(line, stream),
    })
}

fn json(stream: &mut TcpStream, status: u16, text: &str) {
    respond(stream, status, "application/json", text.as_bytes());
}

const ABSENT: &str =
    r#"{"Message":"block was not found locally (offline): ipld: could not find x","Code":0,"Type":"error"}"#;

#[test]
fn a_block_comes_by_post_and_only_what_is_there_is_asked_for() {
    let wanted = block(1, 1000);
    let lines = Arc::new(Mutex::new(Vec::new()));
    let (known, heard) = (wanted.clone(), Arc::clone(&lines));
    let server = kubo(move |line, stream| {
        heard.lock().unwrap().push(line.to_owned());
        match line.contains(&known.cid().to_string()) {
            true => respond(stream, 200, "text/plain", known.data()),
            false => json(stream, 500, ABSENT),
        }
    });
    let daemon = rpc(&server, Reach::Local);
    assert_eq!(daemon.get(wanted.cid()).unwrap(), Some(wanted.clone()));
    assert_eq!(daemon.get(block(2, 10).cid()).unwrap(), None);
    assert_eq!(rpc(&server, Reach::Network).get(wanted.cid()).unwrap(), Some(wanted.clone()));
    let lines = lines.lock().unwrap();
    assert!(lines.iter().all(|line| line.starts_with("POST /api/v0/block/get?arg=")), "{lines:?}");
    assert!(lines[0].contains("&offline=true") && lines[1].contains("&offline=true"), "{lines:?}");
    assert!(!lines[2].contains("offline"), "{lines:?}");
}

#[test]
fn a_daemon_that_searches_until_it_is_told_to_stop_does_not_have_the_block() {
    const GAVE_UP: &str = r#"{"Message":"request timed out","Code":0,"Type":"error"}"#;
    const SLOW: &str = r#"{"Message":"context deadline exceeded","Code":0,"Type":"error"}"#;
    let absent = block(1, 1000);
    for (status, text, absence) in [(500, GAVE_UP, true), (504, GAVE_UP, true), (500, SLOW, false)] {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&lines);
        let server = kubo(move |line, stream| {
            heard.lock().unwrap().push(line.to_owned());
            json(stream, status, text);
        });
        let daemon = rpc(&server, Reach::Local);
        assert_eq!(daemon.get(absent.cid()).ok(), absence.then_some(None), "{text}");
        assert_eq!(daemon.has(absent.cid()).ok(), absence.then_some(false), "{text}");
        // One that looked elsewhere, too, and was not done.
        assert!(rpc(&server, Reach::Network).get(absent.cid()).is_err(), "{text}");
        let lines = lines.lock().unwrap();
        assert!(lines.iter().all(|line| line.contains("&timeout=")), "{lines:?}");
    }
}

#[test]
fn e9_offline_a_daemon_is_asked_only_for_what_it_has() {
    let wanted = block(1, 1000);
    let lines = Arc::new(Mutex::new(Vec::new()));
    let (known, heard) = (wanted.clone(), Arc::clone(&lines));
    let server = kubo(move |line, stream| {
        heard.lock().unwrap().push(line.to_owned());
        respond(stream, 200, "text/plain", known.data());
    });
    let notes = Notes::default();
    for offline in [true, false] {
        let sources =
            Sources::new(quick(), &notes).with_daemon(rpc(&server, Reach::Network)).offline(offline);
        assert_eq!(sources.get(wanted.cid()).unwrap(), Some(wanted.clone()));
        assert_eq!(lines.lock().unwrap().pop().unwrap().contains("offline=true"), offline);
    }
}

#[test]
fn e1_a_daemon_that_lies_is_not_asked_again() {
    let server = kubo(|_, stream| respond(stream, 200, "text/plain", b"other"));
    let daemon = rpc(&server, Reach::Local);
    assert_eq!(daemon.get(block(1, 10).cid()).unwrap_err().kind(), ErrorKind::Corrupt);
    assert!(daemon.get(block(2, 10).cid()).is_err());
    // Who it is, and for one block.
    assert_eq!(server.asked(), 2);
}

#[test]
fn what_goes_wrong_is_said_with_the_daemons_words() {
    for (status, text, expected) in [
        (500, r#"{"Message":"datastore is \u001b[31mlocked"}"#, "datastore is"),
        (403, "403 - Forbidden", "403 - Forbidden"),
        (404, "404 page not found", "no daemon of IPFS"),
        (405, "", "no daemon of IPFS"),
    ] {
        let server = Small::start(move |_, stream| json(stream, status, text));
        let daemon = rpc(&server, Reach::Local);
        for e in [
            daemon.get(block(1, 10).cid()).unwrap_err(),
            daemon.version().unwrap_err(),
            daemon.pin(block(1, 10).cid()).unwrap_err(),
            daemon.put(&block(1, 10)).unwrap_err(),
        ] {
            assert_eq!(e.kind(), ErrorKind::Environment, "{e}");
            assert!(e.to_string().contains(expected), "{e}");
            assert!(!e.to_string().contains('\u{1b}'));
        }
    }
}

#[test]
fn answers_that_are_none_are_errors_and_bounded() {
    for text in ["", "{", "[]", "null", "{\"Version\":7}", "<html>"] {
        let server = Small::start(move |_, stream| json(stream, 200, text));
        let daemon = rpc(&server, Reach::Local);
        assert!(daemon.version().is_err() && daemon.id().is_err() && daemon.pins().is_err(), "{text}");
    }
    let endless = Small::start(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        while stream.write_all(&[b"1000\r\n", &[b' '; 0x1000][..], b"\r\n"].concat()).is_ok() {}
    });
    assert_eq!(rpc(&endless, Reach::Local).version().unwrap_err().kind(), ErrorKind::Limit);
    // One line that never ends.
    assert!(rpc(&endless, Reach::Local).list(&mut |_| Ok(())).is_err());
}

#[test]
fn a_daemon_that_is_silent_is_given_up() {
    let server = Small::start(|_, _| std::thread::sleep(Duration::from_secs(30)));
    let start = Instant::now();
    assert_eq!(rpc(&server, Reach::Local).version().unwrap_err().kind(), ErrorKind::Environment);
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[test]
fn names_are_compared_as_bytes_in_whatever_base_they_come() {
    let block = block(1, 10);
    let base58 = cid::multibase::encode(cid::multibase::Base::Base58Btc, block.cid().to_bytes());
    let answer = format!(r#"{{"Keys":{{"{base58}":{{"Type":"recursive"}}}}}}"#);
    let server = kubo(move |line, stream| match line.contains("pin/ls") {
        true => json(stream, 200, &answer),
        false if line.contains("block/stat") => json(stream, 500, ABSENT),
        false => json(stream, 200, &format!(r#"{{"Key":"{base58}","Size":10}}"#)),
    });
    let daemon = rpc(&server, Reach::Local);
    assert_eq!(daemon.pins().unwrap(), [*block.cid()]);
    assert!(daemon.put(&block).unwrap());
    // Another block than was put.
    assert!(daemon.put(&crate::common::block(2, 10)).is_err());
}

#[test]
fn a_car_is_sent_whole_and_the_roots_come_back() {
    let root = block(1, 10);
    let body = Arc::new(Mutex::new(Vec::new()));
    let (cid, heard) = (root.cid().to_string(), Arc::clone(&body));
    let server = kubo(move |line, stream| {
        assert!(line.contains("dag/import?pin-roots=true"), "{line}");
        stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
        let _ = stream.read_to_end(&mut heard.lock().unwrap());
        let answer = format!(
            "{{\"Root\":{{\"Cid\":{{\"/\":\"{cid}\"}},\"PinErrorMsg\":\"\"}}}}\n{{\"Stats\":{{}}}}\n"
        );
        json(stream, 200, &answer);
    });
    let daemon = rpc(&server, Reach::Local);
    assert_eq!(daemon.import(&b"this is a CAR"[..], true).unwrap(), [*root.cid()]);
    let body = String::from_utf8_lossy(&body.lock().unwrap()).into_owned();
    assert!(body.contains("this is a CAR") && body.contains("form-data"), "{body}");

    let server = kubo(|_, stream| {
        stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
        let _ = stream.read_to_end(&mut Vec::new());
        json(stream, 200, "{\"Root\":{\"Cid\":{\"/\":\"x\"},\"PinErrorMsg\":\"block y not found\"}}\n");
        finish(stream);
    });
    let e = rpc(&server, Reach::Local).import(&b"x"[..], true).unwrap_err();
    assert!(e.to_string().contains("block y not found"), "{e}");
}

#[test]
fn the_daemon_of_a_repository_elsewhere_is_not_taken_for_a_local_one() {
    let local = Rpc::new("/ip4/127.0.0.1/tcp/5001", Reach::Local, quick()).unwrap();
    let other = Rpc::new("/ip4/192.0.2.1/tcp/5001", Reach::Local, quick()).unwrap();
    assert!(local.is_local() && !other.is_local());
    assert_eq!(local.name(), "http://127.0.0.1:5001");
    let missing = Flatfs::open(std::path::Path::new("/nonexistent")).unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::Missing);
    assert!(Cid::try_from("x").is_err());
}

/// A js-ipfs as far as it matters: it lists what it has, and goes to its peers for everything else.
fn js_ipfs(here: Vec<unsaid_ipld::Block>) -> (Small, Arc<Mutex<Vec<String>>>) {
    let searched: Arc<Mutex<Vec<String>>> = Arc::default();
    let heard = Arc::clone(&searched);
    let server = Small::start(move |line, stream| {
        let asked = here.iter().find(|block| line.contains(&block.cid().to_string()));
        let call = line.split("/api/v0/").nth(1).unwrap().split(['?', ' ']).next().unwrap();
        match (call, asked) {
            ("version", _) => {
                json(stream, 200, r#"{"Version":"0.18.1","Commit":"","Repo":"12","ipfs-core":"0.18.1"}"#)
            }
            ("refs/local", _) => {
                let line = |block: &unsaid_ipld::Block| {
                    let raw = Cid::new_v1(0x55, *block.cid().hash());
                    format!("{{\"Ref\":\"{raw}\",\"Err\":\"\"}}\n")
                };
                json(stream, 200, &here.iter().map(line).collect::<String>());
            }
            ("block/get", Some(block)) => respond(stream, 200, "text/plain", block.data()),
            ("pin/add" | "dag/export", Some(_)) => json(stream, 200, "{}"),
            ("dag/import", _) => {
                stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
                let _ = stream.read_to_end(&mut Vec::new());
                // It tells the roots only of what it pins, and pins what it may have to fetch.
                assert!(line.contains("pin-roots=false"), "{line}");
                json(stream, 200, "");
            }
            _ => heard.lock().unwrap().push(line.to_owned()),
        }
    });
    (server, searched)
}

#[test]
fn e9_a_daemon_that_does_not_know_offline_is_never_made_to_search() {
    let (here, gone) = (block(1, 1000), block(2, 1000));
    let part = crate::own::list(&[here.clone(), gone.clone()]);
    let (server, searched) = js_ipfs(vec![part.clone(), here.clone()]);
    let daemon = rpc(&server, Reach::Local);
    assert_eq!(daemon.get(here.cid()).unwrap(), Some(here.clone()));
    assert_eq!(daemon.get(gone.cid()).unwrap(), None);
    assert!(daemon.has(here.cid()).unwrap() && !daemon.has(gone.cid()).unwrap());
    // It would fetch what is missing below.
    for e in [daemon.pin(part.cid()).unwrap_err(), daemon.export(part.cid()).map(drop).unwrap_err()] {
        assert_eq!(e.kind(), ErrorKind::Missing);
        assert!(e.to_string().contains(&gone.cid().to_string()), "{e}");
        assert!(e.hint_text().unwrap().contains("would ask its peers"), "{e:?}");
    }
    let car = |root: &unsaid_ipld::Block| {
        let mut car = unsaid_ipld::car::Writer::new(Vec::new(), &[*root.cid()]).unwrap();
        car.put(root).unwrap();
        car.finish().unwrap()
    };
    assert_eq!(daemon.import(&car(&part)[..], true).unwrap_err().kind(), ErrorKind::Missing);
    assert!(daemon.import(&b"\xff\xff\xff\x7f"[..], true).is_err());
    let notes = Notes::default();
    let sources = Sources::new(quick(), &notes).with_daemon(rpc(&server, Reach::Network)).offline(true);
    assert_eq!(sources.get(gone.cid()).unwrap(), None);
    assert!(!sources.holds(gone.cid()).unwrap() && sources.holds(here.cid()).unwrap());
    assert_eq!(*searched.lock().unwrap(), Vec::<String>::new());
    // What is whole stays here anyway.
    let whole = crate::own::list(std::slice::from_ref(&here));
    let (server, searched) = js_ipfs(vec![whole.clone(), here]);
    let daemon = rpc(&server, Reach::Local);
    daemon.pin(whole.cid()).unwrap();
    assert_eq!(daemon.import(&car(&whole)[..], true).unwrap(), [*whole.cid()]);
    assert_eq!(*searched.lock().unwrap(), Vec::<String>::new());
    // One that may search is made to.
    let _ = rpc(&server, Reach::Network).get(gone.cid());
    assert_eq!(searched.lock().unwrap().len(), 1);
}
