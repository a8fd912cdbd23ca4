//! Digits far away, without those before them.
//!
//! Two ways. [`power_of_two`] for the bases 2, 4, 8, … 256, by series whose terms are powers of 2 over small odd
//! numbers: well below a second for 24 and more hexadecimal digits at position 10^7. [`any_base`] for every base by
//! F. Bellard's method: slow, the time grows with the square of the position, but in little memory.
//!
//! Neither gives a digit that the bounds of its errors leave open.
//!
//! What [`power_of_two`] gives was computed twice: π = 8 arctan 1/2 - 4 arctan 1/7 from the bit asked for on, and
//! π = 8 arctan 1/3 + 4 arctan 1/7 from the bit before. What the agreement of all digits proves:
//!
//! * A wrong power in one evaluation moves its sum by j/m modulo 1 for its modulus m, j not 0, and so by far more than
//!   the bound of the error: the digits differ. So does every wrong limb or sum that changes a digit of one of them.
//! * arctan 1/2 and arctan 1/3 have no power in common: a modulus that both have comes with other exponents. Those of
//!   arctan 1/7 are one less in the second. The lowest bits of an exponent are the last of the ladder, so what the two
//!   ladders of such a term begin with is the same; but it counts with the other sign. What is wrong in both
//!   moves the one sum up and the other down.
//! * No limb, quotient or sum of the second has the value or the place of one of the first: a fault of a register or
//!   of memory strikes one of them.
//!
//! It does not prove the formulas: tests do, with the series of Bailey, Borwein and Plouffe, with the bulk
//! digits and with published ones.

mod any;
#[cfg(target_arch = "x86_64")]
mod avx2;
mod engine;
mod evaluate;
mod fixed;
mod formula;
mod gather;
mod modulo;
mod narrow;
mod power;
mod primes;
mod residue;
#[cfg(target_arch = "x86_64")]
mod sse2;
mod wide;

/// The same for each of eight registers: a loop over them is left a loop, and its registers are memory.
#[cfg(target_arch = "x86_64")]
macro_rules! eight {
    ($i:ident => $body:expr) => {
        eight!($i => $body; 0 1 2 3 4 5 6 7)
    };
    ($i:ident => $body:expr; $($n:literal)*) => {
        $({ const I: usize = $n; let $i = I; $body; })*
    };
}
#[cfg(target_arch = "x86_64")]
use eight;

pub use any::{any_base, needs as any_base_needs};
pub use engine::Engine;
pub use power::{needs as power_of_two_needs, power_of_two, power_of_two_once, power_of_two_with};
