//! Matrix products on one thread.
//!
//! The `gemm` crate's threads wait for each other at the end of every product; here each core has products of
//! its own instead, over its part of the batch.

use gemm::{Parallelism, gemm};

use super::buffer::{Buffer, buffer};

/// A matrix in memory.
#[derive(Clone, Copy)]
pub(super) struct Matrix<'a> {
    values: &'a [f32],
    sizes: [usize; 2],
    strides: [usize; 2],
}

impl<'a> Matrix<'a> {
    /// One row after the other.
    pub fn new(values: &'a [f32], rows: usize, columns: usize) -> Self {
        assert_eq!(values.len(), rows * columns, "a matrix of {rows} by {columns}");
        Self { values, sizes: [rows, columns], strides: [columns, 1] }
    }

    /// The same numbers with rows for columns.
    pub fn transposed(self) -> Self {
        let ([rows, columns], [down, across]) = (self.sizes, self.strides);
        Self { values: self.values, sizes: [columns, rows], strides: [across, down] }
    }
}

/// `x·y`, one row after the other.
pub(super) fn product(x: Matrix, y: Matrix) -> Buffer {
    let mut to = buffer(x.sizes[0] * y.sizes[1]);
    multiply(x, y, &mut to, false);
    to
}

/// Adds `x·y` to a matrix that lies one row after the other.
pub(super) fn add_product(x: Matrix, y: Matrix, to: &mut [f32]) {
    multiply(x, y, to, true);
}

#[expect(clippy::cast_possible_wrap, reason = "strides are lengths of slices, which are no longer than isize::MAX")]
fn multiply(x: Matrix, y: Matrix, to: &mut [f32], add: bool) {
    assert_eq!(to.len(), x.sizes[0] * y.sizes[1], "the size of the product");
    let ([rows, depth], [also_depth, columns]) = (x.sizes, y.sizes);
    assert_eq!(depth, also_depth, "the sides of a product fit");
    let ([x_down, x_across], [y_down, y_across]) = (x.strides, y.strides);
    // What already lies as it is read is read there: for products as small as these, packing it costs more
    // than it brings.
    gemm::set_lhs_packing_threshold_single_thread(256);
    // SAFETY: sizes and strides of both sides lie within their slices, see `Matrix::new`; the length of `to` was
    // looked at.
    #[allow(unsafe_code)]
    unsafe {
        gemm(
            rows,
            columns,
            depth,
            to.as_mut_ptr(),
            1,
            columns as isize,
            add,
            x.values.as_ptr(),
            x_across as isize,
            x_down as isize,
            y.values.as_ptr(),
            y_across as isize,
            y_down as isize,
            1.0,
            1.0,
            false,
            false,
            false,
            Parallelism::None,
        );
    }
}
