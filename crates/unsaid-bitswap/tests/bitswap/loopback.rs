//! Our client and our server.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use unsaid_bitswap::{Client, Multiaddr, Options, Server};
use unsaid_core::{Error, ErrorKind};
use unsaid_ipld::{Block, BlockSource, Codec};

use crate::blocks::{Memory, address, block, cids, fetch, fetch_all, impatient, loopback, serve};

fn connect(peers: &[Multiaddr]) -> Client {
    Client::connect(peers, &Options::default()).unwrap()
}

/// Where look-ups are counted, nothing may be asked twice because the machine was busy for two seconds.
fn connect_patiently(peers: &[Multiaddr]) -> Client {
    let mut options = Options::default();
    options.block_timeout = Duration::from_secs(300);
    Client::connect(peers, &options).unwrap()
}

#[test]
fn blocks_of_every_size_arrive() {
    let blocks: Vec<Block> =
        [0, 1, 31, 1000, 64 << 10, 256 << 10, 1 << 20].map(|n| block(n as u64, n)).into();
    let (server, _) = serve(&blocks);
    let client = connect(&server.addresses());
    for block in &blocks {
        assert_eq!(client.get(block.cid()).unwrap().as_ref(), Some(block));
    }
    fetch_all(&client, &blocks);
}

#[test]
fn blocks_of_every_codec_and_hash_arrive() {
    let mut blocks = vec![
        Block::new(Codec::DagCbor, vec![0xa0]).unwrap(),
        Block::new(Codec::DagPb, b"\x0a\x02\x08\x01".to_vec()).unwrap(),
    ];
    let old = cid::Cid::new_v0(*blocks[1].cid().hash()).unwrap();
    blocks.push(Block::verify(old, blocks[1].data().to_vec()).unwrap());
    let blake3 = multihash::Multihash::wrap(0x1e, blake3::hash(b"three").as_bytes()).unwrap();
    blocks.push(Block::verify(cid::Cid::new_v1(0x55, blake3), b"three".to_vec()).unwrap());
    let (server, _) = serve(&blocks);
    fetch_all(&connect(&server.addresses()), &blocks);
}

#[test]
fn blocks_of_two_mebibytes_are_taken() {
    let blocks = [block(1, 2 << 20), block(2, (2 << 20) - 2), block(3, 2 << 20)];
    let (server, _) = serve(&blocks);
    fetch_all(&connect(&server.addresses()), &blocks);
}

#[test]
fn a_hundred_parts_of_64_kib_arrive_each_once() {
    let parts: Vec<Block> = (0..100).map(|i| block(i, 64 << 10)).collect();
    let (server, memory) = serve(&parts);
    let client = connect_patiently(&server.addresses());
    fetch_all(&client, &parts);
    assert_eq!(memory.asked(), 100, "nothing is read twice");
}

#[test]
fn a_thousand_small_blocks_arrive() {
    let blocks: Vec<Block> = (0..1000).map(|i| block(i, 100)).collect();
    let (server, _) = serve(&blocks);
    fetch_all(&connect(&server.addresses()), &blocks);
}

#[test]
fn what_no_peer_has_is_told_at_once() {
    let (a, b) = (serve(&[block(1, 10)]).0, serve(&[]).0);
    let client = connect(&[address(&a), address(&b)]);
    let before = Instant::now();
    assert_eq!(client.get(block(2, 10).cid()).unwrap(), None);
    let (got, result) = fetch(&client, &[block(1, 10), block(2, 10), block(3, 10)]);
    assert_eq!((got.len(), result.is_ok()), (1, true));
    assert!(before.elapsed() < Options::default().block_timeout, "nobody waited for silence");
}

#[test]
fn several_peers_are_asked_and_each_gives_what_it_has() {
    let blocks: Vec<Block> = (0..60).map(|i| block(i, 20_000)).collect();
    let servers = [serve(&blocks[..30]), serve(&blocks[30..]), serve(&[])];
    let peers: Vec<Multiaddr> = servers.iter().map(|(s, _)| address(s)).collect();
    fetch_all(&connect(&peers), &blocks);
}

#[test]
fn a_peer_that_cannot_be_reached_does_not_keep_the_others_from_giving() {
    let (server, _) = serve(&[block(1, 10)]);
    let gone = address(&serve(&[]).0);
    let client = Client::connect(&[gone.clone(), address(&server)], &impatient()).unwrap();
    fetch_all(&client, &[block(1, 10)]);
    // One of them could not tell, so nobody knows.
    let e = client.get(block(2, 10).cid()).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Environment);
    assert!(e.to_string().contains("1 peer cannot be reached"), "{e}");
    let e = Client::connect(&[gone], &impatient()).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Environment);
    assert!(e.to_string().contains("no peer can be reached"), "{e}");
}

#[test]
fn a_peer_that_comes_back_is_asked_again() {
    let blocks = [block(1, 10), block(2, 1000)];
    let (server, _) = serve(&blocks);
    // Without a name, for the second server has another one.
    let mut bare = address(&server);
    bare.pop();
    let client = Client::connect(&[bare.clone()], &impatient()).unwrap();
    fetch_all(&client, &blocks[..1]);
    drop(server);
    let e = client.get(blocks[1].cid()).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Environment);
    let _again = Server::start(&[bare], Memory::of(&blocks), &Options::default()).unwrap();
    fetch_all(&client, &blocks);
}

