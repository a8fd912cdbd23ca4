//! The line of `paq9a a`, where the order of options and files has a meaning.

use std::ffi::OsString;

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, error::ErrorKind, value_parser};
use unsaid::paq9a::{Level, Mode};

use crate::edge::patterns;
use crate::options::{level_flags, levels_given};

/// What was typed, with its meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) archive: OsString,
    /// The files in their order, each with the mode that the last option before it chose.
    pub(super) files: Vec<(OsString, Mode)>,
    /// Of the whole archive, wherever it stood.
    pub(super) level: Level,
}

impl Args for Line {
    fn augment_args(command: Command) -> Command {
        let mode = |name: &'static str, help: &'static str| {
            // A flag with a value that nobody types: each occurrence keeps its place on the line.
            let arg = Arg::new(name).action(ArgAction::Append).num_args(0).default_missing_value("");
            arg.help(help).value_parser(value_parser!(OsString))
        };
        let name = |id: &'static str, help: &'static str| {
            Arg::new(id).value_name(id).required(true).help(help).value_parser(value_parser!(OsString))
        };
        let command = command
            .arg(name("ARCHIVE", "The archive to create"))
            .arg(name("FILE", "The files, stored under their names as typed").action(ArgAction::Append))
            .arg(mode("store", "Store the files after this without compression").short('s'))
            .arg(mode("compress", "Compress the files after this (default)").short('c'));
        level_flags(
            command,
            "-1 to -9: memory, from 19 MiB to 1.5 GiB, for the whole archive; the default is -7, with \
             397 MiB. Extracting needs the same",
        )
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Line {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let level = match levels_given(matches)[..] {
            [] => Level::DEFAULT,
            [one] => Level::new(one).unwrap_or_default(),
            [one, other, ..] => {
                let text = format!("-{one} and -{other}: an archive has one level\n");
                return Err(clap::Error::raw(ErrorKind::ArgumentConflict, text));
            }
        };
        let places = |id| matches.indices_of(id).into_iter().flatten();
        let mut options: Vec<(usize, Mode)> = places("store").map(|at| (at, Mode::Stored)).collect();
        options.extend(places("compress").map(|at| (at, Mode::Compressed)));
        options.sort_by_key(|&(at, _)| at);
        let mode_at = |place: usize| {
            let before = options.partition_point(|&(at, _)| at < place);
            options[..before].last().map_or(Mode::Compressed, |&(_, mode)| mode)
        };
        let names = matches.get_many::<OsString>("FILE").into_iter().flatten().cloned();
        Ok(Line {
            archive: matches.get_one::<OsString>("ARCHIVE").cloned().unwrap_or_default(),
            files: names
                .zip(places("FILE").map(mode_at))
                .flat_map(|(name, mode)| patterns::expand(name).into_iter().map(move |name| (name, mode)))
                .collect(),
            level,
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(words: &[&str]) -> Result<Line, ErrorKind> {
        let command = Line::augment_args(Command::new("a").args_override_self(true));
        let all = ["a"].iter().chain(words);
        let matches = command.try_get_matches_from(all).map_err(|e| e.kind())?;
        Line::from_arg_matches(&matches).map_err(|e| e.kind())
    }

    fn files(words: &[&str]) -> String {
        let line = line(words).unwrap();
        let letter = |m| if m == Mode::Stored { "s" } else { "c" };
        let shown: Vec<_> =
            line.files.iter().map(|(name, m)| format!("{}:{}", name.display(), letter(*m))).collect();
        format!("{} {} {}", line.archive.display(), line.level.get(), shown.join(" "))
    }

    #[test]
    fn the_example_of_the_text_stores_b_and_has_level_3() {
        let words = ["foo.paq9a", "a.txt", "-3", "-s", "b.txt", "-c", "c.txt", "tmp/d.txt", "/tmp/e.txt"];
        assert_eq!(files(&words), "foo.paq9a 3 a.txt:c b.txt:s c.txt:c tmp/d.txt:c /tmp/e.txt:c");
    }

    #[test]
    fn options_apply_to_the_files_after_them_and_override_previous_ones() {
        assert_eq!(files(&["x", "a"]), "x 7 a:c");
        assert_eq!(files(&["x", "a", "-s", "b", "c", "-c", "d", "-s", "e"]), "x 7 a:c b:s c:s d:c e:s");
        assert_eq!(files(&["-s", "x", "a"]), "x 7 a:s");
        assert_eq!(files(&["x", "-s", "-c", "a", "-c", "-s", "b", "-s"]), "x 7 a:c b:s");
    }

    #[test]
    fn a_level_anywhere_sets_the_whole_archive() {
        for words in [["-9", "x", "a"], ["x", "-9", "a"], ["x", "a", "-9"]] {
            assert_eq!(files(&words), "x 9 a:c");
        }
        assert_eq!(files(&["-2", "x", "a", "-2"]), "x 2 a:c");
        assert_eq!(line(&["x", "-2", "a", "-3"]), Err(ErrorKind::ArgumentConflict));
    }

    #[test]
    fn a_name_that_looks_like_an_option_is_written_with_its_directory() {
        assert_eq!(files(&["x", "./-3", "./-s", "--", "-c", "-5"]), "x 7 ./-3:c ./-s:c -c:c -5:c");
        assert_eq!(line(&["x", "-x", "a"]), Err(ErrorKind::UnknownArgument));
        assert_eq!(line(&["x", "-0", "a"]), Err(ErrorKind::UnknownArgument));
    }

    #[test]
    fn there_must_be_at_least_one_file_name() {
        assert_eq!(line(&["x"]), Err(ErrorKind::MissingRequiredArgument));
        assert_eq!(line(&["x", "-s", "-5"]), Err(ErrorKind::MissingRequiredArgument));
    }
}
