//! What the store promises, also to several who use it at once.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use super::*;

/// A store in a folder of its own, which goes with it. The store itself never reads what a model holds
/// before it has compared its hash, so any bytes will do.
struct Place(Store);

impl Place {
    fn new(name: &str) -> Place {
        let folder = std::env::temp_dir().join(format!("unsaid-store-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        Place(Store::at(folder))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(self.0.folder());
    }
}

fn bytes() -> (Vec<u8>, ModelId) {
    let file: Vec<u8> = (0..100_000u32).map(|n| (n.wrapping_mul(n) >> 7) as u8).collect();
    let id = ModelId::new(Hash::of(&file));
    (file, id)
}

#[test]
fn many_may_add_the_same_model_at_once() {
    let (place, (file, id)) = (Place::new("many"), bytes());
    let added = std::thread::scope(|scope| {
        let all: Vec<_> = (0..20).map(|_| scope.spawn(|| place.0.add(&file, &id).unwrap())).collect();
        all.into_iter().map(|one| one.join().unwrap()).filter(|added| *added).count()
    });
    assert_eq!(added, 1);
    assert_eq!(place.0.ids().unwrap(), [id]);
    assert_eq!(fs::read(place.0.path(&id)).unwrap(), file);
    assert_eq!(fs::read_dir(place.0.folder()).unwrap().count(), 1);
}

#[test]
fn adding_mends_a_model_that_was_damaged() {
    let (place, (file, id)) = (Place::new("mends"), bytes());
    assert!(place.0.add(&file, &id).unwrap());
    let mut longer = file.clone();
    longer.push(0);
    let mut flipped = file.clone();
    flipped[70_000] ^= 1;
    for damaged in [Vec::new(), file[..99_999].to_vec(), longer, flipped] {
        fs::write(place.0.path(&id), damaged).unwrap();
        assert!(place.0.add(&file, &id).unwrap());
        assert_eq!(fs::read(place.0.path(&id)).unwrap(), file);
        assert!(!place.0.add(&file, &id).unwrap());
    }
    let e = place.0.add(b"another", &id).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Usage);
    assert_eq!(fs::read(place.0.path(&id)).unwrap(), file);
}

#[test]
fn too_few_digits_choose_no_model() {
    let (place, (file, id)) = (Place::new("digits"), bytes());
    place.0.add(&file, &id).unwrap();
    let hash = id.to_string();
    for digits in ["", &hash[..3], "zzzz", "éé"] {
        let e = place.0.find(digits).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Usage, "{digits}");
    }
    assert_eq!(place.0.find(&hash[..4]).unwrap(), id);
    assert_eq!(place.0.find(&hash.to_uppercase()).unwrap(), id);
    let other = if hash.starts_with("0000") { "1111" } else { "0000" };
    let e = place.0.find(other).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Missing);
    assert_eq!(e.hint_text(), Some(HOW_TO_LIST));
}

#[test]
fn only_the_exact_name_of_an_id_is_a_model() {
    let (place, (file, id)) = (Place::new("names"), bytes());
    place.0.add(&file, &id).unwrap();
    let mut other = id.hash().0;
    other[0] = 0xab;
    let other = ModelId::new(Hash(other)).to_string();
    for name in [
        format!("{}.unsm", other.to_uppercase()),
        format!("{other}.UNSM"),
        format!("{other}.unsm~"),
        format!("{other}.x.unsm"),
        other.clone(),
        "é.unsm".repeat(12),
    ] {
        fs::write(place.0.folder().join(name), "no").unwrap();
    }
    assert_eq!(place.0.ids().unwrap(), [id]);
}

#[test]
#[cfg(unix)]
fn what_is_no_file_is_refused_and_keeps_nobody_waiting() {
    let (place, (file, id)) = (Place::new("pipe"), bytes());
    fs::create_dir_all(place.0.folder()).unwrap();
    let path = place.0.path(&id);
    let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
    assert!(made.success());
    let refused = || {
        let e = place.0.load(&id, &Limits::default()).unwrap_err();
        assert_eq!((e.kind(), e.path()), (ErrorKind::Environment, Some(&*path)));
        assert!(e.to_string().contains("not a file"), "{e}");
        assert_eq!(place.0.add(&file, &id).unwrap_err().kind(), ErrorKind::Environment);
    };
    refused();
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    refused();
    fs::remove_dir(&path).unwrap();
    std::os::unix::fs::symlink("/dev/zero", &path).unwrap();
    refused();
}

#[test]
#[cfg(unix)]
fn the_first_variable_that_is_set_says_where() {
    let with = |set: &[(&str, &str)]| {
        let value = |name: &str| set.iter().find(|(n, _)| *n == name).map(|(_, v)| OsString::from(v));
        folder(value).map(|path| path.to_string_lossy().into_owned())
    };
    let all = [("UNSAID_HOME", "/u"), ("XDG_DATA_HOME", "/x"), ("HOME", "/h")];
    assert_eq!(with(&all).as_deref(), Some("/u/models"));
    assert_eq!(with(&all[1..]).as_deref(), Some("/x/unsaid/models"));
    assert_eq!(with(&all[2..]).as_deref(), Some("/h/.local/share/unsaid/models"));
    let relative = [("XDG_DATA_HOME", "x"), ("HOME", "/h")];
    assert_eq!(with(&relative).as_deref(), Some("/h/.local/share/unsaid/models"));
    assert_eq!(with(&[]), None);
}
