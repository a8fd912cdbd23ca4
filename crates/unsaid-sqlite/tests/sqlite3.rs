//! The extension in the real `sqlite3` program, which must be installed.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use unsaid::store::Store;
use unsaid_core::{Inline, Limits, Silent};
use unsaid_records::{Compressor, Framing, Level, Model, ModelId, TrainOptions, Trainer};

/// Documents of one kind; `state` sets one model's apart from another's.
fn letter(n: u64, state: &str) -> String {
    let topics = ["rain", "trains", "harvest", "winter"];
    format!(
        "{{\"id\":{n},\"state\":\"{state}\",\"topic\":\"{}\",\"pages\":{}}}",
        topics[n as usize % 4],
        n * 7 % 90
    )
}

fn train(state: &str) -> (Vec<u8>, ModelId) {
    let mut options = TrainOptions::default();
    options.curve = false;
    let mut trainer = Trainer::new(options);
    // Enough that the level asked for is the level used.
    (0..1500).for_each(|n| trainer.push(letter(n, state).as_bytes()).unwrap());
    let trained = trainer.train(&Inline, &Silent).unwrap();
    (trained.file, trained.model.id())
}

/// Two models, trained once for all tests.
fn models() -> &'static [(Vec<u8>, ModelId); 2] {
    static MODELS: OnceLock<[(Vec<u8>, ModelId); 2]> = OnceLock::new();
    MODELS.get_or_init(|| [train("waiting"), train("answered")])
}

/// A folder with a database, and a store of models.
struct Place {
    dir: tempfile::TempDir,
    hash: String,
}

impl Place {
    /// With the first model in the store.
    fn new() -> Place {
        let place = Place { dir: tempfile::tempdir().unwrap(), hash: models()[0].1.to_string() };
        place.keep(0);
        place
    }

    fn store(&self) -> Store {
        Store::of(unsaid::knowledge::Files::at(self.dir.path().join("knowledge/v1")))
    }

    fn keep(&self, model: usize) {
        let (file, id) = &models()[model];
        self.store().add(file, id).unwrap();
    }

    fn command(&self) -> Command {
        let mut command = Command::new("sqlite3");
        command.args(["-batch", "-bail"]).arg(self.dir.path().join("letters.db"));
        command.env("UNSAID_HOME", self.dir.path()).env_remove("UNSAID_LIMITS");
        command
    }

    /// Runs SQL in a connection of its own; what it printed, or its complaint. `MODEL` stands for the hash.
    fn sql(&self, sql: &str) -> Result<String, String> {
        run(self.command(), &sql.replace("MODEL", &format!("'{}'", self.hash)))
    }

    /// The complaint of a connection of its own.
    fn refused(&self, sql: &str) -> String {
        match self.sql(sql) {
            Err(complaint) => complaint,
            Ok(output) => panic!("{sql} gave {:.100}", output),
        }
    }

    /// A table of 200 letters, compressed.
    fn letters(&self) {
        let rows: Vec<String> = (5000..5200)
            .map(|n| format!("({n}, unsaid_compress('{}', MODEL))", letter(n, "waiting")))
            .collect();
        self.sql(&format!(
            "CREATE TABLE letters (id INTEGER PRIMARY KEY, body BLOB); INSERT INTO letters VALUES {};",
            rows.join(",")
        ))
        .unwrap();
    }
}

fn run(mut command: Command, sql: &str) -> Result<String, String> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|e| panic!("sqlite3 must be installed (apt-get install sqlite3): {e}"));
    let mut input = child.stdin.take().unwrap();
    let sql = format!(".load {}\n{sql}\n", library().display());
    // A program that ended early has said why.
    let _ = input.write_all(sql.as_bytes());
    drop(input);
    let output = child.wait_with_output().unwrap();
    let (out, complaint) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(!complaint.contains("panicked"), "{complaint}");
    if output.status.success() { Ok(out.trim_end().to_owned()) } else { Err(complaint) }
}

