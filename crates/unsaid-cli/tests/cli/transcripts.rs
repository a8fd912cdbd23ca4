//! Sessions with the program, word for word: `tests/cmd`.
//!
//! `TRYCMD=overwrite cargo test -p unsaid-cli transcripts` writes what the program says now; read
//! the difference before you keep it.

#[test]
fn the_program_says_what_the_transcripts_say() {
    trycmd::TestCases::new()
        .register_bin("unsaid", std::path::Path::new(crate::common::program()))
        .env("COLUMNS", "100")
        .env("TZ", "UTC")
        // No store and no Kubo; a name that says so in messages.
        .env("UNSAID_HOME", "/nonexistent/unsaid")
        .env("IPFS_PATH", "/nonexistent/ipfs")
        .case("tests/cmd/*.trycmd");
}
