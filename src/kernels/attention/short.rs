//! The heads of a sequence of few tokens, whose scores fit one block: all of them at once, and the probabilities
//! kept for the way back.
//!
//! The scores lie the other way round than elsewhere, a row for each key: then what is reckoned over the keys
//! of a query goes down the rows, for many queries side by side.

use pulp::Simd;

use super::head::{LANES, SCORES, room};
use super::{All, Place};
use crate::kernels::dropout::Choices;
use crate::kernels::math::{exp, multiply_add};
use crate::kernels::tile::{Left, Result, Right, multiply, pack_columns, panels_len, width};

/// The most tokens.
const TOKENS: usize = 32;

/// From the probabilities of one key to those of the next, the same on every processor: as many as are reckoned side
/// by side, or twice as many where a sequence has more tokens.
const fn row(tokens: usize) -> usize {
    if tokens <= LANES { LANES } else { TOKENS }
}

/// Whether the tokens are few, and a head fills whole tiles on every processor, so that it is read where it lies.
pub fn fits(all: All) -> bool {
    let (tokens, head_dim) = (all.strand.tokens, all.shape.head_dim);
    tokens <= TOKENS && (head_dim == 16 || head_dim.is_multiple_of(32))
}

/// How many probabilities of a head are kept.
pub fn kept(tokens: usize) -> usize {
    tokens * row(tokens)
}

/// Memory that all sequences of a thread use one after the other.
#[derive(Default)]
pub struct Scratch {
    /// The queries, keys and values of a sequence, `[3, heads, tokens, head_dim]`.
    parts: Vec<f32>,
    /// The same of the output's gradient, `[heads, tokens, head_dim]`.
    gradients: Vec<f32>,
    blocks: Blocks,
}

#[derive(Default)]
struct Blocks {
    /// The right side of the scores, packed.
    packed: Vec<f32>,
    /// `[keys, ROW]` both.
    scores: Vec<f32>,
    slopes: Vec<f32>,
}

/// The attended values of a sequence, into `output` (from its first token on), and the probabilities,
/// `[heads, keys, ROW]`: those that are dropped with their sign turned.
#[inline(always)]
pub fn forward<S: Simd>(
    simd: S,
    (all, place): (All, Place),
    output: &mut [f32],
    probabilities: &mut [f32],
    scratch: &mut Scratch,
) {
    let (tokens, head_dim) = (all.strand.tokens, all.shape.head_dim);
    let parts = parts::<S>(all, place, &mut scratch.parts);
    for index in 0..all.strand.heads {
        let head = Head::of(parts, all, place, index);
        let output = &mut output[index * head_dim..];
        let probabilities = &mut probabilities[index * kept(tokens)..];
        let blocks = &mut scratch.blocks;
        match (head_dim <= S::F32_LANES, tokens <= LANES) {
            (true, true) => head.forward::<S, 1, LANES>(simd, output, probabilities, blocks),
            (true, false) => head.forward::<S, 1, TOKENS>(simd, output, probabilities, blocks),
            (false, true) => head.forward::<S, 2, LANES>(simd, output, probabilities, blocks),
            (false, false) => head.forward::<S, 2, TOKENS>(simd, output, probabilities, blocks),
        }
    }
}

/// The gradient of a sequence's packed queries, keys and values, into `gradient`, from that of the output; both
/// begin with its first token.
#[inline(always)]
pub fn backward<S: Simd>(
    simd: S,
    (all, place): (All, Place),
    output_gradient: &[f32],
    probabilities: &[f32],
    gradient: &mut [f32],
    scratch: &mut Scratch,
) {
    let (tokens, head_dim) = (all.strand.tokens, all.shape.head_dim);
    let parts = parts::<S>(all, place, &mut scratch.parts);
    let gradients = room(&mut scratch.gradients, size(all));
    head_by_head::<S>(output_gradient, all.stride(), all, gradients);
    for index in 0..all.strand.heads {
        let head = Head::of(parts, all, place, index);
        let output_gradient = &gradients[index * tokens * head_dim..];
        let probabilities = &probabilities[index * kept(tokens)..];
        let gradient = &mut gradient[index * head_dim..];
        let blocks = &mut scratch.blocks;
        match (head_dim <= S::F32_LANES, tokens <= LANES) {
            (true, true) => head.backward::<S, 1, LANES>(simd, output_gradient, probabilities, gradient, blocks),
            (true, false) => head.backward::<S, 1, TOKENS>(simd, output_gradient, probabilities, gradient, blocks),
            (false, true) => head.backward::<S, 2, LANES>(simd, output_gradient, probabilities, gradient, blocks),
            (false, false) => head.backward::<S, 2, TOKENS>(simd, output_gradient, probabilities, gradient, blocks),
        }
    }
}

/// The numbers of a part of a sequence.
#[inline(always)]
fn size(all: All) -> usize {
    all.strand.tokens * all.strand.heads * all.shape.head_dim
}

