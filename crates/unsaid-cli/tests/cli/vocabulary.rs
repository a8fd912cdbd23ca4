//! `docs/reference/vocabulary.md` says what the command says, in both directions.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use clap::{Arg, Command};
use unsaid_cli::edge::exit;
use unsaid_core::limits::{ENVIRONMENT_VARIABLE, Limits, TABLE, parse_size};

fn reference(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference").join(name);
    fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// A row of a table: the cells' text without the marks of code, by the names of the columns.
type Row = BTreeMap<String, String>;

/// The tables of a page, by the heading above each.
fn tables(page: &str) -> BTreeMap<String, Vec<Row>> {
    let mut tables = BTreeMap::<String, Vec<Row>>::new();
    let (mut heading, mut columns) = (String::new(), Vec::new());
    for line in page.lines() {
        if line.starts_with('#') {
            heading = line.trim_start_matches('#').trim().replace('`', "");
        }
        if !line.starts_with('|') {
            columns.clear();
        } else if columns.is_empty() {
            columns = cells(line);
            // A verb may have no flags of its own.
            tables.entry(heading.clone()).or_default();
        } else if !line.starts_with("|---") {
            let cells = cells(line);
            assert_eq!(cells.len(), columns.len(), "{heading}: {line}");
            let row = columns.iter().cloned().zip(cells).collect();
            tables.entry(heading.clone()).or_default().push(row);
        }
    }
    tables
}

fn cells(line: &str) -> Vec<String> {
    let line = line.trim().trim_start_matches('|').trim_end_matches('|').replace("\\|", "\u{0}");
    line.split('|').map(|cell| cell.trim().replace('`', "").replace('\u{0}', "|")).collect()
}

/// The rows with this status; every row has one of the two.
fn with_status<'a>(rows: &'a [Row], status: &str) -> Vec<&'a Row> {
    for row in rows {
        assert!(["now", "planned"].contains(&row["status"].as_str()), "{row:?}");
    }
    rows.iter().filter(|row| row["status"] == status).collect()
}

/// Every verb of the definition, with the words that lead to it.
fn verbs(root: &Command) -> BTreeMap<String, Command> {
    fn walk(command: &Command, path: &str, out: &mut BTreeMap<String, Command>) {
        for sub in command.get_subcommands() {
            let path = format!("{path} {}", sub.get_name()).trim().to_owned();
            walk(sub, &path, out);
            out.insert(path, sub.clone());
        }
    }
    let mut out = BTreeMap::new();
    walk(root, "", &mut out);
    out
}

/// A flag or argument as a row has it: name, short form, value.
fn words(arg: &Arg) -> (String, String, String) {
    let value = || arg.get_value_names().unwrap_or_default().join(" ");
    let short = arg.get_short().map(|c| format!("-{c}")).unwrap_or_default();
    if arg.is_positional() {
        let many = arg.get_num_args().is_some_and(|n| n.max_values() > 1)
            || matches!(arg.get_action(), clap::ArgAction::Append);
        return (format!("{}{}", value(), if many { "…" } else { "" }), String::new(), String::new());
    }
    let value = if arg.get_action().takes_values() && arg.get_num_args().is_none_or(|n| n.max_values() > 0) {
        value()
    } else {
        String::new()
    };
    match arg.get_long() {
        Some(long) => (format!("--{long}"), short, value),
        None => (short, String::new(), value),
    }
}

fn row_words(rows: Vec<&Row>) -> BTreeSet<(String, String, String)> {
    let mut out = BTreeSet::new();
    for row in rows {
        let cell = |name: &str| row[name].clone();
        if cell("flag") == "-1 … -9" {
            out.extend((1..=9).map(|n| (format!("-{n}"), String::new(), String::new())));
        } else {
            assert!(out.insert((cell("flag"), cell("short"), cell("value"))), "twice: {row:?}");
        }
    }
    out
}

#[test]
fn the_verbs_are_those_of_the_command() {
    let tables = tables(&reference("vocabulary.md"));
    let mut root = unsaid_cli::command();
    root.build();
    let verbs = verbs(&root);
    let aliases = |c: &Command| c.get_visible_aliases().collect::<Vec<_>>().join(" ");
    let defined: BTreeSet<_> = verbs.iter().map(|(path, c)| (path.clone(), aliases(c))).collect();
    let rows = &tables["Verbs"];
    let documented: BTreeSet<_> =
        with_status(rows, "now").iter().map(|r| (r["verb"].clone(), r["alias"].clone())).collect();
    assert_eq!(documented, defined);
    for row in with_status(rows, "planned") {
        assert!(!verbs.contains_key(&row["verb"]), "{} is there: its row must say now", row["verb"]);
    }
}

#[test]
fn the_flags_of_every_verb_are_those_of_the_command() {
    let tables = tables(&reference("vocabulary.md"));
    let mut root = unsaid_cli::command();
    root.build();
    for (path, command) in verbs(&root) {
        if command.has_subcommands() && path != "piz" {
            continue;
        }
        let own = |arg: &&Arg| !arg.is_global_set() && !["help", "version"].contains(&arg.get_id().as_str());
        let defined: BTreeSet<_> = command.get_arguments().filter(own).map(words).collect();
        let rows = tables.get(&path).unwrap_or_else(|| panic!("no table of flags for {path}"));
        assert_eq!(row_words(with_status(rows, "now")), defined, "{path}");
        for planned in row_words(with_status(rows, "planned")) {
            assert!(defined.iter().all(|d| d.0 != planned.0), "{path} {} is there already", planned.0);
        }
    }
}

