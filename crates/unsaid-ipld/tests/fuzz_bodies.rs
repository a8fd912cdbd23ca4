//! The bodies of the fuzz targets over what other programs wrote, damaged in every way, and over every input that
//! once failed.

use unsaid_ipld::fuzz;
use unsaid_testkit::damage::replay;

const WAYS: u64 = 2000;

#[test]
fn cbor_in_every_state_of_decay_is_read_or_refused() {
    replay("ipld_cbor", WAYS, fuzz::cbor);
}

#[test]
fn cars_in_every_state_of_decay_are_read_or_refused() {
    replay("ipld_car", WAYS, fuzz::car);
}

#[test]
fn files_in_every_state_of_decay_are_read_or_refused() {
    replay("ipld_unixfs", WAYS, fuzz::unixfs);
}

#[test]
fn names_in_every_state_of_decay_are_read_or_refused() {
    replay("ipld_cid", WAYS, fuzz::cid);
}
