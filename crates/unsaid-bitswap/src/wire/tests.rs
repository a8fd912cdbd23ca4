use unsaid_ipld::{Block, Codec};

use super::*;

fn block(codec: Codec, data: &[u8]) -> (Cid, Vec<u8>) {
    let block = Block::new(codec, data.to_vec()).unwrap();
    (*block.cid(), block.into_data())
}

fn sample() -> Message {
    let (a, _) = block(Codec::Raw, b"a");
    let (b, _) = block(Codec::DagCbor, b"b");
    let entry = Entry { cid: a, priority: -3, cancel: false, have: true, send_dont_have: true };
    Message {
        full: true,
        wants: vec![entry, Entry { cid: b, priority: 7, cancel: true, have: false, send_dont_have: false }],
        blocks: vec![block(Codec::DagCbor, &[0xa0]), block(Codec::Raw, b""), block(Codec::DagPb, &[7; 300])],
        strange: 0,
        presences: vec![(a, true), (b, false)],
    }
}

/// Without the length before it.
fn body(message: &Message) -> Vec<u8> {
    let framed = message.write(false);
    let mut rest = &framed[..];
    assert_eq!(varint(&mut rest).unwrap() as usize, rest.len());
    rest.to_vec()
}

#[test]
fn what_is_written_is_read() {
    assert_eq!(Message::read(&body(&sample())).unwrap(), sample());
    assert_eq!(Message::read(&[]).unwrap(), Message::default());
    assert!(Message::default().is_empty());
}

#[test]
fn the_bytes_are_those_of_the_specification() {
    let cid = Cid::try_from("bafkqabl4")
        .unwrap_or_else(|_| Cid::new_v1(0x55, Multihash::wrap(IDENTITY, b"x").unwrap()));
    let name = cid.to_bytes();
    let want = Entry { cid, priority: 1, cancel: false, have: true, send_dont_have: true };
    let message = Message { wants: vec![want], blocks: vec![(cid, b"x".to_vec())], ..Message::default() };
    let mut entry = vec![0x0a, name.len() as u8];
    entry.extend(&name);
    entry.extend([0x10, 1, 0x20, 1, 0x28, 1]);
    let mut expected = vec![0x0a, entry.len() as u8 + 2, 0x0a, entry.len() as u8];
    expected.extend(entry);
    expected.extend([0x1a, 9, 0x0a, 4, 1, 0x55, 0, 1, 0x12, 1, b'x']);
    assert_eq!(body(&message), expected);
}

#[test]
fn a_block_is_named_by_its_bytes_and_by_nothing_else() {
    let mut message = Message { blocks: vec![block(Codec::Raw, b"true")], ..Message::default() };
    message.blocks[0].1 = b"lies".to_vec();
    assert_eq!(Message::read(&body(&message)).unwrap().blocks, [block(Codec::Raw, b"lies")]);
}

#[test]
fn blocks_of_version_1_0_are_dag_pb() {
    let data = b"\x0a\x02\x08\x01".to_vec();
    let message = Message { blocks: vec![block(Codec::Raw, &data)], ..Message::default() };
    let read = Message::read(&message.write(true)[1..]).unwrap();
    let hash = *block(Codec::Raw, &data).0.hash();
    assert_eq!(read.blocks, [(Cid::new_v0(hash).unwrap(), data)]);
}

#[test]
fn blocks_of_other_hashes_and_too_large_ones_are_counted_only() {
    for (prefix, data) in [
        (&[1, 0x55, 0x13, 64][..], &b"sha2-512"[..]),
        (&[1, 0x55, 0x12, 20], b"cut"),
        (&[2, 0x55, 0x12, 32], b"version"),
        (&[1, 0x55, 0x12], b"short"),
        (&[1, 0x55, 0x12, 32, 0], b"long"),
        (&[1, 0x55, 0x12, 32], &vec![0; MAX_READ + 1]),
    ] {
        let mut payload = Vec::new();
        put_bytes(&mut payload, 1, prefix);
        put_bytes(&mut payload, 2, data);
        let mut bytes = Vec::new();
        put_bytes(&mut bytes, 3, &payload);
        let read = Message::read(&bytes).unwrap();
        assert_eq!((read.blocks.len(), read.strange), (0, 1), "{prefix:?}");
    }
}

