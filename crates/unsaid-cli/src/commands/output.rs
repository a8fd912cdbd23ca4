//! Where a new file goes, and what happens when its name is taken.

use std::ffi::OsString;
use std::io::{self, BufRead, IsTerminal};
use std::path::{Path, PathBuf};

use unsaid_core::fs::{Conflict, Draft, PublishOptions};
use unsaid_core::{Error, ErrorKind, Result};

use crate::edge::{Edge, escape};
use crate::options::OnConflict;

/// A draft beside `path` or, where that name is taken, what the policy says; `None` is to leave it.
pub(crate) fn draft(path: &Path, policy: OnConflict, sync: bool, edge: &Edge) -> Result<Option<Draft>> {
    let beside = |path: &Path, conflict| Draft::beside(path, &PublishOptions { conflict, sync });
    let taken = match beside(path, Conflict::Refuse) {
        Err(e) if e.kind() == ErrorKind::Exists => e,
        other => return other.map(Some),
    };
    match policy {
        OnConflict::Overwrite => beside(path, Conflict::Replace).map(Some),
        OnConflict::Skip => {
            edge.report.warn(&format!("{}: is there already: left as it is", escape::name(path.as_os_str())));
            Ok(None)
        }
        OnConflict::Rename => free_name(path, |path| beside(path, Conflict::Refuse)).map(Some),
        OnConflict::Ask if may_ask() => {
            let question = format!("{} is there already. Replace it? [y/N] ", escape::name(path.as_os_str()));
            match ask(edge, &question)?.as_str() {
                "y" | "yes" => beside(path, Conflict::Replace).map(Some),
                _ => Err(taken),
            }
        }
        OnConflict::Ask | OnConflict::Error => Err(taken),
    }
}

/// Makes something under `path` with `.1`, `.2` and so on added, until a name is free.
pub(crate) fn free_name<T>(path: &Path, make: impl Fn(&Path) -> Result<T>) -> Result<T> {
    for n in 1..1000 {
        let mut name = OsString::from(path);
        name.push(format!(".{n}"));
        match make(&PathBuf::from(name)) {
            Err(e) if e.kind() == ErrorKind::Exists => {}
            other => return other,
        }
    }
    Err(Error::new(ErrorKind::Exists, "a thousand names are taken").in_file(path))
}

/// A question needs somebody to read it and somebody to answer.
pub(crate) fn may_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks on standard error; the answer is one line, in lower case.
pub(crate) fn ask(edge: &Edge, question: &str) -> Result<String> {
    edge.report.ask(question);
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).map_err(|e| Error::io("reading the answer", e))?;
    Ok(answer.trim().to_lowercase())
}
