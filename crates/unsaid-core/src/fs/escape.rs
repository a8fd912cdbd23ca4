//! How is a name shown that may contain anything?

use std::fmt::Write as _;

/// `bytes` as text that a terminal shows as it is: one line, no control or escape sequence, nothing
/// invisible, nothing that changes the direction of writing.
///
/// Letters of every script stay. What does not: control characters (`\n`, `\r`, `\t`, `\x1b`),
/// C1 controls, line separators, bidirectional overrides and isolates, zero-width and tag
/// characters (`\u{202e}`), bytes that are not UTF-8 (`\xff`) and the backslash itself (`\\`), so
/// that two different names never look the same because of the escapes.
pub fn escape(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\\' => text.push_str("\\\\"),
                '\n' => text.push_str("\\n"),
                '\r' => text.push_str("\\r"),
                '\t' => text.push_str("\\t"),
                '\0'..='\x1f' | '\x7f' => push(&mut text, format_args!("\\x{:02x}", c as u32)),
                c if is_deceptive(c) => push(&mut text, format_args!("\\u{{{:x}}}", c as u32)),
                c => text.push(c),
            }
        }
        for byte in chunk.invalid() {
            push(&mut text, format_args!("\\x{byte:02x}"));
        }
    }
    text
}

fn push(text: &mut String, piece: std::fmt::Arguments<'_>) {
    // Writing to a `String` cannot fail.
    let _ = text.write_fmt(piece);
}

/// Characters that act on a terminal, or hide, or turn the text round. The joiners U+200C and
/// U+200D and the variation selectors stay: Persian and emoji names need them.
fn is_deceptive(c: char) -> bool {
    matches!(c,
        '\u{80}'..='\u{9f}'            // C1: U+009B is a CSI, U+009D an OSC
        | '\u{ad}' | '\u{61c}' | '\u{180e}'
        | '\u{200b}' | '\u{200e}' | '\u{200f}'
        | '\u{2028}'..='\u{202e}'      // line and paragraph separators, bidirectional overrides
        | '\u{2060}'..='\u{206f}'      // word joiner, invisible operators, isolates
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a28_nothing_in_a_name_reaches_the_terminal() {
        assert_eq!(escape(b"\x1b]0;title\x07x"), "\\x1b]0;title\\x07x");
        assert_eq!(escape(b"a\rb\nc\td\x7f\0"), "a\\rb\\nc\\td\\x7f\\x00");
        assert_eq!(escape("gpj\u{202e}exe.\u{2066}".as_bytes()), "gpj\\u{202e}exe.\\u{2066}");
        assert_eq!(escape("\u{9b}31m\u{9d}".as_bytes()), "\\u{9b}31m\\u{9d}");
        assert_eq!(escape(b"\x9b31m \xff\xfe"), "\\x9b31m \\xff\\xfe");
        assert_eq!(escape("a\u{200b}b\u{feff}\u{e0041}".as_bytes()), "a\\u{200b}b\\u{feff}\\u{e0041}");
        assert_eq!(escape("\u{2028}\u{2029}".as_bytes()), "\\u{2028}\\u{2029}");
    }

    #[test]
    fn a28_no_two_names_escape_alike() {
        assert_ne!(escape(b"a\nb"), escape(b"a\\nb"));
        assert_ne!(escape(b"\xff"), escape(b"\\xff"));
    }

    #[test]
    fn letters_of_every_script_stay() {
        let text = "Grüße naïve Привет 日本語 فارسی\u{200c}ها 👩\u{200d}💻 -rf 'quoted' \"x\"";
        assert_eq!(escape(text.as_bytes()), text);
    }
}
