//! What a training makes: the sections of a model, within the bytes it may have.

use unsaid_core::{Limits, Progress, Result};
use unsaid_lexicon::{ByteStrings, MergeOptions, Merges, merge};

use crate::file::Section;
use crate::{Level, TrainOptions, balanced, fast, lexicon, sample, small, texts};

/// The sections, in order.
#[derive(Debug, Default)]
pub(crate) struct Parts(Vec<(Section, Vec<u8>)>);

/// Head, table, figures and hash of a file.
const AROUND: usize = 1 << 10;

/// About so many bytes of the section are needed for each entry of the tables of `balanced`.
const BYTES_OF_ENTRY: usize = 2;

/// Documents that prime `small` have at most so many bytes together.
const TEXT_BYTES: usize = 8 << 20;

/// The weights of `small` are no longer.
const WEIGHT_BYTES: usize = 64 << 10;

impl Parts {
    /// Learns from documents. The bytes that the file may have are shared out: an eighth at most for merges,
    /// another for those of `fast` alone, half of what is left for the tables of `balanced`, what is left then for the texts of `small`.
    pub(crate) fn train(
        documents: &ByteStrings,
        options: &TrainOptions,
        progress: &dyn Progress,
    ) -> Result<Parts> {
        let room = usize::try_from(options.bytes).unwrap_or(usize::MAX).saturating_sub(AROUND);
        let wants = |level| options.levels.contains(&level);
        let most = lexicon::fitting(room / 8);
        let merges = merge(documents, &MergeOptions::default().merges(most), progress)?;
        let mut parts = Parts::default();
        parts.add(Section::Lexicon, |out| lexicon::write(&merges, out));
        if wants(Level::Fast) {
            let fast = fast::Knowledge::train_within(documents, &merges, room / 8, progress)?;
            parts.add(Section::Fast, |out| fast.write(out));
        }
        if wants(Level::Balanced) || wants(Level::Small) {
            let left = room.saturating_sub(parts.bytes());
            let share = if wants(Level::Small) { left / 2 } else { left };
            let balanced = train_balanced(documents, &merges, share, progress)?;
            parts.add(Section::Balanced, |out| balanced.write(out));
            if wants(Level::Small) {
                parts.add_small(documents, &balanced, room, progress)?;
            }
        }
        Ok(parts)
    }

    /// As many of the documents as there is room for.
    fn add_small(
        &mut self,
        documents: &ByteStrings,
        balanced: &balanced::Knowledge,
        room: usize,
        progress: &dyn Progress,
    ) -> Result<()> {
        let mut chosen = sample::at_most(documents, TEXT_BYTES);
        let left = room.saturating_sub(self.bytes() + WEIGHT_BYTES);
        let coded = loop {
            let mut coded = Vec::new();
            texts::write(&chosen, balanced, &mut coded);
            progress.advance(0, 0)?;
            if coded.len() <= left || chosen.is_empty() {
                break coded;
            }
            // What is left out is spread evenly, and a little more than seems necessary.
            let fits = chosen.bytes().len() as u128 * left as u128 / coded.len() as u128 * 31 / 32;
            let fewer = sample::at_most(&chosen, fits as usize);
            chosen = if fewer.len() < chosen.len() { fewer } else { ByteStrings::new() };
        };
        let weights = small::Weights::train(chosen.iter(), &Limits::default(), progress)?;
        let mut section = Vec::new();
        weights.write(&mut section);
        // In a very small model there is no room for this level.
        if self.bytes() + section.len() + coded.len() <= room {
            self.add(Section::Small, |out| *out = section);
            self.add(Section::Texts, |out| *out = coded);
        }
        Ok(())
    }

    fn add(&mut self, section: Section, write: impl FnOnce(&mut Vec<u8>)) {
        let mut bytes = Vec::new();
        write(&mut bytes);
        self.0.push((section, bytes));
    }

    fn bytes(&self) -> usize {
        self.0.iter().map(|(_, bytes)| bytes.len()).sum()
    }

    pub(crate) fn sections(&self) -> Vec<(Section, &[u8])> {
        self.0.iter().map(|(section, bytes)| (*section, bytes.as_slice())).collect()
    }
}

/// Tables of at most so many bytes.
fn train_balanced(
    documents: &ByteStrings,
    merges: &Merges,
    share: usize,
    progress: &dyn Progress,
) -> Result<balanced::Knowledge> {
    let mut options = balanced::Options::default();
    options.entries = options.entries.min(share / BYTES_OF_ENTRY);
    loop {
        let knowledge = balanced::Knowledge::train(documents, merges, &options, progress)?;
        let mut section = Vec::new();
        knowledge.write(&mut section);
        if section.len() <= share || (options.entries == 0 && options.fragments == 256) {
            return Ok(knowledge);
        }
        // Entries differ in size; half of them are enough surely, or half of that.
        options.entries /= 2;
        options.fragments = (options.fragments / 2).max(256);
    }
}
