//! The cheapest way to write a document as symbols, when each symbol's cost depends on those before.
//!
//! A shortest path over the bytes, left to right. The context at a byte is that of the cheapest way
//! to it (as in the optimal parsing of LZ codecs), so one path a byte is enough.

use super::Knowledge;
use super::copies::{self, Place, Starts};
use super::search::Search;
use super::weights::DEPTHS;

/// One symbol of a parsed document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) symbol: u16,
    /// Bytes of the document that it stands for.
    pub(crate) length: u32,
    /// Where a copy starts; `None` for a fragment.
    pub(crate) place: Option<Place>,
}

/// What costs are measured with, in 256ths of a bit.
pub(crate) struct Costs {
    /// Of each class, with its plain bits.
    places: [u32; copies::PLACES],
    /// The same, by [`Place::kind`].
    lengths: [[u32; copies::LENGTHS]; 3],
    log: Log,
}

impl Costs {
    pub(crate) fn new(starts: &Starts) -> Self {
        let log = Log::new();
        let cost = |(_, size), plain| log.cost(size) + plain * 256;
        let places = std::array::from_fn(|class| cost(starts.places.interval(class), Place::of(class).1));
        let lengths = std::array::from_fn(|kind| {
            std::array::from_fn(|class| cost(starts.lengths[kind].interval(class), copies::LENGTH[class].1))
        });
        Costs { places, lengths, log }
    }
}

/// Minus the logarithm to base 2 of sizes of 65,536, in 256ths.
pub(crate) struct Log([u16; 257]);

impl Log {
    pub(crate) fn new() -> Self {
        // log2(1 + i / 256) by repeated squaring, in integers.
        let mut table = [0u16; 257];
        for (i, entry) in table.iter_mut().enumerate() {
            let mut x = (256 + i as u64) << 22;
            let mut log = 0u16;
            for _ in 0..9 {
                x = (x * x) >> 30;
                log <<= 1;
                if x >= 1 << 31 {
                    x >>= 1;
                    log |= 1;
                }
            }
            *entry = if i == 256 { 256 } else { log.div_ceil(2) };
        }
        Log(table)
    }

    /// Of a size from 1 to 65,535.
    #[inline(always)]
    pub(crate) fn cost(&self, size: u16) -> u32 {
        let zeros = size.max(1).leading_zeros();
        let top = (u32::from(size.max(1)) << zeros) >> 7 & 0xff;
        (zeros + 1) * 256 - u32::from(self.0[top as usize])
    }
}

#[derive(Clone, Copy)]
struct Node {
    cost: u32,
    /// The row that follows.
    row: u32,
    /// The distance of the last copy.
    last: u32,
    /// What leads here.
    item: Item,
}

const FAR: u32 = u32::MAX;
/// A way that costs this much more than one that is already further is given up (256ths of a bit).
const SLACK: u32 = 128;
/// No copy is looked for where a fragment costs less.
const CHEAP: u32 = 1024;
/// What a step costs beside its bits: time for whoever decodes.
const STEP: u32 = 128;
/// Bytes that are parsed at a time.
const BLOCK: usize = 1 << 15;

/// Working memory of the parser.
#[derive(Default)]
pub(crate) struct Parser {
    nodes: Vec<Node>,
    search: Search,
    path: Vec<Item>,
    matches: Vec<(u16, u16)>,
}

