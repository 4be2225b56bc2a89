//! Buffers that are used again.
//!
//! A step makes some thousand tensors and drops them, of the same few sizes in every step. Getting each from
//! the system anew means pages to be cleared and mapped; here they wait for the next of their size.

use std::collections::HashMap;
use std::fmt;
use std::mem::{MaybeUninit, take};
use std::sync::{LazyLock, Mutex, PoisonError};

use burn::tensor::Bytes;
use burn_std::{AccessError, AccessPolicy, AllocationController, AllocationProperty};

/// Smaller ones the system gives as fast.
const SMALLEST: usize = 1 << 10;
/// No more than this waits, in numbers: 256 MiB.
const MOST: usize = 64 << 20;

#[derive(Default)]
struct Pool {
    waiting: HashMap<usize, Vec<Vec<f32>>>,
    /// How many numbers wait altogether.
    numbers: usize,
}

static POOL: LazyLock<Mutex<Pool>> = LazyLock::new(Mutex::default);

/// A buffer of `len` numbers, whatever they are: who takes it writes them all.
pub(super) fn buffer(len: usize) -> Vec<f32> {
    if len >= SMALLEST {
        let mut pool = POOL.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(buffer) = pool.waiting.get_mut(&len).and_then(Vec::pop) {
            pool.numbers -= len;
            return buffer;
        }
    }
    vec![0.0; len]
}

/// Keeps a buffer for the next who wants one of its size.
pub(super) fn give_back(buffer: Vec<f32>) {
    let len = buffer.len();
    if len < SMALLEST {
        return;
    }
    let mut pool = POOL.lock().unwrap_or_else(PoisonError::into_inner);
    if pool.numbers + len <= MOST {
        pool.numbers += len;
        pool.waiting.entry(len).or_default().push(buffer);
    }
}

/// A tensor's memory, which comes back here when the tensor is dropped.
pub(super) fn into_bytes(values: Vec<f32>) -> Bytes {
    let len = size_of_val(values.as_slice());
    // SAFETY: all numbers of a vector are initialised, and the controller hands out no others.
    #[allow(unsafe_code)]
    unsafe {
        Bytes::from_controller(Box::new(Pooled(values)), len)
    }
}

struct Pooled(Vec<f32>);

impl fmt::Debug for Pooled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pooled({})", self.0.len())
    }
}

impl Drop for Pooled {
    fn drop(&mut self) {
        give_back(take(&mut self.0));
    }
}

impl AllocationController for Pooled {
    fn alloc_align(&self) -> usize {
        align_of::<f32>()
    }

    fn property(&self) -> AllocationProperty {
        AllocationProperty::Other
    }

    #[allow(unsafe_code)]
    unsafe fn memory_mut(&mut self, _: AccessPolicy) -> Result<&mut [MaybeUninit<u8>], AccessError> {
        let bytes: &mut [u8] = pulp::bytemuck::cast_slice_mut(&mut self.0);
        // SAFETY: the same bytes; the caller promises to write initialised ones alone.
        Ok(unsafe { &mut *(std::ptr::from_mut(bytes) as *mut [MaybeUninit<u8>]) })
    }

    #[allow(unsafe_code)]
    fn memory(&self, _: AccessPolicy) -> Result<&[MaybeUninit<u8>], AccessError> {
        let bytes: &[u8] = pulp::bytemuck::cast_slice(&self.0);
        // SAFETY: initialised bytes may be looked at as such that may not be.
        Ok(unsafe { &*(std::ptr::from_ref(bytes) as *const [MaybeUninit<u8>]) })
    }
}
