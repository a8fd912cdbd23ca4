//! One folder, many who use it, some of whom mean harm.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use unsaid_core::ErrorKind;
use unsaid_ipfs::{BlockStore, Disk, Durability};
use unsaid_ipld::{Block, BlockSource, Cid, Codec};

use crate::common::block;

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.file_type().unwrap().is_dir() {
            true => found.extend(files(&entry.path())),
            false if entry.file_name() == "swept" => {}
            false => found.push(entry.path()),
        }
    }
    found.sort();
    found
}

fn only(folder: &Path) -> PathBuf {
    let found = files(folder);
    assert_eq!(found.len(), 1, "{found:?}");
    found[0].clone()
}

#[test]
fn what_was_put_comes_back_is_listed_and_can_be_removed() {
    let folder = tempfile::tempdir().unwrap();
    for durability in [Durability::Synced, Durability::Cached] {
        let disk = Disk::at(folder.path(), durability);
        let blocks: Vec<Block> = (0..10).map(|n| block(n, 100 * usize::from(n))).collect();
        for block in &blocks {
            assert!(disk.get(block.cid()).unwrap().is_none());
            assert!(disk.put(block).unwrap());
            assert!(!disk.put(block).unwrap());
            assert!(disk.has(block.cid()).unwrap());
            assert_eq!(disk.get(block.cid()).unwrap().as_ref(), Some(block));
        }
        let mut listed = Vec::new();
        disk.list(&mut |cid| {
            listed.push(cid);
            Ok(())
        })
        .unwrap();
        let mut expected: Vec<Cid> = blocks.iter().map(|block| *block.cid()).collect();
        listed.sort();
        expected.sort();
        assert_eq!(listed, expected);
        for block in &blocks {
            assert!(disk.remove(block.cid()).unwrap());
            assert!(!disk.remove(block.cid()).unwrap());
            assert!(!disk.has(block.cid()).unwrap());
        }
        assert_eq!(files(folder.path()), [] as [PathBuf; 0]);
    }
}

#[test]
fn the_same_bytes_are_one_file_whatever_codec_names_them() {
    let folder = tempfile::tempdir().unwrap();
    let disk = Disk::at(folder.path(), Durability::Cached);
    let data = b"\xa0".to_vec();
    let raw = Block::new(Codec::Raw, data.clone()).unwrap();
    let cbor = Block::new(Codec::DagCbor, data).unwrap();
    disk.put(&raw).unwrap();
    assert!(!disk.put(&cbor).unwrap());
    assert_eq!(disk.get(cbor.cid()).unwrap(), Some(cbor));
    only(folder.path());
}

#[test]
fn a_name_that_carries_its_data_needs_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let disk = Disk::at(folder.path(), Durability::Synced);
    let cid = Cid::try_from("bafkqac3imvwgy3zao5xxe3de").unwrap();
    let block = disk.get(&cid).unwrap().unwrap();
    assert_eq!(block.data(), b"hello world");
    assert!(!disk.put(&block).unwrap());
    assert!(disk.has(&cid).unwrap());
    assert!(files(folder.path()).is_empty());
}

#[test]
fn g1_many_may_put_the_same_block_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let block = block(9, 1 << 20);
    let new = std::thread::scope(|scope| {
        let put = || Disk::at(folder.path(), Durability::Cached).put(&block).unwrap();
        let all: Vec<_> = (0..20).map(|_| scope.spawn(put)).collect();
        all.into_iter().map(|one| one.join().unwrap()).filter(|new| *new).count()
    });
    assert_eq!(new, 1);
    assert_eq!(fs::read(only(folder.path())).unwrap(), block.data());
}

