//! The names under which the program may be started: `paq9a x a` is `unsaid paq9a x a`.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use crate::commands::piz::words;

/// Name of the program, and the words that it stands for. `install-links` makes these.
pub const NAMES: &[(&str, &[&str])] = &[
    ("paq9a", &["paq9a"]),
    ("forge", &["bb", "forge"]),
    ("encode", &["bb", "encode"]),
    ("decode", &["bb", "decode"]),
    ("ncat", &["bb", "ncat"]),
    ("piz", &["piz"]),
    ("PiZ", &["piz"]),
    ("πz", &["piz"]),
    ("π-zip", &["piz"]),
];

/// Names that belong to sub-commands still to come; nothing answers to them yet.
pub const PLANNED_NAMES: &[(&str, &[&str])] = &[];

/// The command line as if the program had been started as `unsaid`.
pub(crate) fn expand(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let words = arguments.first().and_then(|program| stands_for(program)).unwrap_or_default();
    let at = arguments.len().min(1);
    arguments.splice(at..at, words.iter().map(OsString::from));
    let as_piz = words == ["piz"];
    let verb = arguments.iter().skip(1).position(|word| !word.as_encoded_bytes().starts_with(b"-"));
    if let Some(at) = verb.map(|at| at + 1).filter(|&at| arguments[at] == "piz") {
        words::rewrite(&mut arguments[at + 1..], as_piz);
    }
    arguments
}

fn stands_for(program: &OsStr) -> Option<&'static [&'static str]> {
    let path = Path::new(program);
    // On Windows the suffix `.exe` is no part of the name.
    let name = if cfg!(windows) { path.file_stem() } else { path.file_name() }?;
    NAMES.iter().find(|(known, _)| name == OsStr::new(known)).map(|(_, words)| *words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(line: &[&str]) -> Vec<OsString> {
        expand(line.iter().map(OsString::from).collect())
    }

    #[test]
    fn the_name_of_the_program_says_which_command_is_meant() {
        assert_eq!(expanded(&["/usr/bin/paq9a", "l", "x"]), ["/usr/bin/paq9a", "paq9a", "l", "x"]);
        assert_eq!(expanded(&["unsaid", "l", "x"]), ["unsaid", "l", "x"]);
        assert_eq!(expanded(&["paq9a-old"]), ["paq9a-old"]);
        assert_eq!(expanded(&[]), [""; 0]);
        for name in ["piz", "PiZ", "πz", "π-zip"] {
            assert_eq!(expanded(&[name, "-d", "explain"]), [name, "piz", "-d", "./explain"]);
        }
        assert_eq!(
            expanded(&["unsaid", "-q", "piz", "explain", "-j2"]),
            ["unsaid", "-q", "piz", "explain", "-j=2"]
        );
        assert_eq!(expanded(&["unsaid", "pack", "piz", "-j2"]), ["unsaid", "pack", "piz", "-j2"]);
    }

    #[test]
    fn no_name_is_both_known_and_planned() {
        for (name, _) in PLANNED_NAMES {
            assert!(NAMES.iter().all(|(known, _)| known != name), "{name}");
        }
    }
}
