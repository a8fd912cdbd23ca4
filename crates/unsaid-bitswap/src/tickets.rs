//! What one peer still wants from us: its tickets, the most urgent first, each CID once.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use cid::Cid;

use crate::wire::Entry;

/// The more urgent first, then the earlier.
type Place = (Reverse<i32>, u64);

/// A bounded want list.
pub(crate) struct Tickets {
    by_place: BTreeMap<Place, Entry>,
    places: HashMap<Cid, Place>,
    next: u64,
    most: usize,
}

impl Tickets {
    /// At most `most` of them.
    pub(crate) fn new(most: usize) -> Tickets {
        Tickets { by_place: BTreeMap::new(), places: HashMap::new(), next: 0, most: most.max(1) }
    }

    /// Whether one more would be too many: nothing more is read from the peer until one is answered.
    pub(crate) fn is_full(&self) -> bool {
        self.by_place.len() >= self.most
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.by_place.is_empty()
    }

    /// Takes a line of the peer's list: a new want, a changed one, or a cancelled one.
    pub(crate) fn take(&mut self, entry: Entry) {
        let old = self.places.remove(&entry.cid).and_then(|place| self.by_place.remove(&place));
        if entry.cancel || (old.is_none() && self.is_full()) {
            return;
        }
        let have = entry.have && old.is_none_or(|old| old.have);
        let place = (Reverse(entry.priority), self.next);
        self.next += 1;
        self.places.insert(entry.cid, place);
        self.by_place.insert(place, Entry { have, ..entry });
    }

    /// The peer says that its next list is all it wants.
    pub(crate) fn clear(&mut self) {
        self.by_place.clear();
        self.places.clear();
    }

    /// The next one to answer.
    pub(crate) fn pop(&mut self) -> Option<Entry> {
        let (_, entry) = self.by_place.pop_first()?;
        self.places.remove(&entry.cid);
        Some(entry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use unsaid_ipld::{Block, Codec};

    fn entry(name: u8, priority: i32) -> Entry {
        let cid = *Block::new(Codec::Raw, vec![name]).unwrap().cid();
        Entry { cid, priority, cancel: false, have: false, send_dont_have: true }
    }

    #[test]
    fn the_more_urgent_come_first_and_then_the_earlier() {
        let mut tickets = Tickets::new(9);
        [entry(1, 1), entry(2, 5), entry(3, 5), entry(4, -1)].into_iter().for_each(|e| tickets.take(e));
        let order: Vec<Entry> = std::iter::from_fn(|| tickets.pop()).collect();
        assert_eq!(order, [entry(2, 5), entry(3, 5), entry(1, 1), entry(4, -1)]);
    }

    #[test]
    fn a_cancelled_want_is_gone_and_a_repeated_one_is_kept_once() {
        let mut tickets = Tickets::new(9);
        tickets.take(Entry { have: true, ..entry(1, 1) });
        tickets.take(entry(1, 2));
        tickets.take(entry(2, 1));
        tickets.take(Entry { cancel: true, ..entry(2, 1) });
        // Once the block itself was wanted, asking whether it is there does not take that back.
        tickets.take(Entry { have: true, ..entry(1, 2) });
        assert_eq!(tickets.pop(), Some(entry(1, 2)));
        assert!(tickets.is_empty());
    }

    #[test]
    fn e7_a_list_is_bounded_and_a_cancel_makes_room() {
        let mut tickets = Tickets::new(2);
        (0..100).for_each(|i| tickets.take(entry(i, 1)));
        assert!(tickets.is_full());
        assert_eq!((tickets.by_place.len(), tickets.places.len()), (2, 2));
        tickets.take(Entry { cancel: true, ..entry(0, 1) });
        assert!(!tickets.is_full());
        tickets.take(entry(7, 9));
        assert_eq!(tickets.pop(), Some(entry(7, 9)));
        tickets.clear();
        assert!(tickets.is_empty() && tickets.pop().is_none());
    }
}
