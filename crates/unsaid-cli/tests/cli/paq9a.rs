//! `unsaid paq9a`, sentence by sentence of the text that describes it.

use std::fs;

use crate::common::Dir;
use unsaid_testkit::{Kind, bytes};

/// A folder with the files of the text's example.
fn example() -> Dir {
    let dir = Dir::new();
    dir.write("a.txt", "to be or not to be, that is the question ".repeat(20));
    dir.write("b.txt", "stored as it is");
    dir.write("c.txt", "to be or not to be, said again ".repeat(20));
    dir.write("tmp/d.txt", "d");
    dir.write("tmp/e.txt", "");
    dir
}

const LINE: &str = "paq9a a foo.paq9a a.txt -3 -s b.txt -c c.txt tmp/d.txt tmp/e.txt";

/// (size, mode, name) of every entry.
fn listed(dir: &Dir, archive: &str) -> Vec<(u64, String, String)> {
    let ran = dir.run(["paq9a", "l", archive, "--json"]).silent(0);
    let lines = ran.out.lines().map(|l| serde_json::from_str::<serde_json::Value>(l).unwrap());
    let entries = lines.filter(|v| v["message_type"] == "entry");
    let text = |v: &serde_json::Value| v.as_str().unwrap().to_owned();
    entries.map(|v| (v["size"].as_u64().unwrap(), text(&v["mode"]), text(&v["path"]))).collect()
}

fn names(dir: &Dir, archive: &str) -> Vec<String> {
    listed(dir, archive).into_iter().map(|(_, _, name)| name).collect()
}

mod add {
    use super::*;

    /// "creates the archive foo.paq9a with 5 files. The file b.txt is stored without compression.
    /// The other 4 files are compressed at memory level 3."
    #[test]
    fn the_example_of_the_text() {
        let dir = example();
        dir.line(LINE).silent(0);
        assert_eq!(dir.read("foo.paq9a")[..5], *b"pQ9\x013");
        let modes: Vec<_> =
            listed(&dir, "foo.paq9a").into_iter().map(|(_, mode, name)| mode + " " + &name).collect();
        assert_eq!(modes, ["c a.txt", "s b.txt", "c c.txt", "c tmp/d.txt", "c tmp/e.txt"]);
    }

    /// "Default is -7"
    #[test]
    fn the_default_level_is_7() {
        let dir = example();
        dir.line("paq9a a x b.txt -s").silent(0);
        assert_eq!(dir.read("x")[..5], *b"pQ9\x017");
    }

    /// "You can only create new archives. You cannot modify existing archives." "An existing archive
    /// cannot be overwritten."
    #[test]
    fn an_existing_archive_is_never_overwritten() {
        let dir = example();
        dir.write("foo.paq9a", "mine");
        dir.line(LINE).code(6).says("foo.paq9a").says("error: ");
        assert_eq!(dir.read("foo.paq9a"), b"mine");
        let before = dir.files();
        dir.line("paq9a a a.txt b.txt").code(6);
        dir.line("paq9a a tmp b.txt").code(6);
        assert_eq!(dir.files(), before);
    }

    /// "If any named file does not exist, then it is omitted from the archive with a warning and the
    /// remaining files are added."
    #[test]
    fn a_missing_file_is_left_out_with_a_warning() {
        let dir = example();
        dir.line("paq9a a x none.txt b.txt -1 none2.txt a.txt")
            .code(1)
            .says("warning: none.txt")
            .says("none2.txt");
        assert_eq!(names(&dir, "x"), ["b.txt", "a.txt"]);
    }

    #[test]
    fn a_directory_is_left_out_with_a_warning() {
        let dir = example();
        dir.line("paq9a a x -1 tmp b.txt").code(1).says("warning: tmp: is a directory");
        assert_eq!(names(&dir, "x"), ["b.txt"]);
    }

    #[test]
    fn without_any_input_no_archive_is_made() {
        let dir = example();
        let before = dir.files();
        dir.line("paq9a a x none.txt tmp").code(1).says("no archive");
        assert_eq!(dir.files(), before);
    }

