//! The command `unsaid`: one definition of its words, one file a sub-command, one edge.
//!
//! | module | question it answers |
//! |---|---|
//! | `cli` | Which words does the command know? |
//! | `names` | Which sub-command is meant when it is started under another name? |
//! | `options` | Which options mean the same in several sub-commands? |
//! | `commands` | What does each sub-command do? |
//! | [`edge`] | What is printed, how does the process end, what stops it? |
//!
//! This is a library only so that its tests can compare the definition with the documents.

mod cli;
mod commands;
pub mod edge;
mod names;
mod options;

pub use cli::{command, main};
pub use names::{NAMES, PLANNED_NAMES};
pub use unsaid::store::HOME_VARIABLE;