/// Cargo builds the library before the tests, into the folder of the tests or the one above.
fn library() -> PathBuf {
    let name = format!("{}unsaid_sqlite{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    let test = std::env::current_exe().unwrap();
    let built = test.ancestors().skip(1).take(2).map(|dir| dir.join(&name)).find(|path| path.exists());
    built.unwrap_or_else(|| panic!("{name} is not beside {}", test.display()))
}

#[test]
fn a_table_comes_back_and_is_smaller() {
    let place = Place::new();
    place.letters();
    let expected: Vec<String> = (5000..5200).map(|n| letter(n, "waiting")).collect();
    let all = place.sql("SELECT unsaid_decompress_text(body) FROM letters ORDER BY id;").unwrap();
    assert_eq!(all.lines().collect::<Vec<_>>(), expected);
    let bytes: usize = place.sql("SELECT sum(length(body)) FROM letters;").unwrap().parse().unwrap();
    let before: usize = expected.iter().map(String::len).sum();
    assert!(bytes * 2 < before, "{bytes} of {before}");
    let short = &place.hash[..8];
    assert_eq!(place.sql("SELECT DISTINCT unsaid_model_of(body) FROM letters;").unwrap(), short);
    assert_eq!(place.sql("SELECT unsaid_models();").unwrap(), format!("[\"{}\"]", place.hash));
}

#[test]
fn text_and_blob_keep_their_bytes_and_every_level_works() {
    let place = Place::new();
    for level in ["fast", "balanced", "small"] {
        let text = letter(7, "waiting");
        let query = format!(
            "SELECT typeof(c), typeof(unsaid_decompress(c)), typeof(unsaid_decompress_text(c)), \
             unsaid_decompress(c) = CAST('{text}' AS BLOB), unsaid_decompress_text(c) = '{text}' \
             FROM (SELECT unsaid_compress('{text}', MODEL, '{level}') AS c);"
        );
        assert_eq!(place.sql(&query).unwrap(), "blob|blob|text|1|1", "{level}");
        let blob = "SELECT hex(unsaid_decompress(unsaid_compress(x'00ff80c3', MODEL, 'LEVEL')));";
        assert_eq!(place.sql(&blob.replace("LEVEL", level)).unwrap(), "00FF80C3", "{level}");
    }
}

#[test]
fn a_null_value_gives_null_and_empty_gives_empty() {
    let place = Place::new();
    for null in [
        "unsaid_compress(NULL, MODEL)",
        "unsaid_compress(NULL, NULL, NULL)",
        "unsaid_decompress(NULL)",
        "unsaid_decompress_text(NULL)",
        "unsaid_model_of(NULL)",
    ] {
        assert_eq!(place.sql(&format!("SELECT {null} IS NULL;")).unwrap(), "1", "{null}");
    }
    let empty = "SELECT length(unsaid_decompress_text(unsaid_compress('', MODEL))), \
                 length(unsaid_decompress(unsaid_compress(x'', MODEL)));";
    assert_eq!(place.sql(empty).unwrap(), "0|0");
}

#[test]
fn a_null_model_or_level_is_an_error_and_wipes_no_column() {
    let place = Place::new();
    place.sql("CREATE TABLE t (body); INSERT INTO t VALUES ('one'), (NULL);").unwrap();
    place.store().remove(&models()[0].1).unwrap();
    let e = place.refused(
        "UPDATE t SET body = unsaid_compress(body, (SELECT value FROM json_each(unsaid_models())));",
    );
    assert!(e.contains("Null") && e.contains("64 hexadecimal") && e.contains("models --add"), "{e}");
    assert_eq!(place.sql("SELECT count(*) FROM t WHERE body = 'one';").unwrap(), "1");
    let e = place.refused("UPDATE t SET body = unsaid_compress(body, MODEL, NULL);");
    assert!(e.contains("the level") && e.contains("third argument"), "{e}");
    assert_eq!(place.sql("SELECT count(*) FROM t WHERE body = 'one';").unwrap(), "1");
}

#[test]
fn an_index_on_what_is_inside_is_used() {
    let place = Place::new();
    place.letters();
    let topic = "instr(unsaid_decompress_text(body), '\"topic\":\"rain\"') > 0";
    place.sql(&format!("CREATE INDEX topics ON letters (({topic}));")).unwrap();
    let query = format!("SELECT count(*) FROM letters WHERE ({topic}) = 1;");
    assert_eq!(place.sql(&query).unwrap(), "50");
    let plan = place.sql(&format!("EXPLAIN QUERY PLAN {query}")).unwrap();
    assert!(plan.contains("topics"), "{plan}");
    assert_eq!(place.sql("PRAGMA integrity_check;").unwrap(), "ok");
}

#[test]
fn rotation_is_an_update() {
    let mut place = Place::new();
    place.letters();
    place.keep(1);
    place.hash = models()[1].1.to_string();
    place
        .sql("UPDATE letters SET body = unsaid_compress(unsaid_decompress(body), MODEL) WHERE id < 5100;")
        .unwrap();
    assert_eq!(place.sql("SELECT count(DISTINCT unsaid_model_of(body)) FROM letters;").unwrap(), "2");
    let all = place.sql("SELECT unsaid_decompress_text(body) FROM letters ORDER BY id;").unwrap();
    assert_eq!(
        all.lines().collect::<Vec<_>>(),
        (5000..5200).map(|n| letter(n, "waiting")).collect::<Vec<_>>()
    );
}

#[test]
fn c1_a_missing_model_is_an_error_that_names_it() {
    let place = Place::new();
    place.letters();
    let (_, other) = models()[1];
    let e = place.refused(&format!("SELECT unsaid_compress('x', '{other}');"));
    assert!(e.contains("unsaid_compress") && e.contains(&other.to_string()) && e.contains("--add"), "{e}");
    place.store().remove(&models()[0].1).unwrap();
    let e = place.refused("SELECT unsaid_decompress(body) FROM letters;");
    assert!(e.contains(&place.hash[..8]) && e.contains("--add"), "{e}");
}

#[test]
fn c5_a_model_that_is_not_what_its_name_says_is_not_used() {
    let place = Place::new();
    place.letters();
    let path = place.store().files().folder().join(&place.hash);
    for content in [models()[1].0.clone(), Vec::new(), models()[0].0[..1000].to_vec()] {
        std::fs::write(&path, content).unwrap();
        let e = place.refused("SELECT unsaid_decompress(body) FROM letters;");
        assert!(e.contains("has changed on the disk"), "{e}");
    }
}

#[test]
fn b1_damaged_values_are_sql_errors_or_other_bytes_and_never_the_end_of_sqlite() {
    let place = Place::new();
    let model = Model::load(&models()[0].0, &Limits::default()).unwrap();
    let document = letter(77, "waiting").into_bytes();
    for level in Level::ALL {
        let mut record = Vec::new();
        let mut compressor = Compressor::new(&model, level, Framing::default()).unwrap();
        compressor.compress(&document, &mut record).unwrap();
        // The error ends one statement; without -bail the shell goes on to the next.
        let mut damaged: Vec<Vec<u8>> = (0..record.len()).map(|n| record[..n].to_vec()).collect();
        for bit in 0..record.len() * 8 {
            let mut flipped = record.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            damaged.push(flipped);
        }
        let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
        let mut sql: String =
            damaged.iter().map(|d| format!("SELECT hex(unsaid_decompress(x'{}'));\n", hex(d))).collect();
        sql += &format!("SELECT 'alive', unsaid_decompress(x'{}') = x'{}';", hex(&record), hex(&document));
        let mut command = Command::new("sqlite3");
        command.arg("-batch").env("UNSAID_HOME", place.dir.path()).arg(":memory:");
        let (out, errors) = both(command, &sql);
        assert_eq!(out.lines().last(), Some("alive|1"), "{level}: {errors}");
        let refused = errors.lines().filter(|line| line.contains("unsaid_decompress: ")).count();
        // The check has 16 bits: nearly every damage is refused, none gives what was there.
        assert!(refused + 3 > damaged.len(), "{level}: {refused} of {}", damaged.len());
        assert!(!out.lines().any(|line| line.eq_ignore_ascii_case(&hex(&document))), "{level}");
    }
}

fn both(mut command: Command, sql: &str) -> (String, String) {
    let dir = tempfile::tempdir().unwrap();
    let script = dir.path().join("script.sql");
    std::fs::write(&script, format!(".load {}\n{sql}\n", library().display())).unwrap();
    let output = command.stdin(std::fs::File::open(&script).unwrap()).output().unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(!errors.contains("panicked"), "{errors}");
    (String::from_utf8(output.stdout).unwrap(), errors)
}

#[test]
fn wrong_arguments_are_explained() {
    let place = Place::new();
    for (call, words) in [
        ("unsaid_compress(7, MODEL)", ["Integer", "CAST"]),
        ("unsaid_compress('x', 'letters.unsm')", ["'letters.unsm'", "64 hexadecimal digits"]),
        ("unsaid_compress('x', x'00')", ["Blob", "hash as TEXT"]),
        ("unsaid_compress('x', MODEL, 'tiny')", ["'tiny'", "fast, balanced or small"]),
        ("unsaid_compress('x', MODEL, 2)", ["Integer", "'balanced'"]),
        ("unsaid_decompress('text')", ["Text", "BLOB of unsaid_compress"]),
        ("unsaid_decompress(x'')", ["no byte", "unsaid_decompress"]),
        ("unsaid_decompress_text(unsaid_compress(x'ff', MODEL))", ["not UTF-8", "BLOB"]),
        ("unsaid_compress('x')", ["wrong number of arguments", "unsaid_compress"]),
    ] {
        let e = place.refused(&format!("SELECT {call};"));
        assert!(words.iter().all(|word| e.contains(word)), "{call}: {e}");
    }
}

#[test]
fn values_that_were_written_bare_need_their_model_named() {
    let place = Place::new();
    let model = Model::load(&models()[0].0, &Limits::default()).unwrap();
    let mut record = Vec::new();
    let mut compressor = Compressor::new(&model, Level::Balanced, Framing::BARE).unwrap();
    compressor.compress(letter(9, "waiting").as_bytes(), &mut record).unwrap();
    let hex: String = record.iter().map(|b| format!("{b:02x}")).collect();
    let e = place.refused(&format!("SELECT unsaid_decompress(x'{hex}');"));
    assert!(e.contains("second argument"), "{e}");
    let text = place.sql(&format!("SELECT unsaid_decompress_text(x'{hex}', MODEL);")).unwrap();
    assert_eq!(text, letter(9, "waiting"));
}

#[test]
fn b2_limits_of_the_environment_hold() {
    let place = Place::new();
    let limited = |settings: &str, sql: &str| {
        let mut command = place.command();
        command.env("UNSAID_LIMITS", settings);
        run(command, &sql.replace("MODEL", &format!("'{}'", place.hash)))
    };
    let long = "SELECT length(unsaid_decompress(unsaid_compress(printf('%.1000c', 'a'), MODEL)));";
    assert_eq!(limited("output=1000", long).unwrap(), "1000");
    let e = limited("output=999", long).unwrap_err();
    assert!(e.contains("limit") && e.contains("999"), "{e}");
    let e = limited("output=what", "SELECT 1;").unwrap_err();
    assert!(e.contains("what") && e.contains("size"), "{e}");
    let e = place.refused("SELECT unsaid_compress(zeroblob(16777217), MODEL);");
    assert!(e.contains("16777217"), "{e}");
}

#[test]
fn models_of_the_store_are_not_told_to_views() {
    let place = Place::new();
    let e = place.refused("CREATE VIEW v AS SELECT unsaid_models(); SELECT * FROM v;");
    assert!(e.contains("unsafe use of unsaid_models"), "{e}");
}

#[test]
fn a_schema_that_is_not_trusted_does_not_read_the_store() {
    let place = Place::new();
    place.letters();
    let safe = "PRAGMA trusted_schema = OFF;";
    for call in ["unsaid_decompress(body)", "unsaid_decompress_text(body)", "unsaid_compress('x', MODEL)"] {
        let view = format!("DROP VIEW IF EXISTS v; CREATE VIEW v AS SELECT {call} AS c FROM letters;");
        let query = "SELECT count(c) FROM v;";
        assert_eq!(place.sql(&format!("{view} {query}")).unwrap(), "200", "{call}");
        let e = place.refused(&format!("{view} {safe} {query}"));
        assert!(e.contains("unsafe use of unsaid_"), "{call}: {e}");
        assert_eq!(place.sql(&format!("{safe} SELECT count({call}) FROM letters;")).unwrap(), "200");
    }
    let view = "DROP VIEW v; CREATE VIEW v AS SELECT unsaid_model_of(body) AS c FROM letters;";
    assert_eq!(place.sql(&format!("{safe} {view} SELECT count(c) FROM v;")).unwrap(), "200");
}

#[test]
fn the_store_is_a_folder_like_any_other() {
    let place = Place::new();
    std::fs::write(place.store().files().folder().join("notes.txt"), "mine").unwrap();
    std::fs::create_dir(place.store().files().folder().join(Path::new("x.unsm"))).unwrap();
    assert_eq!(place.sql("SELECT json_array_length(unsaid_models());").unwrap(), "1");
}
