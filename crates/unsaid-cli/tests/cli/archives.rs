//! `pack`, `unpack`, `list`, `info`, `test`, `cat`, `recover`.

use std::fs;

use serde_json::Value;
use unsaid_testkit::{Kind, bytes};

use crate::common::{Dir, Ran};

/// A tree with what a tree may have.
fn tree() -> Dir {
    let dir = Dir::new();
    dir.write("tree/a.txt", bytes(Kind::Text, 1, 20_000));
    dir.write("tree/empty", "");
    dir.write("tree/sub/deep/b.json", bytes(Kind::Json, 2, 400_000));
    dir.write("tree/sub/noise", bytes(Kind::Noise, 3, 300_000));
    fs::create_dir(dir.path("tree/hollow")).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::os::unix::fs::symlink("a.txt", dir.path("tree/link")).unwrap();
        std::os::unix::fs::symlink("/nowhere", dir.path("tree/dangling")).unwrap();
        fs::hard_link(dir.path("tree/a.txt"), dir.path("tree/sub/second-name")).unwrap();
        fs::set_permissions(dir.path("tree/a.txt"), fs::Permissions::from_mode(0o640)).unwrap();
    }
    dir
}

/// The files that [`tree`] makes, with their bytes.
const FILES: [&str; 4] = ["a.txt", "empty", "sub/deep/b.json", "sub/noise"];

#[track_caller]
fn same_tree(dir: &Dir, a: &str, b: &str) {
    for file in FILES {
        assert!(dir.read(&format!("{a}/{file}")) == dir.read(&format!("{b}/{file}")), "{file}");
    }
    assert!(dir.path(b).join("hollow").is_dir());
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let meta = |path: String| dir.path(path).symlink_metadata().unwrap();
        for file in FILES.into_iter().chain(["", "sub", "hollow"]) {
            let (before, after) = (meta(format!("{a}/{file}")), meta(format!("{b}/{file}")));
            let kept = |m: &fs::Metadata| (m.mode() & 0o777, m.mtime(), m.mtime_nsec());
            assert_eq!(kept(&before), kept(&after), "{file}");
        }
        for link in ["link", "dangling"] {
            let target = |root: &str| fs::read_link(dir.path(root).join(link)).unwrap();
            assert_eq!(target(a), target(b));
        }
        assert_eq!(meta(format!("{b}/a.txt")).ino(), meta(format!("{b}/sub/second-name")).ino());
    }
}