    /// "There must be at least one filename on the command line."
    #[test]
    fn there_must_be_at_least_one_file_name() {
        let dir = example();
        let before = dir.files();
        dir.line("paq9a a x").code(2);
        dir.line("paq9a a x -5 -s").code(2);
        dir.line("paq9a a").code(2);
        assert_eq!(dir.files(), before);
    }

    #[test]
    fn two_different_levels_are_an_error() {
        let dir = example();
        let before = dir.files();
        dir.line("paq9a a x -3 a.txt -4 b.txt").code(2).says("-3 and -4");
        assert_eq!(dir.files(), before);
        dir.line("paq9a a x -3 a.txt -3 b.txt").silent(0);
    }

    /// "File names are stored and extracted exactly as named when the archive is created"
    #[test]
    fn names_are_stored_exactly_as_typed() {
        let dir = example();
        dir.write("-3", "a file that looks like a level");
        let line = ["paq9a", "a", "x", "-1", "./-3", ".//tmp/../a.txt", "--", "-3"];
        dir.run(line).silent(0);
        assert_eq!(names(&dir, "x"), ["./-3", ".//tmp/../a.txt", "-3"]);
        let absolute = dir.path("b.txt");
        dir.run(["paq9a", "a", "y", "-s", absolute.to_str().unwrap()]).silent(0);
        assert_eq!(names(&dir, "y"), [absolute.to_str().unwrap()]);
    }

    #[test]
    fn a_file_can_be_named_twice() {
        let dir = example();
        dir.line("paq9a a x -1 a.txt a.txt").silent(0);
        assert_eq!(names(&dir, "x"), ["a.txt", "a.txt"]);
    }

    #[test]
    fn standard_input_is_no_file() {
        let dir = example();
        dir.line("paq9a a x -1 - b.txt").code(1).says("./-");
        assert_eq!(names(&dir, "x"), ["b.txt"]);
        dir.line("paq9a a - b.txt").code(2).says("./-");
        assert!(!dir.has("-"));
    }

    #[test]
    fn a_level_above_the_memory_limit_makes_no_archive() {
        let dir = example();
        let before = dir.files();
        dir.line("paq9a a x -9 a.txt --max-memory 1G").code(5).says("--max-memory");
        assert_eq!(dir.files(), before);
        dir.line("paq9a a x -9 -s a.txt --max-memory 1M").silent(0);
    }

    #[test]
    fn the_archives_are_those_of_the_library() {
        let dir = Dir::new();
        for (name, kind) in [("text", Kind::Text), ("random", Kind::Noise)] {
            dir.write(name, bytes(kind, 7, 300_000));
        }
        dir.line("paq9a a x -2 text -s random").silent(0);
        let limits = unsaid_core::Limits::default();
        let level = unsaid_cm::paq9a::Level::new(2).unwrap();
        let mut writer = unsaid_cm::paq9a::Writer::new(Vec::new(), level, &limits).unwrap();
        for (name, mode) in
            [("text", unsaid_cm::paq9a::Mode::Compressed), ("random", unsaid_cm::paq9a::Mode::Stored)]
        {
            let data = dir.read(name);
            writer.add(name.as_bytes(), &mut &data[..], mode, &unsaid_core::Silent).unwrap();
        }
        assert!(dir.read("x") == writer.finish().unwrap());
    }

    #[cfg(unix)]
    #[test]
    fn f17_names_are_bytes() {
        use std::os::unix::ffi::OsStrExt;
        let dir = Dir::new();
        let name = std::ffi::OsStr::from_bytes(b"caf\xe9 \x1b[2J\n");
        fs::write(dir.path(name), "x").unwrap();
        let words = ["paq9a", "a", "x", "-1"].map(std::ffi::OsStr::new);
        dir.run(words.into_iter().chain([name])).silent(0);
        fs::rename(dir.path(name), dir.path("original")).unwrap();
        // A28: shown escaped.
        assert!(dir.line("paq9a l x").silent(0).out.contains("caf\\xe9 \\x1b[2J\\n\n"));
        dir.line("paq9a x x").silent(0);
        assert_eq!(fs::read(dir.path(name)).unwrap(), b"x");
        dir.line("paq9a x x").code(1).says("caf\\xe9 \\x1b[2J\\n");
    }
}

