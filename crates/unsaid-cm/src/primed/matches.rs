//! What followed the last time the same bytes were seen, in the training text and in the document.

/// Matches that are followed at a time: training text by long context, by short one, document.
pub(crate) const MATCHES: usize = 3;

/// The training text, documents back to back, and where each context was seen last.
#[derive(Clone, Debug, Default)]
pub(crate) struct Corpus {
    pub(crate) text: Vec<u8>,
    pub(crate) ends: Vec<u32>,
    /// Position after the context plus one, 0 for none.
    long: Vec<u32>,
    short: Vec<u32>,
}

/// Bytes of the contexts that are looked up.
pub(crate) const LONG: usize = 12;
pub(crate) const SHORT: usize = 5;
pub(crate) const NEAR: usize = 4;

#[inline(always)]
fn hash(bytes: &[u8]) -> u32 {
    let mut h = 0u32;
    for &b in bytes {
        h = (h.rotate_left(5) ^ u32::from(b)).wrapping_mul(0x9E37_79B1);
    }
    h ^ h >> 15
}

impl Corpus {
    pub(crate) fn new(bytes: usize) -> Self {
        let slots = bytes.next_power_of_two().clamp(1 << 10, 1 << 21);
        Corpus { text: Vec::with_capacity(bytes), ends: Vec::new(), long: vec![0; slots], short: vec![0; slots / 2] }
    }

    pub(crate) fn push(&mut self, document: &[u8]) {
        let start = self.text.len();
        self.text.extend_from_slice(document);
        self.ends.push(self.text.len() as u32);
        let (lm, sm) = (self.long.len() - 1, self.short.len() - 1);
        for end in SHORT..=document.len() {
            let place = (start + end + 1) as u32;
            self.short[hash(&document[end - SHORT..end]) as usize & sm] = place;
            if end >= LONG {
                self.long[hash(&document[end - LONG..end]) as usize & lm] = place;
            }
        }
    }

    /// The range of the text that the document holding the byte before `place` has.
    fn document(&self, place: usize) -> (usize, usize) {
        let i = self.ends.partition_point(|&end| (end as usize) < place);
        let start = if i == 0 { 0 } else { self.ends[i - 1] as usize };
        (start, self.ends.get(i).map_or(self.text.len(), |&e| e as usize))
    }

    fn find(&self, history: &[u8], long: bool) -> Option<Followed> {
        let (n, table) = if long { (LONG, &self.long) } else { (SHORT, &self.short) };
        let tail = history.get(history.len().checked_sub(n)?..)?;
        let place = table[hash(tail) as usize & (table.len() - 1)] as usize;
        if place == 0 {
            return None;
        }
        let place = place - 1;
        let (start, end) = self.document(place);
        let length = common(&self.text[start..place], history);
        (length >= n).then_some(Followed { at: place, end, length, misses: 0 })
    }
}

/// How many bytes `a` and `b` end with in common, up to 32.
fn common(a: &[u8], b: &[u8]) -> usize {
    a.iter().rev().zip(b.iter().rev()).take(32).take_while(|(x, y)| x == y).count()
}

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Followed {
    /// The next byte of what is followed.
    at: usize,
    end: usize,
    /// Bytes in common so far; 0 is none.
    pub(crate) length: usize,
    /// Recent surprises.
    misses: usize,
}

/// Matches of one document.
#[derive(Clone, Debug, Default)]
pub(crate) struct Matches {
    pub(crate) followed: [Followed; MATCHES],
    near: Vec<u32>,
    mask: usize,
}

impl Matches {
    pub(crate) fn reset(&mut self, slots: usize) {
        self.followed = Default::default();
        self.near.clear();
        self.near.resize(slots, 0);
        self.mask = slots - 1;
    }

    /// The byte that this one expects.
    #[inline(always)]
    pub(crate) fn expected(&self, which: usize, corpus: &Corpus, history: &[u8]) -> Option<u8> {
        let f = &self.followed[which];
        if f.length == 0 {
            return None;
        }
        if which < 2 { if f.at < f.end { corpus.text.get(f.at).copied() } else { None } } else { history.get(f.at).copied() }
    }

    /// The byte most believed in.
    #[inline(always)]
    pub(crate) fn best(&self, corpus: &Corpus, history: &[u8]) -> Option<u8> {
        self.expected(0, corpus, history)
            .or_else(|| self.expected(1, corpus, history))
            .or_else(|| self.expected(2, corpus, history))
    }

    /// Whether the training document that is followed ends here.
    pub(crate) fn at_end(&self, which: usize) -> bool {
        let f = &self.followed[which];
        f.length > 0 && f.at == f.end
    }

    /// 0..64: how long and how reliable.
    #[inline(always)]
    pub(crate) fn quality(&self, which: usize) -> usize {
        let f = &self.followed[which];
        static BUCKET: [u8; 33] = [
            0, 1, 1, 1, 2, 3, 4, 5, 6, 7, 7, 8, 8, 9, 9, 10, 10, 10, 10, 11, 11, 11, 11, 12, 12, 12, 12, 13, 13, 13,
            13, 14, 15,
        ];
        BUCKET[f.length.min(32)] as usize * 4 + f.misses.min(3)
    }

    /// The document has one more byte, the last of `history`.
    #[inline]
    pub(crate) fn advance(&mut self, corpus: &Corpus, history: &[u8]) {
        let byte = history[history.len() - 1];
        for which in 0..MATCHES {
            let expected = self.expected(which, corpus, &history[..history.len() - 1]);
            let f = &mut self.followed[which];
            if f.length > 0 {
                if expected == Some(byte) {
                    f.at += 1;
                    f.length += 1;
                    if f.length & 15 == 0 { f.misses = f.misses.saturating_sub(1); }
                } else {
                    f.length = 0;
                    f.misses += 1;
                }
            }
        }
        for which in 0..2 {
            let f = self.followed[which];
            if f.length == 0 || (which == 0 && f.length < 20) || (which==1 && f.length < 8) {
                if let Some(mut found) = corpus.find(history, which == 0) {
                    if found.length > f.length {
                        found.misses = f.misses;
                        self.followed[which] = found;
                    }
                }
            }
        }
        if history.len() >= NEAR {
            let slot = hash(&history[history.len() - NEAR..]) as usize & self.mask;
            let place = self.near[slot] as usize;
            self.near[slot] = history.len() as u32;
            let f = &mut self.followed[2];
            if f.length == 0 && place > 0 {
                let length = common(&history[..place], history);
                if length >= NEAR {
                    *f = Followed { at: place, end: 0, length, misses: f.misses };
                }
            }
        }
    }
}
