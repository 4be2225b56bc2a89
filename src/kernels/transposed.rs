//! Weights with their rows for columns, as the gradient of a product's left side wants them: written out once
//! for all shards of a step.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use burn::backend::flex::FlexTensor;

use super::buffer::{Buffer, buffer};
use super::flex::{sizes, values};

/// What has been written out since sharing began.
#[derive(Default)]
struct Shared {
    /// How many share.
    sharing: usize,
    written: Vec<Written>,
}

struct Written {
    /// As long as this is held nobody changes the weight where it lies, so that its address tells it from all
    /// others.
    weight: FlexTensor,
    transposed: Arc<Transposed>,
}

#[derive(Default)]
struct Transposed(OnceLock<Buffer>);

impl Transposed {
    fn values(&self, weight: &FlexTensor) -> &[f32] {
        self.0.get_or_init(|| transpose(weight))
    }
}

static SHARED: Mutex<Shared> = Mutex::new(Shared { sharing: 0, written: Vec::new() });

fn shared() -> MutexGuard<'static, Shared> {
    SHARED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// While this lives, a weight is transposed once. Drop it before the weights change: what is shared is held, and
/// what is held is copied before it is written to.
#[must_use]
pub struct Sharing(());

impl Sharing {
    pub fn begin() -> Self {
        shared().sharing += 1;
        Self(())
    }
}

impl Drop for Sharing {
    fn drop(&mut self) {
        let mut shared = shared();
        shared.sharing -= 1;
        // Those of others too: they find them written out again, and nothing is ever held for long.
        shared.written.clear();
    }
}

/// What `work` makes of a contiguous matrix transposed.
pub(super) fn transposed<T>(weight: &FlexTensor, work: impl FnOnce(&[f32]) -> T) -> T {
    let transposed = shared().find(weight);
    // Whoever comes second waits for the first; the lock is held by neither.
    work(transposed.values(weight))
}

impl Shared {
    fn find(&mut self, weight: &FlexTensor) -> Arc<Transposed> {
        let same = |written: &&Written| {
            values(&written.weight).as_ptr() == values(weight).as_ptr() && sizes(&written.weight) == sizes(weight)
        };
        if let Some(written) = self.written.iter().find(same) {
            return Arc::clone(&written.transposed);
        }
        let transposed = Arc::<Transposed>::default();
        if self.sharing > 0 {
            self.written.push(Written { weight: weight.clone(), transposed: Arc::clone(&transposed) });
        }
        transposed
    }
}

fn transpose(weight: &FlexTensor) -> Buffer {
    /// Rows that are read together, so that what is written lies together.
    const BLOCK: usize = 8;
    let ([rows, columns], values) = (sizes(weight), values(weight));
    let mut to = buffer(values.len());
    for first_row in (0..rows).step_by(BLOCK) {
        let together = BLOCK.min(rows - first_row);
        for column in 0..columns {
            let to = &mut to[column * rows + first_row..][..together];
            for (place, to) in to.iter_mut().enumerate() {
                *to = values[(first_row + place) * columns + column];
            }
        }
    }
    to
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::buffer::copied;
    use crate::kernels::flex::tensor;

    fn matrix(first: f32) -> FlexTensor {
        let values: Vec<f32> = (0..17 * 35_u16).map(|i| first + f32::from(i)).collect();
        tensor(copied(&values), [17, 35])
    }

    #[test]
    fn every_element_changes_its_row_for_its_column() {
        let matrix = matrix(0.0);
        transposed(&matrix, |to| {
            for (row, column) in (0..17).flat_map(|row| (0..35).map(move |column| (row, column))) {
                assert_eq!(to[column * 17 + row], values(&matrix)[row * 35 + column]);
            }
        });
    }

    #[test]
    fn what_is_shared_is_written_once_and_never_that_of_another_weight() {
        let sharing = Sharing::begin();
        let (one, other) = (matrix(0.0), matrix(7.0));
        let first = transposed(&one, <[f32]>::as_ptr);
        assert_eq!(transposed(&one.clone(), <[f32]>::as_ptr), first);
        assert_eq!(transposed(&other, |to| to[0]), 7.0);
        // Held, the weight is not changed where it lies: its changed copy is another.
        let mut changed = one.clone();
        drop(one);
        changed.storage_mut::<f32>()[0] = 9.0;
        assert_eq!(transposed(&changed, |to| to[0]), 9.0);
        drop(sharing);
    }
}
