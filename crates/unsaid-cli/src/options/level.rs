//! `-1` to `-9`, with the names `--fast` and `--best`.

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};

/// The flags, as (id, digit).
const LEVELS: [(&str, char); 9] = [
    ("level-1", '1'),
    ("level-2", '2'),
    ("level-3", '3'),
    ("level-4", '4'),
    ("level-5", '5'),
    ("level-6", '6'),
    ("level-7", '7'),
    ("level-8", '8'),
    ("level-9", '9'),
];

/// Adds `-1` to `-9`. In the short help the first stands for all.
pub(crate) fn level_flags(command: Command, first_help: &'static str) -> Command {
    LEVELS.iter().fold(command, |command, &(id, digit)| {
        let help = if digit == '1' { first_help.to_owned() } else { format!("Level {digit}") };
        command.arg(
            Arg::new(id)
                .short(digit)
                .action(ArgAction::SetTrue)
                .help(help)
                .hide_short_help(digit != '1')
                .display_order(90),
        )
    })
}

/// The levels that were given, lowest first.
pub(crate) fn levels_given(matches: &ArgMatches) -> Vec<u8> {
    (1..).zip(LEVELS).filter(|(_, (id, _))| matches.get_flag(id)).map(|(level, _)| level).collect()
}

/// One level, the last one given.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LevelArgs(pub(crate) Option<u8>);

impl Args for LevelArgs {
    fn augment_args(command: Command) -> Command {
        let command = level_flags(
            command,
            "-1 (least memory) to -9 (most): how large the model may be; for large inputs larger is better \
             [default: by the input, at most -7]",
        )
        .arg(flag("fast", "The same as -1"))
        .arg(flag("best", "The same as -9"));
        let ids: Vec<&str> = LEVELS.iter().map(|(id, _)| *id).chain(["fast", "best"]).collect();
        ids.iter().fold(command, |command, id| {
            let others = ids.clone();
            command.mut_arg(id, |arg| arg.overrides_with_all(others))
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

fn flag(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue).help(help).hide_short_help(true).display_order(91)
}

impl FromArgMatches for LevelArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let named = [("fast", 1), ("best", 9)].into_iter().find(|(id, _)| matches.get_flag(id));
        Ok(LevelArgs(named.map(|(_, level)| level).or_else(|| levels_given(matches).first().copied())))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
