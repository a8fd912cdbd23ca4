//! Names and messages, made safe to show on a terminal.
//!
//! A file name may hold anything but `/` and NUL: an escape sequence that retitles the window, a
//! carriage return that overwrites the line, a direction override that makes `gpj.exe` look like
//! `exe.jpg`. Whatever is printed for a person goes through here; machines get names whole
//! (`-0`, `--json`).

use std::ffi::OsStr;
use std::fmt::Write as _;

/// A name as one line of visible text, from which the bytes can be told: what is not shown as it
/// is appears as `\n`, `\xNN` (a byte that is no UTF-8) or `\u{NNNN}`, and `\` as `\\`.
pub(crate) fn name(name: &OsStr) -> String {
    bytes(name.as_encoded_bytes())
}

/// As [`name`], for a name that comes from an archive.
pub(crate) fn bytes(name: &[u8]) -> String {
    let mut out = String::with_capacity(name.len());
    for part in name.utf8_chunks() {
        part.valid().chars().for_each(|c| push(&mut out, c, true));
        for byte in part.invalid() {
            push_args(&mut out, format_args!("\\x{byte:02x}"));
        }
    }
    out
}

/// A message that may hold names already escaped, or not: control characters and direction
/// overrides are escaped, a backslash is left alone.
pub(crate) fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    text.chars().for_each(|c| push(&mut out, c, false));
    out
}

fn push(out: &mut String, c: char, escape_backslash: bool) {
    match c {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        // A separator on Windows, where no name holds it; elsewhere it must not pass for an escape.
        '\\' if escape_backslash && cfg!(not(windows)) => out.push_str("\\\\"),
        c if hidden(c) => push_args(out, format_args!("\\u{{{:x}}}", u32::from(c))),
        c => out.push(c),
    }
}

fn push_args(out: &mut String, args: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = out.write_fmt(args);
}

/// Characters that a terminal obeys, or shows as nothing: C0, DEL, C1, line separators, zero-width
/// and direction marks, tags, the byte order mark.
fn hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a28_names_cannot_command_the_terminal() {
        assert_eq!(bytes(b"\x1b]0;owned\x07"), "\\u{1b}]0;owned\\u{7}");
        assert_eq!(bytes(b"a\rb\nc\td"), "a\\rb\\nc\\td");
        assert_eq!(bytes("exe.\u{202e}gpj".as_bytes()), "exe.\\u{202e}gpj");
        assert_eq!(bytes("\u{9b}31m".as_bytes()), "\\u{9b}31m");
        assert_eq!(text("error in \u{1b}[2J"), "error in \\u{1b}[2J");
    }

    #[test]
    fn ordinary_names_stay_as_they_are() {
        for plain in ["a.txt", "числа/π", "with space", "日本", "e\u{301}"] {
            assert_eq!(bytes(plain.as_bytes()), plain);
        }
    }

    #[cfg(unix)]
    #[test]
    fn different_names_look_different() {
        let names: [&[u8]; 6] = [b"\xff", b"\\xff", b"\\\\xff", b"\n", b"\\n", "\u{ff}".as_bytes()];
        let shown: std::collections::HashSet<_> = names.iter().map(|n| bytes(n)).collect();
        assert_eq!(shown.len(), names.len());
    }
}
