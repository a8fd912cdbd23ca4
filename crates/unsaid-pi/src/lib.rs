//! The digits of π after the point, in every base from 2 to 256.
//!
//! Positions are 0-based and count from the first digit after the point: in base 16 position 0 is the `2`
//! of 3.243F6A88…. The leading 3 has no position.
//!
//! | module | question it answers |
//! |---|---|
//! | [`bulk`] | What are the first million bits, or the first billion? |
//! | [`convert`] | What are they in another base? |
//! | [`extract`] | What are the digits at position 10^7, without those before them? |
//! | [`computed`] | Which of these is cheapest? |
//! | [`fraction`] | What is made once for all bases? |
//! | [`keep`] | Where does what was computed last? |
//!
//! The feature `fast` is for whoever may link LGPL code: `malachite-nz` (LGPL-3.0-only, Rust 1.90) multiplies
//! instead of `dashu-int` where the processor has AVX2 and FMA. Without it all that is linked is permissive.

pub mod base;
pub mod bulk;
pub mod computed;
pub mod convert;
pub mod cost;
mod crew;
pub mod extract;
pub mod fraction;
pub mod keep;
mod number;
pub mod source;

pub use base::Base;
pub use computed::{Computed, Way};
pub use cost::Cost;
pub use fraction::Fraction;
pub use keep::{Keep, Kept};
pub use number::Library;
pub use source::DigitSource;