#[test]
fn names_of_other_tools_are_kept_and_what_is_no_name_is_passed_over() {
    let odd = Cid::new_v1(0x78, Multihash::wrap(0x13, &[1; 64]).unwrap());
    let mut list = Vec::new();
    for name in [&odd.to_bytes()[..], b"no name"] {
        let mut entry = Vec::new();
        put_bytes(&mut entry, 1, name);
        put_bytes(&mut list, 1, &entry);
    }
    let mut bytes = Vec::new();
    put_bytes(&mut bytes, 1, &list);
    let wants = Message::read(&bytes).unwrap().wants;
    assert_eq!(wants.iter().map(|w| w.cid).collect::<Vec<_>>(), [odd]);
}

#[test]
fn e7_a_message_of_endless_items_is_refused() {
    let mut list = Vec::new();
    for _ in 0..=MAX_ITEMS {
        put_bytes(&mut list, 1, &[]);
    }
    for field in [1, 3, 4] {
        let mut bytes = Vec::new();
        if field == 1 {
            put_bytes(&mut bytes, 1, &list);
        } else {
            (0..=MAX_ITEMS).for_each(|_| put_bytes(&mut bytes, field, &[]));
        }
        let refused = Message::read(&bytes).unwrap_err();
        assert_eq!(refused.kind(), unsaid_core::ErrorKind::Limit, "field {field}");
    }
}

#[test]
fn damage_never_panics_and_a_cut_is_found_where_it_is_inside_a_field() {
    let bytes = body(&sample());
    let mut shorter = 0;
    for end in 0..bytes.len() {
        shorter += usize::from(Message::read(&bytes[..end]).is_ok());
    }
    // A message ends where its bytes end: after the list, after each of three blocks but the last, and
    // after the first presence a shorter message is valid, and so is none at all.
    assert_eq!(shorter, 6);
    for at in 0..bytes.len() {
        for flip in [0x01, 0x80, 0xff] {
            let mut damaged = bytes.clone();
            damaged[at] ^= flip;
            if let Ok(message) = Message::read(&damaged) {
                for (cid, data) in message.blocks {
                    assert!(
                        Block::verify(cid, data.clone()).is_ok() || unsaid_ipld::Codec::of(&cid).is_err()
                    );
                }
            }
        }
    }
}

#[test]
fn numbers_of_more_than_64_bits_are_refused() {
    let mut wide = vec![0x08];
    wide.extend([0xff; 9]);
    for (last, fits) in [(1, true), (2, false), (0x81, false)] {
        let mut bytes = wide.clone();
        bytes.push(last);
        assert_eq!(Message::read(&bytes).is_ok(), fits, "{last}");
    }
    for length in [0u64, 127, 128, 16383, 16384, u64::MAX] {
        let mut out = Vec::new();
        put_varint(&mut out, length);
        assert_eq!((out.len(), varint(&mut &out[..])), (varint_size(length), Some(length)));
    }
}

#[test]
fn any_bytes_are_a_message_or_an_error_and_its_blocks_are_what_their_names_say() {
    let good = body(&sample());
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    let mut accepted = 0;
    for _ in 0..20_000 {
        let mut bytes = good.clone();
        for _ in 0..=random(4) {
            let at = random(bytes.len());
            match random(4) {
                0 => bytes[at] = random(256) as u8,
                1 => bytes.truncate(at.max(1)),
                2 => bytes.insert(at, random(256) as u8),
                _ => drop(bytes.remove(at)),
            }
            if bytes.is_empty() {
                bytes.push(0);
            }
        }
        let Ok(message) = Message::read(&bytes) else { continue };
        accepted += 1;
        for (cid, data) in &message.blocks {
            assert_eq!(name(&prefix(cid), data), Some(*cid));
        }
        assert_eq!(Message::read(&body(&message)).unwrap().wants, message.wants);
    }
    assert!(accepted > 1000, "{accepted}");
}
