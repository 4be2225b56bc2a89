//! Products of small matrices, a tile of rows by columns at a time, the tile's sums all in registers.
//!
//! The right side is packed first, where it does not lie well already: [`pack_rows`] and [`pack_columns`] cut it
//! into panels that are as wide as a tile and lie in memory as they are read. Everything here is inlined into the caller, so that it is
//! compiled for the processor that [`pulp`] has found. The loops count: what is written with iterators and
//! closures is not always inlined, and then neither is it compiled for that processor.

use pulp::Simd;

/// Rows of a tile: as many sums as keep the multipliers busy while each waits for its last addition.
const ROWS: usize = 8;

/// The left side of a product, of which element (i, k) is wanted for row i and depth k.
#[derive(Clone, Copy)]
pub enum Left<'a> {
    /// It stands at i·stride + k.
    Rows { values: &'a [f32], stride: usize },
    /// It stands at k·stride + i.
    Columns { values: &'a [f32], stride: usize },
}

/// The right side of a product, in panels as wide as a tile: row k of panel p stands at p·apart + k·stride.
#[derive(Clone, Copy)]
pub struct Right<'a> {
    values: &'a [f32],
    depth: usize,
    panels: usize,
    stride: usize,
    apart: usize,
}

impl<'a> Right<'a> {
    /// What was packed.
    #[inline(always)]
    pub fn packed(values: &'a [f32], depth: usize, width: usize) -> Self {
        let apart = depth * width;
        Self { values, depth, panels: values.len() / apart, stride: width, apart }
    }

    /// The matrix whose row k is `values[k·stride..][..columns]`, where it lies; `columns` fill whole panels.
    #[inline(always)]
    pub fn rows(values: &'a [f32], stride: usize, depth: usize, columns: usize, width: usize) -> Self {
        Self { values, depth, panels: columns / width, stride, apart: width }
    }
}

/// The numbers of a panel's row: as many as `vectors` registers hold.
#[inline(always)]
pub fn width<S: Simd>(vectors: usize) -> usize {
    vectors * S::F32_LANES
}

/// How many numbers the panels of a matrix have, `depth` deep and `columns` wide.
#[inline(always)]
pub fn panels_len(depth: usize, columns: usize, width: usize) -> usize {
    columns.div_ceil(width) * depth * width
}

/// Packs the matrix whose row k is `values[k·stride..][..columns]`, filled up with zeros.
#[inline(always)]
pub fn pack_rows<S: Simd>(
    values: &[f32],
    stride: usize,
    columns: usize,
    width: usize,
    depth: usize,
    panels: &mut [f32],
) {
    for (panel, first) in panels.chunks_exact_mut(depth * width).zip((0..columns).step_by(width)) {
        let real = width.min(columns - first);
        for k in 0..depth {
            let from = &values[k * stride + first..][..real];
            let to = &mut panel[k * width..][..width];
            if real == width {
                // By registers: a call that copies would take longer than the copying.
                let (from, to) = (S::as_simd_f32s(from).0, S::as_mut_simd_f32s(to).0);
                for vector in 0..to.len() {
                    to[vector] = from[vector];
                }
            } else {
                to[..real].copy_from_slice(from);
                to[real..].fill(0.0);
            }
        }
    }
}

/// Packs the matrix whose column j is `values[j·stride..][..depth]`, filled up with zeros.
#[inline(always)]
pub fn pack_columns(values: &[f32], stride: usize, columns: usize, width: usize, depth: usize, panels: &mut [f32]) {
    /// Columns that are woven into a panel together: a register's worth of numbers for each of its rows.
    const TOGETHER: usize = 8;
    for (panel, first) in panels.chunks_exact_mut(depth * width).zip((0..columns).step_by(width)) {
        let real = width.min(columns - first);
        if real < width {
            panel.fill(0.0);
        }
        let mut place = 0;
        while place + TOGETHER <= real {
            let mut from = [&values[..0]; TOGETHER];
            for column in 0..TOGETHER {
                from[column] = &values[(first + place + column) * stride..][..depth];
            }
            for k in 0..depth {
                let to = &mut panel[k * width + place..][..TOGETHER];
                for column in 0..TOGETHER {
                    to[column] = from[column][k];
                }
            }
            place += TOGETHER;
        }
        for place in place..real {
            let from = &values[(first + place) * stride..][..depth];
            for k in 0..depth {
                panel[k * width + place] = from[k];
            }
        }
    }
}

