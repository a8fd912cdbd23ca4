#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use super::*;

/// A proxy that is all the world behind it: it answers the tunnels it is asked for with `answer`.
fn proxy(answer: fn(&str) -> String) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let heard = Arc::clone(&asked);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let first = head(&stream);
            heard.lock().unwrap().push(first.clone());
            if first.starts_with("CONNECT ") {
                stream.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").unwrap();
                let line = head(&stream);
                let _ = stream.write_all(answer(&line).as_bytes());
            }
        }
    });
    (address, asked)
}

/// The first line of a request, whose head is read.
fn head(stream: &TcpStream) -> String {
    let mut lines = BufReader::new(stream).lines().map_while(std::io::Result::ok);
    let first = lines.next().unwrap_or_default();
    lines.take_while(|line| !line.is_empty()).for_each(drop);
    first
}

fn ask(answer: fn(&str) -> String, no_proxy: &str) -> (Result<Vec<u8>>, Vec<String>) {
    let (address, asked) = proxy(answer);
    let proxy = Proxy::builder(ureq::ProxyProtocol::Http)
        .host(&address.ip().to_string())
        .port(address.port())
        .no_proxy(no_proxy)
        .build()
        .unwrap();
    let options = NetOptions::default().with_timeout(Duration::from_secs(5));
    let client = Client::by(Some(proxy), "http://gateway.example".parse().unwrap(), options.clone());
    let by = Instant::now() + options.block;
    let got = client.get("/ipfs/x", "*/*", by, true).and_then(|reply| reply.read(1000, &options));
    let asked = asked.lock().unwrap().clone();
    (got, asked)
}

const FOUND: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello";

fn moved(to: &str) -> String {
    format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
}

#[test]
fn e4_behind_a_proxy_a_redirect_keeps_to_its_host() {
    let (got, asked) =
        ask(|line| if line.contains("/there") { FOUND.into() } else { moved("/there") }, "none");
    assert_eq!(got.unwrap(), b"hello");
    assert!(asked.iter().all(|line| line.starts_with("CONNECT gateway.example:80 ")), "{asked:?}");
    for to in
        ["http://inside.corp.example/", "http://169.254.169.254/latest", "http://10.0.0.1/", "http://[::1]/"]
    {
        let to_this: fn(&str) -> String = match to {
            "http://inside.corp.example/" => |_| moved("http://inside.corp.example/"),
            "http://169.254.169.254/latest" => |_| moved("http://169.254.169.254/latest"),
            "http://10.0.0.1/" => |_| moved("http://10.0.0.1/"),
            _ => |_| moved("http://[::1]/"),
        };
        let (got, asked) = ask(to_this, "none");
        let e = got.unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Environment);
        assert!(e.to_string().contains("only the proxy could look up"), "{e}");
        assert_eq!(asked.len(), 1, "{asked:?}");
    }
}

#[test]
fn e4_what_came_by_a_proxy_sends_nobody_to_what_goes_past_it() {
    // `NO_PROXY` exempts hosts of the house: they are asked directly, and judged as for any public server.
    for (to, host) in [("http://127.0.0.1:1/", "127.0.0.1"), ("http://localhost:1/", "localhost")] {
        let answer: fn(&str) -> String = match host {
            "localhost" => |_| moved("http://localhost:1/"),
            _ => |_| moved("http://127.0.0.1:1/"),
        };
        let e = ask(answer, host).0.unwrap_err();
        assert!(e.to_string().contains("further inside"), "{to}: {e}");
    }
}

#[test]
fn a_proxy_of_a_kind_that_is_not_used_is_said_to_be_one() {
    let proxy = Proxy::new("socks5://127.0.0.1:1").unwrap();
    let options = NetOptions::default().with_timeout(Duration::from_secs(5));
    let client = Client::by(Some(proxy), "http://203.0.114.7".parse().unwrap(), options.clone());
    let Err(e) = client.get("/", "*/*", Instant::now() + options.block, true) else { unreachable!() };
    assert!(e.to_string().contains("proxy of a kind"), "{e}");
}
