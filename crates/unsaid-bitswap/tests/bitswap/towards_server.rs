//! Peers that want too much of a server, or the wrong way.

use std::time::{Duration, Instant};

use unsaid_bitswap::{Client, Options, Server};
use unsaid_ipld::{Block, BlockSource};

use crate::blocks::{Memory, address, block, cids, fetch_all, impatient, loopback, serve};
use crate::raw::{BITSWAP, Hand, act, carries, framed, list, presence, raw, receive, send, want};

/// Somebody else is served as if nothing was.
fn still_serves(server: &Server, block: &Block) {
    let client = Client::connect(&server.addresses(), &Options::default()).unwrap();
    fetch_all(&client, std::slice::from_ref(block));
}

#[test]
fn have_and_dont_have_are_answered_and_a_name_of_another_tool_is_not_had() {
    let (here, gone) = (block(1, 500), block(2, 500));
    let odd = cid::Cid::new_v1(0x78, multihash::Multihash::wrap(0x13, &[1; 64]).unwrap());
    let (server, memory) = serve(std::slice::from_ref(&here));
    let at = address(&server);
    let (a, b) = (*here.cid(), *gone.cid());
    let said = act(move |mut hand| async move {
        let (_, mut stream) = hand.reach(at).await;
        let wants = [want(&a, 1, false), want(&b, 1, false), want(&odd, 0, false)];
        send(&mut stream, &list(&wants)).await.unwrap();
        receive(&mut hand.next().await.1).await.unwrap()
    });
    assert_eq!(said, [presence(&a, true), presence(&b, false), presence(&odd, false)].concat());
    assert_eq!(memory.asked(), 0, "a block was read to tell that it is here");
}

#[test]
fn a_cancelled_want_is_not_answered() {
    let blocks = [block(1, 500), block(2, 500), block(3, 500)];
    let (server, memory) = serve(&blocks);
    let at = address(&server);
    let names = cids(&blocks);
    let gate = memory.gate.lock().unwrap();
    let (asked, answered) = std::sync::mpsc::channel::<()>();
    let waiting = std::thread::spawn(move || {
        act(move |mut hand| async move {
            let (_, mut stream) = hand.reach(at).await;
            send(&mut stream, &list(&[want(&names[0], 0, false)])).await.unwrap();
            // The first is being looked up, behind the gate, when the others come and one goes.
            tokio::time::sleep(Duration::from_millis(500)).await;
            let wants = [want(&names[1], 0, false), want(&names[2], 0, false), want(&names[1], 0, true)];
            send(&mut stream, &list(&wants)).await.unwrap();
            tokio::time::sleep(Duration::from_millis(500)).await;
            asked.send(()).unwrap();
            let mut answers = hand.next().await.1;
            let mut said = Vec::new();
            while let Ok(Some(more)) =
                tokio::time::timeout(Duration::from_secs(1), receive(&mut answers)).await
            {
                said.push(more);
            }
            said
        })
    });
    answered.recv().unwrap();
    drop(gate);
    let said = waiting.join().unwrap();
    let came = |block: &Block| said.iter().any(|message| carries(message, block));
    assert_eq!([came(&blocks[0]), came(&blocks[1]), came(&blocks[2])], [true, false, true]);
    assert_eq!(memory.asked(), 2);
}

#[test]
fn answers_stay_below_what_others_refuse() {
    let blocks: Vec<Block> = (0..60).map(|i| block(i, 64 << 10)).chain([block(99, 1 << 20)]).collect();
    let (server, _) = serve(&blocks);
    let at = address(&server);
    let wants: Vec<Vec<u8>> = cids(&blocks).iter().map(|c| want(c, 0, false)).collect();
    let sizes = act(move |mut hand| async move {
        let (_, mut stream) = hand.reach(at).await;
        send(&mut stream, &list(&wants)).await.unwrap();
        let mut answers = hand.next().await.1;
        let mut sizes = Vec::new();
        while sizes.iter().sum::<usize>() < 61 * (64 << 10) {
            sizes.push(receive(&mut answers).await.unwrap().len());
        }
        sizes
    });
    assert!(sizes.iter().all(|size| *size <= (1 << 20) + 4096), "{sizes:?}");
}

