//! How the command ends: the one place where a kind of error becomes an exit code.

use std::io;
use std::process::ExitCode;

use unsaid_core::{Error, ErrorKind};

use super::signals;

/// How a run ended. Several files: the worst wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Done,
    Skipped,
    Usage,
    BadInput,
    Missing,
    Limit,
    Environment,
    Internal,
    /// Ended by a signal, or as if by one (SIGPIPE).
    Signal(u8),
}

/// SIGPIPE's number: a reader that went away is no failure of ours, and is not reported.
pub(crate) const BROKEN_PIPE: Exit = Exit::Signal(13);

/// One row an exit code, for `unsaid help exit-codes` and the manual page.
pub const TABLE: &[(&str, &str)] = &[
    ("0", "everything asked for was done and verified"),
    ("1", "finished, but something was skipped or could not be read (each named on stderr)"),
    ("2", "usage error"),
    ("3", "input corrupt, truncated or not our format"),
    ("4", "something is missing: dictionary, model, block, key; the message says how to get it"),
    ("5", "a limit was hit (memory, output, entries, work); the message names the flag"),
    ("6", "environment: permission, disk full, network, already exists"),
    ("70", "internal error: please report"),
    ("128+N", "signal N (130 Ctrl-C, 141 SIGPIPE)"),
];

impl Exit {
    pub(crate) fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Skipped => 1,
            Exit::Usage => 2,
            Exit::BadInput => 3,
            Exit::Missing => 4,
            Exit::Limit => 5,
            Exit::Environment => 6,
            Exit::Internal => 70,
            Exit::Signal(n) => 128u8.saturating_add(n),
        }
    }

    /// The worse of two: a signal, then 70 > 6 > 5 > 4 > 3 > 2 > 1 > 0, which is the codes' order.
    pub(crate) fn worst(self, other: Exit) -> Exit {
        if other.code() > self.code() { other } else { self }
    }

    /// What an error means for the caller's shell.
    pub(crate) fn of(error: &Error) -> Exit {
        if error.io_source().is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe) {
            return BROKEN_PIPE;
        }
        Exit::of_kind(error.kind())
    }

    pub(crate) fn of_kind(kind: ErrorKind) -> Exit {
        match kind {
            ErrorKind::Usage => Exit::Usage,
            ErrorKind::NotThisFormat
            | ErrorKind::NewerVersion
            | ErrorKind::Truncated
            | ErrorKind::Corrupt
            | ErrorKind::UnsafePath => Exit::BadInput,
            ErrorKind::Missing => Exit::Missing,
            ErrorKind::Limit => Exit::Limit,
            ErrorKind::Exists | ErrorKind::Environment => Exit::Environment,
            // Only a signal asks us to stop; Ctrl-C's number stands in where it is not known.
            ErrorKind::Interrupted => Exit::Signal(signals::pending().unwrap_or(2)),
            // A kind that this table does not know is our own mistake.
            _ => Exit::Internal,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit.code())
    }
}

/// The name of a kind in `--json` and in the vocabulary; part of the interface, so never `Debug`.
pub(crate) fn kind_name(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Usage => "usage",
        ErrorKind::NotThisFormat => "not-this-format",
        ErrorKind::NewerVersion => "newer-version",
        ErrorKind::Truncated => "truncated",
        ErrorKind::Corrupt => "corrupt",
        ErrorKind::UnsafePath => "unsafe-path",
        ErrorKind::Missing => "missing",
        ErrorKind::Limit => "limit",
        ErrorKind::Exists => "exists",
        ErrorKind::Environment => "environment",
        ErrorKind::Interrupted => "interrupted",
        _ => "internal",
    }
}

/// Every kind with its name and exit code, for the vocabulary's table.
pub fn kinds() -> Vec<(&'static str, String)> {
    use ErrorKind::{
        Corrupt, Environment, Exists, Internal, Interrupted, Limit, Missing, NewerVersion, NotThisFormat,
        Truncated, UnsafePath, Usage,
    };
    [
        Usage,
        NotThisFormat,
        NewerVersion,
        Truncated,
        Corrupt,
        UnsafePath,
        Missing,
        Limit,
        Exists,
        Environment,
        Interrupted,
        Internal,
    ]
    .into_iter()
    .map(|kind| match kind {
        Interrupted => (kind_name(kind), "128+N".to_owned()),
        kind => (kind_name(kind), Exit::of_kind(kind).code().to_string()),
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_of_several_files_wins() {
        let order = [
            Exit::Done,
            Exit::Skipped,
            Exit::Usage,
            Exit::BadInput,
            Exit::Missing,
            Exit::Limit,
            Exit::Environment,
            Exit::Internal,
            BROKEN_PIPE,
        ];
        for (i, &a) in order.iter().enumerate() {
            for &b in &order[i..] {
                assert_eq!(a.worst(b), b);
                assert_eq!(b.worst(a), b);
            }
        }
    }

    #[test]
    fn every_kind_has_its_documented_code() {
        let codes: Vec<_> = kinds().into_iter().map(|(name, code)| format!("{name} {code}")).collect();
        assert_eq!(
            codes,
            [
                "usage 2",
                "not-this-format 3",
                "newer-version 3",
                "truncated 3",
                "corrupt 3",
                "unsafe-path 3",
                "missing 4",
                "limit 5",
                "exists 6",
                "environment 6",
                "interrupted 128+N",
                "internal 70"
            ]
        );
    }

    #[test]
    fn f3_a_reader_that_went_away_is_sigpipe() {
        let e = Error::io("writing", io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!(Exit::of(&e).code(), 141);
    }
}
