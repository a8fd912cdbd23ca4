//! Words of PiZ's command line that no definition of options can say.
//!
//! * `-j4` and `-cj4` as well as `-j=4`: the value of an option that may have none stands after it at once, as GNU
//!   programs have it. `-W/path` likewise.
//! * `explain` is a sub-command of `unsaid piz`. PiZ's own command line has files there, so `piz explain` means the
//!   file.

use std::ffi::{OsStr, OsString};

/// Letters whose value is the rest of the word, or the next one.
const TAKE_VALUES: &[u8] = b"Snb";

/// Long options whose value may be the next word.
const LONG: [&str; 6] = ["--suffix", "--chunks", "--size", "--base", "--write-base", "--progress"];

/// Rewrites the words after `piz`.
pub(crate) fn rewrite(words: &mut [OsString], as_piz: bool) {
    let mut is_value = false;
    for word in words {
        let Some(text) = word.to_str() else {
            is_value = false;
            continue;
        };
        if std::mem::take(&mut is_value) {
            continue;
        }
        if text == "--" {
            // What follows are files; `explain` is one of them already.
            return;
        }
        if text.starts_with("--") {
            is_value = !text.contains('=') && (LONG.contains(&text) || text.starts_with("--max-"));
        } else if text.starts_with('-') {
            let (new, open) = letters(text);
            is_value = open;
            *word = new.into();
        } else if as_piz && text == "explain" {
            *word = OsStr::new("./explain").to_owned();
        }
    }
}

/// One word of letters, with `=` where a value begins; and whether the next word is a value.
fn letters(word: &str) -> (String, bool) {
    let bytes = word.as_bytes();
    for (at, &letter) in bytes.iter().enumerate().skip(1) {
        let next = bytes.get(at + 1);
        let value = match letter {
            _ if TAKE_VALUES.contains(&letter) => return (word.to_owned(), next.is_none()),
            b'j' => next.is_some_and(u8::is_ascii_digit),
            b'W' => next.is_some_and(|next| b"/.~".contains(next)),
            b'=' => return (word.to_owned(), false),
            _ => false,
        };
        if value {
            let (letters, value) = word.split_at(at + 1);
            return (format!("{letters}={value}"), false);
        }
    }
    (word.to_owned(), false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewritten(line: &str, as_piz: bool) -> String {
        let mut words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        rewrite(&mut words, as_piz);
        words.join(OsStr::new(" ")).into_string().unwrap()
    }

    #[test]
    fn a_number_right_after_j_is_its_value() {
        for (line, means) in [
            ("-j4 x", "-j=4 x"),
            ("-cj16", "-cj=16"),
            ("-j 4", "-j 4"),
            ("-jc", "-jc"),
            ("-j=4", "-j=4"),
            ("-Sj4", "-Sj4"),
            ("-S -j4", "-S -j4"),
            ("-n -j4", "-n -j4"),
            ("--suffix -j4", "--suffix -j4"),
            ("--suffix=.x -j4", "--suffix=.x -j=4"),
            ("-cW/tmp/x -d", "-cW=/tmp/x -d"),
            ("-Wc", "-Wc"),
            ("-- -j4", "-- -j4"),
            ("x-j4", "x-j4"),
        ] {
            assert_eq!(rewritten(line, true), means, "{line}");
        }
    }

    #[test]
    fn explain_is_a_file_for_piz_and_a_verb_for_unsaid_piz() {
        assert_eq!(rewritten("explain", true), "./explain");
        assert_eq!(rewritten("explain x.piz", false), "explain x.piz");
        assert_eq!(rewritten("-c a explain", true), "-c a ./explain");
        assert_eq!(rewritten("-S explain -- explain", true), "-S explain -- explain");
    }
}
