//! Generated inputs and faulty readers and writers for the tests of every Unsaid crate.

pub mod damage;
pub mod faulty;
pub mod generate;
#[cfg(target_os = "linux")]
pub mod sweep;

pub use faulty::{Fault, FaultyReader, FaultyWriter};
pub use generate::{Kind, Rng, bytes};
