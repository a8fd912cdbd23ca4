//! Where the command meets the world: what it prints, how it ends, what it listens to.
//!
//! Everything below the command line is a library that neither prints nor exits. This folder is
//! what it is given instead: a place for warnings and errors (`report`), progress that can say
//! stop (`progress`, `signals`), threads (`pool`), guarded standard streams (`stdio`).

pub(crate) mod escape;
pub mod exit;
pub(crate) mod json;
pub(crate) mod language;
pub(crate) mod panic;
pub(crate) mod patterns;
pub(crate) mod pool;
pub(crate) mod progress;
pub(crate) mod report;
pub(crate) mod signals;
pub(crate) mod size;
pub(crate) mod stdio;
pub(crate) mod stoppable;

use unsaid_core::Limits;

use progress::{Meter, Mode};
use report::Report;

/// What every sub-command is given.
#[derive(Debug)]
pub(crate) struct Edge {
    pub(crate) report: Report,
    pub(crate) limits: Limits,
    pub(crate) progress: Mode,
    /// Results are JSON lines.
    pub(crate) json: bool,
    /// Nothing beyond this machine is asked.
    pub(crate) offline: bool,
}

impl Edge {
    /// As [`Edge::meter`], for an operation that counts units of work.
    pub(crate) fn work_meter(&self, label: impl Into<String>) -> Meter<'_> {
        Meter::of_work(&self.report, self.progress, label.into())
    }

    /// A progress meter for one operation; `label` says which, as in `packing notes.ff`.
    pub(crate) fn meter(&self, label: impl Into<String>) -> Meter<'_> {
        Meter::new(&self.report, self.progress, label.into())
    }
}
