//! PiZ: data as positions in the digits of π.
//!
//! The format is described in `docs/formats/piz.md`.
