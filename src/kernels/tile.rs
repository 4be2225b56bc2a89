//! Products of small matrices, a tile of rows by columns at a time, the tile's sums all in registers.
//!
//! The right side is packed first: [`pack_rows`] and [`pack_columns`] cut it into panels that are as wide as a
//! tile and lie in memory as they are read. Everything here is inlined into the caller, so that it is
//! compiled for the processor that [`pulp`] has found.

use pulp::Simd;

/// Rows of a tile.
const ROWS: usize = 4;

/// The left side of a product, of which element (i, k) is wanted for row i and depth k.
#[derive(Clone, Copy)]
pub enum Left<'a> {
    /// It stands at i·stride + k.
    Rows { values: &'a [f32], stride: usize },
    /// It stands at k·stride + i.
    Columns { values: &'a [f32], stride: usize },
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
pub fn pack_rows(values: &[f32], stride: usize, columns: usize, width: usize, depth: usize, panels: &mut [f32]) {
    for (panel, first) in panels.chunks_exact_mut(depth * width).zip((0..columns).step_by(width)) {
        let real = width.min(columns - first);
        for (k, row) in panel.chunks_exact_mut(width).enumerate() {
            let (row, rest) = row.split_at_mut(real);
            row.copy_from_slice(&values[k * stride + first..][..real]);
            rest.fill(0.0);
        }
    }
}

/// Packs the matrix whose column j is `values[j·stride..][..depth]`, filled up with zeros.
#[inline(always)]
pub fn pack_columns(values: &[f32], stride: usize, columns: usize, width: usize, depth: usize, panels: &mut [f32]) {
    for (panel, first) in panels.chunks_exact_mut(depth * width).zip((0..columns).step_by(width)) {
        for place in 0..width {
            let column = if first + place < columns { &values[(first + place) * stride..][..depth] } else { &[] };
            for (k, row) in panel.chunks_exact_mut(width).enumerate() {
                row[place] = column.get(k).copied().unwrap_or(0.0);
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
    (panels, depth): (&[f32], usize),
    (to, stride): (&mut [f32], usize),
    result: Result,
) {
    let width = width::<S>(VECTORS);
    for (place, panel) in panels.chunks_exact(depth * width).enumerate() {
        let (panel, _) = pulp::as_arrays::<VECTORS, _>(S::as_simd_f32s(panel).0);
        let to = &mut to[place * width..];
        let whole = rows - rows % ROWS;
        for row in (0..whole).step_by(ROWS) {
            tile::<S, ROWS, VECTORS>(simd, left, row, panel, (&mut to[row * stride..], stride), result);
        }
        match rows - whole {
            1 => tile::<S, 1, VECTORS>(simd, left, whole, panel, (&mut to[whole * stride..], stride), result),
            2 => tile::<S, 2, VECTORS>(simd, left, whole, panel, (&mut to[whole * stride..], stride), result),
            3 => tile::<S, 3, VECTORS>(simd, left, whole, panel, (&mut to[whole * stride..], stride), result),
            _ => {}
        }
    }
}

#[inline(always)]
fn tile<S: Simd, const ROWS: usize, const VECTORS: usize>(
    simd: S,
    left: Left,
    first: usize,
    panel: &[[S::f32s; VECTORS]],
    (to, stride): (&mut [f32], usize),
    result: Result,
) {
    let depth = panel.len();
    let mut sums = [[simd.splat_f32s(0.0); VECTORS]; ROWS];
    let mut add = |values: [f32; ROWS], row: &[S::f32s; VECTORS]| {
        for (sums, value) in sums.iter_mut().zip(values) {
            let value = simd.splat_f32s(value);
            for (sum, &right) in sums.iter_mut().zip(row) {
                *sum = simd.mul_add_e_f32s(value, right, *sum);
            }
        }
    };
    match left {
        Left::Rows { values, stride } => {
            let rows: [&[f32]; ROWS] = std::array::from_fn(|row| &values[(first + row) * stride..][..depth]);
            for k in 0..depth {
                add(rows.map(|row| row[k]), &panel[k]);
            }
        }
        Left::Columns { values, stride } => {
            for (k, row) in panel.iter().enumerate() {
                let values = &values[k * stride + first..][..ROWS];
                add(std::array::from_fn(|row| values[row]), row);
            }
        }
    }
    for (row, sums) in sums.iter().enumerate() {
        let (to, _) = S::as_mut_simd_f32s(&mut to[row * stride..][..VECTORS * S::F32_LANES]);
        for (to, &sum) in to.iter_mut().zip(sums) {
            *to = if result == Result::Added { simd.add_f32s(*to, sum) } else { sum };
        }
    }
}