/// What becomes of what stood in the result.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Result {
    Replaced,
    Added,
}

/// `rows` rows of the left side times all panels. Row i of the result is `to[i·stride..]`, and is written
/// in the panels' full width.
#[inline(always)]
pub fn multiply<S: Simd, const VECTORS: usize>(
    simd: S,
    left: Left,
    rows: usize,
    right: Right,
    (to, stride): (&mut [f32], usize),
    result: Result,
) {
    let width = width::<S>(VECTORS);
    for place in 0..right.panels {
        let panel = Panel { values: &right.values[place * right.apart..], depth: right.depth, stride: right.stride };
        let to = &mut to[place * width..];
        let mut row = 0;
        while row + ROWS <= rows {
            tile::<S, ROWS, VECTORS>(simd, left, row, panel, (&mut to[row * stride..], stride), result);
            row += ROWS;
        }
        if row + ROWS / 2 <= rows {
            tile::<S, { ROWS / 2 }, VECTORS>(simd, left, row, panel, (&mut to[row * stride..], stride), result);
            row += ROWS / 2;
        }
        match rows - row {
            1 => tile::<S, 1, VECTORS>(simd, left, row, panel, (&mut to[row * stride..], stride), result),
            2 => tile::<S, 2, VECTORS>(simd, left, row, panel, (&mut to[row * stride..], stride), result),
            3 => tile::<S, 3, VECTORS>(simd, left, row, panel, (&mut to[row * stride..], stride), result),
            _ => {}
        }
    }
}

#[derive(Clone, Copy)]
struct Panel<'a> {
    values: &'a [f32],
    depth: usize,
    stride: usize,
}

impl Panel<'_> {
    #[inline(always)]
    fn row<S: Simd, const VECTORS: usize>(self, k: usize) -> [S::f32s; VECTORS] {
        let row = &self.values[k * self.stride..][..VECTORS * S::F32_LANES];
        pulp::as_arrays::<VECTORS, _>(S::as_simd_f32s(row).0).0[0]
    }
}

#[inline(always)]
fn tile<S: Simd, const ROWS: usize, const VECTORS: usize>(
    simd: S,
    left: Left,
    first: usize,
    panel: Panel,
    (to, stride): (&mut [f32], usize),
    result: Result,
) {
    let depth = panel.depth;
    let mut sums = [[simd.splat_f32s(0.0); VECTORS]; ROWS];
    match left {
        Left::Rows { values, stride } => {
            let mut rows = [&values[..0]; ROWS];
            for row in 0..ROWS {
                rows[row] = &values[(first + row) * stride..][..depth];
            }
            for k in 0..depth {
                let right = panel.row::<S, VECTORS>(k);
                for row in 0..ROWS {
                    let value = simd.splat_f32s(rows[row][k]);
                    for vector in 0..VECTORS {
                        sums[row][vector] = simd.mul_add_e_f32s(value, right[vector], sums[row][vector]);
                    }
                }
            }
        }
        Left::Columns { values, stride } => {
            for k in 0..depth {
                let right = panel.row::<S, VECTORS>(k);
                let values = &values[k * stride + first..][..ROWS];
                for row in 0..ROWS {
                    let value = simd.splat_f32s(values[row]);
                    for vector in 0..VECTORS {
                        sums[row][vector] = simd.mul_add_e_f32s(value, right[vector], sums[row][vector]);
                    }
                }
            }
        }
    }
    for row in 0..ROWS {
        let (to, _) = S::as_mut_simd_f32s(&mut to[row * stride..][..VECTORS * S::F32_LANES]);
        for vector in 0..VECTORS {
            let sum = sums[row][vector];
            to[vector] = if result == Result::Added { simd.add_f32s(to[vector], sum) } else { sum };
        }
    }
}
