//! Copies a file, or standard input, to a new name, whole or not at all.
//!
//! ```text
//! publish [--force] [--no-sync] [--rm] FROM|- TO
//! ```
//!
//! The smallest complete program over [`unsaid_core::fs`], and what the fault tests drive.

use std::io::{self, Read, Write};
use std::path::Path;
use std::process::ExitCode;
use unsaid_core::fs::{Conflict, Draft, PublishOptions, Source, escape, remove_source};
use unsaid_core::{Error, ErrorKind, Result};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            let name = e.path().map(|p| escape(p.as_os_str().as_encoded_bytes()));
            // Standard error may be closed; the exit code still tells.
            let _ = writeln!(io::stderr(), "publish: {}: {e}", name.as_deref().unwrap_or("-"));
            if let Some(hint) = e.hint_text() {
                let _ = writeln!(io::stderr(), "  hint: {hint}");
            }
            match e.kind() {
                ErrorKind::Usage => ExitCode::from(2),
                _ => ExitCode::from(6),
            }
        }
    }
}

fn run() -> Result<()> {
    let mut options = PublishOptions::default();
    let mut remove = false;
    let mut names = Vec::new();
    for argument in std::env::args_os().skip(1) {
        match argument.to_str() {
            Some("--force") => options.conflict = Conflict::Replace,
            Some("--no-sync") => options.sync = false,
            Some("--rm") => remove = true,
            _ => names.push(argument),
        }
    }
    let [from, to] = names.as_slice() else {
        return Err(Error::new(ErrorKind::Usage, "publish [--force] [--no-sync] [--rm] FROM|- TO"));
    };
    let (from, to) = (Path::new(from), Path::new(to));

    if from == Path::new("-") {
        let mut draft = Draft::beside(to, &options)?;
        copy(&mut io::stdin(), &mut draft)?;
        return draft.publish();
    }
    let mut source = Source::open(from)?;
    if source.same_file_as(to) {
        return Err(Error::new(ErrorKind::Usage, "the output is the input").in_file(to));
    }
    let mut draft = Draft::beside(to, &options)?;
    draft.set_metadata(&source.metadata());
    copy(&mut source, &mut draft)?;
    if source.changed()? {
        return Err(Error::new(ErrorKind::Environment, "the input changed while it was read").in_file(from));
    }
    draft.publish()?;
    if remove { remove_source(source.stamp()) } else { Ok(()) }
}

fn copy(from: &mut impl Read, to: &mut Draft) -> Result<()> {
    let mut buffer = [0; 64 << 10];
    loop {
        let n = match from.read(&mut buffer) {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            other => other.map_err(|e| Error::io("reading", e))?,
        };
        if n == 0 {
            return Ok(());
        }
        to.write_all(&buffer[..n]).map_err(|e| Error::io("writing", e))?;
    }
}
