//! Asks for memory before it is needed. Has no effect on any result.

/// Starts to load the cache line of `slice[index]`; an index that does not exist does no harm.
#[inline(always)]
pub(crate) fn prefetch<T>(slice: &[T], index: usize) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        let address = slice.as_ptr().wrapping_add(index);
        #[allow(unsafe_code, reason = "random access to hundreds of megabytes: a third of the time")]
        // SAFETY: a prefetch reads nothing and faults nowhere, whatever the address.
        unsafe {
            _mm_prefetch::<_MM_HINT_T0>(address.cast());
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (slice, index);
}
