//! The digits of π after the point, in every base from 2 to 256.
//!
//! Positions are 0-based and count from the first digit after the point: in base 16 position 0 is the `2`
//! of 3.243F6A88…. The leading 3 has no position.

pub mod base;
pub mod cost;
pub mod extract;
pub mod source;

pub use base::Base;
pub use cost::Cost;
pub use source::DigitSource;
