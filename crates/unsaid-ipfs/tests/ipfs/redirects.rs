//! Servers that break off, and servers that send us elsewhere.

use std::io::Write;
use std::thread;
use std::time::{Duration, Instant};

use unsaid_core::ErrorKind;
use unsaid_ipfs::Gateway;

use crate::common::{Small, block, quick, respond_with};
use crate::hostile::{ask, gateway};

#[test]
fn e4_silence_a_reset_and_a_half_answer_end_in_time() {
    let servers: Vec<(&str, Small)> = vec![
        ("silence", Small::start(|_, _| thread::sleep(Duration::from_secs(30)))),
        ("nothing", Small::start(|_, _| {})),
        (
            "half a head",
            Small::start(|_, stream| {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Le");
            }),
        ),
        (
            "half a body",
            Small::start(|_, stream| {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n0123456789");
            }),
        ),
        (
            "no HTTP",
            Small::start(|_, stream| {
                let _ = stream.write_all(b"SSH-2.0-OpenSSH_9.2\r\n");
            }),
        ),
        (
            "an endless head",
            Small::start(|_, stream| {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
                while stream.write_all(b"X-Pad: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n").is_ok() {}
            }),
        ),
    ];
    for (name, server) in servers {
        let e = ask(&gateway(&server), &block(1, 1000)).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Environment, "{name}: {e}");
        assert!(e.to_string().contains(&server.url()), "{name}: {e}");
    }
}

#[test]
fn e4_a_port_where_nobody_listens_and_tls_that_is_none_are_errors() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let gateway = Gateway::new(&format!("http://{free}"), quick()).unwrap();
    assert_eq!(ask(&gateway, &block(1, 10)).unwrap_err().kind(), ErrorKind::Environment);

    let plain = Small::start(|_, _| {});
    let gateway = Gateway::new(&format!("https://{}", plain.address), quick()).unwrap();
    assert_eq!(ask(&gateway, &block(1, 10)).unwrap_err().kind(), ErrorKind::Environment);
}

#[test]
fn e4_redirects_end_after_five() {
    let server = Small::start(|_, stream| respond_with(stream, 302, "Location: /again\r\n", b""));
    let e = ask(&gateway(&server), &block(1, 10)).unwrap_err();
    assert!(e.to_string().contains("redirects without end"), "{e}");
    assert_eq!(server.asked(), 6);
}

#[test]
fn e4_a_redirect_is_followed_to_http_only() {
    let wanted = block(1, 1000);
    let honest = Small::honest(vec![wanted.clone()]);
    let to = format!("Location: {}/ipfs/{}?format=raw\r\n", honest.url(), wanted.cid());
    let server = Small::start(move |_, stream| respond_with(stream, 307, &to, b""));
    // It is this machine that was named, so this machine may be redirected to.
    assert_eq!(ask(&gateway(&server), &wanted).unwrap(), Some(wanted.clone()));
    for inner in ["169.254.169.254", "[fe80::1]", "[::ffff:169.254.169.254]", "192.168.0.1", "10.0.0.1"] {
        let to = format!("Location: http://{inner}/latest/meta-data\r\n");
        let server = Small::start(move |_, stream| respond_with(stream, 302, &to, b""));
        let start = Instant::now();
        let e = ask(&gateway(&server), &wanted).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Environment);
        assert!(e.to_string().contains("further inside"), "{inner}: {e}");
        assert!(start.elapsed() < Duration::from_secs(1), "{inner}");
    }
    for location in ["file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1:70/"] {
        let to = format!("Location: {location}\r\n");
        let server = Small::start(move |_, stream| respond_with(stream, 302, &to, b""));
        let e = ask(&gateway(&server), &wanted).unwrap_err();
        assert!(e.to_string().contains("redirect that is not followed"), "{e}");
    }
}
