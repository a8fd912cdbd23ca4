//! Bodies of the fuzz targets. Tests replay them.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "a body that finds something panics")]

use unsaid_core::{Limits, Silent};
use unsaid_ipld::{Block, Codec};

use crate::decode::{Decoder, decode_plainly};
use crate::encode::{Encoder, Rule};
use crate::file::CompressedFile;
use crate::{Codes, Dictionary, Lengths, Profile, Root, needs};

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.output = Some(1 << 16);
    limits.memory = 256 << 20;
    limits
}

/// What comes out of both decoders, which must agree, and comes back when it is written again.
fn decode(dictionary: &Dictionary, profile: Profile, data: &[u8]) {
    let limits = limits();
    let Ok(decoder) = Decoder::new(dictionary, profile, &limits) else { return };
    let codes = Codes::new(profile, dictionary.segments().len() as u64, dictionary.lengths()).unwrap();
    let mut plain = Vec::new();
    let length = decode_plainly(&codes, dictionary.segments(), data, &limits, &Silent, &mut |piece| {
        plain.extend_from_slice(piece);
        Ok(())
    });
    match (decoder.to_vec(data, &limits), length) {
        (Ok(text), Ok(length)) => {
            assert_eq!((&text, length), (&plain, text.len() as u64));
            let needs = needs::needs(&codes, data, &[]).unwrap();
            assert!(needs.segments.iter().all(|&index| index < codes.segments()));
            let mut encoder = Encoder::new(dictionary, profile, &limits).unwrap();
            for rule in [Rule::Fewest, Rule::Seed] {
                if let Ok(again) = encoder.encode(&text, rule, &limits, &Silent) {
                    assert_eq!(decoder.to_vec(&again, &limits).unwrap(), text);
                }
            }
        }
        (Err(fast), Err(plain)) => assert_eq!(fast.kind(), plain.kind()),
        (fast, plain) => panic!("{:?} fast, {:?} plainly", fast.map(|text| text.len()), plain),
    }
}

/// A compressed file: its form, and its Data with a dictionary that most codes are of.
pub fn file(data: &[u8]) {
    let limits = limits();
    let bare = match CompressedFile::read(data, &limits) {
        Ok(file) => {
            assert_eq!(file.to_bytes(), data);
            file.data().to_vec()
        }
        Err(_) => data.to_vec(),
    };
    let segments = (0..300_u32).map(|n| vec![b'a' + (n % 26) as u8; 1 + n as usize / 13]).collect();
    let mut counts = [0; 12];
    (counts[1], counts[3], counts[7], counts[11]) = (1, 3, 30, 266);
    let lengths = Lengths::new(&counts).unwrap();
    let dictionary = Dictionary::new("fuzz", None, segments, Some(lengths)).unwrap();
    for profile in Profile::ALL {
        decode(&dictionary, profile, &bare);
    }
}

/// A dictionary or a root; then Data with it, which is the same bytes.
pub fn dictionary(data: &[u8]) {
    let Ok(block) = Block::new(Codec::DagCbor, data.to_vec()) else { return };
    let Ok(root) = Root::read(&block, &limits()) else { return };
    let codes = Codes::new(Profile::Unary, root.count(), None).unwrap();
    let _ = needs::needs(&codes, data, root.parts());
    let Ok(dictionary) = Dictionary::read(&block, &limits()) else { return };
    assert_eq!(dictionary.to_block().unwrap(), block);
    let (root, parts) = dictionary.to_multi(1 + data.len() / 3).unwrap();
    let source: unsaid_ipld::source::Memory = parts.into_iter().collect();
    let whole = Root::read(&root, &limits()).unwrap().dictionary(&source, &limits(), &Silent).unwrap();
    assert_eq!(whole, dictionary);
    for profile in Profile::ALL {
        decode(&dictionary, profile, data);
    }
}
