//! The package as Python sees it: `test_unsaid.py` against the library that cargo just built.
//!
//! `.ci/run` runs the same tests again, by pytest, against the wheel that maturin builds.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Cargo builds the library before the tests, into the folder of the tests or the one above.
fn library() -> PathBuf {
    let name = format!("{}_unsaid{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    let test = std::env::current_exe().unwrap();
    let built = test.ancestors().skip(1).take(2).map(|dir| dir.join(&name)).find(|path| path.exists());
    built.unwrap_or_else(|| panic!("{name} is not beside {}", test.display()))
}

#[test]
fn k1_to_k7_the_package_holds_its_promises() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let place = tempfile::tempdir().unwrap();
    let package = place.path().join("unsaid");
    fs::create_dir(&package).unwrap();
    for entry in fs::read_dir(here.join("python/unsaid")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            fs::copy(&path, package.join(path.file_name().unwrap())).unwrap();
        }
    }
    fs::copy(library(), package.join("_unsaid.abi3.so")).unwrap();
    let output = Command::new("python3")
        .arg("-X")
        .arg("faulthandler")
        .arg(here.join("tests/test_unsaid.py"))
        .env("PYTHONPATH", place.path())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .unwrap_or_else(|e| panic!("python3 (3.10 or newer) must be installed: {e}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stdout));
    assert!(said.contains("OK") && !said.contains("skipped") && !said.contains("panicked"), "{said}");
}
