//! What is kept is what was kept, or it is not there.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what is wrong by failing")]

use std::fs;
use std::path::Path;
use std::process::Command;

use unsaid_digits::Cache;
use unsaid_digits::blocks::{BLOCK, HEAD, SUM};
use unsaid_pi::{Base, Keep, Kept};

/// Digits below the base that do not repeat soon.
fn digits(base: Base, count: usize) -> Vec<u8> {
    let mut state = u32::from(base.get());
    (0..count)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            ((state >> 8) % u32::from(base.get())) as u8
        })
        .collect()
}

fn base(number: u32) -> Base {
    Base::new(number).unwrap()
}

fn folder() -> (tempfile::TempDir, Cache) {
    let dir = tempfile::tempdir().unwrap();
    let cache = Cache::at(dir.path().join("pi/v1"));
    (dir, cache)
}

const TEN: Kept = Kept::Digits(Base::DEC);

fn read(cache: &Cache, what: Kept, from: u64, count: usize) -> Option<Vec<u8>> {
    let mut out = vec![0; count];
    cache.get(what, from, &mut out).then_some(out)
}

#[test]
fn what_is_kept_is_read_at_any_place() {
    let (_dir, cache) = folder();
    for what in [Kept::Bits, Kept::Digits(base(3)), TEN, Kept::Digits(base(255))] {
        let base = if let Kept::Digits(base) = what { base } else { Base::BYTE };
        let kept = digits(base, 200_001);
        assert_eq!((cache.length(what), read(&cache, what, 0, 1)), (0, None));
        cache.put(what, &kept).unwrap();
        assert_eq!(cache.length(what), 200_001);
        for (from, length) in
            [(0, 200_001), (1, 1), (65_535, 3), (65_536, 65_536), (200_000, 1), (200_001, 0)]
        {
            assert_eq!(read(&cache, what, from as u64, length).as_deref(), Some(&kept[from..from + length]));
        }
        assert_eq!(read(&cache, what, 200_000, 2), None);
        assert_eq!(read(&cache, what, u64::MAX, 1), None, "j7");
    }
    assert_eq!(cache.notes(), [""; 0]);
}

#[test]
fn only_a_larger_file_replaces_another_and_who_reads_the_old_one_still_can() {
    let (_dir, cache) = folder();
    let all = digits(Base::DEC, 300_000);
    cache.put(TEN, &all[..200_000]).unwrap();
    let path = cache.folder().join("base-10.pi");
    let old = fs::File::open(&path).unwrap();
    cache.put(TEN, &all[..10]).unwrap();
    assert_eq!(cache.length(TEN), 200_000);
    cache.put(TEN, &all).unwrap();
    assert_eq!(cache.length(TEN), 300_000);
    let old = unsaid_digits::blocks::Blocks::open(old, unsaid_digits::blocks::Kind::Digits(10)).unwrap();
    let mut out = vec![0; 200_000];
    old.read(0, &mut out).unwrap();
    assert_eq!(out, &all[..200_000]);
}

#[test]
fn g5_every_changed_byte_is_noticed_and_only_its_block_suffers() {
    let (_dir, cache) = folder();
    let kept = digits(Base::DEC, 2 * BLOCK as usize + 100);
    cache.put(TEN, &kept).unwrap();
    let path = cache.folder().join("base-10.pi");
    let whole = fs::read(&path).unwrap();
    assert_eq!(whole.len(), HEAD + kept.len() + 3 * SUM);
    for at in (0..HEAD).chain((HEAD..whole.len()).step_by(9973)).chain([whole.len() - 1]) {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        fs::write(&path, &changed).unwrap();
        assert_eq!(read(&cache, TEN, 0, kept.len()), None, "byte {at}");
        let notes = cache.notes();
        assert_eq!(notes.len(), 1, "{notes:?}");
        fs::write(&path, &whole).unwrap();
    }
    // Damage in the second block does not keep anybody from the first and the third.
    let mut changed = whole.clone();
    changed[HEAD + BLOCK as usize + SUM + 5] ^= 1;
    fs::write(&path, &changed).unwrap();
    assert_eq!(read(&cache, TEN, 0, 100).as_deref(), Some(&kept[..100]));
    assert_eq!(read(&cache, TEN, 2 * BLOCK, 100).as_deref(), Some(&kept[2 * BLOCK as usize..]));
    assert_eq!(read(&cache, TEN, BLOCK - 1, 2), None);
    assert!(cache.put(TEN, &kept).is_ok(), "and the next ones that come take its place");
    assert_eq!(read(&cache, TEN, 0, kept.len()), Some(kept));
}

#[test]
fn b1_a_file_cut_anywhere_or_longer_than_it_says_is_not_used() {
    let (_dir, cache) = folder();
    let kept = digits(Base::DEC, 70_000);
    cache.put(TEN, &kept).unwrap();
    let path = cache.folder().join("base-10.pi");
    let whole = fs::read(&path).unwrap();
    for length in [0, 1, 8, HEAD - 1, HEAD, HEAD + 1, 65_536, whole.len() - 1] {
        fs::write(&path, &whole[..length]).unwrap();
        assert_eq!((cache.length(TEN), cache.notes().len()), (0, 1), "{length}");
    }
    fs::write(&path, [&whole[..], b"x"].concat()).unwrap();
    assert_eq!(cache.length(TEN), 0);
}

