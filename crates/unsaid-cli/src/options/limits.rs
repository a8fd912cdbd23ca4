//! One flag for every row of the table of limits, so that the two cannot drift apart.

use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};
use unsaid_core::limits::{ENVIRONMENT_VARIABLE, Limits, TABLE};
use unsaid_core::{Error, ErrorKind, Result};

use super::heading;

/// The limits given on the command line, as (key, value) of the table.
#[derive(Clone, Debug, Default)]
pub(crate) struct LimitArgs(Vec<(&'static str, String)>);

impl LimitArgs {
    /// The defaults, then the environment variable, then the command line.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] for a value that is no size.
    pub(crate) fn limits(&self) -> Result<Limits> {
        let mut limits = Limits::default();
        match std::env::var(ENVIRONMENT_VARIABLE) {
            Ok(settings) => limits.apply(&settings).map_err(|e| {
                let what = format!("the environment variable {ENVIRONMENT_VARIABLE}: {e}");
                Error::new(ErrorKind::Usage, what).hint("see unsaid help limits")
            })?,
            Err(std::env::VarError::NotPresent) => {}
            Err(std::env::VarError::NotUnicode(_)) => {
                return Err(Error::new(ErrorKind::Usage, ENVIRONMENT_VARIABLE)
                    .found("bytes that are no text")
                    .expected("key=value pairs, separated by commas"));
            }
        }
        for (key, value) in &self.0 {
            limits.set(key, value)?;
        }
        Ok(limits)
    }
}

/// `--max-memory` of the table as clap wants it.
fn long(flag: &'static str) -> &'static str {
    flag.trim_start_matches("--")
}

impl Args for LimitArgs {
    fn augment_args(command: Command) -> Command {
        TABLE.iter().fold(command, |command, &(key, flag, unit)| {
            // The value is checked here, so that the message says which flag it came from.
            let check = move |value: &str| {
                let tried = Limits::default().set(key, value);
                tried.map(|()| value.to_owned()).map_err(|e| e.to_string())
            };
            command.arg(
                // Not the key: `output` is the name of another flag.
                Arg::new(long(flag))
                    .long(long(flag))
                    .value_name("N")
                    .value_parser(check)
                    .global(true)
                    .help(format!("At most this many {unit}"))
                    .help_heading(heading::LIMITS)
                    .hide_short_help(true),
            )
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for LimitArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = TABLE.iter().filter_map(|&(key, flag, _)| {
            Some((key, matches.get_one::<String>(long(flag))?.clone()))
        });
        Ok(LimitArgs(given.collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
