//! The fewest bytes that code a text: a shortest path over fragments and literals.

use unsaid_lexicon::Matcher;

use crate::profile::LONGEST_LITERAL;

/// How a parse goes on at some place of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// A literal of so many bytes, 1 to 127.
    Literal(u8),
    /// The fragment with this index, of so many bytes.
    Fragment(u32, u8),
}

impl Step {
    /// Bytes of the text that it covers.
    pub(crate) fn len(self) -> usize {
        match self {
            Step::Literal(n) | Step::Fragment(_, n) => n.into(),
        }
    }
}

/// Finds the cheapest parse of a text. Buffers are kept from text to text.
#[derive(Debug, Default)]
pub(crate) struct Parser {
    /// What the text costs from each place to its end.
    cost: Vec<u64>,
    /// The first step from each place.
    step: Vec<Step>,
    /// Places where a literal may end, cheapest first.
    ends: Vec<usize>,
}

impl Parser {
    /// Parses `text` and gives what that costs, where a byte costs `unit` and `reference` says what a
    /// reference to a fragment costs (`None`: not to be used).
    ///
    /// From the end to the start, so that the steps can be read off in order. Exact: n literal bytes
    /// cost n and one more for every 127 begun. So the best literal from a place ends at the least
    /// `cost + place` among the next 127 places, which a sliding minimum gives in constant time.
    pub(crate) fn parse(
        &mut self,
        text: &[u8],
        matcher: &Matcher,
        unit: u64,
        reference: impl Fn(u32) -> Option<u32>,
    ) -> u64 {
        let n = text.len();
        self.cost.clear();
        self.cost.resize(n + 1, 0);
        self.step.clear();
        self.step.resize(n, Step::Literal(1));
        // A monotone queue, its front at `front`: keys rise from there, places fall.
        self.ends.clear();
        let mut front = 0;
        for at in (0..n).rev() {
            let key = |place: usize, cost: &[u64]| cost[place] + unit * place as u64;
            let next = at + 1;
            while self.ends.len() > front
                && self.ends.last().is_some_and(|&last| key(last, &self.cost) > key(next, &self.cost))
            {
                self.ends.pop();
            }
            self.ends.push(next);
            while self.ends[front] - at > LONGEST_LITERAL {
                front += 1;
            }
            let end = self.ends[front];
            let mut best = self.cost[end] + unit * (1 + end - at) as u64;
            let mut step = Step::Literal((end - at) as u8);
            let cost = &self.cost;
            matcher.for_each_match(text, at, |id, len| {
                let Some(price) = reference(id) else { return };
                let through = cost[at + len] + u64::from(price);
                // Shorter ones come first: of equally cheap steps the longest stays.
                if through < best || (through == best && len >= step.len()) {
                    best = through;
                    step = Step::Fragment(id, len as u8);
                }
            });
            self.cost[at] = best;
            self.step[at] = step;
        }
        self.cost[0]
    }

    /// The steps of the text parsed last, with their places.
    pub(crate) fn steps(&self) -> impl Iterator<Item = (usize, Step)> + '_ {
        let mut at = 0;
        std::iter::from_fn(move || {
            let step = *self.step.get(at)?;
            let place = at;
            at += step.len();
            Some((place, step))
        })
    }
}
