//! Peers that lie to a client, flood it, or keep it waiting.

use std::time::{Duration, Instant};

use futures::AsyncWriteExt;
use libp2p::StreamProtocol;
use unsaid_bitswap::{Client, Multiaddr, Options};
use unsaid_core::ErrorKind;
use unsaid_ipld::{Block, BlockSource};

use crate::blocks::{address, block, fetch, fetch_all, impatient, serve};
use crate::raw::{BITSWAP, Hand, Raw, framed, payload, presence, raw, receive, send};

/// A peer that answers every message of wants with these bytes, on a stream of its own.
fn answers(answer: impl Fn(usize) -> Vec<u8> + Send + 'static) -> Raw {
    raw(BITSWAP, move |mut hand: Hand| async move {
        let (peer, mut wants) = hand.next().await;
        let mut out = hand.open(peer).await;
        let mut turn = 0;
        while receive(&mut wants).await.is_some() {
            if send(&mut out, &answer(turn)).await.is_err() {
                return;
            }
            turn += 1;
        }
    })
}

/// With the liar alone the block is not had, and that is said in time; with an honest peer beside it all
/// blocks are had.
fn withstands(liar: &Raw, what: &str) {
    let blocks: Vec<Block> = (0..30).map(|i| block(i, 5000)).collect();
    let (honest, _) = serve(&blocks);
    let both = Client::connect(&[liar.address.clone(), address(&honest)], &impatient()).unwrap();
    let before = Instant::now();
    fetch_all(&both, &blocks);
    assert!(before.elapsed() < Duration::from_secs(30), "{what} took {:?}", before.elapsed());
    drop(both);
}

fn alone(liar: &Raw) -> String {
    let client = Client::connect(std::slice::from_ref(&liar.address), &impatient()).unwrap();
    let before = Instant::now();
    let e = client.get(block(1, 5000).cid()).unwrap_err();
    // It kept silent or broke off; or it was asked, and sent something else.
    let was_asked = e.to_string().contains("found 1 peer sent what was not asked for");
    assert_eq!(e.kind(), if was_asked { ErrorKind::Missing } else { ErrorKind::Environment }, "{e}");
    assert!(before.elapsed() < Duration::from_secs(20), "{e} after {:?}", before.elapsed());
    e.to_string()
}

#[test]
fn e1_wrong_bytes_of_the_right_length_are_never_given_and_others_are_asked() {
    let liar = || answers(|turn| framed(&payload(block(1000 + turn as u64, 5000).data())));
    withstands(&liar(), "a peer with wrong bytes");
    let said = alone(&liar());
    assert!(said.contains("1 peer kept silent") || said.contains("sent what was not asked for"), "{said}");
}

#[test]
fn e1_a_peer_that_lies_is_not_asked_again() {
    let liar =
        answers(|_| framed(&(0..8).flat_map(|i| payload(block(1000 + i, 50).data())).collect::<Vec<_>>()));
    let client = Client::connect(std::slice::from_ref(&liar.address), &impatient()).unwrap();
    let before = Instant::now();
    let e = client.get(block(1, 50).cid()).unwrap_err();
    assert!(e.to_string().contains("1 peer sent what was not asked for"), "{e}");
    assert!(before.elapsed() < impatient().block_timeout, "nobody waited for it");
    let again = Instant::now();
    client.get(block(2, 50).cid()).unwrap_err();
    assert!(again.elapsed() < impatient().block_timeout, "it was not asked");
}

#[test]
fn e2_a_message_that_announces_too_much_is_not_read() {
    for length in [&[0x81, 0x80, 0x80, 0x02][..], &[0xff; 9], &[0xff, 0xff, 0xff, 0x7f]] {
        let bytes = length.to_vec();
        withstands(&answers(move |_| bytes.clone()), "a huge message");
    }
    let bytes = [0xff, 0xff, 0xff, 0x7f];
    alone(&answers(move |_| bytes.to_vec()));
}

#[test]
fn e2_a_block_of_more_than_two_mebibytes_is_refused() {
    let liar = answers(|_| framed(&payload(&vec![0; (2 << 20) + 1])));
    alone(&liar);
    withstands(&answers(|_| framed(&payload(&vec![0; (2 << 20) + 1]))), "a block that is too large");
}

#[test]
fn garbage_is_no_message() {
    withstands(&answers(|turn| framed(&[0xff; 100][..turn % 100])), "garbage");
    withstands(&answers(|_| b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()), "HTTP");
}