#[test]
fn a_connection_that_idled_away_is_made_again() {
    let blocks = [block(1, 10), block(2, 10)];
    let mut options = Options::default();
    options.idle_timeout = Duration::from_millis(200);
    let server = Server::start(&loopback(), Memory::of(&blocks), &options).unwrap();
    let client = Client::connect(&server.addresses(), &options).unwrap();
    for _ in 0..3 {
        fetch_all(&client, &blocks);
        std::thread::sleep(Duration::from_millis(700));
    }
}

#[test]
fn one_peer_under_two_addresses_is_one_peer() {
    let (server, _) = serve(&[block(1, 10)]);
    let named = address(&server);
    let mut bare = named.clone();
    bare.pop();
    let dns = named.to_string().replace("/ip4/127.0.0.1", "/dns4/localhost").parse().unwrap();
    let client = connect(&[bare, named, dns]);
    fetch_all(&client, &[block(1, 10)]);
    assert_eq!(client.get(block(2, 10).cid()).unwrap(), None, "it told, and it is the only one");
}

#[test]
fn threads_share_a_client() {
    let blocks: Vec<Block> = (0..40).map(|i| block(i, 30_000)).collect();
    let (server, _) = serve(&blocks);
    let client = connect(&server.addresses());
    std::thread::scope(|scope| {
        for turn in 0..8 {
            let (client, blocks) = (&client, &blocks);
            // Overlapping lists: a block that two want is fetched for both.
            scope.spawn(move || fetch_all(client, &blocks[turn * 3..turn * 3 + 15]));
        }
    });
}

#[test]
fn an_error_of_the_reader_ends_the_call_and_the_client_lives_on() {
    let blocks: Vec<Block> = (0..50).map(|i| block(i, 64 << 10)).collect();
    let (server, _) = serve(&blocks);
    let client = connect(&server.addresses());
    let e = client
        .get_many(&cids(&blocks), &mut |_| Err(Error::new(ErrorKind::Interrupted, "enough")))
        .unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Interrupted);
    fetch_all(&client, &blocks);
}

#[test]
fn a_slow_reader_is_not_buried() {
    let blocks: Vec<Block> = (0..200).map(|i| block(i, 64 << 10)).collect();
    let (server, memory) = serve(&blocks);
    let client = connect_patiently(&server.addresses());
    let first = AtomicBool::new(true);
    client
        .get_many(&cids(&blocks), &mut |_| {
            if first.swap(false, Ordering::SeqCst) {
                std::thread::sleep(Duration::from_secs(1));
                // 2 MiB that wait to be read, and what was under way when they did.
                let asked = memory.asked();
                assert!(asked <= 32 + 2 * 16, "{asked} blocks were fetched for nobody");
            }
            Ok(())
        })
        .unwrap();
    assert_eq!(memory.asked(), 200);
}

#[test]
fn names_that_carry_their_bytes_need_no_peer_and_odd_names_are_refused() {
    let (server, memory) = serve(&[]);
    let client = connect(&server.addresses());
    let inline = cid::Cid::new_v1(0x55, multihash::Multihash::wrap(0, b"here").unwrap());
    assert_eq!(client.get(&inline).unwrap().unwrap().data(), b"here");
    let odd = cid::Cid::new_v1(0x55, multihash::Multihash::wrap(0x13, &[0; 64]).unwrap());
    assert_eq!(client.get(&odd).unwrap_err().kind(), ErrorKind::Corrupt);
    client.get_many(&[], &mut |_| panic!("nothing was wanted")).unwrap();
    assert_eq!(memory.asked(), 0);
}

#[test]
fn what_makes_no_sense_is_refused_before_anything_is_dialled() {
    let usage = |peers: &[&str]| {
        let peers: Vec<Multiaddr> = peers.iter().map(|p| p.parse().unwrap()).collect();
        assert_eq!(Client::connect(&peers, &impatient()).unwrap_err().kind(), ErrorKind::Usage, "{peers:?}");
    };
    usage(&[]);
    usage(&["/ip4/127.0.0.1"]);
    usage(&["/ip4/127.0.0.1/udp/1/quic-v1"]);
    usage(&["/ip4/127.0.0.1/tcp/1/ws"]);
    usage(&["/unix/tmp"]);
    usage(&["/ip4/127.0.0.1/tcp/1"; 65]);
    let listen = |at: &[&str]| {
        let at: Vec<Multiaddr> = at.iter().map(|p| p.parse().unwrap()).collect();
        Server::start(&at, Memory::of(&[]), &Options::default()).unwrap_err().kind()
    };
    assert_eq!(listen(&[]), ErrorKind::Usage);
    assert_eq!(listen(&["/ip4/127.0.0.1/udp/0"]), ErrorKind::Usage);
    let (server, _) = serve(&[]);
    let mut taken = address(&server);
    taken.pop();
    assert_eq!(listen(&[&taken.to_string()]), ErrorKind::Environment);
}

#[test]
fn a_name_of_a_host_that_nobody_has_is_said() {
    let peer = ["/dns/nobody.invalid/tcp/4001".parse().unwrap()];
    assert_eq!(Client::connect(&peer, &impatient()).unwrap_err().kind(), ErrorKind::Environment);
}
