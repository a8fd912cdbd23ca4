//! The record codec in SQL.
//!
//! ```sql
//! .load unsaid_sqlite
//! UPDATE letters SET body = unsaid_compress(body, '5b1f…');
//! SELECT unsaid_decompress_text(body) FROM letters WHERE id = 7;
//! ```
//!
//! | function | what it gives |
//! |---|---|
//! | `unsaid_compress(value, model [, level])` | the bytes of a TEXT or BLOB, compressed: a BLOB |
//! | `unsaid_decompress(value [, model])` | the bytes, a BLOB |
//! | `unsaid_decompress_text(value [, model])` | the bytes as TEXT, an error where they are not UTF-8 |
//! | `unsaid_model_of(value)` | the first eight digits of the model that a compressed value needs |
//! | `unsaid_models()` | the models at hand, a JSON array of hashes |
//!
//! A value that is NULL gives NULL; a model or level that is NULL is an error. `model` is the hash of a model file, 64 hexadecimal digits: SQL never names a
//! file. Models are registered outside (`unsaid records models --add FILE`). Compressed values carry
//! four bytes of their model's hash and a 16-bit check; `model` is for values that other programs
//! wrote bare. What was TEXT or BLOB is not remembered: the column's owner knows.
//!
//! All but `unsaid_models` may stand in indexes and generated columns: what they give does not change
//! where the model is at hand. But only `unsaid_model_of` is innocuous: the others read the user's store
//! of models, so with `PRAGMA trusted_schema = OFF` (advisable for a database from elsewhere) its views,
//! triggers and indexes may not call them; statements of your own may. `unsaid_models` is for those only.
//!
//! Limits are those of `UNSAID_LIMITS`; a value has at most 16 MiB.

mod functions;
mod init;
mod session;