impl Parser {
    /// Appends the items of `text` to `items`, without an end mark; returns their cost in 256ths of a bit,
    /// with what their steps cost beside.
    pub(crate) fn parse(
        &mut self,
        text: &[u8],
        knowledge: &Knowledge,
        copies_too: bool,
        items: &mut Vec<Item>,
    ) -> u64 {
        let (rows, costs, copy) = (&knowledge.rows, &knowledge.costs, knowledge.parts.copy());
        let none = Item { symbol: 0, length: 0, place: None };
        let blank = Node { cost: FAR, row: 0, last: 0, item: none };
        let (mut row, mut last) = (knowledge.start, 0u32);
        let mut from = 0;
        let mut total = 0u64;
        if copies_too {
            self.search.start(text);
        }
        while from < text.len() {
            let n = (text.len() - from).min(BLOCK);
            self.nodes.clear();
            self.nodes.resize(n + 1, blank);
            self.nodes[0] = Node { cost: 0, row, last, item: none };
            let block = &text[..from + n];
            let mut ahead = (FAR, 0usize);
            for p in 0..n {
                let node = self.nodes[p];
                if copies_too {
                    self.search.advance(block, from + p);
                }
                if node.cost == FAR || (ahead.1 > p && node.cost > ahead.0.saturating_add(SLACK)) {
                    continue;
                }
                if ahead.1 <= p {
                    ahead = (FAR, p);
                }
                // The rows that can code what comes, and what it costs to get there.
                let mut chain = [(node.row, node.cost); DEPTHS + 1];
                let mut links = 1;
                // A symbol's cost up to its end and the row that follows, where it is below a bound.
                let mut find = |symbol: u16, bound: u32| -> Option<(u32, u32)> {
                    let mut link = 0;
                    loop {
                        let (row, cost) = chain[link];
                        if cost >= bound {
                            return None;
                        }
                        if let Some(place) = rows.find(row, symbol) {
                            let (step, next) = rows.step(place);
                            return Some((cost + STEP + costs.log.cost(step.size), next));
                        }
                        link += 1;
                        if link == links {
                            let (size, next) = rows.escape(row).filter(|_| links <= DEPTHS)?;
                            chain[links] = (next, cost + STEP + costs.log.cost(size));
                            links += 1;
                        }
                    }
                };
                self.matches.clear();
                knowledge.matcher.for_each_match(block, from + p, |id, len| {
                    self.matches.push((id as u16, len as u16));
                });
                // The longest first: it often makes the others hopeless.
                for &(symbol, length) in self.matches.iter().rev() {
                    let to = p + usize::from(length);
                    let mut bound = self.nodes[to].cost;
                    if to <= ahead.1 {
                        bound = bound.min(ahead.0.saturating_add(SLACK));
                    }
                    let Some((cost, next)) = find(symbol, bound) else { continue };
                    if cost < bound {
                        let item = Item { symbol, length: u32::from(length), place: None };
                        self.nodes[to] = Node { cost, row: next, last: node.last, item };
                        if cost < ahead.0 || (cost == ahead.0 && to > ahead.1) {
                            ahead = (cost, to);
                        }
                    }
                }
                if copies_too && ahead.0 > node.cost + CHEAP {
                    let nodes = &mut self.nodes;
                    let mut copying = None;
                    self.search.each(block, from + p, node.last, |place, distance, longest| {
                        let (cost, next) =
                            *copying.get_or_insert_with(|| find(copy, FAR).unwrap_or((FAR, 0)));
                        let cost = cost.saturating_add(costs.places[place.class().0]);
                        let lengths = &costs.lengths[place.kind()];
                        let (top, _) = copies::length_class(longest);
                        for (class, &plainly) in lengths.iter().enumerate().take(top + 1) {
                            let (first, plain) = copies::LENGTH[class];
                            let length =
                                if class == top { longest } else { (first + (1 << plain) - 1) as usize };
                            let (to, cost) = (p + length, cost.saturating_add(plainly));
                            if cost < nodes[to].cost {
                                let item = Item { symbol: copy, length: length as u32, place: Some(place) };
                                nodes[to] = Node { cost, row: next, last: distance, item };
                                if cost < ahead.0 || (cost == ahead.0 && to > ahead.1) {
                                    ahead = (cost, to);
                                }
                            }
                        }
                    });
                }
            }
            let end = self.nodes[n];
            total += u64::from(end.cost);
            (row, last) = (end.row, end.last);
            self.path.clear();
            let mut at = n;
            while at > 0 {
                let item = self.nodes[at].item;
                self.path.push(item);
                at -= (item.length as usize).clamp(1, at);
            }
            items.extend(self.path.iter().rev());
            from += n;
        }
        total
    }
}
