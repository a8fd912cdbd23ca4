//! How a new file gets its name.

use clap::Args;

use super::{ConflictArgs, OnConflict};

#[derive(Args, Clone, Debug)]
pub(crate) struct PublishArgs {
    #[command(flatten)]
    conflict: ConflictArgs,

    /// Do not wait for the disk
    #[arg(long)]
    no_sync: bool,
}

impl PublishArgs {
    /// What happens where the name is taken, and whether the disk is waited for.
    pub(crate) fn policy(&self) -> (OnConflict, bool) {
        (self.conflict.policy(), !self.no_sync)
    }
}
