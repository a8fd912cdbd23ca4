//! Options that several sub-commands share: one definition each, one meaning everywhere.

mod common;
mod conflict;
mod level;
mod limits;
pub(crate) mod peers;
mod publish;
mod sources;
mod threads;

pub(crate) use common::CommonArgs;
pub(crate) use conflict::{ConflictArgs, OnConflict};
pub(crate) use level::{LevelArgs, level_flags, levels_given};
pub(crate) use limits::LimitArgs;
pub(crate) use publish::PublishArgs;
pub(crate) use sources::{SourcesArgs, budget, hinted};
pub(crate) use threads::ThreadArgs;

/// Groups of options in help.
pub(crate) mod heading {
    pub(crate) const COMMON: &str = "Common options";
    pub(crate) const SOURCES: &str = "Where blocks come from (others are never asked)";
    pub(crate) const LIMITS: &str = "Limits (what an input may make us use)";
}
