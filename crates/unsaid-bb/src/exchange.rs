//! A model as text or SQL, for people and other programs to read and change.
//!
//! Both are lossless for the fragments and their order; the profile is chosen anew on the way back.

use std::io::Write as _;

use unsaid_core::{Error, Result};
use unsaid_lexicon::ByteStrings;

use crate::model::Model;

/// A way to write a model for reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// One fragment a line. Bytes beside printable ASCII are `\n`, `\r`, `\t` or `\xNN`; `\` is `\\`.
    /// Empty lines and those that begin with `#` say nothing; a fragment's own `#` in front is `\x23`.
    Text,
    /// The table of the original's text, with its fragments as `X'…'` and their indices as ids.
    Sql,
}

/// The model in this form.
pub fn export(model: &Model, form: Form) -> Vec<u8> {
    let mut out = Vec::new();
    let fragments = model.fragments();
    match form {
        Form::Text => {
            let (profile, hash) = (model.profile(), model.hash());
            // Writing to a Vec cannot fail.
            let _ = writeln!(out, "# BB model, {profile}, hash {hash:08x}, {} fragments", fragments.len());
            for fragment in fragments.iter() {
                escape(fragment, &mut out);
                out.push(b'\n');
            }
        }
        Form::Sql => {
            out.extend_from_slice(b"CREATE TABLE fragment (id SERIAL PRIMARY KEY, body BLOB);\n");
            for (id, fragment) in fragments.iter().enumerate() {
                let hex: String = fragment.iter().map(|b| format!("{b:02x}")).collect();
                let _ = writeln!(out, "INSERT INTO fragment (id, body) VALUES ({id}, X'{hex}');");
            }
        }
    }
    out
}

/// The fragments of such a text.
///
/// # Errors
/// `Corrupt`, naming the line.
pub fn import(text: &[u8], form: Form) -> Result<ByteStrings> {
    let lines = (1..).zip(text.split(|&b| b == b'\n'));
    let lines = lines.map(|(n, line)| (n, line.strip_suffix(b"\r").unwrap_or(line)));
    match form {
        Form::Text => {
            let said = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with(b"#"));
            said.map(|(n, line)| unescape(line).ok_or_else(|| bad(n, r"\\, \n, \r, \t or \xNN after a \")))
                .collect()
        }
        Form::Sql => import_sql(lines),
    }
}

fn bad(line: usize, expected: &str) -> Error {
    Error::corrupt(format!("line {line} of the exported model")).expected(expected)
}

fn escape(fragment: &[u8], out: &mut Vec<u8>) {
    for (at, &byte) in fragment.iter().enumerate() {
        match byte {
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            b'#' if at == 0 => out.extend_from_slice(b"\\x23"),
            0x20..=0x7e => out.push(byte),
            _ => out.extend_from_slice(format!("\\x{byte:02x}").as_bytes()),
        }
    }
}

fn unescape(line: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(line.len());
    let mut rest = line;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        let (&letter, tail) = rest.split_first()?;
        rest = tail;
        out.push(match letter {
            b'\\' => b'\\',
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'x' => {
                let (digits, tail) = rest.split_at_checked(2)?;
                rest = tail;
                unhex(digits)?.first().copied()?
            }
            _ => return None,
        });
    }
    Some(out)
}

/// Bytes as pairs of hexadecimal digits.
fn unhex(digits: &[u8]) -> Option<Vec<u8>> {
    let digit = |b: u8| char::from(b).to_digit(16).map(|d| d as u8);
    let pair = |pair: &[u8]| match *pair {
        [high, low] => Some(digit(high)? << 4 | digit(low)?),
        _ => None,
    };
    digits.chunks(2).map(pair).collect()
}

/// Rows as [`export`] and `sqlite3 .dump` write them: whatever stands before `VALUES`, one row a line,
/// ids that count up from the first. Other statements say nothing.
fn import_sql<'a>(lines: impl Iterator<Item = (usize, &'a [u8])>) -> Result<ByteStrings> {
    let mut fragments = ByteStrings::new();
    let mut first = None;
    for (number, line) in lines {
        let line = line.trim_ascii();
        if !line.get(..11).is_some_and(|start| start.eq_ignore_ascii_case(b"INSERT INTO")) {
            continue;
        }
        let (id, body) = sql_row(line).ok_or_else(|| bad(number, "INSERT INTO … VALUES (ID, X'HEX');"))?;
        let start = *first.get_or_insert(id);
        let due = start + fragments.len() as u64;
        if id != due {
            return Err(bad(number, &format!("the id {due}, one more than the last")).found(id));
        }
        fragments.push(&body);
    }
    Ok(fragments)
}

