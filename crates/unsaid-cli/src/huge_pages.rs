//! Large tables on large pages.
//!
//! Context mixing reads hundreds of megabytes at random: with pages of 4 KiB nearly each access misses
//! the TLB, and each page is zeroed by a fault of its own. Where the kernel leaves the choice to
//! programs (`transparent_hugepage` = `madvise`, the default of most distributions), asking for pages
//! of 2 MiB saves a quarter of the encoder's and a third of the decoder's time
//! (`crates/unsaid-cm/OPTIMISATIONS.md`). It is advice: nothing depends on it being taken.

#![allow(
    unsafe_code,
    reason = "an allocator is unsafe by nature; the advice saves a quarter of the CPU time"
)]

use std::alloc::{GlobalAlloc, Layout, System};

/// The system's allocator, which asks for large pages for large tables.
pub(crate) struct HugePages;

/// Smaller allocations are not worth a 2 MiB page that is mostly unused.
#[cfg(target_os = "linux")]
const FROM: usize = 16 << 20;

// SAFETY: every call goes to `System` unchanged; `advise` neither moves, frees nor writes anything.
unsafe impl GlobalAlloc for HugePages {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps `alloc`'s contract, which is the same.
        let memory = unsafe { System.alloc(layout) };
        advise(memory, layout.size());
        memory
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as for `alloc`. Memory this large comes fresh from the kernel, zeroed when touched.
        let memory = unsafe { System.alloc_zeroed(layout) };
        advise(memory, layout.size());
        memory
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: the caller gives what it got from here, which came from `System`.
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as for `dealloc`.
        unsafe { System.realloc(memory, layout, size) }
    }
}

#[cfg(target_os = "linux")]
fn advise(memory: *mut u8, size: usize) {
    use rustix::mm::{Advice, madvise};

    const PAGE: usize = 4096;
    if size < FROM || memory.is_null() {
        return;
    }
    let skip = memory.addr().next_multiple_of(PAGE) - memory.addr();
    let length = (size - skip) / PAGE * PAGE;
    // SAFETY: the range lies within an allocation that was just made and that nobody else knows of
    // yet. The advice changes how it is backed, never what it holds. An error means that it was not taken.
    let _ = unsafe { madvise(memory.wrapping_add(skip).cast(), length, Advice::LinuxHugepage) };
}

#[cfg(not(target_os = "linux"))]
fn advise(_: *mut u8, _: usize) {}
