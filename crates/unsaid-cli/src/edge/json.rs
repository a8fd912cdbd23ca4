//! JSON lines: the schema that `--json` and `--progress=json` promise.
//!
//! Every line is one object with `schema` (1) and `message_type`. Fields may be added; none
//! changes its meaning while the number stays. See `docs/reference/json.md`.

use std::ffi::OsStr;

use serde_json::{Map, Value, json};

/// The number of the schema; a change of meaning raises it.
pub(crate) const SCHEMA: u32 = 1;

/// A line of the given type with the fields of `body`, an object.
pub(crate) fn line(message_type: &str, body: Value) -> String {
    let mut object = Map::new();
    object.insert("schema".to_owned(), json!(SCHEMA));
    object.insert("message_type".to_owned(), json!(message_type));
    if let Value::Object(fields) = body {
        object.extend(fields);
    }
    Value::Object(object).to_string()
}

/// Adds a name under `key`: as text, and where it is no UTF-8 also its bytes in hexadecimal under
/// `KEY_hex`, so that a program can tell every name from every other.
pub(crate) fn put_name(body: &mut Value, key: &str, name: &[u8]) {
    let Value::Object(fields) = body else { return };
    match std::str::from_utf8(name) {
        Ok(text) => {
            fields.insert(key.to_owned(), json!(text));
        }
        Err(_) => {
            fields.insert(key.to_owned(), json!(String::from_utf8_lossy(name)));
            let hex: String = name.iter().map(|b| format!("{b:02x}")).collect();
            fields.insert(format!("{key}_hex"), json!(hex));
        }
    }
}

/// As [`put_name`], for a name of the file system.
pub(crate) fn put_path(body: &mut Value, key: &str, path: &OsStr) {
    put_name(body, key, path.as_encoded_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_one_object_of_the_schema() {
        let mut body = json!({ "n": 1 });
        put_name(&mut body, "path", b"a\nb");
        let text = line("entry", body);
        assert!(!text.contains('\n'));
        let back: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(back, json!({ "schema": 1, "message_type": "entry", "n": 1, "path": "a\nb" }));
    }

    #[test]
    fn f17_names_that_are_no_utf_8_can_be_told_apart() {
        let mut body = json!({});
        put_name(&mut body, "path", b"a\xff");
        assert_eq!(body, json!({ "path": "a\u{fffd}", "path_hex": "61ff" }));
    }
}