mod extract {
    use super::*;

    /// The archive of the example, alone in a folder.
    fn packed() -> Dir {
        let dir = example();
        dir.line(LINE).silent(0);
        for name in ["a.txt", "b.txt", "c.txt", "tmp/d.txt", "tmp/e.txt"] {
            dir.write(&format!("was/{name}"), dir.read(name));
            fs::remove_file(dir.path(name)).unwrap();
        }
        dir
    }

    /// "extracts the archive contents, creating files exactly as named when the archive was created"
    #[test]
    fn everything_comes_back() {
        let dir = packed();
        dir.line("paq9a x foo.paq9a").silent(0);
        for name in ["a.txt", "b.txt", "c.txt", "tmp/d.txt", "tmp/e.txt"] {
            assert_eq!(dir.read(name), dir.read(&format!("was/{name}")), "{name}");
        }
    }

    /// "Files are never clobbered." "If a file already exists or cannot be created, then it is
    /// skipped."
    #[test]
    fn existing_files_are_skipped() {
        let dir = packed();
        dir.write("b.txt", "mine");
        fs::create_dir(dir.path("a.txt")).unwrap();
        dir.line("paq9a x foo.paq9a").code(1).says("warning: b.txt").says("warning: a.txt");
        assert_eq!(dir.read("b.txt"), b"mine");
        assert_eq!(dir.read("c.txt"), dir.read("was/c.txt"), "what follows a skipped file is whole");
    }

    /// "tmp/d.txt would be skipped if either the current directory does not have a subdirectory tmp,
    /// or tmp is write protected, or tmp/d.txt already exists."
    #[test]
    fn a_missing_subdirectory_is_not_made() {
        let dir = packed();
        fs::remove_dir(dir.path("tmp")).unwrap();
        dir.line("paq9a x foo.paq9a").code(1).says("warning: tmp/d.txt").says("warning: tmp/e.txt");
        assert!(!dir.has("tmp") && dir.has("c.txt"));
        dir.write("tmp", "a file");
        fs::remove_file(dir.path("c.txt")).unwrap();
        dir.line("paq9a x foo.paq9a").code(1).says("warning: tmp/d.txt");
        assert_eq!(dir.read("tmp"), b"a file");
        assert!(dir.has("c.txt"));
    }

    #[cfg(unix)]
    #[test]
    fn a_write_protected_subdirectory_is_skipped() {
        use std::os::unix::fs::PermissionsExt;
        let dir = packed();
        let protect = |mode| fs::set_permissions(dir.path("tmp"), fs::Permissions::from_mode(mode)).unwrap();
        protect(0o555);
        // Nobody is refused anything as root: the promise can then only be that nothing breaks.
        let root = fs::write(dir.path("tmp/probe"), "").is_ok();
        let ran = dir.line("paq9a x foo.paq9a");
        protect(0o755);
        if !root {
            ran.code(1).says("warning: tmp/d.txt").says("warning: tmp/e.txt");
            assert!(!dir.has("tmp/d.txt"));
        }
        assert_eq!(dir.read("c.txt"), dir.read("was/c.txt"));
    }

    /// "then the output files are renamed in the order they were added to the archive and any
    /// remaining contents are extracted without renaming"
    #[test]
    fn files_are_renamed_in_the_order_of_the_archive() {
        let dir = packed();
        dir.line("paq9a x foo.paq9a x.txt y.txt").silent(0);
        assert_eq!(dir.read("x.txt"), dir.read("was/a.txt"));
        assert_eq!(dir.read("y.txt"), dir.read("was/b.txt"));
        assert_eq!(dir.read("c.txt"), dir.read("was/c.txt"));
        assert!(dir.has("tmp/d.txt") && dir.has("tmp/e.txt") && !dir.has("a.txt") && !dir.has("b.txt"));
    }

    #[test]
    fn a_skipped_file_uses_up_its_new_name() {
        let dir = packed();
        dir.write("x.txt", "mine");
        dir.line("paq9a x foo.paq9a x.txt y.txt").code(1).says("warning: x.txt");
        assert_eq!(dir.read("x.txt"), b"mine");
        assert_eq!(dir.read("y.txt"), dir.read("was/b.txt"));
        assert!(!dir.has("a.txt"));
    }

