//! `unsaid train records`.

use clap::Args;
use unsaid_core::Result;

use super::learn::LearnArgs;
use super::said::{publish, say};
use crate::edge::Edge;

/// Make a model for `unsaid records` from documents like those to come
///
/// Every sixteenth document is measured and never learned from; the report says what the model makes
/// of those. A model holds pieces of what it was trained on: whoever has it can read them.
#[derive(Args, Debug)]
pub(crate) struct RecordsArgs {
    #[command(flatten)]
    learn: LearnArgs,
}

impl RecordsArgs {
    pub(crate) fn run(self, edge: &Edge) -> Result<()> {
        let Some(drafts) = self.learn.open(None, edge)? else { return Ok(()) };
        let trained = self.learn.learn(edge, &mut |_| {})?;
        let name = publish(drafts, &trained)?;
        say(&name, &trained, edge)
    }
}
