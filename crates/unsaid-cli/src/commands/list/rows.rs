//! Entries as lines: a table, a tree, bare names, JSON.

use std::collections::BTreeMap;
use std::io::{self, Write};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use unsaid::archive::Entry;
use unsaid::paq9a::Sizes;
use unsaid_core::fs::EntryPath;

use super::{mode_string, target};
use crate::edge::{escape, json};

/// How a listing looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Table,
    Tree,
    Null,
    Json,
}

/// One entry of any format.
pub(in crate::commands) struct Row {
    /// As the archive has it.
    name: Vec<u8>,
    path: Option<EntryPath>,
    pub(in crate::commands) size: u64,
    mode: String,
    seconds: Option<i64>,
    /// Shown after the name.
    after: String,
    /// What `--json` shows beside path and size.
    more: Value,
}

impl Row {
    pub(super) fn of_entry(entry: &Entry) -> Row {
        let meta = &entry.meta;
        let link = target(entry);
        let mut after = link.map(|(arrow, to)| format!("{arrow}{}", escape::bytes(to))).unwrap_or_default();
        if !entry.is_complete() {
            after.push_str(" (incomplete)");
        }
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let user: BTreeMap<_, _> = meta.user.iter().map(|(k, v)| (text(k), text(v))).collect();
        let mut more = json!({
            "kind": meta.kind.name(),
            "mode": meta.mode.map(|m| format!("{m:04o}")),
            "mtime": meta.mtime.and_then(|t| moment(t.seconds, t.nanos)).map(|t| t.to_string()),
            "media_type": meta.media_type,
            "blake3": entry.hash.map(|h| h.to_string()),
            "complete": entry.is_complete(),
            "user": user,
        });
        if let Some((_, to)) = link {
            json::put_name(&mut more, "target", to);
        }
        Row {
            name: meta.path.as_bytes().to_owned(),
            path: Some(meta.path.clone()),
            size: entry.size,
            mode: mode_string(meta),
            seconds: meta.mtime.map(|t| t.seconds),
            after,
            more,
        }
    }

    /// An entry of a format that has no hashes: nothing is known to be missing.
    pub(super) fn of_whole(entry: &Entry) -> Row {
        let mut row = Row::of_entry(entry);
        row.after.clear();
        if let Value::Object(fields) = &mut row.more {
            fields.insert("complete".to_owned(), json!(true));
        }
        row
    }

    pub(super) fn of_paq9a(name: Vec<u8>, sizes: Sizes) -> Row {
        let more = json!({ "kind": "file", "packed": sizes.packed });
        let (size, mode) = (sizes.size, "-?????????".to_owned());
        Row { name, path: None, size, mode, seconds: None, after: String::new(), more }
    }

    /// The path, where the format has none but safe ones.
    pub(super) fn entry_path(&self) -> Option<&EntryPath> {
        self.path.as_ref()
    }
}

fn moment(seconds: i64, nanos: u32) -> Option<Timestamp> {
    Timestamp::new(seconds, i32::try_from(nanos).ok()?).ok()
}

/// Prints the rows; in all styles but two a person reads them, so that names are escaped.
pub(super) fn print(rows: &[Row], style: Style, out: &mut impl Write) -> io::Result<()> {
    match style {
        Style::Table => table(rows, out),
        Style::Tree => tree(rows, out),
        Style::Null => {
            rows.iter().try_for_each(|row| out.write_all(&row.name).and_then(|()| out.write_all(b"\0")))
        }
        Style::Json => rows.iter().try_for_each(|row| {
            let mut body = row.more.clone();
            if let Value::Object(fields) = &mut body {
                fields.insert("size".to_owned(), json!(row.size));
            }
            json::put_name(&mut body, "path", &row.name);
            writeln!(out, "{}", json::line("entry", body))
        }),
    }
}

fn table(rows: &[Row], out: &mut impl Write) -> io::Result<()> {
    let zone = TimeZone::try_system().unwrap_or(TimeZone::UTC);
    let widest = rows.iter().map(|row| row.size).max().unwrap_or(0).to_string().len().max(6);
    for row in rows {
        let time = row.seconds.and_then(|s| moment(s, 0)).map(|t| t.to_zoned(zone.clone()));
        let time = time.map_or_else(|| "-".to_owned(), |t| t.strftime("%Y-%m-%d %H:%M").to_string());
        let (mode, size, name, after) = (&row.mode, row.size, escape::bytes(&row.name), &row.after);
        writeln!(out, "{mode} {size:>widest$} {time:<16} {name}{after}")?;
    }
    Ok(())
}

/// Every folder before what is in it, indented by its depth.
fn tree(rows: &[Row], out: &mut impl Write) -> io::Result<()> {
    let split = |row: &Row| -> Vec<Vec<u8>> {
        row.name.split(|&b| b == b'/').filter(|part| *part != b".").map(<[u8]>::to_vec).collect()
    };
    let mut sorted: Vec<(Vec<Vec<u8>>, &Row)> = rows.iter().map(|row| (split(row), row)).collect();
    sorted.sort_by(|a, b| a.0.cmp(&b.0));
    let mut open: Vec<Vec<u8>> = Vec::new();
    for (parts, row) in sorted {
        let Some((last, folders)) = parts.split_last() else { continue };
        let common = open.iter().zip(folders).take_while(|(a, b)| a == b).count();
        open.truncate(common);
        // Folders that are no entries of their own.
        for folder in &folders[common..] {
            writeln!(out, "{}{}/", "  ".repeat(open.len()), escape::bytes(folder))?;
            open.push(folder.clone());
        }
        let is_folder = row.mode.starts_with('d');
        let mark = if is_folder { "/" } else { "" };
        writeln!(out, "{}{}{mark}{}", "  ".repeat(folders.len()), escape::bytes(last), row.after)?;
        if is_folder {
            open.push(last.clone());
        }
    }
    Ok(())
}