/// The queries, keys and values of a sequence, `[3, heads, tokens, head_dim]`.
#[inline(always)]
fn parts<'a, S: Simd>(all: All, place: Place, to: &'a mut Vec<f32>) -> &'a [f32] {
    let (dim, size) = (all.shape.dim(), size(all));
    let to = room(to, 3 * size);
    for part in 0..3 {
        let rows = &all.qkv[all.packed_start(place) + part * dim..];
        head_by_head::<S>(rows, 3 * all.stride(), all, &mut to[part * size..]);
    }
    to
}

/// Writes the heads of `[tokens, heads, head_dim]` one after the other, `[heads, tokens, head_dim]`. A token's
/// rows of the volume lie so far apart that those of one head drive each other out of the nearest cache, and
/// here they are read in the order in which the processor fetches ahead.
#[inline(always)]
fn head_by_head<S: Simd>(rows: &[f32], stride: usize, all: All, to: &mut [f32]) {
    let (tokens, heads, head_dim) = (all.strand.tokens, all.strand.heads, all.shape.head_dim);
    for token in 0..tokens {
        let row = &rows[token * stride..][..heads * head_dim];
        for head in 0..heads {
            let from = S::as_simd_f32s(&row[head * head_dim..][..head_dim]).0;
            let to = S::as_mut_simd_f32s(&mut to[(head * tokens + token) * head_dim..][..head_dim]).0;
            // By registers: a call that copies would take longer than the copying.
            for vector in 0..to.len() {
                to[vector] = from[vector];
            }
        }
    }
}

/// A head with its tokens one after the other.
#[derive(Clone, Copy)]
struct Head<'a> {
    all: All<'a>,
    /// `[tokens, head_dim]` each.
    queries: &'a [f32],
    keys: &'a [f32],
    values: &'a [f32],
    dropout: Option<Choices>,
}

impl<'a> Head<'a> {
    #[inline(always)]
    fn of(parts: &'a [f32], all: All<'a>, place: Place, index: usize) -> Self {
        let (size, len) = (size(all), all.strand.tokens * all.shape.head_dim);
        let part = |part: usize| &parts[part * size + index * len..][..len];
        let (queries, keys, values) = (part(0), part(1), part(2));
        Self { all, queries, keys, values, dropout: all.choices(place, index) }
    }

    /// Its tokens, and the numbers of each.
    #[inline(always)]
    fn sizes(self) -> (usize, usize) {
        (self.all.strand.tokens, self.all.shape.head_dim)
    }

