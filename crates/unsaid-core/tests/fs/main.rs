//! Promises of `unsaid_core::fs`, one module a case family of files, archives and faults.
