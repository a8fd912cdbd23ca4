//! `unsaid piz explain`.
