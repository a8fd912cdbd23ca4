//! One file a sub-command: its arguments, and what it does with them.

pub(crate) mod bb;
pub(crate) mod cat;
pub(crate) mod completions;
pub(crate) mod help;
pub(crate) mod info;
mod input;
pub(crate) mod install_links;
pub(crate) mod ipfs;
pub(crate) mod knowledge;
pub(crate) mod list;
pub(crate) mod man;
mod output;
pub(crate) mod pack;
pub(crate) mod paq9a;
pub(crate) mod pi;
pub(crate) mod piz;
pub(crate) mod records;
pub(crate) mod recover;
pub(crate) mod test;
pub(crate) mod train;
pub(crate) mod unpack;
pub(crate) mod zipfs;

use std::io::{self, Write};

use unsaid_core::{Error, Result};

/// Writes a whole text to standard output.
pub(crate) fn print(text: &[u8]) -> Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text).and_then(|()| out.flush()).map_err(|e| Error::io("writing to standard output", e))
}
