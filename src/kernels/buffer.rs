//! Buffers that are used again, and lie as registers want them.
//!
//! A step makes some thousand tensors and drops them, of the same few sizes in every step. Getting each from
//! the system anew means pages to be cleared and mapped; here they wait for the next of their size. And what
//! the system gives begins sixteen bytes into a page, so that every register's worth of numbers lies in two lines
//! of the cache; these begin with a line.

use std::collections::HashMap;
use std::fmt;
use std::mem::{MaybeUninit, take};
use std::ops::{Deref, DerefMut};
use std::sync::{LazyLock, Mutex, PoisonError};

use burn_std::{AccessError, AccessPolicy, AllocationController, AllocationProperty};
use pulp::bytemuck::{self, Pod, Zeroable};

/// Numbers of a line of the cache.
const LINE: usize = 16;
/// Fewer lines the system gives as fast.
const SMALLEST: usize = 64;
/// No more lines than this wait: 256 MiB.
const MOST: usize = 4 << 20;

#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([f32; LINE]);

// SAFETY: numbers alone, for which all bits are good, without a gap between them.
#[allow(unsafe_code)]
unsafe impl Zeroable for Line {}
// SAFETY: as above.
#[allow(unsafe_code)]
unsafe impl Pod for Line {}

#[derive(Default)]
struct Pool {
    /// By how many lines they have.
    waiting: HashMap<usize, Vec<Vec<Line>>>,
    lines: usize,
}

static POOL: LazyLock<Mutex<Pool>> = LazyLock::new(Mutex::default);

/// Numbers in memory that waits, when they are dropped, for the next who wants as many.
pub struct Buffer {
    lines: Vec<Line>,
    len: usize,
}

/// A buffer of `len` numbers, whatever they are: who takes it writes them all.
pub(super) fn buffer(len: usize) -> Buffer {
    let count = len.div_ceil(LINE);
    if count >= SMALLEST {
        let mut pool = POOL.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lines) = pool.waiting.get_mut(&count).and_then(Vec::pop) {
            pool.lines -= count;
            return Buffer { lines, len };
        }
    }
    Buffer { lines: vec![Line([0.0; LINE]); count], len }
}

/// A buffer of zeros.
pub(super) fn zeros(len: usize) -> Buffer {
    let mut zeros = buffer(len);
    zeros.fill(0.0);
    zeros
}

/// A buffer of these numbers.
pub(super) fn copied(values: &[f32]) -> Buffer {
    let mut copy = buffer(values.len());
    copy.copy_from_slice(values);
    copy
}

impl Deref for Buffer {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &bytemuck::cast_slice(&self.lines)[..self.len]
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut bytemuck::cast_slice_mut(&mut self.lines)[..self.len]
    }
}

impl fmt::Debug for Buffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Buffer({})", self.len)
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let count = self.lines.len();
        if count < SMALLEST {
            return;
        }
        let mut pool = POOL.lock().unwrap_or_else(PoisonError::into_inner);
        if pool.lines + count <= MOST {
            pool.lines += count;
            pool.waiting.entry(count).or_default().push(take(&mut self.lines));
        }
    }
}

/// A tensor's memory.
impl AllocationController for Buffer {
    fn alloc_align(&self) -> usize {
        align_of::<Line>()
    }

    fn property(&self) -> AllocationProperty {
        AllocationProperty::Other
    }

    #[allow(unsafe_code)]
    unsafe fn memory_mut(&mut self, _: AccessPolicy) -> Result<&mut [MaybeUninit<u8>], AccessError> {
        let bytes: &mut [u8] = bytemuck::cast_slice_mut(self);
        // SAFETY: the same bytes; the caller promises to write initialised ones alone.
        Ok(unsafe { &mut *(std::ptr::from_mut(bytes) as *mut [MaybeUninit<u8>]) })
    }

    #[allow(unsafe_code)]
    fn memory(&self, _: AccessPolicy) -> Result<&[MaybeUninit<u8>], AccessError> {
        let bytes: &[u8] = bytemuck::cast_slice(self);
        // SAFETY: initialised bytes may be looked at as such that may not be.
        Ok(unsafe { &*(std::ptr::from_ref(bytes) as *const [MaybeUninit<u8>]) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_begins_with_a_line_and_has_the_length_that_was_asked_for() {
        for len in [0, 1, 15, 16, 17, 5000] {
            let buffer = copied(&vec![3.0; len]);
            assert_eq!(buffer.as_ptr() as usize % 64, 0);
            assert_eq!(*buffer, vec![3.0; len]);
        }
    }

    #[test]
    fn what_is_dropped_serves_the_next_of_its_size() {
        let first = buffer(1_234_567);
        let place = first.as_ptr();
        drop(first);
        let [again, another] = [buffer(1_234_566), buffer(1_234_567)];
        assert_eq!(again.as_ptr(), place);
        assert_ne!(another.as_ptr(), place);
    }
}
