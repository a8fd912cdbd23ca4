//! Which crate may use which, and how many others a default build needs.

use std::collections::BTreeSet;
use std::process::Command;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

/// The crates in the order in which bytes flow. A crate may use only those above it; all of the
/// same line are edges, which use no other edge.
const ORDER: &[&[&str]] = &[
    &["unsaid-core"],
    &["unsaid-entropy"],
    &["unsaid-cm"],
    &["unsaid-lexicon"],
    &["unsaid-bb"],
    &["unsaid-records"],
    &["unsaid-ipld"],
    &["unsaid-zipfs"],
    &["unsaid-bitswap"],
    &["unsaid-ipfs"],
    &["unsaid-knowledge"],
    &["unsaid-pi"],
    &["unsaid-piz"],
    &["unsaid-digits"],
    &["unsaid-fileformer"],
    &["unsaid-archive"],
    &["unsaid-search"],
    &["unsaid"],
    &["unsaid-cli", "unsaid-web", "unsaid-python", "unsaid-sqlite", "unsaid-peers"],
];

/// For tests only; it uses nothing of ours, and everything may use it in tests.
const TESTKIT: &str = "unsaid-testkit";

/// A default build stays small, or building from source stops being a way to install.
const MOST_CRATES: usize = 200;

fn metadata() -> Metadata {
    MetadataCommand::new().no_deps().exec().unwrap()
}

fn place(name: &str) -> usize {
    let place = ORDER.iter().position(|line| line.contains(&name));
    place.unwrap_or_else(|| panic!("{name} has no place in ORDER: give it one, and ARCHITECTURE.md too"))
}

#[test]
fn a_crate_uses_only_crates_above_it() {
    for package in metadata().workspace_packages() {
        let ours = package.dependencies.iter().filter(|d| d.path.is_some());
        if package.name.as_str() == TESTKIT {
            assert_eq!(ours.count(), 0, "{TESTKIT} uses none of the others");
            continue;
        }
        for dependency in ours {
            let name = dependency.name.as_str();
            if name == TESTKIT {
                assert_eq!(dependency.kind, DependencyKind::Development, "{}", package.name);
            } else {
                assert!(place(name) < place(&package.name), "{} uses {name}", package.name);
            }
        }
    }
}

#[test]
fn a_default_build_stays_small() {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(["tree", "-p", "unsaid-cli", "-e", "normal,build", "--prefix", "none", "--format", "{p}"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let crates: BTreeSet<_> = text.lines().map(|line| line.trim_end_matches(" (*)").trim()).collect();
    assert!(crates.len() > 5 && crates.len() < MOST_CRATES, "{} crates: {crates:#?}", crates.len());
}