    /// "If the command line has more filenames than the archive then the extra arguments are
    /// ignored."
    #[test]
    fn extra_names_are_ignored() {
        let dir = packed();
        dir.line("paq9a x foo.paq9a 1 2 3 4 5 6 7").silent(0);
        assert!(dir.has("5") && !dir.has("6") && !dir.has("7"));
    }

    /// "Options are not allowed."
    #[test]
    fn options_are_not_allowed() {
        let dir = packed();
        let before = dir.files();
        for option in ["-s", "-c", "-3", "-x"] {
            dir.run(["paq9a", "x", "foo.paq9a", option]).code(2);
            dir.run(["paq9a", "x", option, "foo.paq9a"]).code(2);
        }
        assert_eq!(dir.files(), before);
        dir.line("paq9a x foo.paq9a ./-3 -- -s").silent(0);
        assert!(dir.has("-3") && dir.has("-s"));
    }

    #[test]
    fn a_missing_archive_is_an_error() {
        let dir = Dir::new();
        dir.line("paq9a x none.paq9a").code(6).says("none.paq9a");
        dir.line("paq9a l none.paq9a").code(6).says("none.paq9a");
        dir.line("paq9a x").code(2);
    }

    #[test]
    fn a_file_of_another_kind_is_an_error() {
        let dir = Dir::new();
        dir.write("x", "PK\x03\x04 and so on");
        dir.line("paq9a x x").code(3).says("error: x: not a paq9a archive");
        dir.line("paq9a l x").code(3).says("error: x: not a paq9a archive");
    }
}

/// An archive of the original program: see `tests/vectors/paq9a`.
mod original {
    use super::*;

    const SOLID: &[u8] = include_bytes!("../../../../tests/vectors/paq9a/solid.3.paq9a");
    fn files() -> [(&'static str, Vec<u8>); 4] {
        [
            ("a.txt", bytes(Kind::Text, 2, 3000)),
            ("b.bin", bytes(Kind::Noise, 2, 2000)),
            ("c.json", bytes(Kind::Json, 2, 4000)),
            ("empty", Vec::new()),
        ]
    }

    #[test]
    fn the_same_line_makes_the_same_archive() {
        let dir = Dir::new();
        files().iter().for_each(|(name, bytes)| dir.write(name, bytes));
        dir.line("paq9a a x -3 a.txt -s b.bin empty -c c.json a.txt empty").silent(0);
        assert!(dir.read("x") == SOLID);
        dir.line("paq9a a y a.txt -s b.bin empty -c c.json -3 a.txt empty").silent(0);
        assert!(dir.read("y") == SOLID, "a level anywhere sets the whole archive");
    }

    #[test]
    fn its_files_come_out_and_a_second_one_of_a_name_is_skipped() {
        let dir = Dir::new();
        dir.write("x", SOLID);
        let ran = dir.line("paq9a x x").code(1);
        assert_eq!(ran.err.lines().count(), 2, "{ran:#?}");
        let files = files();
        files.iter().for_each(|(name, bytes)| assert!(dir.read(name) == *bytes, "{name}"));
        // Renamed, each comes out.
        dir.line("paq9a x x 1 2 3 4 5 6").silent(0);
        assert!(dir.read("5") == files[0].1 && dir.read("6") == files[3].1);
    }
}

mod untrusted_names {
    use super::*;

    /// An archive of stored files with these names, each with its number as content.
    fn archive(names: &[&[u8]]) -> Vec<u8> {
        let limits = unsaid_core::Limits::default();
        let mut writer =
            unsaid_cm::paq9a::Writer::new(Vec::new(), unsaid_cm::paq9a::Level::MIN, &limits).unwrap();
        for (i, name) in names.iter().enumerate() {
            let content = i.to_string();
            let mode = unsaid_cm::paq9a::Mode::Stored;
            writer.add(name, &mut content.as_bytes(), mode, &unsaid_core::Silent).unwrap();
        }
        writer.finish().unwrap()
    }

