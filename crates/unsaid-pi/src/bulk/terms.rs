//! A few neighbouring terms of the series, limb by limb.
//!
//! Numbers of some ten limbs cost a library more in calls than in arithmetic, so runs of terms start here.

/// 640320³ / 24 is this odd number times 2^15.
const C_ODD: u64 = 333_833_583_375;
const C_SHIFT: u64 = 15;
const LINEAR: (u64, u64) = (13_591_409, 545_140_134);

/// Over terms first..last: the products P and Q = `q` · 2^`shift`, and the sum T without its sign.
/// Limbs stand lowest first.
pub(super) struct Run {
    pub(super) p: Vec<u64>,
    pub(super) q: Vec<u64>,
    pub(super) t: Vec<u64>,
    pub(super) shift: u64,
}

/// The run of terms `first..last`; 1 <= first, last <= 2^32.
///
/// From the last term to the first: Q grows by a³ · C, P by p(a) = (6a-5)(2a-1)(6a-1), and as signs alternate
/// T = p(a) · (c(a) · Q − T). Powers of two of Q are only counted: they are 18 of its 110 bits a term.
pub(super) fn run(first: u64, last: u64) -> Run {
    let mut run = Run { p: vec![1], q: vec![1], t: Vec::new(), shift: 0 };
    let mut sum = Vec::new();
    for a in (first..last).rev() {
        shifted(&run.q, run.shift, &mut sum);
        multiply(&mut sum, LINEAR.0 + LINEAR.1 * a);
        subtract(&mut sum, &run.t);
        let odd = a >> a.trailing_zeros();
        for word in words([odd, odd, odd, C_ODD]) {
            multiply(&mut run.q, word);
        }
        run.shift += C_SHIFT + 3 * u64::from(a.trailing_zeros());
        for word in words([6 * a - 5, 2 * a - 1, 6 * a - 1, 1]) {
            multiply(&mut sum, word);
            multiply(&mut run.p, word);
        }
        std::mem::swap(&mut run.t, &mut sum);
    }
    run
}

/// The product of four factors as few words, those that are 1 left out.
fn words(factors: [u64; 4]) -> impl Iterator<Item = u64> {
    let mut words = [1u64; 4];
    let mut at = 0;
    for factor in factors {
        match words[at].checked_mul(factor) {
            Some(product) => words[at] = product,
            None => {
                at += 1;
                words[at] = factor;
            }
        }
    }
    words.into_iter().take(at + 1).filter(|&word| word != 1)
}

/// number · 2^bits.
fn shifted(number: &[u64], bits: u64, out: &mut Vec<u64>) {
    let (limbs, bits) = ((bits / 64) as usize, (bits % 64) as u32);
    out.clear();
    out.resize(limbs, 0);
    let mut carry = 0;
    for &limb in number {
        out.push(limb << bits | carry);
        carry = limb.checked_shr(64 - bits).unwrap_or(0);
    }
    if carry != 0 {
        out.push(carry);
    }
}

fn multiply(number: &mut Vec<u64>, word: u64) {
    let mut carry = 0u64;
    for limb in number.iter_mut() {
        let product = u128::from(*limb) * u128::from(word) + u128::from(carry);
        *limb = product as u64;
        carry = (product >> 64) as u64;
    }
    if carry != 0 {
        number.push(carry);
    }
}

/// number - other, which is not larger.
fn subtract(number: &mut [u64], other: &[u64]) {
    let mut borrow = false;
    for (at, limb) in number.iter_mut().enumerate() {
        if at >= other.len() && !borrow {
            break;
        }
        let (less, under) = limb.overflowing_sub(other.get(at).copied().unwrap_or(0));
        let (less, again) = less.overflowing_sub(u64::from(borrow));
        *limb = less;
        borrow = under || again;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_term_is_what_the_formula_says() {
        let run = run(1, 2);
        assert_eq!(run.p, [5]);
        assert_eq!(run.q, [C_ODD]);
        assert_eq!(run.shift, 15);
        assert_eq!(run.t, [5 * (13_591_409 + 545_140_134)]);
        assert_eq!(C_ODD << C_SHIFT, 640_320 * 640_320 * 640_320 / 24);
    }

    #[test]
    fn two_terms_are_the_merge_of_one_and_one() {
        // a = 4, 5: T = T1 Q2 - P1 T2.
        let (p4, p5) = (19 * 7 * 23, 25 * 9 * 29);
        let (c4, c5) = (13_591_409 + 4 * 545_140_134_u128, 13_591_409 + 5 * 545_140_134_u128);
        let c = u128::from(C_ODD);
        let run = run(4, 6);
        assert_eq!(run.p, [(p4 * p5) as u64]);
        assert_eq!(run.shift, 15 + 15 + 6);
        let q = c * c * 125;
        assert_eq!(run.q, [q as u64, (q >> 64) as u64]);
        let t = p4 * c4 * ((c * 125) << 15) - p4 * p5 * c5;
        assert_eq!(run.t, [t as u64, (t >> 64) as u64]);
    }

    #[test]
    fn the_largest_term_overflows_nothing() {
        let run = run((1 << 32) - 3, 1 << 32);
        assert!(
            run.t.last() != Some(&0) && run.q.len() == 7 && run.p.len() == 5,
            "{} {}",
            run.q.len(),
            run.p.len()
        );
    }
}