fn sql_row(line: &[u8]) -> Option<(u64, Vec<u8>)> {
    let text = std::str::from_utf8(line).ok()?;
    let at = text.to_ascii_uppercase().find("VALUES")? + "VALUES".len();
    let row = text.get(at..)?.trim().strip_suffix(';')?.trim().strip_prefix('(')?.strip_suffix(')')?;
    let (id, body) = row.split_once(',')?;
    let digits = body.trim().strip_prefix(['X', 'x'])?.strip_prefix('\'')?.strip_suffix('\'')?;
    let id: u64 = id.trim().parse().ok().filter(|&id| id < 1 << 33)?;
    Some((id, unhex(digits.as_bytes())?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Profile;
    use unsaid_core::{ErrorKind, Limits};

    fn model() -> Model {
        let mut all: ByteStrings = (0..=255u8).map(|b| vec![b]).collect();
        all.push(b"# no comment");
        all.push("π\\n\n".as_bytes());
        all.push(b" ");
        let mut distinct: Vec<Vec<u8>> = all.iter().map(<[u8]>::to_vec).collect();
        distinct.dedup();
        distinct.remove(distinct.len() - 1);
        Model::new(Profile::Protocol, distinct.into_iter().collect(), &Limits::default()).unwrap()
    }

    #[test]
    fn every_byte_survives_the_way_out_and_back() {
        let model = model();
        for form in [Form::Text, Form::Sql] {
            let text = export(&model, form);
            assert!(text.is_ascii(), "{form:?}");
            assert_eq!(&import(&text, form).unwrap(), model.fragments(), "{form:?}");
        }
    }

    #[test]
    fn what_sqlite_dumps_is_read_too() {
        let dump = b"PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\n\
            CREATE TABLE fragment (id SERIAL PRIMARY KEY, body BLOB);\n\
            INSERT INTO fragment VALUES(1,X'7b22');\nINSERT INTO fragment VALUES(2,X'7D');\nCOMMIT;\n";
        let fragments: Vec<Vec<u8>> = import(dump, Form::Sql).unwrap().iter().map(<[u8]>::to_vec).collect();
        assert_eq!(fragments, [b"{\"".to_vec(), b"}".to_vec()]);
    }

    #[test]
    fn a_line_that_means_nothing_is_named() {
        for (text, form) in [
            (&b"ok\n\\q\n"[..], Form::Text),
            (b"ok\n\\x4", Form::Text),
            (b"ok\n\\xg0", Form::Text),
            (b"ok\n\\", Form::Text),
            (b"\nINSERT INTO fragment VALUES (0, 'text');", Form::Sql),
            (b"\nINSERT INTO fragment VALUES (0, X'123');", Form::Sql),
            (b"INSERT INTO f VALUES (0, X'12');\nINSERT INTO f VALUES (2, X'12');", Form::Sql),
            (b"\nINSERT INTO \xff VALUES (0, X'12');", Form::Sql),
        ] {
            let e = import(text, form).unwrap_err();
            assert_eq!(e.kind(), ErrorKind::Corrupt);
            assert!(e.to_string().contains("line 2"), "{e}");
        }
    }
}