#[test]
fn a_file_of_another_base_or_a_block_of_another_place_is_not_taken_for_this_ones() {
    let (_dir, cache) = folder();
    for base in [base(10), base(7)] {
        cache.put(Kept::Digits(base), &digits(base, 3 * BLOCK as usize)).unwrap();
    }
    let (ten, seven) = (cache.folder().join("base-10.pi"), cache.folder().join("base-7.pi"));
    let whole = fs::read(&ten).unwrap();
    let step = BLOCK as usize + SUM;
    let mut swapped = whole.clone();
    swapped.copy_within(HEAD..HEAD + step, HEAD + step);
    fs::write(&ten, &swapped).unwrap();
    assert_eq!(read(&cache, TEN, BLOCK, 10), None);
    fs::write(&ten, fs::read(&seven).unwrap()).unwrap();
    assert_eq!(cache.length(TEN), 0);
}

#[test]
fn tables_are_kept_by_their_names_and_no_name_leads_elsewhere() {
    let (dir, cache) = folder();
    assert_eq!(cache.table("b10-2", 1000), None);
    assert!(cache.keep_table("b10-2", b"positions"));
    assert_eq!(cache.table("b10-2", 1000).as_deref(), Some(&b"positions"[..]));
    assert_eq!(cache.table("b10-2", 3), None, "more than may be read");
    fs::copy(cache.folder().join("b10-2.table"), cache.folder().join("b10-3.table")).unwrap();
    assert_eq!(cache.table("b10-3", 1000), None, "another table's name");
    for name in ["../x", "a/b", "", ".", "a.b"] {
        assert!(!cache.keep_table(name, b"x") && cache.table(name, 9).is_none(), "{name}");
    }
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[cfg(unix)]
#[test]
fn g6_what_others_may_write_to_is_not_used() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    let (dir, cache) = folder();
    let kept = digits(Base::DEC, 100);
    cache.put(TEN, &kept).unwrap();
    let file = cache.folder().join("base-10.pi");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(cache.folder()).unwrap().permissions().mode() & 0o777, 0o700);
    for (path, bad, good) in
        [(file.as_path(), 0o620, 0o600), (&file, 0o602, 0o600), (cache.folder(), 0o770, 0o700)]
    {
        mode(path, bad);
        assert_eq!(cache.length(TEN), 0, "{} {bad:o}", path.display());
        assert_eq!(cache.notes().len(), 1);
        mode(path, good);
        assert_eq!(cache.length(TEN), 100);
    }
    let elsewhere = dir.path().join("elsewhere");
    fs::rename(&file, &elsewhere).unwrap();
    symlink(&elsewhere, &file).unwrap();
    assert_eq!(cache.length(TEN), 0, "a link planted under its name");
    assert!(cache.put(TEN, &kept).is_ok(), "is replaced");
    assert!(fs::symlink_metadata(&file).unwrap().is_file() && elsewhere.exists());
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    assert_eq!(cache.length(TEN), 0);
    assert!(cache.put(TEN, &kept).is_err(), "a folder is not");
    assert!(!cache.notes().is_empty());
}

#[cfg(unix)]
#[test]
fn f15_a_folder_that_cannot_be_written_to_is_only_a_note() {
    let cache = Cache::at("/proc/no-such/pi");
    assert!(cache.put(TEN, &[1, 4, 1]).is_err());
    assert!(!cache.keep_table("t", b"x"));
    assert_eq!(read(&cache, TEN, 0, 1), None);
    assert!(!cache.notes().is_empty());
    assert_eq!(cache.notes(), [""; 0], "each is said once");
}

/// What each of the twenty processes does.
#[test]
fn one_of_twenty() {
    let Some(folder) = std::env::var_os("UNSAID_DIGITS_TEST") else { return };
    let cache = Cache::at(folder);
    for round in 1..=20 {
        for what in [TEN, Kept::Bits] {
            let all = digits(Base::DEC, 80_000 + round * 1000);
            cache.put(what, &all).unwrap();
            let kept = read(&cache, what, 79_000, 1000);
            assert_eq!(kept.as_deref(), Some(&all[79_000..80_000]), "{:?}", cache.notes());
            cache.keep_table("t", &all);
        }
    }
    assert_eq!(cache.notes(), [""; 0]);
}

#[test]
fn g1_twenty_processes_at_once_see_whole_files_only() {
    let dir = tempfile::tempdir().unwrap();
    let start = |_| {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "one_of_twenty", "-q"]).env("UNSAID_DIGITS_TEST", dir.path().join("pi"));
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap()
    };
    let children: Vec<_> = (0..20).map(start).collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }
    let cache = Cache::at(dir.path().join("pi"));
    assert_eq!(cache.length(TEN), 100_000);
    assert_eq!(fs::read_dir(cache.folder()).unwrap().count(), 3, "nothing else is left behind");
}

#[test]
fn the_example_of_the_page_holds() {
    let (_dir, cache) = folder();
    cache.put(TEN, &[1, 4, 1, 5]).unwrap();
    let file = fs::read(cache.folder().join("base-10.pi")).unwrap();
    assert_eq!(file.len(), 84);
    assert_eq!(file[..16], *b"\x89UPI\r\n\x1a\n\x01\x00\x02\x00\x0a\x00\x00\x00");
    assert_eq!((&file[32..40], &file[64..68]), (&[4, 0, 0, 0, 0, 0, 0, 0][..], &[1, 4, 1, 5][..]));
}