fn json_lines(ran: &Ran) -> Vec<Value> {
    ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

mod round_trip {
    use super::*;

    #[test]
    fn a_tree_goes_in_and_comes_back() {
        let dir = tree();
        dir.line("pack tree").code(0).says("tree.ff: ");
        dir.line("test tree.ff").code(0).says("ok");
        dir.line("unpack tree.ff -C back").code(0);
        same_tree(&dir, "tree", "back/tree");
    }

    #[test]
    fn the_archive_is_called_like_its_only_input() {
        let dir = tree();
        dir.line("pack tree/").code(0);
        dir.line("pack tree/a.txt").code(0);
        assert!(dir.has("tree.ff") && dir.has("tree/a.txt.ff"));
        dir.line("pack tree/a.txt tree/empty").code(2).says("-o FILE");
        dir.line("pack .").code(2).says("-o FILE");
    }

    #[test]
    fn without_c_or_here_a_new_folder_is_named_after_the_archive() {
        let dir = tree();
        dir.line("pack tree -o x/../keep.tar.ff").code(6);
        dir.line("pack tree -o keep.tar.ff").code(0);
        dir.line("unpack keep.tar.ff").code(0);
        same_tree(&dir, "tree", "keep.tar/tree");
        dir.line("unpack keep.tar.ff").code(6).says("keep.tar");
        dir.line("unpack keep.tar.ff --on-conflict=rename").code(0);
        same_tree(&dir, "tree", "keep.tar.1/tree");
        fs::rename(dir.path("tree"), dir.path("was")).unwrap();
        dir.line("unpack keep.tar.ff --here").code(0);
        same_tree(&dir, "was", "tree");
    }

    #[test]
    fn pipes_work_both_ways() {
        let dir = tree();
        let shell = |script: &str| {
            let mut command = std::process::Command::new("sh");
            command.args(["-ec", script, crate::common::program()]).current_dir(dir.path(""));
            dir.finish(&mut command)
        };
        shell("\"$0\" pack tree -o - -q > piped.ff").silent(0);
        dir.line("pack tree -q").silent(0);
        assert!(dir.read("piped.ff") == dir.read("tree.ff"), "a pipe changes no byte");
        shell("cat tree.ff | \"$0\" unpack - -C back -q").silent(0);
        same_tree(&dir, "tree", "back/tree");
        shell("\"$0\" unpack - -C back2 -q < tree.ff").silent(0);
        same_tree(&dir, "tree", "back2/tree");
        let ran = shell("\"$0\" pack - -q < tree/sub/noise | \"$0\" cat -").silent(0);
        assert!(ran.bytes == dir.read("tree/sub/noise"));
        let ran = shell("\"$0\" pack - -q --name a/b < tree/a.txt | \"$0\" list -0 -").silent(0);
        assert_eq!(ran.out, "a/b\0");
        for verb in ["list", "info", "test"] {
            shell(&format!("cat tree.ff | \"$0\" {verb} -")).code(0);
        }
        assert!(shell("cat tree.ff | \"$0\" cat - tree/a.txt").silent(0).bytes == dir.read("tree/a.txt"));
    }

    #[test]
    fn g9_j5_the_bytes_do_not_depend_on_the_number_of_threads() {
        let dir = tree();
        let mut archives = Vec::new();
        for threads in ["1", "2", "3", "0"] {
            let name = format!("{threads}.ff");
            dir.run(["pack", "tree", "-q", "--group", "256K", "-T", threads, "-o", &name]).silent(0);
            archives.push(dir.read(&name));
            dir.run(["unpack", &name, "-q", "-T", threads, "-C", &format!("back{threads}")]).silent(0);
            same_tree(&dir, "tree", &format!("back{threads}/tree"));
        }
        assert!(archives.iter().all(|a| *a == archives[0]));
    }

    #[test]
    fn methods_and_levels_are_as_asked_for() {
        let dir = tree();
        for (line, method) in [
            ("--method store", "store"),
            ("-1", "paq9a -1"),
            ("-9 --best -2", "paq9a -2"),
            ("-2 --fast", "paq9a -1"),
            ("--method store --method paq9a -3", "paq9a -3"),
        ] {
            dir.line(&format!("pack tree/a.txt -q -f -o x.ff {line}")).silent(0);
            assert!(dir.line("info x.ff").silent(0).out.contains(&format!("method    {method}:")), "{line}");
            assert!(dir.line("cat x.ff").silent(0).bytes == dir.read("tree/a.txt"));
        }
        dir.line("pack tree/a.txt -o y.ff --method store -3").code(2);
        dir.line("pack tree/a.txt -o y.ff -7 --memory 64M").code(5).says("limit");
        dir.line("pack tree/a.txt -o y.ff --group 1K").code(2);
        assert!(!dir.has("y.ff"));
    }

    #[test]
    fn what_cannot_be_read_is_left_out_with_a_warning() {
        let dir = tree();
        dir.line("pack tree/a.txt missing -o x.ff").code(1).says("missing");
        assert_eq!(dir.line("list -0 x.ff").silent(0).out, "tree/a.txt\0");
        dir.line("pack missing -o y.ff").code(1).says("no archive is made");
        assert!(!dir.has("y.ff"));
        dir.line("pack tree/hollow -q").silent(0);
        assert_eq!(dir.line("list -0 tree/hollow.ff").silent(0).out, "tree/hollow\0");
    }

    #[test]
    fn free_metadata_is_kept() {
        let dir = tree();
        dir.line("pack tree/a.txt -q -o x.ff --meta lang=en --meta by=me --meta lang=ru").silent(0);
        let lines = json_lines(&dir.line("list --json x.ff").silent(0));
        let entry = lines.iter().find(|l| l["message_type"] == "entry").unwrap();
        assert_eq!(entry["user"], serde_json::json!({ "by": "me", "lang": "ru" }));
        assert_eq!(entry["path"], "tree/a.txt");
    }
}

mod selection {
    use super::*;

    #[test]
    fn single_paths_and_folders_can_be_unpacked() {
        let dir = tree();
        dir.line("pack tree -q").silent(0);
        dir.line("unpack tree.ff -q -C one tree/sub/deep ./tree/empty").silent(0);
        assert_eq!(
            dir.files().into_iter().filter(|f| f.starts_with("one/")).collect::<Vec<_>>(),
            ["one/tree/empty", "one/tree/sub/deep/b.json"]
        );
        dir.line("unpack tree.ff -C two tree/sub/de").code(2).says("tree/sub/de");
        dir.line("unpack tree.ff -C two tree/nothing tree/empty").code(2).says("tree/nothing");
        assert!(!dir.has("two"), "nothing is made before all is found");
    }

    #[test]
    fn cat_gives_a_file_or_a_range_of_it() {
        let dir = tree();
        dir.line("pack tree -q --group 256K").silent(0);
        let whole = dir.read("tree/sub/deep/b.json");
        assert!(dir.line("cat tree.ff tree/sub/deep/b.json").silent(0).bytes == whole);
        for (range, wanted) in [
            ("0..10", 0..10),
            ("262140..262150", 262_140..262_150),
            ("399990..", 399_990..400_000),
            ("399990+1M", 399_990..400_000),
            ("400000..", 0..0),
            ("..5", 0..5),
        ] {
            let ran = dir.line(&format!("cat tree.ff tree/sub/deep/b.json --range {range}")).silent(0);
            assert!(ran.bytes == whole[wanted], "{range}");
        }
        dir.line("cat tree.ff tree/sub/deep/b.json --range 400001..").code(2).says("400001");
        dir.line("cat tree.ff tree/none").code(2).says("tree/none");
        dir.line("cat tree.ff tree/sub").code(2).says("directory");
        dir.line("cat tree.ff").code(2).says("which");
        #[cfg(unix)]
        assert!(dir.line("cat tree.ff tree/sub/second-name").silent(0).bytes == dir.read("tree/a.txt"));
    }

    #[test]
    fn dry_runs_write_nothing() {
        let dir = tree();
        let before = dir.files();
        let out = dir.line("pack tree --dry-run").silent(0).out;
        assert!(out.contains("tree/sub/deep/b.json") && out.contains("400000"), "{out}");
        assert_eq!(dir.files(), before);
        dir.line("pack tree -q").silent(0);
        let before = dir.files();
        let out = dir.line("unpack tree.ff --dry-run tree/sub").silent(0).out;
        assert!(out.contains("tree/sub/noise") && !out.contains("tree/empty"), "{out}");
        assert_eq!(dir.files(), before);
    }
}

mod conflicts {
    use super::*;

    #[test]
    fn an_existing_archive_is_replaced_only_if_asked() {
        let dir = tree();
        dir.write("tree.ff", "mine");
        dir.line("pack tree").code(6).says("--force");
        dir.line("pack tree --force --on-conflict=error").code(6);
        dir.line("pack tree --on-conflict=skip").code(1).says("tree.ff");
        assert_eq!(dir.read("tree.ff"), b"mine");
        dir.line("pack tree -q --on-conflict=rename").silent(0);
        assert!(dir.has("tree.ff.1"));
        dir.line("pack tree -q --on-conflict=error --force").silent(0);
        assert!(dir.read("tree.ff") == dir.read("tree.ff.1"));
    }

    #[test]
    fn existing_files_are_replaced_only_if_asked() {
        let dir = tree();
        dir.line("pack tree/empty tree/sub/noise -q -o x.ff").silent(0);
        dir.write("to/tree/empty", "mine");
        dir.line("unpack x.ff -C to").code(6).says("to/tree/empty");
        assert!(dir.has("to/tree/sub/noise"), "the others come all the same");
        dir.line("unpack x.ff -C to --on-conflict=skip").code(1).says("2 entries left out");
        assert_eq!(dir.read("to/tree/empty"), b"mine");
        dir.line("unpack x.ff -C to -q --on-conflict=rename tree/empty").silent(0);
        assert_eq!(dir.read("to/tree/empty.1"), b"");
        dir.line("unpack x.ff -C to -q -f").silent(0);
        assert_eq!(dir.read("to/tree/empty"), b"");
    }

    #[test]
    fn f10_an_output_that_is_an_input_is_refused() {
        let dir = tree();
        let before = dir.read("tree/a.txt");
        dir.line("pack tree/a.txt -o tree/a.txt --force").code(2).says("one of the inputs");
        #[cfg(unix)]
        {
            fs::hard_link(dir.path("tree/a.txt"), dir.path("hard")).unwrap();
            std::os::unix::fs::symlink("tree/a.txt", dir.path("soft")).unwrap();
            dir.line("pack tree/a.txt -o hard --force").code(2);
            dir.line("pack tree/a.txt -o soft --force").code(2);
            dir.line("pack soft -o tree/a.txt --force").code(2);
        }
        assert!(dir.read("tree/a.txt") == before);
        dir.line("pack tree/a.txt -q -o x.ff").silent(0);
        dir.line("recover x.ff -o x.ff --force").code(2).says("one of the inputs");
    }

    #[test]
    fn a26_an_archive_is_never_packed_into_itself() {
        let dir = tree();
        dir.line("pack tree -q -o tree/inside.ff").silent(0);
        let listed = dir.line("list -0 tree/inside.ff").silent(0).out;
        assert!(!listed.contains("inside.ff") && !listed.contains(".part"), "{listed}");
    }
}

mod removal {
    use super::*;

    #[test]
    fn sources_go_only_after_the_archive_is_there() {
        let dir = tree();
        dir.line("pack tree -q --rm").silent(0);
        assert_eq!(dir.files(), ["tree.ff"]);
        dir.line("unpack tree.ff -q --here").silent(0);
        fs::rename(dir.path("tree"), dir.path("was")).unwrap();
        dir.line("unpack tree.ff -q --here --rm").silent(0);
        same_tree(&dir, "was", "tree");
        assert!(!dir.has("tree.ff"));
    }

    #[test]
    fn nothing_is_removed_when_something_failed() {
        let dir = tree();
        let before = dir.files();
        dir.line("pack tree --rm -o missing/x.ff").code(6);
        dir.line("pack tree --rm -7 --memory 64M").code(5);
        dir.line("pack tree --rm -o -").code(2);
        dir.line("pack tree --rm --no-sync").code(2);
        assert_eq!(dir.files(), before);
        dir.line("pack tree -q").silent(0);
        // A26: half of it cannot be unpacked.
        dir.write("to/tree/empty", "mine");
        dir.line("unpack tree.ff -C to --rm").code(6);
        dir.line("unpack tree.ff -C to2 --rm tree/empty").code(2);
        assert!(dir.has("tree.ff"));
        let bytes = dir.read("tree.ff");
        dir.write("cut.ff", &bytes[..bytes.len() - 1]);
        dir.line("unpack cut.ff --rm").code(3);
        assert!(dir.has("cut.ff"));
    }

    #[test]
    fn what_was_not_packed_is_not_removed() {
        let dir = tree();
        #[cfg(unix)]
        {
            let fifo = std::process::Command::new("mkfifo").arg(dir.path("tree/sub/fifo")).status();
            assert!(fifo.unwrap().success());
            dir.line("pack tree --rm").code(1).says("fifo");
            assert_eq!(dir.files(), ["tree.ff", "tree/sub/fifo"]);
        }
        #[cfg(not(unix))]
        dir.line("pack tree -q --rm").silent(0);
    }
}

mod damage {
    use super::*;

    /// An archive of three groups, whose middle one is damaged.
    fn damaged() -> Dir {
        let dir = Dir::new();
        for (i, name) in ["one", "two", "three"].into_iter().enumerate() {
            dir.write(name, bytes(Kind::Noise, i as u64, 262_144));
        }
        dir.line("pack one two three -q --method store --group 256K -o x.ff").silent(0);
        let mut bytes = dir.read("x.ff");
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        dir.write("bad.ff", bytes);
        dir
    }

    #[test]
    fn b6_damage_to_one_group_costs_only_that_group() {
        let dir = damaged();
        dir.line("test bad.ff").code(3).says("'two'").says("2 files whole");
        dir.line("unpack bad.ff").code(3).says("'two'");
        assert!(dir.read("bad/one") == dir.read("one") && dir.read("bad/three") == dir.read("three"));
        assert!(!dir.has("bad/two"));
        dir.line("cat bad.ff three").code(0);
        dir.line("cat bad.ff two").code(3);
    }

    #[test]
    fn b17_two_damaged_copies_make_a_whole_one() {
        let dir = damaged();
        let mut other = dir.read("x.ff");
        other[1000] ^= 1;
        let length = other.len();
        dir.write("other.ff", &other[..length - 10]);
        dir.line("recover bad.ff other.ff -o whole.ff").code(0);
        assert!(dir.read("whole.ff") == dir.read("x.ff"));
        dir.line("recover bad.ff -o half.ff").code(1).says("incomplete");
        dir.line("unpack half.ff -C half").code(3);
        assert!(dir.read("half/one") == dir.read("one"));
        dir.write("none.ff", "nothing at all");
        dir.line("recover none.ff -o y.ff").code(3);
        assert!(!dir.has("y.ff"));
    }

    #[test]
    fn b16_a_lost_index_is_rebuilt() {
        let dir = damaged();
        let bytes = dir.read("x.ff");
        dir.write("cut.ff", &bytes[..bytes.len() - 20]);
        let ran = dir.line("list -0 cut.ff").code(3);
        assert_eq!(ran.out, "one\0two\0three\0");
        dir.line("unpack cut.ff").code(3);
        assert!(dir.read("cut/three") == dir.read("three"));
        dir.line("recover cut.ff -o again.ff").code(0);
        assert!(dir.read("again.ff") == bytes);
    }

    #[test]
    fn b12_what_follows_the_end_is_an_error_unless_passed_over() {
        let dir = damaged();
        let mut bytes = dir.read("x.ff");
        bytes.extend([0; 512]);
        dir.write("tail.ff", bytes);
        for verb in ["test", "list", "info"] {
            dir.line(&format!("{verb} tail.ff")).code(3).says("--ignore-trailing");
            dir.line(&format!("{verb} tail.ff --ignore-trailing")).code(0).says("passed over");
        }
        dir.line("unpack tail.ff").code(3);
        dir.line("unpack tail.ff --dry-run").code(3);
        dir.line("unpack tail.ff --dry-run --ignore-trailing").code(0).says("passed over");
        dir.line("unpack tail.ff -C ok --ignore-trailing").code(0).says("passed over");
        let ran = dir.line("cat tail.ff one").code(3).says("--ignore-trailing");
        assert!(ran.bytes == dir.read("one"), "what is whole is written all the same");
        dir.line("cat tail.ff one --ignore-trailing").code(0).says("passed over");
    }

    #[test]
    fn a_lost_index_is_no_secret_of_cat() {
        let dir = damaged();
        let bytes = dir.read("x.ff");
        dir.write("cut.ff", &bytes[..bytes.len() - 20]);
        let ran = dir.line("cat cut.ff one").code(3).says("error: cut.ff: ");
        assert!(ran.bytes == dir.read("one"));
    }

    #[cfg(unix)]
    #[test]
    fn each_problem_of_a_pipe_is_said_once() {
        let dir = damaged();
        let bytes = dir.read("x.ff");
        dir.write("cut.ff", &bytes[..bytes.len() - 20]);
        let mut command = std::process::Command::new("sh");
        command.args(["-c", "cat cut.ff | \"$0\" list -0 -", crate::common::program()]);
        let ran = dir.finish(command.current_dir(dir.path(""))).code(3);
        assert_eq!(ran.err.matches("error: ").count(), 1, "{ran:?}");
    }

    /// A limit ends the operation at the third file; that the first was in the way is still said.
    #[cfg(unix)]
    #[test]
    fn what_failed_before_an_early_end_is_said_and_counts() {
        let dir = damaged();
        dir.write("to/one", "mine");
        let script = "cat x.ff | \"$0\" unpack - -C to --max-output 400K";
        let mut command = std::process::Command::new("sh");
        command.args(["-c", script, crate::common::program()]);
        let ran = dir.finish(command.current_dir(dir.path(""))).code(6);
        ran.says("to/one").says("--max-output");
    }

    #[cfg(unix)]
    #[test]
    fn a_hard_link_from_a_pipe_needs_its_file() {
        let dir = Dir::new();
        dir.write("h/a", "linked");
        fs::hard_link(dir.path("h/a"), dir.path("h/b")).unwrap();
        dir.line("pack h -q").silent(0);
        let piped = |line: &str| {
            let mut command = std::process::Command::new("sh");
            let script = format!("cat h.ff | \"$0\" {line}");
            dir.finish(command.args(["-c", &script, crate::common::program()]).current_dir(dir.path("")))
        };
        for line in ["unpack - h/b", "cat - h/b"] {
            let ran = piped(line).code(2).says("hard link to 'h/a'").says("archive by name");
            assert_eq!(ran.out, "");
        }
        assert!(!dir.has("unpacked"));
        piped("unpack - -q -C two h/b h/a").silent(0);
        assert_eq!(dir.read("two/h/b"), b"linked");
    }

    #[test]
    fn several_files_the_worst_code_wins_and_all_are_looked_at() {
        let dir = damaged();
        dir.write("text", "no archive");
        let ran = dir.line("test text x.ff missing bad.ff").code(6);
        let ran = ran.says("x.ff: ok").says("text: not an archive").says("missing: ");
        assert!(ran.err.contains("bad.ff: damaged"));
        dir.line("list text x.ff").code(3);
        dir.line("info x.ff text").code(3);
        dir.line("test x.ff x.ff").code(0);
    }

    #[test]
    fn a_damaged_file_is_kept_only_as_partial_and_only_if_asked() {
        let dir = damaged();
        let bytes = dir.read("x.ff");
        // The second of two chunks of one file is damaged.
        dir.write("long", self::bytes(Kind::Noise, 9, 600_000));
        dir.line("pack long -q --method store --group 256K").silent(0);
        drop(bytes);
        let mut bytes = dir.read("long.ff");
        let late = bytes.len() - 100_000;
        bytes[late] ^= 1;
        dir.write("long.ff", bytes);
        dir.line("unpack long.ff -C a").code(3);
        assert!(!dir.has("a/long") && !dir.has("a/long.partial"));
        dir.line("unpack long.ff -C b --keep-partial").code(3);
        assert!(!dir.has("b/long"));
        let partial = dir.read("b/long.partial");
        assert!(!partial.is_empty() && dir.read("long").starts_with(&partial));
    }
}

mod formats {
    use super::*;

    #[test]
    fn formats_are_recognised_by_content_whatever_the_name() {
        let dir = tree();
        dir.line("pack tree/a.txt -q -o picture.jpg").silent(0);
        dir.line("paq9a a notes.txt -1 tree/a.txt -s tree/sub/noise").silent(0);
        for archive in ["picture.jpg", "notes.txt"] {
            for verb in ["list", "info", "test"] {
                dir.run([verb, archive]).code(0);
            }
            assert!(dir.run(["cat", archive, "tree/a.txt"]).silent(0).bytes == dir.read("tree/a.txt"));
        }
        dir.line("unpack notes.txt -q").silent(0);
        assert!(dir.read("notes/tree/a.txt") == dir.read("tree/a.txt"));
        assert!(dir.read("notes/tree/sub/noise") == dir.read("tree/sub/noise"));
        assert!(dir.line("info notes.txt").out.contains("paq9a"));
    }

    #[test]
    fn a_seal_is_checked_by_every_verb_that_decodes() {
        let dir = tree();
        dir.line("paq9a a --seal x.paq9a -1 tree/a.txt -s tree/sub/noise").silent(0);
        dir.line("test x.paq9a").code(0).says("seal");
        let mut bytes = dir.read("x.paq9a");
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        dir.write("x.paq9a", bytes);
        dir.line("test x.paq9a").code(3).says("sealed");
        dir.line("unpack x.paq9a").code(3).says("sealed");
        dir.line("cat x.paq9a tree/sub/noise").code(3).says("sealed");
        fs::remove_file(dir.path("x.paq9a.b3")).unwrap();
        dir.line("test x.paq9a").code(0);
    }

    #[test]
    fn a1_unsafe_names_in_a_foreign_archive_are_refused() {
        let dir = Dir::new();
        let limits = unsaid_core::Limits::default();
        let mut writer =
            unsaid_cm::paq9a::Writer::new(Vec::new(), unsaid_cm::paq9a::Level::MIN, &limits).unwrap();
        for name in ["../up", "good"] {
            let mode = unsaid_cm::paq9a::Mode::Stored;
            writer.add(name.as_bytes(), &mut &b"x"[..], mode, &unsaid_core::Silent).unwrap();
        }
        dir.write("here/x.paq9a", writer.finish().unwrap());
        let mut command = dir.command();
        command.current_dir(dir.path("here")).args(["unpack", "x.paq9a"]);
        dir.finish(&mut command).code(3).says("../up");
        assert_eq!(dir.files(), ["here/x.paq9a", "here/x/good"]);
    }

    #[test]
    fn h8_listing_and_testing_write_no_file_and_keep_the_limits() {
        let dir = tree();
        dir.line("pack tree -q -2").silent(0);
        let before = dir.files();
        dir.line("list tree.ff --max-memory 1M").silent(0);
        dir.line("test tree.ff --max-memory 1M").code(5).says("--max-memory");
        dir.line("test tree.ff --max-work 1K").code(5).says("--max-work");
        dir.line("list tree.ff --max-entries 2").code(5).says("--max-entries");
        dir.line("unpack tree.ff -C out --max-output 1K").code(5).says("--max-output");
        assert_eq!(dir.files(), before);
    }

    #[test]
    fn results_in_json_are_lines_of_the_schema() {
        let dir = tree();
        let page = include_str!("../../../../docs/reference/json.md");
        for line in [
            "pack tree --json",
            "list tree.ff --json",
            "info tree.ff --json",
            "test tree.ff --json",
            "unpack tree.ff -C back --json",
            "recover tree.ff -o again.ff --json",
            "unpack tree.ff --dry-run --json",
            "pack tree --dry-run --json",
        ] {
            let lines = json_lines(&dir.line(line).silent(0));
            assert!(!lines.is_empty(), "{line}");
            for object in lines {
                assert_eq!(object["schema"], 1, "{line}");
                let documented = format!("| `{}` |", object["message_type"].as_str().unwrap());
                assert!(page.contains(&documented), "{line}: {documented}");
            }
        }
        let lines = json_lines(&dir.line("list tree.ff --json").silent(0));
        let noise = lines.iter().find(|l| l["path"] == "tree/sub/noise").unwrap();
        assert_eq!(noise["size"], 300_000);
        let hash = unsaid_core::check::Hash::of(&dir.read("tree/sub/noise")).to_string();
        assert_eq!(noise["blake3"], hash);
    }

    #[cfg(unix)]
    #[test]
    fn a28_f17_any_name_is_listed_escaped_and_unpacked_whole() {
        use std::os::unix::ffi::OsStrExt;
        let dir = Dir::new();
        let names: [&[u8]; 5] = [b"-rf", b"\xff\xfe", b"a\nb", b"\x1b]0;x\x07", "exe.\u{202e}gpj".as_bytes()];
        fs::create_dir(dir.path("in")).unwrap();
        for name in names {
            fs::write(dir.path("in").join(std::ffi::OsStr::from_bytes(name)), name).unwrap();
        }
        dir.line("pack in -q").silent(0);
        for ran in [dir.line("list in.ff").silent(0), dir.line("list --tree in.ff").silent(0)] {
            assert!(!ran.bytes.iter().any(|b| b.is_ascii_control() && *b != b'\n'), "{ran:?}");
            assert!(ran.out.contains("exe.\\u{202e}gpj") && ran.out.contains("\\xff\\xfe"), "{ran:?}");
        }
        let raw = dir.line("list -0 in.ff").silent(0).bytes;
        for name in names {
            let whole = [b"in/", name, b"\0"].concat();
            assert!(raw.windows(whole.len()).any(|w| w == whole));
        }
        dir.line("unpack in.ff -q -C out").silent(0);
        for name in names {
            assert_eq!(fs::read(dir.path("out/in").join(std::ffi::OsStr::from_bytes(name))).unwrap(), name);
        }
    }
}
