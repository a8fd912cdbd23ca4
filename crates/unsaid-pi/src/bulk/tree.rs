//! The sum over all terms, in jobs: the upper levels of binary splitting, one product a job.
//!
//! Below, ranges are summed whole ([`split`]). What was begun last goes on first, so that one worker holds no
//! more numbers than recursion would.

use std::sync::Arc;

use unsaid_core::{Error, ErrorKind, Result};

use super::split::{Pqt, combine, split};
use crate::crew::{Crew, Relay};
use crate::number::Natural;

/// Levels whose products are jobs of their own: 32 ranges occupy many workers and let one stop often.
const LEVELS: u32 = 5;
/// Ranges are not shorter than this.
const RANGE: u64 = 256;

/// What a job of the tree gives.
pub(super) enum Part<N> {
    Range(usize, Pqt<N>),
    Product(usize, Role, N),
    Sum(usize, N),
    /// The square root, which has no place in the tree but fills its idle workers.
    Root(N),
}

/// Which product of a merge.
#[derive(Clone, Copy)]
pub(super) enum Role {
    One,
    Two,
    Q,
    P,
}

type Task<N> = Box<dyn FnOnce(&Relay) -> Result<Part<N>> + Send>;

/// A range whose halves are being merged.
struct Node<N> {
    /// Of its left half, of its right half.
    halves: [Option<Pqt<N>>; 2],
    one: Option<N>,
    two: Option<N>,
    q: Option<N>,
    p: Option<N>,
    missing: usize,
    /// Sums of the halves' shifts, and of the right one.
    shift: u64,
    right_shift: u64,
}

/// Nodes are numbered as in a heap: the halves of `i` are `2i` and `2i + 1`, the whole is 1.
pub(super) struct Tree<N> {
    terms: u64,
    nodes: Vec<Node<N>>,
    tasks: Vec<Task<N>>,
}

/// How many levels of the tree are jobs.
pub(super) fn levels(terms: u64) -> u32 {
    (terms / RANGE).max(1).ilog2().min(LEVELS)
}

impl<N: Natural> Tree<N> {
    /// The sum over the terms 1..=`terms`, and the task `root` for whoever is idle.
    pub(super) fn new(terms: u64, root: impl FnOnce() -> N + Send + 'static) -> Tree<N> {
        let levels = levels(terms);
        let node = || Node {
            halves: [None, None],
            one: None,
            two: None,
            q: None,
            p: None,
            missing: 0,
            shift: 0,
            right_shift: 0,
        };
        let nodes = (0..1 << levels).map(|_| node()).collect();
        let mut tree = Tree { terms, nodes, tasks: Vec::new() };
        tree.tasks.push(Box::new(move |_| Ok(Part::Root(root()))));
        for index in (1 << levels..2 << levels).rev() {
            let (first, last) = tree.range(index);
            let with_p = !is_last(index);
            tree.tasks
                .push(Box::new(move |relay| Ok(Part::Range(index, split(first, last, with_p, relay)?))));
        }
        tree
    }

    /// Computes the sum and the root.
    ///
    /// # Errors
    /// Those of the crew.
    pub(super) fn run(mut self, crew: &mut Crew<'_, Part<N>>) -> Result<(Pqt<N>, N)> {
        let (mut sum, mut root) = (None, None);
        loop {
            (sum, root) = match (sum, root) {
                (Some(sum), Some(root)) => return Ok((sum, root)),
                missing => missing,
            };
            while crew.has_room() {
                let Some(task) = self.tasks.pop() else { break };
                crew.start(task);
            }
            if crew.is_idle() {
                return Err(lost());
            }
            match crew.wait()? {
                Part::Root(number) => root = Some(number),
                Part::Range(index, pqt) => sum = self.ready(index, pqt).or(sum),
                Part::Product(index, role, number) => self.product(index, role, number),
                Part::Sum(index, t) => {
                    let node = &mut self.nodes[index];
                    let q = node.q.take().ok_or_else(lost)?;
                    let pqt = Pqt { p: node.p.take(), q, t, shift: node.shift };
                    sum = self.ready(index, pqt).or(sum);
                }
            }
        }
    }

    /// First and last (exclusive) term of a node.
    fn range(&self, index: usize) -> (u64, u64) {
        let depth = index.ilog2();
        let place = (index - (1 << depth)) as u64;
        let at = |place: u64| 1 + ((self.terms * place) >> depth);
        (at(place), at(place + 1))
    }

    /// Keeps a range's sum until its neighbour's is there too; gives it back where it is the whole.
    fn ready(&mut self, index: usize, pqt: Pqt<N>) -> Option<Pqt<N>> {
        if index == 1 {
            return Some(pqt);
        }
        let parent = index / 2;
        let node = &mut self.nodes[parent];
        node.halves[index % 2] = Some(pqt);
        match std::mem::take(&mut node.halves) {
            [Some(left), Some(right)] => self.merge(parent, left, right),
            one => node.halves = one,
        }
        None
    }

    fn merge(&mut self, index: usize, left: Pqt<N>, right: Pqt<N>) {
        let node = &mut self.nodes[index];
        node.shift = left.shift + right.shift;
        node.right_shift = right.shift;
        let left_p = Arc::new(left.p.unwrap_or_else(|| N::from_limbs(vec![1])));
        let right_q = Arc::new(right.q);
        let mut products = vec![
            (Role::Two, Arc::clone(&left_p), Arc::new(right.t)),
            (Role::Q, Arc::new(left.q), Arc::clone(&right_q)),
            (Role::One, Arc::new(left.t), right_q),
        ];
        if let Some(right_p) = right.p {
            products.insert(0, (Role::P, left_p, Arc::new(right_p)));
        }
        node.missing = products.len();
        for (role, a, b) in products {
            self.tasks.push(Box::new(move |_| Ok(Part::Product(index, role, a.times(&b)))));
        }
    }

    fn product(&mut self, index: usize, role: Role, number: N) {
        let (first, last) = self.range(index);
        let (middle, _) = self.range(2 * index + 1);
        let node = &mut self.nodes[index];
        let place = match role {
            Role::One => &mut node.one,
            Role::Two => &mut node.two,
            Role::Q => &mut node.q,
            Role::P => &mut node.p,
        };
        *place = Some(number);
        node.missing -= 1;
        // T can be made as soon as its two parts are there, but a node is whole only with all of them.
        if node.missing > 0 {
            return;
        }
        if let (Some(one), Some(two)) = (node.one.take(), node.two.take()) {
            let shift = node.right_shift;
            self.tasks.push(Box::new(move |relay| {
                relay.advance(last - first)?;
                Ok(Part::Sum(index, combine(one, two, shift, middle - first)))
            }));
        }
    }
}

/// Nothing stands to the right of the last node of each level.
fn is_last(index: usize) -> bool {
    (index + 1).is_power_of_two()
}

fn lost() -> Error {
    Error::new(ErrorKind::Internal, "a part of the series of π is lost")
}
