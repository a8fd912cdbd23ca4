//! The bodies of the fuzz targets over archives, damaged in every way, and over every input that
//! once failed.

use unsaid_piz::fuzz;
use unsaid_testkit::damage::replay;

const ROUNDS: u64 = 500;

#[test]
fn archives_in_every_state_of_decay_are_read_or_refused() {
    replay("piz_archive", ROUNDS, fuzz::archive);
}
