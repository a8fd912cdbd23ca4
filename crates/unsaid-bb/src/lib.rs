//! BB: small documents compressed against a shared model of fragments.
//!
//! The format is described in `docs/formats/bb.md`.
