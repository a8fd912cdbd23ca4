//! Multiplication modulo an odd number below 2^30, without divisions (P. Montgomery, 1985).

/// Multiplies numbers in Montgomery's form: x stands for x/2^32 mod m. Values are below 2m.
#[derive(Clone, Copy, Debug)]
pub(super) struct Modulo {
    pub(super) m: u64,
    negative_inverse: u32,
    /// 1 in Montgomery's form: 2^32 mod m.
    pub(super) one: u64,
}

/// Moduli are below this.
pub(super) const MODULI_BELOW: u64 = 1 << 30;

impl Modulo {
    /// For an odd `m` below [`MODULI_BELOW`].
    pub(super) fn new(m: u64) -> Modulo {
        let low = m as u32;
        let mut y = low.wrapping_mul(3) ^ 2;
        for _ in 0..3 {
            y = y.wrapping_mul(2u32.wrapping_sub(low.wrapping_mul(y)));
        }
        Modulo { m, negative_inverse: y.wrapping_neg(), one: (1 << 32) % m }
    }

    /// a·b/2^32 mod m, below 2m, where a·b is below 4m².
    #[inline(always)]
    pub(super) fn multiply(&self, a: u64, b: u64) -> u64 {
        let product = a * b;
        let q = (product as u32).wrapping_mul(self.negative_inverse);
        (product + u64::from(q) * self.m) >> 32
    }

    /// Into Montgomery's form.
    pub(super) fn form(&self, x: u64) -> u64 {
        ((x % self.m) << 32) % self.m
    }

    /// Out of Montgomery's form, below m.
    pub(super) fn plain(&self, x: u64) -> u64 {
        self.multiply(x, 1) % self.m
    }

    /// b^exponent mod m, plain.
    pub(super) fn power(&self, b: u64, exponent: u64) -> u64 {
        let b = self.form(b);
        let mut x = self.one;
        for bit in (0..64 - exponent.leading_zeros()).rev() {
            x = self.multiply(x, x);
            if exponent >> bit & 1 == 1 {
                x = self.multiply(x, b);
            }
        }
        self.plain(x)
    }

    /// numerator/denominator mod m, plain, of two numbers in Montgomery's form; the denominator shares no
    /// factor with m.
    pub(super) fn divide(&self, numerator: u64, denominator: u64) -> u64 {
        let (mut a, mut b) = (self.m as i64, self.plain(denominator) as i64);
        let (mut of_a, mut of_b) = (0i64, 1i64);
        while b != 0 {
            let q = a / b;
            (a, b) = (b, a - q * b);
            (of_a, of_b) = (of_b, of_a - q * of_b);
        }
        self.plain(numerator) * (of_a.rem_euclid(self.m as i64) as u64) % self.m
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_powers_and_quotients_are_those_of_plain_division() {
        for m in [3u64, 9, 81, 1_000_003, (1 << 30) - 1, (1 << 30) - 35] {
            let modulo = Modulo::new(m);
            for (a, b) in [(1, 1), (2, m - 1), (m / 2, m - 2), (123_456_789, 1_000_000_008)] {
                let product = modulo.multiply(modulo.form(a), modulo.form(b));
                assert_eq!(modulo.plain(product), (a % m) * (b % m) % m, "{a}·{b} mod {m}");
                let gcd = |mut x: u64, mut y: u64| {
                    while y != 0 {
                        (x, y) = (y, x % y);
                    }
                    x
                };
                if gcd(b, m) == 1 {
                    let quotient = modulo.divide(modulo.form(a), modulo.form(b));
                    assert_eq!(quotient * (b % m) % m, a % m, "{a}/{b} mod {m}");
                }
            }
            let cubes = [0, 1, 2, 5, m - 1].map(|b| modulo.power(b, 3));
            assert_eq!(cubes, [0, 1, 2, 5, m - 1].map(|b| (b % m) * (b % m) % m * (b % m) % m));
        }
    }
}
