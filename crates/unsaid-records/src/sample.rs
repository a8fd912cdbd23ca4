//! A fair sample of a stream of documents in bounded memory.

use unsaid_lexicon::ByteStrings;

/// Keeps documents of at most about `most` bytes together, each as likely as any other, in their order.
///
/// Each document draws a number that depends on its place only. While there is room all are kept; when
/// there is none, the bound on the numbers is halved and those above it leave, now and for ever. So the
/// sample is the same for the same stream, and every part of the stream is in it alike.
#[derive(Debug)]
pub(crate) struct Sample {
    documents: ByteStrings,
    draws: Vec<u64>,
    bound: u64,
    most: usize,
}

/// A document counts as at least so many bytes: an empty one takes room too, for its place and draw.
const LEAST_BYTES: usize = 8;

impl Sample {
    pub(crate) fn new(most: usize) -> Self {
        Sample { documents: ByteStrings::new(), draws: Vec::new(), bound: u64::MAX, most }
    }

    /// Offers the document at this place of the stream.
    pub(crate) fn offer(&mut self, place: u64, document: &[u8]) {
        let draw = scramble(place);
        if draw > self.bound {
            return;
        }
        self.documents.push(document);
        self.draws.push(draw);
        while self.bytes() > self.most && self.draws.len() > 1 {
            self.thin();
        }
    }

    fn bytes(&self) -> usize {
        self.documents.bytes().len().max(self.draws.len() * LEAST_BYTES)
    }

    fn thin(&mut self) {
        self.bound /= 2;
        let bound = self.bound;
        let kept = self.documents.iter().zip(&self.draws).filter(|&(_, &draw)| draw <= bound);
        let documents: ByteStrings = kept.map(|(document, _)| document).collect();
        self.documents = documents;
        self.draws.retain(|&draw| draw <= bound);
    }

    pub(crate) fn documents(&self) -> &ByteStrings {
        &self.documents
    }

    pub(crate) fn finish(self) -> ByteStrings {
        self.documents
    }
}

/// Documents of at most `most` bytes together, spread evenly.
pub(crate) fn at_most(documents: &ByteStrings, most: usize) -> ByteStrings {
    let total = documents.bytes().len();
    if total <= most {
        return documents.clone();
    }
    let mut taken = ByteStrings::new();
    let mut passed = 0u128;
    for document in documents.iter() {
        passed += document.len() as u128;
        // As much is taken as keeps pace with what was passed.
        let due = passed * most as u128 / total as u128;
        if (taken.bytes().len() + document.len()) as u128 <= due {
            taken.push(document);
        }
    }
    taken
}

/// A well-mixed number for each number: the finaliser of SplitMix64 (Steele, Lea, Flood 2014).
fn scramble(n: u64) -> u64 {
    let z = n.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sampled(count: u64, most: usize) -> ByteStrings {
        let mut sample = Sample::new(most);
        for n in 0..count {
            sample.offer(n, format!("{n:08}").as_bytes());
        }
        sample.finish()
    }

    #[test]
    fn what_fits_is_kept_whole() {
        assert_eq!(sampled(100, 800).len(), 100);
    }

    #[test]
    fn a_long_stream_leaves_a_fair_sample_in_its_order() {
        let sample = sampled(100_000, 80_000);
        assert!((4_000..=10_000).contains(&sample.len()), "{}", sample.len());
        let numbers: Vec<u64> =
            sample.iter().map(|d| std::str::from_utf8(d).unwrap().parse().unwrap()).collect();
        assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]));
        for tenth in 0..10 {
            let part = numbers.iter().filter(|&&n| n / 10_000 == tenth).count() * 10;
            assert!(part > sample.len() * 8 / 10 && part < sample.len() * 12 / 10, "tenth {tenth}: {part}");
        }
    }

    #[test]
    fn one_document_larger_than_the_sample_is_kept_alone() {
        let mut sample = Sample::new(10);
        (0..20).for_each(|n| sample.offer(n, &[b'x'; 100]));
        assert_eq!(sample.finish().len(), 1);
    }

    #[test]
    fn h5_empty_documents_are_forgotten_too() {
        let mut sample = Sample::new(80_000);
        (0..100_000).for_each(|n| sample.offer(n, b""));
        assert!(sample.finish().len() <= 10_000);
    }

    #[test]
    fn a_part_is_spread_evenly() {
        let all: ByteStrings = (0..1000u32).map(|n| n.to_le_bytes()).collect();
        let part = at_most(&all, 1000);
        assert!((200..=250).contains(&part.len()), "{}", part.len());
    }
}
