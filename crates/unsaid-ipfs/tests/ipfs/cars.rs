//! CARs that gateways send.

use unsaid_core::ErrorKind;
use unsaid_ipfs::Gateway;
use unsaid_ipld::Block;
use unsaid_ipld::car::Writer;
use unsaid_ipld::walk::Budget;

use crate::common::{Small, block, quick, respond};
use crate::hostile::gateway;

fn dag() -> (Block, Vec<Block>) {
    let leaves: Vec<Block> = (0..4).map(|n| block(n, 1000)).collect();
    (crate::own::list(&leaves), leaves)
}

fn car(root: &Block, blocks: &[&Block]) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), &[*root.cid()]).unwrap();
    blocks.iter().for_each(|block| writer.put(block).unwrap());
    writer.finish().unwrap()
}

fn car_server(body: Vec<u8>) -> Small {
    Small::start(move |_, stream| respond(stream, 200, "application/vnd.ipld.car; version=1", &body))
}

#[test]
fn e7_blocks_that_nobody_asked_for_are_dropped_and_too_many_end_it() {
    let (root, leaves) = dag();
    let (stray, last) = (block(90, 500), &leaves[3]);
    // Unasked, before its parent, twice; the last one does not come.
    let body = car(&root, &[&stray, &leaves[0], &root, &leaves[0], &leaves[1], &leaves[1], &leaves[2]]);
    let server = car_server(body);
    let gateway = gateway(&server);
    let mut came = Vec::new();
    let received = gateway
        .dag(root.cid(), Budget::default(), &mut |block| {
            came.push(block);
            Ok(())
        })
        .unwrap()
        .unwrap();
    assert_eq!(came, [root.clone(), leaves[0].clone(), leaves[1].clone(), leaves[2].clone()]);
    assert_eq!((received.blocks, received.absent), (4, vec![*last.cid()]));
    assert!(!gateway.is_distrusted());

    let strays: Vec<Block> = (0..2000u32)
        .map(|n| Block::new(unsaid_ipld::Codec::Raw, n.to_le_bytes().to_vec()).unwrap())
        .collect();
    let all: Vec<&Block> = strays.iter().collect();
    let server = car_server(car(&root, &all));
    let gateway = Gateway::new(&server.url(), quick()).unwrap();
    let e = gateway.dag(root.cid(), Budget::default(), &mut |_| panic!("nothing was to come")).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Corrupt);
    assert!(gateway.is_distrusted());
}

#[test]
fn d10_a_car_from_a_gateway_is_verified_block_by_block() {
    let (root, leaves) = dag();
    let whole = car(&root, &[&root, &leaves[0], &leaves[1], &leaves[2], &leaves[3]]);
    let mut wrong = whole.clone();
    let at = wrong.len() - 500;
    wrong[at] ^= 1;
    // The block before the wrong one came, and the wrong one did not.
    let gateway_of = |body: &[u8]| {
        let server = car_server(body.to_vec());
        Gateway::new(&server.url(), quick()).unwrap()
    };
    let mut came = 0;
    let mut each = |_: Block| {
        came += 1;
        Ok(())
    };
    let lying = gateway_of(&wrong);
    let e = lying.dag(root.cid(), Budget::default(), &mut each).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Corrupt);
    assert!(lying.is_distrusted());
    assert_eq!(came, 4);
    let mut ignore = |_: Block| Ok(());
    let cut = gateway_of(&whole[..whole.len() - 1]);
    assert!(cut.dag(root.cid(), Budget::default(), &mut ignore).is_err());
    let huge_header = [&[0x80, 0x80, 0x80, 0x80, 0x04][..], &[0; 4096]].concat();
    assert!(gateway_of(&huge_header).dag(root.cid(), Budget::default(), &mut ignore).is_err());
    // A budget and a receiver that has enough end it, and neither is the gateway's fault.
    let honest = gateway_of(&whole);
    let small = Budget { nodes: 3, ..Budget::default() };
    assert_eq!(honest.dag(root.cid(), small, &mut ignore).unwrap_err().kind(), ErrorKind::Limit);
    let e = honest.dag(root.cid(), Budget::default(), &mut |_| Err(unsaid_core::progress::interrupted()));
    assert_eq!(e.unwrap_err().kind(), ErrorKind::Interrupted);
    assert!(!honest.is_distrusted());
    let received = honest.dag(root.cid(), Budget::default(), &mut ignore).unwrap().unwrap();
    assert_eq!((received.blocks, received.absent.len()), (5, 0));
}
