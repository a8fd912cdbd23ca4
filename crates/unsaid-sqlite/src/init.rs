//! The one function that SQLite looks for.
#![allow(unsafe_code, reason = "the entry point has a C signature")]
#![allow(unreachable_pub, reason = "SQLite finds it by its name")]

use std::ffi::{c_char, c_int};

use rusqlite::{Connection, ffi};

/// Registers the functions on a connection. SQLite calls it; the name is the one that it tries first
/// for a library of any name.
///
/// # Safety
/// The three pointers must be those that SQLite gives to an extension.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sqlite3_extension_init(
    db: *mut ffi::sqlite3,
    message: *mut *mut c_char,
    api: *mut ffi::sqlite3_api_routines,
) -> c_int {
    // SAFETY: passed on as they came. Panics end in there, as errors.
    unsafe { Connection::extension_init2(db, message, api, |db| crate::functions::register(&db)) }
}
