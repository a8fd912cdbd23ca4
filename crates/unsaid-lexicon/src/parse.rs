//! The cheapest way to write a text as fragments: a shortest path from its end to its start.

use unsaid_core::{Error, ErrorKind, Result};

use crate::matcher::Matcher;

/// What a step of the path costs, in any unit the caller likes.
pub trait Costs {
    /// What the fragment costs.
    fn fragment(&self, id: u32, len: usize) -> u32;

    /// What one byte, two bytes, and so on cost outside of fragments. None can be written unless
    /// told otherwise.
    fn literals(&self) -> &[u32] {
        &[]
    }
}

/// Every fragment costs the same.
#[derive(Clone, Copy, Debug, Default)]
pub struct Equal;

impl Costs for Equal {
    fn fragment(&self, _: u32, _: usize) -> u32 {
        1
    }
}

/// Every fragment has a cost of its own, by id.
#[derive(Clone, Copy, Debug)]
pub struct ById<'a>(pub &'a [u32]);

impl Costs for ById<'_> {
    fn fragment(&self, id: u32, _: usize) -> u32 {
        self.0.get(id as usize).copied().unwrap_or(u32::MAX)
    }
}

/// A piece of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The fragment of this id.
    Fragment(u32),
    /// So many bytes of the text as they are.
    Literals(usize),
}

#[derive(Clone, Copy, Debug)]
struct Node {
    /// Of the text from here to its end.
    cost: u64,
    len: u32,
    /// [`LITERALS`] for bytes as they are.
    id: u32,
}

const LITERALS: u32 = u32::MAX;
const NO_WAY: u64 = u64::MAX;

/// Finds cheapest ways, keeping its memory (16 bytes a byte of the longest text) for the next text.
#[derive(Clone, Debug, Default)]
pub struct Parser {
    nodes: Vec<Node>,
}

impl Parser {
    /// One without memory yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Finds the cheapest way through `text` and gives its cost; [`steps`](Self::steps) walks it.
    /// Of ways that cost the same, the one of the longer first step is taken.
    ///
    /// # Errors
    /// [`ErrorKind::Missing`] for a text that the fragments cannot write.
    pub fn parse(&mut self, matcher: &Matcher, costs: &impl Costs, text: &[u8]) -> Result<u64> {
        const END: Node = Node { cost: 0, len: 0, id: 0 };
        if self.nodes.len() <= text.len() {
            self.nodes.resize(text.len() + 1, END);
        }
        let nodes = &mut self.nodes[..=text.len()];
        nodes[text.len()] = END;
        for at in (0..text.len()).rev() {
            let (here, behind) = nodes[at..].split_at_mut(1);
            let mut best = Node { cost: NO_WAY, len: 0, id: 0 };
            for (index, &cost) in costs.literals().iter().enumerate().take(behind.len()) {
                let cost = behind[index].cost.saturating_add(u64::from(cost));
                if cost < best.cost {
                    best = Node { cost, len: index as u32 + 1, id: LITERALS };
                }
            }
            matcher.for_each_match(text, at, |id, len| {
                let cost = behind[len - 1].cost.saturating_add(u64::from(costs.fragment(id, len)));
                if cost <= best.cost {
                    best = Node { cost, len: len as u32, id };
                }
            });
            here[0] = best;
        }
        let cost = nodes[0].cost;
        if cost == NO_WAY {
            return Err(Error::new(ErrorKind::Missing, "the fragments cannot write this text"));
        }
        Ok(cost)
    }

    /// The way that the last successful [`parse`](Self::parse) of a text of `len` bytes found.
    pub fn steps(&self, len: usize) -> impl Iterator<Item = Step> + '_ {
        let mut at = 0;
        std::iter::from_fn(move || {
            if at >= len {
                return None;
            }
            let node = self.nodes.get(at)?;
            at += node.len.max(1) as usize;
            Some(if node.id == LITERALS {
                Step::Literals(node.len as usize)
            } else {
                Step::Fragment(node.id)
            })
        })
    }
}