    #[test]
    fn a1_a2_names_that_leave_the_directory_are_refused() {
        let dir = Dir::new();
        let absolute = dir.path("absolute");
        let absolute = absolute.to_str().unwrap();
        let names: [&[u8]; 6] =
            [b"../up", absolute.as_bytes(), b"sub/../../up2", b"C:\\x", b"\\\\server\\share\\x", b"inside"];
        dir.write("here/x", archive(&names));
        fs::create_dir(dir.path("here/sub")).unwrap();
        let mut command = dir.command();
        command.current_dir(dir.path("here")).args(["paq9a", "x", "x"]);
        dir.finish(&mut command).code(3).says("--allow-unsafe-paths").says("../up");
        assert_eq!(dir.files(), ["here/inside", "here/x"]);
        assert_eq!(dir.read("here/inside"), b"5");
    }

    #[test]
    fn unsafe_names_are_obeyed_when_allowed() {
        let dir = Dir::new();
        let absolute = dir.path("absolute");
        dir.write("here/x", archive(&[b"../up", absolute.to_str().unwrap().as_bytes()]));
        let mut command = dir.command();
        command.current_dir(dir.path("here")).args(["paq9a", "x", "--allow-unsafe-paths", "x"]);
        dir.finish(&mut command).silent(0);
        assert_eq!((dir.read("up"), dir.read("absolute")), (b"0".to_vec(), b"1".to_vec()));
    }

    #[test]
    fn a_new_name_from_the_command_line_is_trusted() {
        let dir = Dir::new();
        let absolute = dir.path("absolute");
        dir.write("here/x", archive(&[b"../up", b"/etc/passwd"]));
        let mut command = dir.command();
        command.current_dir(dir.path("here")).args(["paq9a", "x", "x", "../renamed"]).arg(&absolute);
        dir.finish(&mut command).silent(0);
        assert_eq!((dir.read("renamed"), dir.read("absolute")), (b"0".to_vec(), b"1".to_vec()));
    }

    #[cfg(unix)]
    #[test]
    fn a5_a_link_in_the_way_is_not_followed() {
        let dir = Dir::new();
        fs::create_dir(dir.path("outside")).unwrap();
        fs::create_dir(dir.path("here")).unwrap();
        std::os::unix::fs::symlink(dir.path("outside"), dir.path("here/link")).unwrap();
        std::os::unix::fs::symlink(dir.path("outside/new"), dir.path("here/dangling")).unwrap();
        dir.write("here/x", archive(&[b"link/passwd", b"dangling"]));
        let mut command = dir.command();
        command.current_dir(dir.path("here")).args(["paq9a", "x", "x"]);
        let ran = dir.finish(&mut command);
        assert!([1, 3].contains(&ran.code), "{ran:#?}");
        assert_eq!(fs::read_dir(dir.path("outside")).unwrap().count(), 0);
    }

    #[test]
    fn a3_names_that_are_no_place_are_refused() {
        let dir = Dir::new();
        dir.write("x", archive(&[b".", b"..", b"a/", b"good"]));
        dir.line("paq9a x x").code(3);
        assert_eq!(dir.files(), ["good", "x"]);
    }
}

mod damage {
    use super::*;

    fn archive() -> (Dir, usize) {
        let dir = Dir::new();
        dir.write("first", bytes(Kind::Text, 1, 3000));
        dir.write("second", bytes(Kind::Text, 2, 3000));
        dir.line("paq9a a x -1 first second").silent(0);
        let second = dir.read("x").windows(6).position(|w| w == b"second").unwrap();
        for name in ["first", "second"] {
            fs::rename(dir.path(name), dir.path(format!("was-{name}"))).unwrap();
        }
        (dir, second)
    }

    #[test]
    fn what_was_whole_before_the_damage_stays() {
        let (dir, _) = archive();
        let whole = dir.read("x");
        dir.write("x", &whole[..whole.len() - 100]);
        dir.line("paq9a x x").code(3).says("error: x: ").says("--keep-partial");
        assert_eq!(dir.read("first"), dir.read("was-first"));
        assert_eq!(dir.files(), ["first", "was-first", "was-second", "x"]);
        dir.line("paq9a l x").code(3);
    }