#[test]
fn the_common_flags_are_those_of_the_command() {
    let tables = tables(&reference("vocabulary.md"));
    let mut root = unsaid_cli::command();
    root.build();
    let limits: BTreeSet<_> = TABLE.iter().map(|row| row.1.to_owned()).collect();
    let defined: BTreeSet<_> = root.get_arguments().map(words).filter(|w| !limits.contains(&w.0)).collect();
    assert_eq!(row_words(with_status(&tables["Common flags"], "now")), defined);
}

#[test]
fn every_flag_documented_now_belongs_to_a_verb_that_is_there() {
    let tables = tables(&reference("vocabulary.md"));
    let mut root = unsaid_cli::command();
    root.build();
    let verbs = verbs(&root);
    for (heading, rows) in &tables {
        let flags = rows.iter().any(|row| row.contains_key("flag") && row.contains_key("short"));
        if flags && heading != "Common flags" && !with_status(rows, "now").is_empty() {
            assert!(verbs.contains_key(heading), "{heading}");
        }
    }
}

#[test]
fn a_flag_means_the_same_everywhere() {
    let mut root = unsaid_cli::command();
    root.build();
    let mut seen = BTreeMap::<String, (String, String)>::new();
    for (path, command) in verbs(&root) {
        // Its own text says what its letters mean (rule 1).
        if path == "piz" {
            continue;
        }
        for (name, short, value) in command.get_arguments().filter(|a| !a.is_positional()).map(words) {
            // A manual page goes into a directory: an output, but not one file.
            if (path.as_str(), name.as_str()) == ("man", "--output") {
                continue;
            }
            let first = seen.entry(name.clone()).or_insert_with(|| (short.clone(), value.clone()));
            assert_eq!(*first, (short, value), "{path} {name}");
        }
    }
}

#[test]
fn every_flag_and_verb_has_help() {
    let mut root = unsaid_cli::command();
    root.build();
    for (path, command) in verbs(&root) {
        assert!(command.get_about().is_some(), "{path}");
        for arg in command.get_arguments() {
            assert!(arg.get_help().is_some(), "{path} {}", arg.get_id());
        }
    }
    root.debug_assert();
}

#[test]
fn the_limits_are_those_of_the_library() {
    let tables = tables(&reference("vocabulary.md"));
    let rows = with_status(&tables["Limits"], "now");
    let documented: Vec<_> = rows.iter().map(|r| (&r["key"][..], &r["flag"][..], &r["bounds"][..])).collect();
    assert_eq!(documented, TABLE);
    let mut limits = Limits::default();
    for (key, ..) in TABLE {
        limits.set(key, "1").unwrap();
    }
    assert_ne!(limits, Limits::default());
    for row in rows {
        limits.set(&row["key"], &row["default"]).unwrap();
    }
    assert_eq!(limits, Limits::default());
}

#[test]
fn the_units_are_all_that_the_parser_takes() {
    let tables = tables(&reference("vocabulary.md"));
    let mut documented = BTreeMap::new();
    for row in &tables["Units of size"] {
        for suffix in row["suffixes"].split(", ") {
            let suffix = if suffix == "none" { "" } else { suffix };
            documented.insert(suffix.to_owned(), row["bytes"].parse::<u64>().unwrap());
        }
    }
    for first in ["", "B", "K", "k", "M", "m", "G", "g", "T", "t", "P", "p", "E", "e", "Z", "Y", "b"] {
        for second in ["", "i", "B", "iB", "b", "ib", "I", "IB", "BB", "iBB"] {
            let suffix = format!("{first}{second}");
            let wanted = documented.get(&suffix).map(|bytes| 3 * bytes);
            assert_eq!(parse_size(&format!("3{suffix}")).ok(), wanted, "'{suffix}'");
        }
    }
}

#[test]
fn the_methods_are_those_of_the_format() {
    let tables = tables(&reference("vocabulary.md"));
    let rows = &tables["Methods of .ff"];
    let documented: Vec<_> =
        rows.iter().map(|r| (r["id"].parse::<u8>().unwrap(), &r["name"][..], r["status"] == "now")).collect();
    assert_eq!(documented, unsaid::archive::METHODS);
}

#[test]
fn the_exit_codes_are_those_of_the_command() {
    let pairs = |rows: &[Row], value: &str| -> Vec<(String, String)> {
        rows.iter().map(|r| (r["code"].clone(), r[value].clone())).collect()
    };
    let defined: Vec<_> = exit::TABLE.iter().map(|&(c, m)| (c.to_owned(), m.to_owned())).collect();
    let vocabulary = tables(&reference("vocabulary.md"));
    assert_eq!(pairs(&vocabulary["Exit codes"], "meaning"), defined);
    assert_eq!(pairs(&tables(&reference("exit-codes.md"))["Exit codes"], "meaning"), defined);
    let kinds: Vec<_> = exit::kinds().into_iter().map(|(kind, code)| (code, kind.to_owned())).collect();
    assert_eq!(pairs(&vocabulary["Kinds of error"], "kind"), kinds);
}

#[test]
fn the_names_of_the_program_are_those_it_answers_to() {
    let tables = tables(&reference("vocabulary.md"));
    let rows = &tables["Names of the program"];
    for (status, names) in [("now", unsaid_cli::NAMES), ("planned", unsaid_cli::PLANNED_NAMES)] {
        let documented: Vec<_> =
            with_status(rows, status).iter().map(|r| (r["name"].clone(), r["means"].clone())).collect();
        let defined: Vec<_> =
            names.iter().map(|(n, w)| ((*n).to_owned(), format!("unsaid {}", w.join(" ")))).collect();
        assert_eq!(documented, defined);
    }
}

#[test]
fn the_variable_for_limits_is_documented() {
    let tables = tables(&reference("vocabulary.md"));
    let rows = with_status(&tables["Environment variables"], "now");
    assert!(rows.iter().any(|r| r["variable"] == ENVIRONMENT_VARIABLE));
}
