//! What to say, and what to do, where nobody has a block.

use cid::Cid;
use unsaid_core::{Error, ErrorKind};

use super::Sources;

/// CIDs that an error names; the rest are counted.
const NAMED: usize = 20;

impl Sources<'_> {
    /// Whether one that the user named could not be asked: what nobody else has may be there.
    pub(super) fn is_cut_off(&self) -> bool {
        self.asked().any(|remote| remote.is_cut_off())
    }

    /// The error for blocks that came from no source: `Missing` where all say that they do not have them,
    /// `Environment` where one that the user named could not be asked or did not answer in time.
    pub fn missing(&self, cids: &[Cid]) -> Error {
        let mut list: Vec<String> = cids.iter().take(NAMED).map(Cid::to_string).collect();
        if cids.len() > NAMED {
            list.push(format!("and {} more", cids.len() - NAMED));
        }
        let asked: Vec<String> = self.asked().map(|remote| said(&remote.name, remote.trouble())).collect();
        let hint = if self.offline && asked.len() < self.remotes.len() {
            String::from("ask others for it: leave out --offline")
        } else if asked.is_empty() {
            String::from(
                "give a file with it (--car FILE), or name who has it (--gateway URL, --peer ADDRESS or --api URL)",
            )
        } else {
            format!(
                "{}: name others (--gateway URL, --peer ADDRESS) or give a CAR (--car FILE)",
                asked.join("; ")
            )
        };
        let kind = if self.is_cut_off() { ErrorKind::Environment } else { ErrorKind::Missing };
        let e = match cids {
            [cid] => Error::new(kind, format!("block {cid} is not at hand")),
            _ => Error::new(kind, format!("{} blocks are not at hand", cids.len())).found(list.join(", ")),
        };
        e.hint(hint)
    }
}

/// What became of asking somebody.
fn said(name: &str, trouble: Option<String>) -> String {
    match trouble {
        Some(why) => format!("{name} could not be asked ({why})"),
        None => format!("{name} did not have it"),
    }
}