    #[test]
    fn what_was_recovered_is_kept_only_if_asked_and_under_another_name() {
        let dir = Dir::new();
        dir.write("first", "1");
        dir.write("second", bytes(Kind::Text, 2, 300_000));
        dir.line("paq9a a x -1 first second").silent(0);
        for name in ["first", "second"] {
            fs::rename(dir.path(name), dir.path(format!("was-{name}"))).unwrap();
        }
        let whole = dir.read("x");
        dir.write("x", &whole[..whole.len() - 100]);
        dir.line("paq9a x --keep-partial x").code(3).says("second.partial");
        assert_eq!(dir.files(), ["first", "second.partial", "was-first", "was-second", "x"]);
        let partial = dir.read("second.partial");
        assert!(partial.len() > 200_000 && dir.read("was-second").starts_with(&partial));
        // Nothing is overwritten, this name neither.
        fs::remove_file(dir.path("first")).unwrap();
        dir.write("second.partial", "mine");
        dir.line("paq9a x --keep-partial x").code(6);
        assert_eq!(dir.read("second.partial"), b"mine");
    }

    /// The archive comes through a pipe, so that the directory can change in the middle of a file.
    #[cfg(unix)]
    #[test]
    fn a5_a_directory_swapped_for_a_link_leads_no_recovered_part_outside() {
        use std::io::Write;
        let dir = Dir::new();
        dir.write("in/d/file", bytes(Kind::Noise, 1, 600_000));
        let within = |line: &str| {
            let mut command = dir.command();
            command.current_dir(dir.path("in")).args(line.split(' '));
            command
        };
        dir.finish(&mut within("paq9a a ../x -1 -s d/file")).silent(0);
        fs::remove_file(dir.path("in/d/file")).unwrap();
        fs::create_dir(dir.path("outside")).unwrap();
        let fifo = dir.path("fifo");
        assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        let mut command = within("paq9a x --keep-partial ../fifo");
        let child = command.stderr(std::process::Stdio::piped()).spawn().unwrap();
        let mut pipe = fs::OpenOptions::new().write(true).open(&fifo).unwrap();
        // More than the pipe holds: once it is written, the file was begun.
        pipe.write_all(&dir.read("x")[..500_000]).unwrap();
        fs::rename(dir.path("in/d"), dir.path("in/was")).unwrap();
        std::os::unix::fs::symlink("../outside", dir.path("in/d")).unwrap();
        drop(pipe);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(3), "{output:?}");
        assert_eq!(fs::read_dir(dir.path("outside")).unwrap().count(), 0, "{output:?}");
    }

    #[test]
    fn a_damaged_block_is_an_error() {
        let (dir, second) = archive();
        let mut bytes = dir.read("x");
        bytes[second + 7] = b'z';
        dir.write("x", bytes);
        dir.line("paq9a x x").code(3).says("0x7a").says("at byte");
        assert_eq!(dir.files(), ["first", "was-first", "was-second", "x"]);
    }

    #[test]
    fn b10_an_archive_of_nothing_is_empty() {
        let dir = Dir::new();
        dir.write("x", b"lPq\x017");
        dir.line("paq9a x x").silent(0);
        assert!(dir.line("paq9a l x").silent(0).out.contains("0 files"));
        dir.write("x", b"pQ9\x01");
        dir.line("paq9a x x").code(3);
        dir.write("x", b"");
        dir.line("paq9a x x").code(3);
    }

    #[test]
    fn limits_hold_while_extracting() {
        let (dir, _) = archive();
        dir.line("paq9a x --max-output 4000 x").code(5).says("--max-output");
        assert!(!dir.has("second"));
        dir.line("paq9a x --max-memory 1M x").code(5).says("--max-memory");
        dir.line("paq9a x --max-entries 1 x").code(5).says("--max-entries");
    }
}

mod seal {
    use super::*;

    fn sealed() -> Dir {
        let dir = example();
        dir.line("paq9a a x -1 --seal a.txt -s b.txt").silent(0);
        for name in ["a.txt", "b.txt"] {
            fs::remove_file(dir.path(name)).unwrap();
        }
        dir
    }