#[test]
fn e7_an_endless_want_list_stops_being_read() {
    let known = block(1, 100);
    let (server, memory) = serve(std::slice::from_ref(&known));
    let at = address(&server);
    let _endless = raw(BITSWAP, move |mut hand: Hand| async move {
        let (_, mut stream) = hand.reach(at).await;
        // Its answers are never read: not a byte of them is taken.
        for turn in 0u64.. {
            let wants: Vec<Vec<u8>> =
                (0..1000).map(|i| want(block(2 + turn * 1000 + i, 32).cid(), 0, false)).collect();
            if send(&mut stream, &list(&wants)).await.is_err() {
                return;
            }
        }
    });
    let before = Instant::now();
    while memory.asked() < 1000 && before.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(20));
    }
    still_serves(&server, &known);
    std::thread::sleep(Duration::from_secs(2));
    let later = memory.asked();
    std::thread::sleep(Duration::from_secs(1));
    let last = memory.asked();
    // 256 KiB of answers fit into the window of its stream; after them nothing moves.
    assert!(last - later <= 64 && last < 50_000, "{later}, then {last} look-ups for who reads nothing");
}

#[test]
fn e7_who_takes_nothing_is_left_and_holds_one_answer_only() {
    let blocks: Vec<Block> = (0..100).map(|i| block(i, 1 << 20)).collect();
    let memory = Memory::of(&blocks);
    let server = Server::start(&loopback(), memory.clone(), &impatient()).unwrap();
    let at = address(&server);
    let wants: Vec<Vec<u8>> = cids(&blocks).iter().map(|c| want(c, 0, false)).collect();
    act(move |mut hand| async move {
        let (_, mut stream) = hand.reach(at).await;
        send(&mut stream, &list(&wants)).await.unwrap();
        // The stream is taken, and nothing is read from it, until the server breaks the connection.
        let _held = hand.next().await;
        tokio::time::timeout(Duration::from_secs(30), receive(&mut stream)).await.expect("it was never left");
    });
    assert!(memory.asked() < 10, "{} blocks were read for who takes none", memory.asked());
    still_serves(&server, &blocks[0]);
}

#[test]
fn too_long_requests_garbage_and_halves_end_their_stream_only() {
    let known = block(1, 100);
    let (server, memory) = serve(std::slice::from_ref(&known));
    for bytes in [
        vec![0x81, 0x80, 0x40],
        vec![0xff; 20],
        framed(&[0x0a, 0x7f, 1]),
        b"GET / HTTP/1.1\r\n\r\n".to_vec(),
        framed(&[0x0a; 100]),
    ] {
        let at = address(&server);
        let name = *known.cid();
        let said = act(move |mut hand| async move {
            let (peer, mut stream) = hand.reach(at).await;
            send(&mut stream, &bytes).await.unwrap();
            // The same peer may go on, on another stream.
            let mut other = hand.open(peer).await;
            send(&mut other, &list(&[want(&name, 0, false)])).await.unwrap();
            receive(&mut hand.next().await.1).await.unwrap()
        });
        assert!(carries(&said, &known));
    }
    assert_eq!(memory.asked(), 5);
    still_serves(&server, &known);
}

#[test]
fn half_a_request_is_given_up_in_time() {
    let server = Server::start(&loopback(), Memory::of(&[]), &impatient()).unwrap();
    let at = address(&server);
    act(move |mut hand| async move {
        let (_, mut stream) = hand.reach(at).await;
        send(&mut stream, &[100, 0x0a]).await.unwrap();
        let ended = tokio::time::timeout(Duration::from_secs(20), receive(&mut stream)).await;
        assert_eq!(ended.expect("it waits for ever"), None);
    });
}

#[test]
fn more_connections_than_allowed_are_refused_until_others_go() {
    let known = block(1, 100);
    let mut options = impatient();
    options.max_connections = 2;
    let server = Server::start(&loopback(), Memory::of(std::slice::from_ref(&known)), &options).unwrap();
    let first = Client::connect(&server.addresses(), &impatient()).unwrap();
    let second = Client::connect(&server.addresses(), &impatient()).unwrap();
    fetch_all(&first, std::slice::from_ref(&known));
    let third = Client::connect(&server.addresses(), &impatient());
    let refused = third.and_then(|c| c.get(known.cid())).is_err();
    assert!(refused, "a third connection was served");
    fetch_all(&second, std::slice::from_ref(&known));
    drop((first, second));
    let before = Instant::now();
    while Client::connect(&server.addresses(), &impatient()).is_err() {
        assert!(before.elapsed() < Duration::from_secs(30), "the places of who went are not given away");
    }
    still_serves(&server, &known);
}

#[test]
fn a_server_that_is_dropped_is_gone() {
    let (server, _) = serve(&[]);
    let at = address(&server);
    drop(server);
    assert!(Client::connect(&[at], &impatient()).is_err());
}
