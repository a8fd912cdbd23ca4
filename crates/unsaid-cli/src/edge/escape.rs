//! Names and messages, made safe to show on a terminal.
//!
//! A file name may hold anything but `/` and NUL: an escape sequence that retitles the window, a
//! carriage return that overwrites the line, a direction override that makes `gpj.exe` look like
//! `exe.jpg`. Whatever is printed for a person goes through here; machines get names whole
//! (`-0`, `--json`).

use std::ffi::OsStr;

pub(crate) use unsaid_core::fs::escape as bytes;

/// A name as one line of visible text; different names look different.
pub(crate) fn name(name: &OsStr) -> String {
    let shown = bytes(name.as_encoded_bytes());
    // On Windows a backslash separates folders and is no part of a name.
    if cfg!(windows) { single_backslashes(&shown) } else { shown }
}

/// A message whose names may be escaped already: a backslash is left alone.
pub(crate) fn text(text: &str) -> String {
    single_backslashes(&bytes(text.as_bytes()))
}

fn single_backslashes(escaped: &str) -> String {
    escaped.replace("\\\\", "\\")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a28_names_and_messages_cannot_command_the_terminal() {
        assert_eq!(name(OsStr::new("\x1b]0;owned\x07\u{202e}")), "\\x1b]0;owned\\x07\\u{202e}");
        assert_eq!(text("error in '\\x1b[2J' or \u{1b}[2J\r"), "error in '\\x1b[2J' or \\x1b[2J\\r");
    }
}