#[test]
fn e3_a_message_that_trickles_is_given_up() {
    let trickle = || {
        raw(BITSWAP, |mut hand: Hand| async move {
            let (peer, mut wants) = hand.next().await;
            receive(&mut wants).await;
            let mut out = hand.open(peer).await;
            let message = framed(&payload(block(1, 5000).data()));
            for byte in message {
                if send(&mut out, &[byte]).await.is_err() {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        })
    };
    withstands(&trickle(), "a slow peer");
    alone(&trickle());
}

#[test]
fn e4_silence_ends_with_the_time_for_a_block() {
    let silent =
        || raw(BITSWAP, |mut hand: Hand| async move { while hand.next().await.1.flush().await.is_ok() {} });
    assert!(alone(&silent()).contains("kept silent"));
    withstands(&silent(), "silence");
}

#[test]
fn e4_a_peer_that_breaks_every_stream_is_passed_over() {
    let breaks = || {
        raw(BITSWAP, |mut hand: Hand| async move {
            loop {
                drop(hand.next().await)
            }
        })
    };
    alone(&breaks());
    withstands(&breaks(), "broken streams");
}

#[test]
fn e4_what_accepts_and_says_nothing_is_no_peer() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let peer: Multiaddr = format!("/ip4/127.0.0.1/tcp/{port}").parse().unwrap();
    let before = Instant::now();
    let e = Client::connect(&[peer], &impatient()).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Environment);
    assert!(before.elapsed() < Duration::from_secs(20), "{e}");
}

#[test]
fn a_peer_that_does_not_speak_bitswap_is_said() {
    let other = raw(StreamProtocol::new("/other/1.0.0"), |_| async {});
    let e = Client::connect(std::slice::from_ref(&other.address), &impatient()).unwrap_err();
    assert!(e.to_string().contains("does not speak Bitswap"), "{e}");
}

#[test]
fn e7_unsolicited_blocks_are_dropped_and_a_flood_of_them_ends_the_connection() {
    let flood = || {
        raw(BITSWAP, |mut hand: Hand| async move {
            let (peer, _wants) = hand.next().await;
            let mut out = hand.open(peer).await;
            for seed in 0.. {
                if send(&mut out, &framed(&payload(block(5000 + seed, 100_000).data()))).await.is_err() {
                    return;
                }
            }
        })
    };
    withstands(&flood(), "a flood");
    let client = Client::connect(&[flood().address.clone()], &impatient());
    // The flood may be over before anything is wanted: it begins with the connection.
    if let Ok(client) = client {
        let e = client.get(block(1, 10).cid()).unwrap_err();
        // It was left for what it sent, or was gone already.
        assert!(matches!(e.kind(), ErrorKind::Missing | ErrorKind::Environment), "{e}");
    }
}

#[test]
fn e7_one_unsolicited_block_beside_what_was_asked_is_no_harm() {
    let wanted = block(1, 5000);
    let data = wanted.data().to_vec();
    let generous = answers(move |_| framed(&[payload(b"more"), payload(&data)].concat()));
    let client = Client::connect(std::slice::from_ref(&generous.address), &impatient()).unwrap();
    fetch_all(&client, &[wanted]);
}

#[test]
fn e7_a_thousand_streams_are_too_many_and_others_still_give() {
    let many = raw(BITSWAP, |mut hand: Hand| async move {
        let (peer, _wants) = hand.next().await;
        let mut held = Vec::new();
        for _ in 0..1000 {
            let Ok(mut stream) = hand.control.open_stream(peer, BITSWAP).await else { break };
            // The beginning of the largest message that may come: its room is not given before it does.
            if send(&mut stream, &[0xff, 0xff, 0xff, 0x01]).await.is_err() {
                continue;
            }
            held.push(stream);
        }
    });
    withstands(&many, "many streams");
}

#[test]
fn who_says_that_it_has_a_block_and_never_gives_it_is_passed_over() {
    let wanted: Vec<Block> = (0..30).map(|i| block(i, 5000)).collect();
    let boasts = wanted.iter().flat_map(|b| presence(b.cid(), true)).collect::<Vec<_>>();
    withstands(&answers(move |_| framed(&boasts)), "a boaster");
}

#[test]
fn who_says_it_does_not_have_what_nobody_wants_is_heard_by_nobody() {
    let wanted = block(1, 5000);
    let denies = presence(wanted.cid(), false);
    let liar = answers(move |_| framed(&denies));
    let client = Client::connect(std::slice::from_ref(&liar.address), &Options::default()).unwrap();
    assert_eq!(client.get(wanted.cid()).unwrap(), None, "its word is all there is");
    let (honest, _) = serve(std::slice::from_ref(&wanted));
    let both = Client::connect(&[liar.address.clone(), address(&honest)], &Options::default()).unwrap();
    let (got, result) = fetch(&both, &[wanted]);
    assert_eq!((got.len(), result.is_ok()), (1, true));
}
