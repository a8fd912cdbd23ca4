//! Many processes, one cache.

use std::io::Write;
use std::process::{Command, Stdio};

use unsaid_ipfs::{BlockStore, Disk, Durability, Gateway, NetOptions, Own, Sources};
use unsaid_ipld::{Block, BlockSource, Cid};

use crate::common::{Notes, Small, block, quick};
use crate::own::list;

const CACHE: &str = "UNSAID_TEST_CACHE";
const GATEWAY: &str = "UNSAID_TEST_GATEWAY";
const WANTED: &str = "UNSAID_TEST_WANTED";

fn dictionary() -> (Block, Vec<Block>) {
    let parts: Vec<Block> = (0..40).map(|n| block(n, 64 << 10)).collect();
    (list(&parts), parts)
}

/// Also what the children of the next test do, told by their environment.
#[test]
fn a_dictionary_is_fetched_from_a_gateway_and_then_from_the_cache() {
    let (root, parts) = dictionary();
    let folder = tempfile::tempdir().unwrap();
    let all: Vec<Block> = parts.iter().cloned().chain([root]).collect();
    let server = Small::honest(all.clone());
    let (url, cache) = match (std::env::var(GATEWAY), std::env::var_os(CACHE)) {
        (Ok(url), Some(cache)) => (url, cache.into()),
        _ => (server.url(), folder.path().join("cache")),
    };
    let own = Own::at(cache.join("data"), &cache);
    // All begin at the same time.
    if std::env::var_os(WANTED).is_some() {
        let mut go = String::new();
        std::io::stdin().read_line(&mut go).unwrap();
    }
    let notes = Notes::default();
    let mut options = NetOptions::default();
    options.hedge = std::time::Duration::from_secs(20);
    let gateway = Gateway::new(&url, options.clone()).unwrap();
    let sources = Sources::new(options, &notes).with_own(own).with_gateway(gateway);
    let cids: Vec<Cid> = all.iter().map(|block| *block.cid()).collect();
    for round in 0..2 {
        let mut got = Vec::new();
        sources
            .need(&cids, &mut |block| {
                got.push(block);
                Ok(())
            })
            .unwrap();
        assert_eq!(got.len(), all.len());
        assert!(got.iter().all(|block| all.contains(block)));
        if round == 1 {
            assert!(cids.iter().all(|cid| sources.place(cid).as_deref() == Some("cache")));
        }
    }
    assert_eq!(notes.text(), "");
}

#[test]
fn g1_g2_twenty_processes_fetch_a_dictionary_into_one_cache_and_some_are_killed() {
    let (root, parts) = dictionary();
    let all: Vec<Block> = parts.into_iter().chain([root]).collect();
    let server = Small::honest(all.clone());
    let folder = tempfile::tempdir().unwrap();
    let this = std::env::current_exe().unwrap();
    let child = |_| {
        Command::new(&this)
            .args(["--exact", "processes::a_dictionary_is_fetched_from_a_gateway_and_then_from_the_cache"])
            .env(CACHE, folder.path())
            .env(GATEWAY, server.url())
            .env(WANTED, "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let mut children: Vec<_> = (0..23).map(child).collect();
    for child in &mut children {
        child.stdin.take().unwrap().write_all(b"go\n").unwrap();
    }
    // Three are killed as they run; nobody waits for a lock of theirs.
    for (n, mut child) in children.drain(..3).enumerate() {
        std::thread::sleep(std::time::Duration::from_millis(20 * n as u64));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
    let cache = Disk::at(folder.path(), Durability::Cached);
    let mut count = 0;
    cache
        .list(&mut |_| {
            count += 1;
            Ok(())
        })
        .unwrap();
    assert_eq!(count, all.len());
    assert_eq!(cache.verify(&mut |_, _| Ok(())).unwrap(), all.len() as u64);
    assert_eq!(cache.take_notes(), [] as [String; 0]);
}

#[test]
fn f15_a_cache_that_cannot_be_written_costs_a_note_and_no_block() {
    let folder = tempfile::tempdir().unwrap();
    // No folder can be made below a file, whoever asks.
    let file = folder.path().join("file");
    std::fs::write(&file, "x").unwrap();
    let blocks: Vec<Block> = (0..10).map(|n| block(n, 1000)).collect();
    let server = Small::honest(blocks.clone());
    let notes = Notes::default();
    let sources = Sources::new(quick(), &notes)
        .with_own(Own::at(file.join("data"), file.join("cache")))
        .with_gateway(Gateway::new(&server.url(), quick()).unwrap());
    let cids: Vec<Cid> = blocks.iter().map(|block| *block.cid()).collect();
    assert_eq!(crate::common::got(&sources, &cids).unwrap().len(), 10);
    let kept = notes.0.lock().unwrap().iter().filter(|note| note.contains("not kept")).count();
    assert_eq!(kept, 1, "{}", notes.text());
}

#[test]
#[cfg(target_os = "linux")]
fn f15_a_full_disk_under_the_cache_costs_a_note_and_no_block() {
    const DISK: &str = "UNSAID_TEST_FULL_DISK";
    if let Some(disk) = std::env::var_os(DISK) {
        let disk = std::path::PathBuf::from(disk);
        let blocks: Vec<Block> = (0..10).map(|n| block(n, 64 << 10)).collect();
        let server = Small::honest(blocks.clone());
        let notes = Notes::default();
        let sources = Sources::new(quick(), &notes)
            .with_own(Own::at(disk.join("data"), disk.join("cache")))
            .with_gateway(Gateway::new(&server.url(), quick()).unwrap());
        let cids: Vec<Cid> = blocks.iter().map(|block| *block.cid()).collect();
        assert_eq!(crate::common::got(&sources, &cids).unwrap().len(), 10);
        assert!(notes.text().contains("not kept"), "{}", notes.text());
        // What went in before it was full is whole, and nothing unfinished has a name.
        let cache = Disk::at(disk.join("cache"), Durability::Cached);
        let check = &mut |_, good: bool| {
            assert!(good);
            Ok(())
        };
        cache.verify(check).unwrap();
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let this = std::env::current_exe().unwrap();
    let script = format!(
        "mount -t tmpfs -o size=256k,mode=700 tmpfs '{0}' && ip link set lo up 2>/dev/null; exec '{1}' --exact \
         processes::f15_a_full_disk_under_the_cache_costs_a_note_and_no_block --nocapture",
        folder.path().display(),
        this.display()
    );
    let output = Command::new("unshare")
        .args(["-rm", "sh", "-c", &script])
        .env(DISK, folder.path())
        .output()
        .expect("unshare (util-linux) must be installed");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("1 passed"), "{text}");
}

#[test]
fn a_disk_of_an_own_store_reads_what_another_wrote() {
    let folder = tempfile::tempdir().unwrap();
    let block = block(1, 10);
    Own::at(folder.path(), folder.path().join("cache")).put(&block).unwrap();
    let disk = Disk::at(folder.path(), Durability::Synced);
    assert_eq!(disk.get(block.cid()).unwrap(), Some(block));
}
