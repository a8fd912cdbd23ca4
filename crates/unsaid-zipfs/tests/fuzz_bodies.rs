//! The bodies of the fuzz targets over files and dictionaries, damaged in every way, and over every input that
//! once failed.

use unsaid_testkit::damage::replay;
use unsaid_zipfs::fuzz;

const WAYS: u64 = 500;

#[test]
fn files_in_every_state_of_decay_are_read_or_refused() {
    replay("zipfs_file", WAYS, fuzz::file);
}

#[test]
fn dictionaries_in_every_state_of_decay_are_read_or_refused() {
    replay("zipfs_dictionary", WAYS, fuzz::dictionary);
}
