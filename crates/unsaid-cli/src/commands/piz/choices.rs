//! Which of the options that exclude each other hold?
//!
//! PiZ's text: two of them are an error; with `-q` the last one holds.

use clap::parser::ValueSource;
use clap::{ArgMatches, Args, Command, FromArgMatches};
use unsaid_core::{Error, ErrorKind, Result};

use crate::edge::language::Language;

/// The groups, each as (id, how it is written).
const GROUPS: [&[(&str, &str)]; 5] = [
    &[("decompress", "-d/--decompress"), ("compress", "-D/--compress")],
    &[("no_meta", "-m/--no-meta"), ("meta", "-M/--meta")],
    &[("no_suffix", "-s/--no-suffix"), ("suffix", "-S/--suffix")],
    &[("no_cache", "-w/--no-cache"), ("cache", "-W/--cache")],
    &[("chunks", "-n/--chunks"), ("size", "-b/--size"), ("full", "-F/--full"), ("smallest", "--smallest")],
];

/// Which of the groups' options were given, the last of each group last.
#[derive(Clone, Debug, Default)]
pub(super) struct Given(Vec<(&'static str, usize)>);

impl Given {
    /// Whether this option holds: it was given, and no other of its group after it.
    pub(super) fn holds(&self, id: &str) -> bool {
        let group = GROUPS.iter().find(|group| group.iter().any(|(other, _)| *other == id));
        let mut given =
            self.0.iter().filter(|(given, _)| group.is_some_and(|g| g.iter().any(|(o, _)| o == given)));
        given.next_back().is_some_and(|(last, _)| *last == id)
    }

    /// Whether there is nothing to choose between.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] for two of one group.
    pub(super) fn check(&self, language: Language) -> Result<()> {
        for group in GROUPS {
            let mut given = group.iter().filter(|(id, _)| self.0.iter().any(|(given, _)| given == id));
            if let (Some((_, first)), Some((_, second))) = (given.next(), given.next()) {
                let what = language.choose("options that exclude each other", "несовместимые параметры");
                let and = language.choose("and", "и");
                return Err(Error::new(ErrorKind::Usage, what)
                    .found(format!("{first} {and} {second}"))
                    .hint(language.choose(
                        "leave one away; with -q the last one holds",
                        "уберите один из них; с -q действует последний",
                    )));
            }
        }
        Ok(())
    }
}

impl Args for Given {
    fn augment_args(command: Command) -> Command {
        command
    }

    fn augment_args_for_update(command: Command) -> Command {
        command
    }
}

impl FromArgMatches for Given {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut given = Vec::new();
        for (id, _) in GROUPS.into_iter().flatten() {
            if matches.value_source(id) == Some(ValueSource::CommandLine) {
                given.push((*id, matches.indices_of(id).and_then(Iterator::max).unwrap_or(0)));
            }
        }
        given.sort_by_key(|(_, at)| *at);
        Ok(Given(given))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_a_group_holds_and_two_are_a_conflict() {
        let given = Given(vec![("decompress", 1), ("meta", 2), ("compress", 3)]);
        assert!(given.holds("compress") && given.holds("meta") && !given.holds("decompress"));
        assert!(!given.holds("full"));
        let e = given.check(Language::English).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Usage);
        assert!(e.to_string().contains("-d/--decompress and -D/--compress"), "{e}");
        assert!(Given(vec![("size", 1), ("no_meta", 2)]).check(Language::English).is_ok());
    }

    #[test]
    fn every_group_of_the_text_is_here() {
        let shorts: Vec<String> = GROUPS
            .iter()
            .map(|group| {
                group.iter().filter_map(|(_, shown)| shown.strip_prefix('-')?.chars().next()).collect()
            })
            .collect();
        assert_eq!(shorts, ["dD", "mM", "sS", "wW", "nbF-"]);
    }
}