    #[test]
    fn a_seal_names_the_hash_of_every_original() {
        let dir = example();
        dir.line("paq9a a x -1 --seal a.txt b.txt").silent(0);
        let seal = String::from_utf8(dir.read("x.b3")).unwrap();
        for name in ["a.txt", "b.txt"] {
            assert!(seal.contains(&unsaid_core::check::Hash::of(&dir.read(name)).to_string()), "{seal}");
        }
        dir.line("paq9a x x 1 2").silent(0);
        assert_eq!(dir.read("1"), dir.read("a.txt"));
    }

    #[test]
    fn a_sealed_archive_shows_damage_that_the_format_cannot() {
        let dir = sealed();
        let bytes = dir.read("x");
        let stored = bytes.windows(6).position(|w| w == b"stored").unwrap();
        let mut other = bytes.clone();
        other[stored] ^= 1;
        dir.write("x", &other);
        dir.line("paq9a x x").code(3).says("seal");
        assert!(!dir.has("a.txt") && !dir.has("b.txt"), "nothing is decoded of another archive");
        // The level decides how much memory decoding takes, and nothing else shows that it was changed.
        let mut other = bytes.clone();
        other[4] = b'2';
        dir.write("x", &other);
        dir.line("paq9a x x").code(3).says("seal");
        assert!(!dir.has("a.txt") && !dir.has("b.txt"));
        // A cut between two files leaves a valid shorter archive, but not the one that was sealed.
        let cut = bytes.windows(5).position(|w| w == b"b.txt").unwrap();
        dir.write("x", &bytes[..cut]);
        dir.line("paq9a x x").code(3).says("seal");
        assert!(!dir.has("a.txt"));
        fs::remove_file(dir.path("x.b3")).unwrap();
        dir.line("paq9a x x").silent(0);
    }

    #[test]
    fn a_damaged_seal_is_an_error_and_an_existing_one_is_kept() {
        let dir = sealed();
        let seal = dir.read("x.b3");
        for bad in [&seal[..seal.len() - 3], b"", b"unsaid-seal 9\n"] {
            dir.write("x.b3", bad);
            dir.line("paq9a x x").code(3).says("x.b3");
            assert!(!dir.has("a.txt"));
        }
        dir.write("y.b3", "mine");
        dir.line("paq9a a y --seal c.txt").code(6).says("y.b3");
        assert!(!dir.has("y"));
        assert_eq!(dir.read("y.b3"), b"mine");
    }
}

mod list_and_help {
    use super::*;

    /// "The l command lists the contents. Any extra arguments are ignored."
    #[test]
    fn extra_arguments_of_l_are_ignored() {
        let dir = example();
        dir.line(LINE).silent(0);
        let plain = dir.line("paq9a l foo.paq9a").silent(0).out;
        assert_eq!(dir.line("paq9a l foo.paq9a a b -3 -s --what").silent(0).out, plain);
        let rows: Vec<_> = plain.lines().collect();
        assert_eq!(rows.len(), 7, "{plain}");
        assert!(rows[1].ends_with(" c    a.txt") && rows[1].trim_start().starts_with("820 "), "{plain}");
    }

    /// "Any other command, or no command, displays a help message."
    #[test]
    fn any_other_command_or_none_displays_help() {
        let dir = Dir::new();
        for line in ["paq9a", "paq9a e foo", "paq9a A foo bar", "paq9a ax foo"] {
            dir.line(line).code(2).says("paq9a {a|x|l} archive [[-opt] files...]...");
        }
        assert_eq!(dir.files(), [""; 0]);
    }

    #[cfg(unix)]
    #[test]
    fn the_program_answers_to_its_name() {
        let dir = example();
        dir.line("install-links .").code(0);
        let mut command = std::process::Command::new(dir.path("paq9a"));
        command.current_dir(dir.path("")).args(["a", "x", "-1", "a.txt"]);
        dir.finish(&mut command).silent(0);
        assert_eq!(names(&dir, "x"), ["a.txt"]);
    }
}
