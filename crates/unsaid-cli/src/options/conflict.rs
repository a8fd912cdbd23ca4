//! What happens when the name of an output is taken.

use clap::{Args, ValueEnum};

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum OnConflict {
    /// Ask, if standard input and standard error are terminals; else `error`
    Ask,
    /// Leave the existing file, and say so (exit 1)
    Skip,
    /// Replace the existing file
    Overwrite,
    /// Choose a free name: `NAME.1`, `NAME.2` …
    Rename,
    /// Leave the existing file, and fail (exit 6)
    Error,
}

#[derive(Args, Clone, Debug)]
pub(crate) struct ConflictArgs {
    /// What to do where the name is taken
    #[arg(long, value_name = "WHAT", value_enum, default_value_t = OnConflict::Ask)]
    #[arg(overrides_with = "force")]
    on_conflict: OnConflict,

    /// The same as --on-conflict=overwrite
    #[arg(short, long, overrides_with = "on_conflict")]
    force: bool,
}

impl ConflictArgs {
    pub(crate) fn policy(&self) -> OnConflict {
        if self.force { OnConflict::Overwrite } else { self.on_conflict }
    }

    pub(crate) fn force(&self) -> bool {
        self.policy() == OnConflict::Overwrite
    }
}