#[test]
fn g3_unfinished_files_are_removed_when_they_are_a_day_old() {
    let folder = tempfile::tempdir().unwrap();
    let disk = Disk::at(folder.path(), Durability::Cached);
    disk.put(&block(1, 100)).unwrap();
    let shard = only(folder.path()).parent().unwrap().to_owned();
    let name = |n: u8| shard.join(format!(".unsaid.{:016x}.part", n));
    for (n, hours) in [(1, 25), (2, 23), (3, 0)] {
        let file = fs::File::create(name(n)).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(hours * 3600)).unwrap();
    }
    let other = shard.join("notes.part");
    fs::File::create(&other)
        .unwrap()
        .set_modified(SystemTime::now() - Duration::from_secs(99 * 3600))
        .unwrap();
    // It was swept when the first block came, so not again today.
    Disk::at(folder.path(), Durability::Cached).put(&block(2, 100)).unwrap();
    assert!(name(1).exists());
    let stamp = disk.folder().join("swept");
    let file = fs::File::options().write(true).open(stamp).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(25 * 3600)).unwrap();
    Disk::at(folder.path(), Durability::Cached).put(&block(3, 100)).unwrap();
    let there: Vec<bool> = (1..=3).map(|n| name(n).exists()).collect();
    assert_eq!(there, [false, true, true]);
    assert!(other.exists());
}

#[test]
fn g4_what_another_process_removes_is_absent_and_can_be_put_again() {
    let folder = tempfile::tempdir().unwrap();
    let disk = Disk::at(folder.path(), Durability::Cached);
    let block = block(1, 5000);
    disk.put(&block).unwrap();
    fs::remove_dir_all(disk.folder()).unwrap();
    assert!(disk.get(block.cid()).unwrap().is_none());
    assert!(disk.put(&block).unwrap());
    assert_eq!(disk.get(block.cid()).unwrap(), Some(block));
}

#[test]
fn g5_a_damaged_file_is_set_aside_noted_and_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let disk = Disk::at(folder.path(), Durability::Cached);
    let block = block(1, 5000);
    disk.put(&block).unwrap();
    let path = only(folder.path());
    let mut flipped = block.data().to_vec();
    flipped[4000] ^= 1;
    let mut longer = block.data().to_vec();
    longer.push(0);
    for damaged in [Vec::new(), flipped, longer, block.data()[..4999].to_vec(), vec![0; 3 << 20]] {
        fs::write(&path, &damaged).unwrap();
        assert!(disk.get(block.cid()).unwrap().is_none());
        assert!(!path.exists());
        let notes = disk.take_notes();
        assert!(notes.len() == 1 && notes[0].contains("set aside"), "{notes:?}");
        let aside = disk.folder().join("damaged").join(path.file_name().unwrap());
        assert_eq!(fs::read(&aside).unwrap(), damaged);
        assert!(disk.put(&block).unwrap());
        assert_eq!(disk.get(block.cid()).unwrap().as_ref(), Some(&block));
        // Also where nobody read it in between.
        fs::write(&path, &damaged).unwrap();
        assert!(disk.put(&block).unwrap());
        assert_eq!(disk.get(block.cid()).unwrap().as_ref(), Some(&block));
    }
    fs::write(&path, b"x").unwrap();
    let mut wrong = Vec::new();
    let whole = disk.verify(&mut |cid, good| {
        wrong.push((cid, good));
        Ok(())
    });
    assert_eq!((whole.unwrap(), wrong), (0, vec![(*block.cid(), false)]));
}

