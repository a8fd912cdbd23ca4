//! What to say, and what to do, where nobody has a block.

use cid::Cid;
use unsaid_core::{Error, ErrorKind};

use super::Sources;

/// CIDs that an error names; the rest are counted.
const NAMED: usize = 20;

impl Sources<'_> {
    /// The error for blocks that no source has.
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
        let e = match cids {
            [cid] => Error::new(ErrorKind::Missing, format!("block {cid} is not at hand")),
            _ => Error::new(ErrorKind::Missing, format!("{} blocks are not at hand", cids.len()))
                .found(list.join(", ")),
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
