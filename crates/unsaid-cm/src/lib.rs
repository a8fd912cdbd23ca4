//! Context mixing: many small models each predict the next bit, neurons learn whom to believe, and
//! an arithmetic coder spends `log2(1/p)` bits on what happens.
//!
//! ```text
//! bytes -> LZP: is it the expected byte? -> contexts -> bit history -> probability -> chain of
//! neurons -> refinement -> arithmetic coder -> bytes
//! ```
//!
//! The components are shared by the formats built on them:
//!
//! | file | component |
//! |---|---|
//! | `state` | which bits a context has seen, in one byte |
//! | `state_map` | from a bit history to a probability that learns |
//! | `logistic` | `stretch` and `squash` |
//! | `mixer` | a neuron with two inputs, and refinement of a probability (APM) |
//! | `chain` | histories, neurons and refinements in a chain, for each kind of processor |
//! | `slots` | hash table from contexts to the bit histories of a nibble |
//! | `history` | the last bytes and words, as hashes |
//! | `lzp` | prediction of the next byte by the last long match |
//!
//! [`paq9a`] is the archive format of 2007, byte for byte (`docs/formats/paq9a.md`). [`primed`] codes
//! small documents, each alone, after a training text (`docs/formats/records-small.md`).
//!
//! Integer arithmetic only: the bytes do not depend on the machine, the build or the compiler.

mod chain;
mod history;
mod logistic;
mod lzp;
mod mixer;
mod pages;
mod prefetch;
mod slots;
mod state;
mod state_map;

pub mod paq9a;
pub mod primed;

/// A boxed array of copies of `value`, made without passing through the stack.
fn boxed<T: Copy, const N: usize>(value: T) -> Box<[T; N]> {
    match vec![value; N].into_boxed_slice().try_into() {
        Ok(array) => array,
        Err(_) => unreachable!("a slice of N is an array of N"),
    }
}