#[test]
fn g7_what_is_not_ours_is_left_alone_and_the_layout_has_a_number() {
    let folder = tempfile::tempdir().unwrap();
    let disk = Disk::at(folder.path(), Durability::Cached);
    disk.put(&block(1, 100)).unwrap();
    assert!(disk.folder().ends_with("blocks/v1"));
    let top = disk.folder();
    let shard = only(folder.path()).parent().unwrap().to_owned();
    fs::create_dir(folder.path().join("blocks/v2")).unwrap();
    fs::create_dir(top.join("zzz")).unwrap();
    let odd = [top.join("README"), top.join("zzz/file"), shard.join("afkreib"), shard.join("B.data")];
    for path in &odd {
        fs::write(path, "mine").unwrap();
    }
    let mut count = 0;
    disk.list(&mut |_| {
        count += 1;
        Ok(())
    })
    .unwrap();
    assert_eq!(count, 1);
    assert_eq!(disk.verify(&mut |_, _| Ok(())).unwrap(), 1);
    assert!(odd.iter().all(|path| path.exists()));
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn refused(disk: &Disk, block: &Block, expected: &str) {
        for e in [disk.get(block.cid()).unwrap_err(), disk.put(block).unwrap_err()] {
            assert_eq!(e.kind(), ErrorKind::Environment, "{e}");
            assert!(e.to_string().contains(expected), "{e}");
        }
    }

    #[test]
    fn g6_folders_are_made_for_their_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let disk = Disk::at(folder.path().join("a/b"), Durability::Cached);
        disk.put(&block(1, 10)).unwrap();
        for path in [folder.path().join("a/b/blocks"), disk.folder()] {
            assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o700);
        }
    }

    #[test]
    fn g6_a_folder_that_others_may_write_to_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (disk, block) = (Disk::at(folder.path().join("base"), Durability::Cached), block(1, 10));
        disk.put(&block).unwrap();
        for path in ["base", "base/blocks", "base/blocks/v1"] {
            let path = folder.path().join(path);
            let mode = |mode| fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            for (bits, who) in [(0o777, "every user may write to"), (0o770, "its group may write to")] {
                mode(bits);
                refused(&disk, &block, who);
                let e = disk.get(block.cid()).unwrap_err();
                let mend = format!("chmod go-w '{}'", path.display());
                assert!(e.hint_text().unwrap().contains(&mend), "{e:?}");
            }
            // With the sticky bit a base is like /tmp; a folder of ours is not one.
            mode(0o1777);
            match disk.get(block.cid()) {
                Ok(found) => assert!(found.is_some() && path.ends_with("base")),
                Err(_) => assert!(!path.ends_with("base")),
            }
            mode(0o755);
            assert!(disk.get(block.cid()).unwrap().is_some());
            mode(0o700);
        }
        assert_eq!(disk.get(block.cid()).unwrap(), Some(block));
    }

    #[test]
    fn g6_a_folder_of_another_user_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (disk, block) = (Disk::at(folder.path(), Durability::Cached), block(1, 10));
        disk.put(&block).unwrap();
        // Only root can give a folder away; others cannot make the case, and need not fear it from themselves.
        if std::os::unix::fs::chown(disk.folder(), Some(12345), None).is_ok() {
            refused(&disk, &block, "user 12345");
        } else {
            assert_eq!(disk.get(block.cid()).unwrap(), Some(block));
        }
    }

    #[test]
    fn g6_planted_links_are_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        let block = block(1, 10);
        // A link in place of the folder, of the version, of the shard.
        let probe = Disk::at(elsewhere.path().join("probe"), Durability::Cached);
        probe.put(&block).unwrap();
        let shard = only(&probe.folder()).parent().unwrap().file_name().unwrap().to_owned();
        for links in ["blocks", "blocks/v1", "blocks/v1/shard"] {
            let base = folder.path().join(links.replace('/', "-"));
            let at = base.join(links.replace("shard", shard.to_str().unwrap()));
            fs::create_dir_all(at.parent().unwrap()).unwrap();
            let target = elsewhere.path().join(links.replace('/', "-"));
            fs::create_dir_all(&target).unwrap();
            symlink(&target, &at).unwrap();
            refused(&Disk::at(&base, Durability::Cached), &block, "a link");
            assert!(files(&target).is_empty(), "written through {links}");
        }
        // A link in place of the file: what it leads to is neither read nor written.
        let disk = Disk::at(folder.path().join("file"), Durability::Cached);
        disk.put(&block).unwrap();
        let path = only(&disk.folder());
        let victim = elsewhere.path().join("victim");
        fs::write(&victim, block.data()).unwrap();
        fs::remove_file(&path).unwrap();
        symlink(&victim, &path).unwrap();
        assert_eq!(disk.get(block.cid()).unwrap_err().kind(), ErrorKind::Environment);
        assert!(!disk.has(block.cid()).unwrap());
        fs::write(&victim, "precious").unwrap();
        assert!(disk.put(&block).unwrap());
        assert!(!path.is_symlink());
        assert_eq!(fs::read(&victim).unwrap(), b"precious");
        assert_eq!(disk.get(block.cid()).unwrap(), Some(block));
    }

    #[test]
    fn g6_a_pipe_in_place_of_a_block_keeps_nobody_waiting() {
        let folder = tempfile::tempdir().unwrap();
        let (disk, block) = (Disk::at(folder.path(), Durability::Cached), block(1, 10));
        disk.put(&block).unwrap();
        let path = only(folder.path());
        fs::remove_file(&path).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        assert_eq!(disk.get(block.cid()).unwrap_err().kind(), ErrorKind::Environment);
        assert!(disk.put(&block).is_err());
    }
}