    /// A part as the right side of a product.
    #[inline(always)]
    fn right<S: Simd, const VECTORS: usize>(self, part: &'a [f32]) -> Right<'a> {
        let (tokens, head_dim) = self.sizes();
        Right::rows(part, head_dim, tokens, head_dim, width::<S>(VECTORS))
    }

    /// `part·towardsᵀ`, `[tokens, ROW]`.
    #[inline(always)]
    fn products<S: Simd, const ROW: usize>(
        self,
        simd: S,
        (part, towards): (&[f32], &[f32]),
        packed: &mut Vec<f32>,
        to: &mut [f32],
    ) {
        // No wider than a row.
        if width::<S>(SCORES) > ROW {
            self.products_of::<S, 1>(simd, (part, towards), packed, (to, ROW));
        } else {
            self.products_of::<S, SCORES>(simd, (part, towards), packed, (to, ROW));
        }
    }

    #[inline(always)]
    fn products_of<S: Simd, const VECTORS: usize>(
        self,
        simd: S,
        (part, towards): (&[f32], &[f32]),
        packed: &mut Vec<f32>,
        to: (&mut [f32], usize),
    ) {
        let ((tokens, head_dim), tile) = (self.sizes(), width::<S>(VECTORS));
        let packed = room(packed, panels_len(head_dim, tokens, tile));
        pack_columns(towards, head_dim, tokens, tile, head_dim, packed);
        let (left, right) = (Left::Rows { values: part, stride: head_dim }, Right::packed(packed, head_dim, tile));
        multiply::<S, VECTORS>(simd, left, tokens, right, to, Result::Replaced);
    }

    #[inline(always)]
    fn forward<S: Simd, const VECTORS: usize, const ROW: usize>(
        self,
        simd: S,
        output: &mut [f32],
        probabilities: &mut [f32],
        blocks: &mut Blocks,
    ) {
        let ((tokens, _), scale) = (self.sizes(), self.all.shape.scale());
        let scores = room(&mut blocks.scores, tokens * ROW);
        self.products::<S, ROW>(simd, (self.keys, self.queries), &mut blocks.packed, scores);
        let mut starts = [0; TOKENS];
        if let Some(dropout) = self.dropout {
            dropout.starts(&mut starts[..tokens]);
        }
        for first in (0..ROW).step_by(LANES) {
            let mut largest = [f32::NEG_INFINITY; LANES];
            for key in 0..tokens {
                let scores = *part(scores, key * ROW + first);
                for lane in 0..LANES {
                    largest[lane] = if scores[lane] > largest[lane] { scores[lane] } else { largest[lane] };
                }
            }
            let mut sums = [0.0; LANES];
            for key in 0..tokens {
                let mut powers = *part(scores, key * ROW + first);
                for lane in 0..LANES {
                    powers[lane] = exp::<S>(multiply_add::<S>(powers[lane], scale, -largest[lane] * scale));
                    sums[lane] += powers[lane];
                }
                *part_mut(scores, key * ROW + first) = powers;
            }
            let mut inverse = [0.0; LANES];
            for lane in 0..LANES {
                inverse[lane] = 1.0 / sums[lane];
            }
            let starts = *starts[first..].first_chunk().unwrap_or(&[0; LANES]);
            for key in 0..tokens {
                let place = key * ROW + first;
                let (mut weights, mut kept) = (*part(scores, place), [0.0; LANES]);
                for lane in 0..LANES {
                    weights[lane] *= inverse[lane];
                    kept[lane] = weights[lane];
                }
                if let Some(dropout) = self.dropout {
                    for lane in 0..LANES {
                        let factor = dropout.factor(starts[lane], key);
                        kept[lane] = if factor == 0.0 { -weights[lane] } else { weights[lane] };
                        weights[lane] *= factor;
                    }
                }
                *part_mut(scores, place) = weights;
                *part_mut(probabilities, place) = kept;
            }
        }
        let (left, right) = (Left::Columns { values: scores, stride: ROW }, self.right::<S, VECTORS>(self.values));
        multiply::<S, VECTORS>(simd, left, tokens, right, (output, self.all.stride()), Result::Replaced);
    }

    #[inline(always)]
    fn backward<S: Simd, const VECTORS: usize, const ROW: usize>(
        self,
        simd: S,
        output_gradient: &[f32],
        probabilities: &[f32],
        gradient: &mut [f32],
        blocks: &mut Blocks,
    ) {
        let ((tokens, _), scale, dim) = (self.sizes(), self.all.shape.scale(), self.all.shape.dim());
        let slopes = room(&mut blocks.slopes, tokens * ROW);
        self.products::<S, ROW>(simd, (self.values, output_gradient), &mut blocks.packed, slopes);
        let weights = room(&mut blocks.scores, tokens * ROW);
        let factor = self.dropout.map_or(1.0, Choices::kept);
        for first in (0..ROW).step_by(LANES) {
            // Σ p·∂p over the keys of a query.
            let mut inner = [0.0; LANES];
            for key in 0..tokens {
                let place = key * ROW + first;
                let (kept, mut here, mut along) = (*part(probabilities, place), [0.0; LANES], *part(slopes, place));
                for lane in 0..LANES {
                    here[lane] = if kept[lane].to_bits() >> 31 == 1 { 0.0 } else { kept[lane] * factor };
                    along[lane] *= here[lane];
                    inner[lane] += along[lane];
                }
                *part_mut(weights, place) = here;
                *part_mut(slopes, place) = along;
            }
            for key in 0..tokens {
                let place = key * ROW + first;
                let (kept, mut here) = (*part(probabilities, place), *part(slopes, place));
                for lane in 0..LANES {
                    here[lane] = multiply_add::<S>(-inner[lane], kept[lane].abs(), here[lane]) * scale;
                }
                *part_mut(slopes, place) = here;
            }
        }
        let (weights, slopes, stride) = (&*weights, &*slopes, 3 * self.all.stride());
        let (left, right) = (Left::Columns { values: slopes, stride: ROW }, self.right::<S, VECTORS>(self.keys));
        multiply::<S, VECTORS>(simd, left, tokens, right, (gradient, stride), Result::Replaced);
        let (left, right) = (Left::Rows { values: slopes, stride: ROW }, self.right::<S, VECTORS>(self.queries));
        multiply::<S, VECTORS>(simd, left, tokens, right, (&mut gradient[dim..], stride), Result::Replaced);
        let (left, right) = (Left::Rows { values: weights, stride: ROW }, self.right::<S, VECTORS>(output_gradient));
        multiply::<S, VECTORS>(simd, left, tokens, right, (&mut gradient[2 * dim..], stride), Result::Replaced);
    }
}

/// The numbers that are reckoned side by side.
#[inline(always)]
fn part(values: &[f32], place: usize) -> &[f32; LANES] {
    &values[place..][..LANES].as_chunks::<LANES>().0[0]
}

#[inline(always)]
fn part_mut(values: &mut [f32], place: usize) -> &mut [f32; LANES] {
    &mut values[place..][..LANES].as_chunks_mut::<LANES>().0[0]
}
