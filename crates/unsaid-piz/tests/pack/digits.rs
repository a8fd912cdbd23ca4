//! Digits of π for the tests, computed once for all of them.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use unsaid_core::{Inline, Limits, Result, Silent};
use unsaid_pi::{Base, DigitSource, Fraction, bulk, convert};

/// Gives the first digits and remembers them.
#[derive(Default)]
pub(crate) struct Pi {
    known: Mutex<HashMap<u16, Arc<[u8]>>>,
    fraction: Mutex<Option<Arc<Fraction>>>,
}

/// One source for all tests.
pub(crate) fn pi() -> &'static Pi {
    static PI: LazyLock<Pi> = LazyLock::new(Pi::default);
    &PI
}

impl DigitSource for Pi {
    fn digits(&self, base: Base, from: u64, out: &mut [u8]) -> Result<()> {
        let all = self.prefix(base, from + out.len() as u64)?;
        out.copy_from_slice(&all[from as usize..from as usize + out.len()]);
        Ok(())
    }

    fn prefix(&self, base: Base, count: u64) -> Result<Arc<[u8]>> {
        let known = self.known.lock().unwrap().get(&base.get()).cloned();
        if let Some(digits) = known.filter(|digits| digits.len() as u64 >= count) {
            return Ok(digits);
        }
        // A little more, for what is asked for next.
        let count = count.next_power_of_two().min(count + (1 << 16));
        let fraction = self.fraction(convert::bits(base, count))?;
        let digits = convert::digits(&fraction, base, count, &Limits::default(), &Inline, &Silent)?;
        let digits: Arc<[u8]> = digits.into();
        self.known.lock().unwrap().insert(base.get(), Arc::clone(&digits));
        Ok(digits)
    }
}

impl Pi {
    fn fraction(&self, bits: u64) -> Result<Arc<Fraction>> {
        let mut known = self.fraction.lock().unwrap();
        if let Some(fraction) = known.as_ref().filter(|fraction| fraction.bits() >= bits) {
            return Ok(Arc::clone(fraction));
        }
        let fraction = bulk::fraction(bits.max(1 << 18), &Limits::default(), &Inline, &Silent)?;
        Ok(Arc::clone(known.insert(Arc::new(fraction))))
    }
}
