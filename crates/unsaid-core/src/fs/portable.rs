//! Would two names, or one name, mean something else on another system?
//!
//! Most systems take `A` and `a` for two files; macOS and Windows take them for one. A name may also
//! be forbidden (`aux.txt`), shortened (`a.`) or mean part of another file (`file:stream`).
//! These checks compare as broadly as any common file system does (ext4 with casefold, APFS, NTFS
//! and FAT), so they may call two names alike that one of them keeps apart.

use super::EntryPath;
use caseless::Caseless;
use unicode_normalization::UnicodeNormalization;

/// Two paths with the same key can be the same file on a system that ignores case, Unicode
/// normalisation, invisible characters or trailing dots and spaces.
///
/// Canonical caseless matching (Unicode 16, section 3.13, D145), in NFC, without default ignorable
/// code points; bytes that are not UTF-8 stay as they are. Linear in the path.
pub fn portable_key(path: &EntryPath) -> Vec<u8> {
    let bytes = path.as_bytes();
    let mut key = Vec::with_capacity(bytes.len());
    for component in path.components() {
        if !key.is_empty() {
            key.push(b'/');
        }
        let start = key.len();
        if component.is_ascii() {
            key.extend(component.iter().map(u8::to_ascii_lowercase));
        } else {
            for chunk in component.utf8_chunks() {
                let visible = chunk.valid().chars().filter(|&c| !is_ignorable(c));
                let folded: String = visible.nfd().default_case_fold().nfc().collect();
                key.extend_from_slice(folded.as_bytes());
                key.extend_from_slice(chunk.invalid());
            }
        }
        let trimmed = key[start..].iter().rposition(|&b| b != b'.' && b != b' ');
        if let Some(last) = trimmed {
            key.truncate(start + last + 1);
        }
    }
    key
}

/// Default_Ignorable_Code_Point of Unicode 16: ext4 and HFS+ compare names without them.
fn is_ignorable(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// What is wrong with the path on Windows or macOS, if anything.
pub fn portability_problem(path: &EntryPath) -> Option<&'static str> {
    path.components().find_map(component_problem)
}

fn component_problem(component: &[u8]) -> Option<&'static str> {
    if std::str::from_utf8(component).is_err() {
        return Some("is not UTF-8, which macOS and Windows cannot store");
    }
    for &byte in component {
        match byte {
            b'\\' => return Some("has a backslash, which separates folders on Windows"),
            b':' => return Some("has a colon, which means a drive or a stream of a file on Windows"),
            0..=0x1f => return Some("has a control character, which Windows refuses"),
            b'<' | b'>' | b'"' | b'|' | b'?' | b'*' => {
                return Some("has one of < > \" | ? *, which Windows refuses");
            }
            _ => {}
        }
    }
    if matches!(component.last(), Some(b'.' | b' ')) {
        return Some("ends in a dot or a space, which Windows drops");
    }
    is_device(component).then_some("is the name of a device on Windows")
}

/// `CON`, `aux.txt`, `com1 .log`: Windows looks at what stands before the first dot.
fn is_device(component: &[u8]) -> bool {
    let stem = component.split(|&b| b == b'.').next().unwrap_or_default().trim_ascii_end();
    let stem = String::from_utf8_lossy(stem).to_ascii_uppercase();
    if matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$") {
        return true;
    }
    let number = stem.strip_prefix("COM").or_else(|| stem.strip_prefix("LPT"));
    // Windows also takes the superscript digits of Latin-1.
    number.is_some_and(|n| {
        matches!(n, "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "¹" | "²" | "³")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;

    fn path(text: &str) -> EntryPath {
        EntryPath::parse(text.as_bytes(), &Limits::default()).unwrap()
    }

    #[test]
    fn a13_names_that_another_system_takes_for_one_have_one_key() {
        for (a, b) in [
            ("A", "a"),
            ("dir/README", "Dir/readme"),
            ("caf\u{e9}", "cafe\u{301}"),
            ("CAF\u{c9}", "cafe\u{301}"),
            ("straße", "STRASSE"),
            ("\u{1e9e}", "ss"),
            ("\u{fb01}le", "FILE"),
            ("a.", "a"),
            ("a ", "A"),
            ("d. /x", "d/x"),
            (".git", ".g\u{200c}it"),
            ("\u{212b}", "\u{e5}"),
            ("Σ", "ς"),
            ("\u{1fc3}", "\u{3b7}\u{3b9}"),
        ] {
            assert_eq!(portable_key(&path(a)), portable_key(&path(b)), "{a} {b}");
        }
    }

    #[test]
    fn a13_names_that_differ_everywhere_keep_their_keys_apart() {
        let names = ["a", "b", "a/b", "ab", "a.b", ".a", "...", "..a", "e", "\u{e9}", "./a:b", "a/.b", "I"];
        for (i, a) in names.iter().enumerate() {
            for b in &names[i + 1..] {
                assert_ne!(portable_key(&path(a)), portable_key(&path(b)), "{a} {b}");
            }
        }
        let raw = |bytes: &[u8]| portable_key(&EntryPath::parse(bytes, &Limits::default()).unwrap());
        assert_ne!(raw(b"\xff"), raw(b"\xfe"));
        assert_eq!(raw(b"A\xff"), raw(b"a\xff"));
    }

    #[test]
    fn a13_names_that_windows_cannot_store_are_named() {
        for text in [
            "CON",
            "aux.txt",
            "d/nul",
            "Com1 .log",
            "lpt\u{b9}",
            "conin$",
            "file:stream",
            "a\\b",
            "a.",
            "a /b",
            "what?",
            "a\nb",
            "<",
        ] {
            assert!(portability_problem(&path(text)).is_some(), "{text}");
        }
        let raw = EntryPath::parse(b"\xff", &Limits::default()).unwrap();
        assert!(portability_problem(&raw).is_some());
        for text in ["console", "com", "com10", "a.con", "auxiliary.txt", ".a", "日本語", "-rf", "a b"] {
            assert_eq!(portability_problem(&path(text)), None, "{text}");
        }
    }
}
