//! Options that every sub-command understands.

use clap::{ArgAction, Args};
use unsaid_core::{Limits, Result};

use super::{LimitArgs, heading};
use crate::edge::Edge;
use crate::edge::progress::{Mode, When};
use crate::edge::report::Report;

#[derive(Args, Clone, Debug)]
#[command(next_help_heading = heading::COMMON)]
pub(crate) struct CommonArgs {
    /// Say less: no progress, no notes; given twice, no warnings either
    #[arg(short, long, global = true, action = ArgAction::Count)]
    quiet: u8,

    /// Say more
    #[arg(short, long, global = true, action = ArgAction::Count)]
    verbose: u8,

    /// Results as JSON lines on standard output, messages as JSON lines on standard error
    #[arg(long, global = true)]
    json: bool,

    /// When to show progress (on standard error)
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t = When::Auto)]
    #[arg(overrides_with = "no_progress", hide_possible_values = false)]
    progress: When,

    /// Never show progress
    #[arg(long, global = true, overrides_with = "progress")]
    no_progress: bool,

    /// Never use the network
    #[arg(long, global = true)]
    offline: bool,

    #[command(flatten)]
    limits: LimitArgs,
}

impl CommonArgs {
    /// What the sub-command works with.
    ///
    /// # Errors
    /// A bad value of the environment variable for limits.
    pub(crate) fn edge(&self) -> (Edge, Result<()>) {
        let when = if self.no_progress { When::Never } else { self.progress };
        let (limits, read) = match self.limits.limits() {
            Ok(limits) => (limits, Ok(())),
            Err(e) => (Limits::default(), Err(e)),
        };
        let edge = Edge {
            report: Report::new(self.quiet, self.verbose, self.json),
            limits,
            progress: Mode::new(when, self.quiet > 0, self.json),
            json: self.json,
            offline: self.offline,
        };
        (edge, read)
    }
}
