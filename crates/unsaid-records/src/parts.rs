//! What a training makes: the sections of a model, within the bytes it may have.

use unsaid_core::{Progress, Result};
use unsaid_lexicon::{ByteStrings, MergeOptions, Merges, merge};

use crate::file::Section;
use crate::{Level, TrainOptions, balanced, fast, lexicon};

/// The sections, in order.
#[derive(Debug, Default)]
pub(crate) struct Parts(Vec<(Section, Vec<u8>)>);

/// Head, table, figures and hash of a file.
const AROUND: usize = 1 << 10;

/// About so many bytes of the section are needed for each entry of the tables of `balanced`.
const BYTES_OF_ENTRY: usize = 2;

impl Parts {
    /// Learns from documents. The bytes that the file may have are shared out: an eighth at most for merges,
    /// half of what is left for the tables of `balanced`, what is left then for the texts of `small`.
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
            let fast = fast::Knowledge::train(documents, &merges, progress)?;
            parts.add(Section::Fast, |out| fast.write(out));
        }
        if wants(Level::Balanced) || wants(Level::Small) {
            let left = room.saturating_sub(parts.bytes());
            let share = if wants(Level::Small) { left / 2 } else { left };
            let balanced = train_balanced(documents, &merges, share, progress)?;
            parts.add(Section::Balanced, |out| balanced.write(out));
        }
        Ok(parts)
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
