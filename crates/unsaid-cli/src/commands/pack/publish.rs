//! An archive in a file: written under no name, verified, then given its name.

use std::collections::HashMap;
use std::io::BufWriter;
use std::path::Path;

use unsaid::archive::{Archive, Verifier};
use unsaid_core::check::Hash;
use unsaid_core::fs::{Draft, Source};
use unsaid_core::{Error, ErrorKind, Result};

use super::{Filled, PackArgs, remove};
use crate::commands::input::is_standard_stream;
use crate::commands::output;
use crate::edge::exit::Exit;
use crate::edge::{Edge, escape};

impl PackArgs {
    pub(super) fn to_file(&self, path: &Path, edge: &Edge) -> Result<()> {
        self.check_output_is_no_input(path)?;
        let Some(draft) = output::draft(path, self.conflict.policy(), !self.no_sync, edge)? else {
            return Ok(());
        };
        let path = draft.path().to_owned();
        let shown = escape::name(path.as_os_str());
        let identity = draft.identity().map_err(|e| Error::io("looking at the output", e).in_file(&path))?;
        let pool = self.threads.pool();
        let meter = edge.meter(format!("packing {shown}"));
        let out = BufWriter::with_capacity(1 << 16, draft);
        let (out, filled) = self.fill(out, Some(identity), edge, &pool, &meter)?;
        drop(meter);
        if filled.summary.entries == 0 && edge.report.worst() != Exit::Done {
            edge.report.warn("nothing could be packed: no archive is made");
            return Ok(());
        }
        let mut draft = out.into_inner().map_err(|e| Error::io("writing the archive", e.into_error()))?;
        if self.rm || self.verify {
            let meter = edge.meter(format!("verifying {shown}"));
            verify(&mut draft, &filled, edge, &pool, &meter).map_err(|e| e.in_file(&path))?;
        }
        draft.publish()?;
        if edge.json {
            Self::say_json(&path, &filled.summary)?;
        } else {
            self.say(&shown, &filled.summary, edge);
        }
        if self.rm {
            remove::sources(filled.packed, &path, edge);
        }
        Ok(())
    }

    /// An output that replaces its own input would be the end of both, should anything fail.
    fn check_output_is_no_input(&self, output: &Path) -> Result<()> {
        let same = |input: &&std::path::PathBuf| {
            input.is_file() && Source::open(input).is_ok_and(|source| source.same_file_as(output))
        };
        match self.paths.iter().filter(|p| !is_standard_stream(p)).find(same) {
            None => Ok(()),
            Some(input) => Err(Error::new(ErrorKind::Usage, "the output is one of the inputs")
                .in_file(input)
                .hint("choose another name with -o")),
        }
    }
}

/// Decodes everything again, from what was written, and compares it with what was read.
fn verify(
    draft: &mut Draft,
    filled: &Filled,
    edge: &Edge,
    workers: &dyn unsaid_core::Workers,
    progress: &dyn unsaid_core::Progress,
) -> Result<()> {
    let mut archive = Archive::open(draft, &edge.limits)?;
    let mut verifier = Verifier::default();
    archive.deliver(|_| true, &mut verifier, workers, progress)?;
    let contents = archive.contents();
    let read: HashMap<u64, Hash> = filled
        .packed
        .files
        .iter()
        .map(|(_, added)| added)
        .chain(&filled.stdin)
        .map(|added| (added.entry, added.hash))
        .collect();
    let equal =
        contents.entries.iter().filter(|e| e.hash.is_some_and(|h| read.get(&e.number) == Some(&h))).count();
    let clean = contents.problems.is_empty() && contents.trailing.is_none() && verifier.failures.is_empty();
    if clean && equal == read.len() && verifier.files == read.len() as u64 {
        return Ok(());
    }
    // What was written a moment ago reads as something else: a fault of memory, the disk or ours.
    Err(Error::new(ErrorKind::Internal, "the archive does not decode to what was packed; it was not kept")
        .found(format!("{equal} of {} files", read.len()))
        .hint("the sources are untouched; if it happens again, please report it"))
}
