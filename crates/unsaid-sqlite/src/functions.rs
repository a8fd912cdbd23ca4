//! The SQL functions: what their arguments may be, and what they give.

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Result as SqlResult};

use unsaid::store::Store;
use unsaid_core::{Error, ErrorKind, Result};
use unsaid_records::{Head, Level, ModelId};

use crate::session::Session;

/// The same arguments give the same result wherever the model is at hand: so they may stand in indexes
/// and generated columns. They read the user's store of models, though, and models can tell what they
/// were trained on, so they are not innocuous: a schema that is not trusted may not call them.
const READING: FunctionFlags = FunctionFlags::SQLITE_UTF8.union(FunctionFlags::SQLITE_DETERMINISTIC);

/// Nothing but the arguments is looked at.
const PURE: FunctionFlags = READING.union(FunctionFlags::SQLITE_INNOCUOUS);

/// What this machine has is nobody's business in a view of a foreign database.
const LOCAL: FunctionFlags = FunctionFlags::SQLITE_UTF8.union(FunctionFlags::SQLITE_DIRECTONLY);

/// Registers all functions. `false`: they go with the connection.
pub(crate) fn register(db: &Connection) -> SqlResult<bool> {
    let session = Arc::new(Mutex::new(Session::new().map_err(|e| sql("loading unsaid", &e))?));
    for arguments in [2, 3] {
        let session = Arc::clone(&session);
        define(db, "unsaid_compress", arguments, READING, move |ctx| compress(ctx, &session))?;
    }
    for arguments in [1, 2] {
        let of = Arc::clone(&session);
        define(db, "unsaid_decompress", arguments, READING, move |ctx| decompress(ctx, &of))?;
        let of = Arc::clone(&session);
        define(db, "unsaid_decompress_text", arguments, READING, move |ctx| decompress_text(ctx, &of))?;
    }
    define(db, "unsaid_model_of", 1, PURE, model_of)?;
    define(db, "unsaid_models", 0, LOCAL, |_| models())?;
    Ok(false)
}

fn define(
    db: &Connection,
    name: &'static str,
    arguments: i32,
    flags: FunctionFlags,
    function: impl Fn(&Context<'_>) -> Result<Value> + Send + 'static,
) -> SqlResult<()> {
    db.create_scalar_function(name, arguments, flags, move |ctx| function(ctx).map_err(|e| sql(name, &e)))
}

/// One line, as SQLite shows it: who, what, and what to do.
fn sql(name: &str, e: &Error) -> rusqlite::Error {
    let path = e.path().map(|path| format!("{}: ", path.display())).unwrap_or_default();
    let hint = e.hint_text().map(|hint| format!("; {hint}")).unwrap_or_default();
    rusqlite::Error::UserFunctionError(format!("{name}: {path}{e}{hint}").into())
}

fn compress(ctx: &Context<'_>, session: &Mutex<Session>) -> Result<Value> {
    let Some(document) = bytes(ctx.get_raw(0), "TEXT or BLOB")? else { return Ok(Value::Null) };
    // NULL for these would come of a slip, such as a query that finds no model, and wipe the column.
    let id = model(ctx.get_raw(1))?.ok_or_else(|| {
        wrong("the name of a model", ValueRef::Null, "its hash, 64 hexadecimal digits")
            .hint("SELECT unsaid_models() lists those at hand; add one: unsaid records models --add FILE")
    })?;
    let level = if ctx.len() > 2 { level(ctx.get_raw(2))? } else { Level::Balanced };
    lock(session).compress(document, &id, level).map(Value::Blob)
}

fn decompress(ctx: &Context<'_>, session: &Mutex<Session>) -> Result<Value> {
    Ok(document(ctx, session)?.map_or(Value::Null, Value::Blob))
}

fn decompress_text(ctx: &Context<'_>, session: &Mutex<Session>) -> Result<Value> {
    let Some(document) = document(ctx, session)? else { return Ok(Value::Null) };
    match String::from_utf8(document) {
        Ok(text) => Ok(Value::Text(text)),
        Err(e) => Err(Error::new(ErrorKind::Usage, "the value is no text")
            .found("bytes that are not UTF-8")
            .at(e.utf8_error().valid_up_to() as u64)
            .hint("unsaid_decompress gives it as a BLOB")),
    }
}

fn document(ctx: &Context<'_>, session: &Mutex<Session>) -> Result<Option<Vec<u8>>> {
    let Some(record) = compressed(ctx.get_raw(0))? else { return Ok(None) };
    let bare = if ctx.len() > 1 { model(ctx.get_raw(1))? } else { None };
    lock(session).decompress(record, bare).map(Some)
}

fn model_of(ctx: &Context<'_>) -> Result<Value> {
    let Some(record) = compressed(ctx.get_raw(0))? else { return Ok(Value::Null) };
    let (head, _) = Head::read(record)?;
    Ok(head.id.map_or(Value::Null, |id| Value::Text(id.to_string())))
}

fn models() -> Result<Value> {
    let ids: Vec<String> = Store::of_user()?.ids()?.iter().map(|id| format!("\"{id}\"")).collect();
    Ok(Value::Text(format!("[{}]", ids.join(","))))
}

/// A call that failed leaves nothing half done, so that the next one may go on after a panic too.
fn lock(session: &Mutex<Session>) -> std::sync::MutexGuard<'_, Session> {
    session.lock().unwrap_or_else(PoisonError::into_inner)
}

fn bytes<'a>(value: ValueRef<'a>, expected: &str) -> Result<Option<&'a [u8]>> {
    match value {
        ValueRef::Null => Ok(None),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Ok(Some(bytes)),
        other => {
            Err(wrong("the value", other, expected).hint("say CAST(value AS TEXT) if you mean its digits"))
        }
    }
}

fn compressed(value: ValueRef<'_>) -> Result<Option<&[u8]>> {
    match value {
        ValueRef::Null => Ok(None),
        ValueRef::Blob(bytes) => Ok(Some(bytes)),
        other => Err(wrong("the value", other, "a BLOB of unsaid_compress")),
    }
}

fn model(value: ValueRef<'_>) -> Result<Option<ModelId>> {
    match value {
        ValueRef::Null => Ok(None),
        ValueRef::Text(text) => {
            let id = std::str::from_utf8(text).ok().and_then(ModelId::from_hex);
            id.map(Some).ok_or_else(|| {
                Error::new(ErrorKind::Usage, "the name of a model")
                    .found(format!(
                        "'{}'",
                        String::from_utf8_lossy(text).chars().take(80).collect::<String>()
                    ))
                    .expected("its hash, 64 hexadecimal digits")
                    .hint("SELECT unsaid_models() lists those at hand")
            })
        }
        other => Err(wrong("the name of a model", other, "its hash as TEXT")),
    }
}

fn level(value: ValueRef<'_>) -> Result<Level> {
    match value {
        ValueRef::Text(name) => String::from_utf8_lossy(name).parse(),
        other => Err(wrong("the level", other, "'fast', 'balanced' or 'small'")
            .hint("leave the third argument out for 'balanced'")),
    }
}

fn wrong(what: &str, found: ValueRef<'_>, expected: &str) -> Error {
    Error::new(ErrorKind::Usage, what).found(found.data_type().to_string()).expected(expected)
}
