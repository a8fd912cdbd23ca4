//! A text becomes codes, as few bits as the dictionary allows.

use unsaid_core::{Limits, Progress, Result};
use unsaid_lexicon::parse::{Costs, Step};
use unsaid_lexicon::{ByteStrings, Matcher, Parser};

use crate::bits::Writer;
use crate::dictionary::Dictionary;
use crate::present::present;
use crate::profile::{Codes, Profile};
use crate::seed_rule::{self, NONE};

/// Bytes of a text that are parsed together. A text up to this size gets the fewest bits there are.
pub const WINDOW: usize = 1 << 20;
/// Bytes at the end of a window whose parse may change with what follows.
const OVERLAP: usize = 1 << 12;

/// How segments are chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Rule {
    /// Those of the fewest bits.
    #[default]
    Fewest,
    /// As the specification has it: for each segment in order, from left to right.
    Seed,
}

/// Encodes texts as bare Data of one dictionary, one after another.
#[derive(Debug)]
pub struct Encoder<'d> {
    dictionary: &'d Dictionary,
    codes: Codes,
    /// For each fragment of the matcher its segment, where they are not the same.
    indices: Option<Vec<u32>>,
    matcher: Matcher,
    parser: Parser,
    prices: Prices,
}

/// Bits of codes.
#[derive(Debug)]
struct Prices {
    /// By segment.
    segments: Vec<u32>,
    /// Of an escaped byte.
    byte: [u32; 1],
}

impl Costs for Prices {
    #[inline]
    fn fragment(&self, id: u32, _: usize) -> u32 {
        self.segments.get(id as usize).copied().unwrap_or(u32::MAX)
    }

    #[inline]
    fn literals(&self) -> &[u32] {
        &self.byte
    }
}

impl<'d> Encoder<'d> {
    /// Prepares a dictionary.
    ///
    /// # Errors
    /// Those of [`Codes::new`] and of [`Matcher::new`]; `Limit` for more memory than allowed.
    pub fn new(dictionary: &'d Dictionary, profile: Profile, limits: &Limits) -> Result<Self> {
        Self::prepare(dictionary, profile, None, limits)
    }

    /// Prepares what of a dictionary can occur in `text`, which is much faster for a small one. Other texts
    /// can be encoded too, but lack segments.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn for_text(
        dictionary: &'d Dictionary,
        profile: Profile,
        text: &[u8],
        limits: &Limits,
    ) -> Result<Self> {
        let small = text.len() < dictionary.segments().bytes().len() / 4;
        let indices = small.then(|| present(dictionary.segments(), text));
        Self::prepare(dictionary, profile, indices, limits)
    }

    fn prepare(
        dictionary: &'d Dictionary,
        profile: Profile,
        indices: Option<Vec<u32>>,
        limits: &Limits,
    ) -> Result<Self> {
        let all = dictionary.segments();
        let codes = Codes::new(profile, all.len() as u64, dictionary.lengths())?;
        let some: ByteStrings;
        let segments = match &indices {
            Some(indices) => {
                some = indices.iter().filter_map(|&index| all.get(index as usize)).collect();
                &some
            }
            None => all,
        };
        let memory = 16 * segments.bytes().len() as u64 + 20 * segments.len() as u64;
        limits.check_memory(memory + 20 * WINDOW as u64, "encoding with this dictionary")?;
        let matcher = Matcher::new(segments)?;
        let mut bits = codes.bits();
        let byte = [bits.pop().unwrap_or(0).saturating_add(8)];
        if let Some(indices) = &indices {
            bits = indices.iter().filter_map(|&index| bits.get(index as usize).copied()).collect();
        }
        let prices = Prices { segments: bits, byte };
        Ok(Encoder { dictionary, codes, indices, matcher, parser: Parser::new(), prices })
    }

    /// The codes.
    pub fn codes(&self) -> &Codes {
        &self.codes
    }

    /// The text as Data.
    ///
    /// # Errors
    /// `Limit` for more output or memory than allowed, before it is used; what `progress` returns.
    pub fn encode(
        &mut self,
        text: &[u8],
        rule: Rule,
        limits: &Limits,
        progress: &dyn Progress,
    ) -> Result<Vec<u8>> {
        match rule {
            Rule::Fewest => self.fewest(text, limits, progress),
            Rule::Seed => self.seed(text, limits, progress),
        }
    }

    fn fewest(&mut self, text: &[u8], limits: &Limits, progress: &dyn Progress) -> Result<Vec<u8>> {
        let mut writer = Writer::new(&self.codes);
        let overlap = OVERLAP.max(self.matcher.longest()).min(WINDOW / 2);
        let mut done = 0;
        while done < text.len() {
            let window = &text[done..text.len().min(done + WINDOW)];
            let until = if done + window.len() == text.len() { window.len() } else { window.len() - overlap };
            let cost = self.parser.parse(&self.matcher, &self.prices, window)?;
            // A byte that no segment covers may cost thousands: counted before it is written.
            let output = writer.len() + cost / 8 + 1;
            limits.check_output(output, "the compression")?;
            limits.check_memory(output, "the compression")?;
            let before = (done, writer.len());
            let mut at = 0;
            for step in self.parser.steps(window.len()) {
                if at >= until {
                    break;
                }
                match step {
                    Step::Fragment(id) => {
                        at += put(self.dictionary, self.indices.as_deref(), &mut writer, id)
                    }
                    Step::Literals(bytes) => {
                        window.iter().skip(at).take(bytes).for_each(|&byte| writer.byte(byte));
                        at += bytes;
                    }
                }
            }
            done += at;
            progress.advance((done - before.0) as u64, writer.len() - before.1)?;
        }
        let data = writer.finish();
        limits.check_output(data.len() as u64, "the compression")?;
        Ok(data)
    }

    fn seed(&mut self, text: &[u8], limits: &Limits, progress: &dyn Progress) -> Result<Vec<u8>> {
        let chosen = seed_rule::choose(&self.matcher, text, limits)?;
        let mut writer = Writer::new(&self.codes);
        let mut bits = 0_u64;
        let (mut at, mut reported) = (0, (0, 0));
        while let (Some(&segment), Some(&byte)) = (chosen.get(at), text.get(at)) {
            let price = match segment {
                NONE => self.prices.byte[0],
                id => self.prices.fragment(id, 0),
            };
            bits += u64::from(price);
            limits.check_output(bits.div_ceil(8), "the compression")?;
            limits.check_memory(bits / 8, "the compression")?;
            if segment == NONE {
                writer.byte(byte);
                at += 1;
            } else {
                at += put(self.dictionary, self.indices.as_deref(), &mut writer, segment);
            }
            if at - reported.0 >= 1 << 20 || at >= text.len() {
                progress.advance((at - reported.0) as u64, writer.len() - reported.1)?;
                reported = (at, writer.len());
            }
        }
        let data = writer.finish();
        limits.check_output(data.len() as u64, "the compression")?;
        Ok(data)
    }
}

/// Writes the code of a fragment of the matcher; the bytes of text that it covers.
fn put(dictionary: &Dictionary, indices: Option<&[u32]>, writer: &mut Writer<'_>, id: u32) -> usize {
    let index = indices.map_or(id, |indices| indices.get(id as usize).copied().unwrap_or(id));
    writer.segment(index);
    dictionary.segments().get(index as usize).map_or(1, |segment| segment.len().max(1))
}
