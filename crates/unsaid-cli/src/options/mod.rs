//! Options that several sub-commands share: one definition each, one meaning everywhere.

mod common;
mod conflict;
mod level;
mod limits;
mod threads;

pub(crate) use common::CommonArgs;
pub(crate) use conflict::ConflictArgs;
pub(crate) use level::{LevelArgs, level_flags, levels_given};
pub(crate) use limits::LimitArgs;
pub(crate) use threads::ThreadArgs;

/// Groups of options in help.
pub(crate) mod heading {
    pub(crate) const COMMON: &str = "Common options";
    pub(crate) const LIMITS: &str = "Limits (what an input may make us use)";
}
