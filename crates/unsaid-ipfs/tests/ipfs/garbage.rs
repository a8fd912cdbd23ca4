//! Garbage is collected while others add blocks.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use unsaid_core::{ErrorKind, Silent};
use unsaid_ipfs::{BlockStore, Own};
use unsaid_ipld::source::Memory;
use unsaid_ipld::walk::Budget;
use unsaid_ipld::{Block, BlockSource};

use crate::common::block;
use crate::own::{age, list};

const STORE: &str = "UNSAID_TEST_STORE";
const ADDS: &str = "UNSAID_TEST_ADDS";

fn at(folder: &Path) -> Own {
    Own::at(folder.join("data"), folder.join("cache"))
}

fn gc(own: &Own) -> unsaid_core::Result<u64> {
    own.gc(false, &Silent, &mut |_, _| Ok(())).map(|collected| collected.blocks)
}

#[test]
fn what_takes_longer_than_an_hour_to_add_is_not_collected_before_it_is_pinned() {
    let folder = tempfile::tempdir().unwrap();
    let (own, other) = (at(folder.path()), at(folder.path()).with_patience(Duration::from_millis(100)));
    let leaves = [block(1, 100), block(2, 200)];
    let root = list(&leaves);
    let adding = own.adding(&Silent).unwrap();
    for block in leaves.iter().chain([&root]) {
        assert!(adding.put(block).unwrap());
    }
    age(&own);
    let e = gc(&other).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Environment);
    assert!(e.to_string().contains("somebody adds"), "{e}");
    assert!(e.hint_text().unwrap().contains("try again"));
    // Looking removes nothing, so it waits for nobody.
    assert_eq!(other.gc(true, &Silent, &mut |_, _| Ok(())).unwrap().blocks, 3);
    // Others add meanwhile.
    assert!(other.put(&block(3, 300)).unwrap());
    adding.pin_whole(root.cid()).unwrap();
    drop(adding);
    age(&own);
    assert_eq!(gc(&other).unwrap(), 1);
    assert_eq!(own.lacks(root.cid()).unwrap(), []);
}

#[test]
fn a_pin_keeps_collections_away_while_it_fetches() {
    struct Collects<'o>(&'o Own, Memory);
    impl BlockSource for Collects<'_> {
        fn get(&self, cid: &unsaid_ipld::Cid) -> unsaid_core::Result<Option<Block>> {
            age(self.0);
            assert_eq!(gc(self.0).unwrap_err().kind(), ErrorKind::Environment);
            self.1.get(cid)
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let own = at(folder.path());
    let other = at(folder.path()).with_patience(Duration::ZERO);
    let leaves = [block(1, 100), block(2, 200)];
    let root = list(&leaves);
    let source = Collects(&other, leaves.iter().chain([&root]).cloned().collect());
    assert_eq!(own.pin(root.cid(), &source, Budget::default(), &Silent).unwrap(), 3);
    assert_eq!(own.lacks(root.cid()).unwrap(), []);
}

#[test]
fn nothing_is_added_between_the_look_of_a_collection_and_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let (own, other) = (at(folder.path()), at(folder.path()).with_patience(Duration::ZERO));
    let blocks = [block(1, 100), block(2, 200)];
    blocks.iter().for_each(|block| assert!(own.put(block).unwrap()));
    age(&own);
    let mut seen = 0;
    own.gc(false, &Silent, &mut |_, _| {
        seen += 1;
        // Without the lock one of them would be young again, be told to be there, and go all the same.
        for block in &blocks {
            let e = other.put(block).unwrap_err();
            assert_eq!(e.kind(), ErrorKind::Environment);
            assert!(e.to_string().contains("somebody removes"), "{e}");
        }
        Ok(())
    })
    .unwrap();
    assert_eq!(seen, 2);
    assert!(other.put(&blocks[0]).unwrap(), "the lock goes with the collection");
}

/// Also what the children of the next test do, told by their environment.
#[test]
fn what_was_pinned_is_whole_whoever_collects() {
    let own_folder = tempfile::tempdir().unwrap();
    let folder = std::env::var_os(STORE).map_or(own_folder.path().to_owned(), Into::into);
    let own = at(&folder);
    let number = match std::env::var(ADDS) {
        Ok(number) => number.parse().unwrap(),
        Err(_) if std::env::var_os(STORE).is_some() => {
            println!("ready");
            (0..8).for_each(|_| assert!(gc(&own).is_ok()));
            return;
        }
        Err(_) => 0u8,
    };
    println!("ready");
    for round in 0..4u8 {
        // One leaf is everybody's.
        let leaves = [block(round, 1000), block(10 + number * 4 + round, 1000)];
        let root = list(&leaves);
        let adding = own.adding(&Silent).unwrap();
        for block in leaves.iter().chain([&root]) {
            adding.put(block).unwrap();
        }
        age(&own);
        std::thread::sleep(Duration::from_millis(10));
        adding.pin_whole(root.cid()).unwrap();
        drop(adding);
        assert_eq!(own.lacks(root.cid()).unwrap(), []);
        if number == 0 {
            gc(&own).unwrap();
        }
    }
}

#[test]
fn g1_g2_twenty_processes_add_and_collect_and_some_are_killed() {
    let folder = tempfile::tempdir().unwrap();
    let this = std::env::current_exe().unwrap();
    let child = |number: u8| {
        let mut command = Command::new(&this);
        command
            .args(["--exact", "garbage::what_was_pinned_is_whole_whoever_collects", "--nocapture"])
            .env(STORE, folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if number < 17 {
            command.env(ADDS, number.to_string());
        }
        command.spawn().unwrap()
    };
    let mut children: Vec<_> = (0..20).map(child).collect();
    // Two are killed as they add: their locks go with them.
    for mut child in children.drain(..2) {
        std::thread::sleep(Duration::from_millis(30));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    for child in children {
        let output = child.wait_with_output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
        assert!(text.contains("ready"), "{text}");
    }
    let own = at(folder.path()).with_patience(Duration::ZERO);
    gc(&own).unwrap();
    let pins = own.pins().list().unwrap();
    assert!(pins.len() >= 15 * 4, "{}", pins.len());
    for pin in pins {
        assert_eq!(own.lacks(&pin).unwrap(), [], "{pin}");
    }
}

#[test]
#[cfg(unix)]
fn what_is_there_can_be_put_into_a_store_that_is_read_only() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let (own, block) = (at(folder.path()), block(1, 100));
    own.kept().put(&block).unwrap();
    let folder = own.kept().folder();
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o500)).unwrap();
    let put = own.put(&block);
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o700)).unwrap();
    assert!(!put.unwrap());
}
