//! Hostile graphs.

use std::collections::HashMap;
use std::sync::atomic::Ordering;

use unsaid_core::{ErrorKind, Limits};
use unsaid_ipld::source::{Memory, require};
use unsaid_ipld::walk::{Budget, Found, Walk};
use unsaid_ipld::{Block, BlockSource, Cid};

use crate::common::{Counting, kind, list, on_a_small_stack, raw};

fn names(source: &dyn BlockSource, roots: &[Cid]) -> Vec<Cid> {
    Walk::new(source, roots, Budget::default())
        .map(|found| *found.unwrap().present().unwrap().cid())
        .collect()
}

/// The error that ends a walk, and how many blocks came before it.
fn end(source: &dyn BlockSource, root: &Cid, budget: Budget) -> (usize, Option<ErrorKind>) {
    let mut walk = Walk::new(source, &[*root], budget);
    let mut blocks = 0;
    loop {
        match walk.next() {
            Some(Ok(_)) => blocks += 1,
            Some(Err(e)) => {
                assert!(walk.next().is_none(), "an error ends it");
                return (blocks, Some(e.kind()));
            }
            None => return (blocks, None),
        }
    }
}

#[test]
fn d6_a_diamond_of_2_to_the_40_ways_has_41_blocks() {
    let mut source = Memory::default();
    let mut block = raw(b"bottom");
    for _ in 0..40 {
        let above = list(&[*block.cid(), *block.cid()]);
        source.put(std::mem::replace(&mut block, above));
    }
    let root = *block.cid();
    source.put(block);
    assert_eq!(names(&source, &[root, root]).len(), 41);
    let budget = |nodes, bytes| Budget { nodes, bytes, ..Budget::default() };
    assert_eq!(end(&source, &root, budget(41, 1 << 20)), (41, None));
    assert_eq!(end(&source, &root, budget(40, 1 << 20)), (40, Some(ErrorKind::Limit)));
    assert_eq!(end(&source, &root, budget(41, 500)), (6, Some(ErrorKind::Limit)));
}

#[test]
fn d6_a_source_that_leads_in_a_circle_is_found_out() {
    // No hash gives a circle; a source that answers every name with the same block is as close as it gets.
    struct Circle(Block);
    impl BlockSource for Circle {
        fn get(&self, _: &Cid) -> unsaid_core::Result<Option<Block>> {
            Ok(Some(self.0.clone()))
        }
    }
    let root = list(&[*raw(b"").cid()]);
    assert_eq!(end(&Circle(root.clone()), root.cid(), Budget::default()), (1, Some(ErrorKind::Corrupt)));
    assert_eq!(kind(require(&Circle(root), raw(b"").cid())), ErrorKind::Corrupt);
}

/// A list of blocks, each made when it is asked for.
#[derive(Default)]
struct Chain {
    cids: Vec<Cid>,
    places: HashMap<[u8; 32], usize>,
}

impl Chain {
    fn block(&self, n: usize) -> Block {
        match n.checked_sub(1) {
            Some(below) => list(&self.cids[below..n]),
            None => raw(b"end"),
        }
    }

    fn push(&mut self) {
        let block = self.block(self.cids.len());
        self.places.insert(block.cid().hash().digest().try_into().unwrap(), self.cids.len());
        self.cids.push(*block.cid());
    }
}

impl BlockSource for Chain {
    fn get(&self, cid: &Cid) -> unsaid_core::Result<Option<Block>> {
        Ok(self.places.get(cid.hash().digest()).map(|&n| self.block(n)))
    }
}

#[test]
fn d7_a_list_of_a_million_blocks_is_walked_without_recursion() {
    let mut chain = Chain::default();
    (0..=1_000_000).for_each(|_| chain.push());
    let root = chain.cids[1_000_000];
    on_a_small_stack(|| {
        assert_eq!(end(&chain, &root, Budget::default()), (1024, Some(ErrorKind::Limit)));
        let deep = Budget { depth: 2_000_000, ..Budget::default() };
        assert_eq!(end(&chain, &root, deep), (1_000_001, None));
    });
}

#[test]
fn d7_a_wide_node_counts_its_links_before_they_are_followed() {
    let mut source = Memory::default();
    let leaves: Vec<_> = (0..5000u32).map(|n| *raw(&n.to_le_bytes()).cid()).collect();
    let root = list(&leaves);
    let cid = *root.cid();
    source.put(root);
    let budget = Budget { nodes: 1000, ..Budget::default() };
    assert_eq!(end(&source, &cid, budget), (0, Some(ErrorKind::Limit)));
}

#[test]
fn the_order_is_root_first_depth_first_whatever_the_source_does() {
    let leaves: Vec<_> = (0..40u8).map(|n| raw(&[n])).collect();
    let cid = |n: usize| *leaves[n].cid();
    let low = list(&(0..20).map(cid).collect::<Vec<_>>());
    let high = list(&[cid(30), *low.cid(), cid(20), cid(3)]);
    let root = list(&[*high.cid(), cid(35), *low.cid(), cid(36), cid(35)]);
    let mut inner: Memory = [low.clone(), high.clone(), root.clone()].into_iter().collect();
    leaves.iter().for_each(|leaf| inner.put(leaf.clone()));
    let mut wanted = vec![*root.cid(), *high.cid(), cid(30), *low.cid()];
    wanted.extend((0..20).map(cid));
    wanted.extend([cid(20), cid(35), cid(36)]);
    let source = Counting { inner, ..Counting::default() };
    assert_eq!(names(&source, &[*root.cid()]), wanted);
    // Each block was asked for once, most of them together.
    assert_eq!(source.asked.load(Ordering::Relaxed), wanted.len());
    assert!(source.batches.load(Ordering::Relaxed) <= 5);
}

#[test]
fn what_is_missing_is_told_and_the_rest_is_walked() {
    let (a, b) = (raw(b"a"), raw(b"b"));
    let root = list(&[*a.cid(), *b.cid()]);
    let source: Memory = [root.clone(), b.clone()].into_iter().collect();
    let found: Vec<_> = Walk::new(&source, &[*root.cid()], Budget::default()).map(Result::unwrap).collect();
    assert_eq!(found, [Found::Block(root), Found::Missing(*a.cid()), Found::Block(b)]);
    let e = Found::Missing(*a.cid()).present().unwrap_err();
    assert!(e.kind() == ErrorKind::Missing && e.to_string().contains(&a.cid().to_string()));
}

#[test]
fn c11_a_budget_is_what_the_limits_allow_and_its_error_names_the_flags() {
    let mut limits = Limits::default();
    assert_eq!(Budget::of(&limits), Budget::default());
    limits.memory = 10 << 10;
    assert_eq!(Budget::of(&limits).nodes, 5, "2 KiB for each");
    (limits.entries, limits.output) = (2, Some(7));
    assert_eq!(Budget::of(&limits), Budget { nodes: 2, bytes: 7, ..Budget::default() });
    let leaves: Vec<Block> = (0..3).map(|n| raw(&[n; 100])).collect();
    let root = list(&leaves.iter().map(|leaf| *leaf.cid()).collect::<Vec<_>>());
    let source: Memory = leaves.iter().chain([&root]).cloned().collect();
    for (nodes, bytes, flag) in [(1, 10_000, "--max-entries"), (100, 150, "--max-output")] {
        let budget = Budget { nodes, bytes, ..Budget::default() };
        let e = Walk::new(&source, &[*root.cid()], budget).find_map(Result::err).unwrap();
        assert_eq!(e.kind(), ErrorKind::Limit);
        assert!(e.hint_text().unwrap().contains(flag), "{e:?}");
    }
}
