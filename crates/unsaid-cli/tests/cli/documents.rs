//! What the documents tell readers to type is what the program understands.

use std::fs;
use std::path::{Path, PathBuf};

/// Every page of the repository that people read.
fn pages() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut folders = vec![root.clone(), root.join("docs")];
    let mut pages = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|e| e == "md") {
                pages.push(path);
            } else if path.is_dir() && folder != root && !path.ends_with("formats") {
                // The pages on formats show bytes, not commands.
                folders.push(path);
            }
        }
    }
    pages
}

/// The commands in the blocks of code of a page, with the program's name first.
fn commands(page: &str) -> Vec<Vec<String>> {
    let mut inside = false;
    let mut commands = Vec::new();
    for line in page.lines() {
        if line.starts_with("```") {
            inside = !inside;
        } else if inside {
            let line = line.split(" #").next().unwrap_or_default();
            for piece in line.split(['|', '&']) {
                let piece = piece.trim().trim_start_matches("$ ");
                let words: Vec<String> = piece.split_whitespace().map(str::to_owned).collect();
                let typed = match words.iter().position(|w| w == "--") {
                    // `cargo run … -- pack …`
                    Some(at) if words[0] == "cargo" => {
                        [vec!["unsaid".to_owned()], words[at + 1..].to_vec()].concat()
                    }
                    _ => words,
                };
                if typed.first().is_some_and(|w| w == "unsaid") && typed.len() > 1 {
                    commands.push(typed);
                }
            }
        }
    }
    commands
}

#[test]
fn every_command_in_the_documents_is_one_that_the_program_takes() {
    let mut count = 0;
    for path in pages() {
        for words in commands(&fs::read_to_string(&path).unwrap()) {
            let told = words.join(" ");
            if let Err(e) = unsaid_cli::command().try_get_matches_from(words) {
                let shown = matches!(
                    e.kind(),
                    clap::error::ErrorKind::DisplayHelp | clap::error::ErrorKind::DisplayVersion
                );
                assert!(shown, "{}: {told}\n{e}", path.display());
            }
            count += 1;
        }
    }
    assert!(count >= 6, "only {count} commands found: is the README still there?");
}
