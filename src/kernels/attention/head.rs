//! One head over one sequence, forward and back, block by block (Dao et al. 2022, `FlashAttention`).
//!
//! Of the scores no more than a block of [`QUERIES`] by [`KEYS`] is held at a time, so that memory grows with
//! the tokens and not with their square. On the way back the probabilities are computed again.

use pulp::Simd;

use super::Shape;
use super::softmax::{Row, dot};
use crate::kernels::dropout::Choices;
use crate::kernels::math::{exp, multiply_add};
use crate::kernels::tile::{Left, Result, Right, multiply, pack_columns, pack_rows, panels_len, width};

/// The block of scores that is held: small enough for the nearest cache together with what makes it.
const QUERIES: usize = 32;
const KEYS: usize = 128;

/// Registers beside each other in a tile of scores.
pub const SCORES: usize = 2;

/// Scores are gone through by so many: no more than a row of them is filled up to on any processor that has
/// registers for several numbers.
pub const LANES: usize = 16;

/// Where a head over a sequence is read from: its part of the packed queries, keys and values.
#[derive(Clone, Copy)]
pub struct Head<'a> {
    /// Its numbers of the first token's queries, and all that follows.
    pub qkv: &'a [f32],
    pub shape: Shape,
    /// Of the sequence.
    pub tokens: usize,
    /// From a token to the next in what comes out; three times as far in the packed queries, keys and values.
    pub stride: usize,
    pub dropout: Option<Choices>,
}

impl Head<'_> {
    /// Its queries (0), keys (1) or values (2), from a token on.
    fn part(&self, part: usize, token: usize) -> &[f32] {
        &self.qkv[token * 3 * self.stride + part * self.shape.dim()..]
    }
}

/// What a row of scores was divided by: the probabilities are e^(score − largest) · inverse.
#[derive(Clone, Copy, Debug, Default)]
pub struct Normaliser {
    pub largest: f32,
    pub inverse: f32,
}

/// Memory that all heads of a thread use one after the other.
#[derive(Default)]
pub struct Scratch {
    keys_down: Vec<f32>,
    values_down: Vec<f32>,
    keys: Vec<f32>,
    values: Vec<f32>,
    queries: Vec<f32>,
    gradients: Vec<f32>,
    scores: Vec<f32>,
    slopes: Vec<f32>,
    factors: Vec<f32>,
    bounds: Vec<f32>,
    output: Vec<f32>,
    key_gradient: Vec<f32>,
    value_gradient: Vec<f32>,
    inner: Vec<f32>,
}

/// A part of a buffer that is as large as asked for; what stands in it is left over from before.
#[inline(always)]
pub fn room(buffer: &mut Vec<f32>, len: usize) -> &mut [f32] {
    if buffer.len() < len {
        buffer.resize(len, 0.0);
    }
    &mut buffer[..len]
}

/// The part of `0..tokens` that a block covers.
#[inline(always)]
fn blocks(tokens: usize, size: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..tokens).step_by(size).map(move |first| (first, size.min(tokens - first)))
}

/// The attended values, into this head's columns of `output`, which begins with those of its first token.
#[inline(always)]
pub fn forward<S: Simd, const VECTORS: usize>(
    simd: S,
    head: Head,
    output: &mut [f32],
    normalisers: &mut [Normaliser],
    scratch: &mut Scratch,
) {
    let (tokens, head_dim) = (head.tokens, head.shape.head_dim);
    let (score_width, value_width) = (width::<S>(SCORES), width::<S>(VECTORS));
    let padded = head_dim.next_multiple_of(value_width);
    let (stride, scale) = (3 * head.stride, head.shape.scale());
    for (first, rows) in blocks(tokens, QUERIES) {
        let attended = room(&mut scratch.output, rows * padded);
        let mut known = [Row::EMPTY; QUERIES];
        for (key, keys) in blocks(tokens, KEYS) {
            let ld = keys.next_multiple_of(score_width.max(LANES));
            let keys_down = room(&mut scratch.keys_down, panels_len(head_dim, keys, score_width));
            let values = room(&mut scratch.values, panels_len(keys, head_dim, value_width));
            // With one block of keys, what was packed for the first queries serves them all.
            if first == 0 || tokens > KEYS {
                pack_columns(head.part(1, key), stride, keys, score_width, head_dim, keys_down);
                pack_rows::<S>(head.part(2, key), stride, head_dim, value_width, keys, values);
            }
            let bounds = room(&mut scratch.bounds, ld);
            bounds[..keys].fill(0.0);
            bounds[keys..].fill(f32::NEG_INFINITY);
            let scores = room(&mut scratch.scores, rows * ld);
            let (left, right) =
                (Left::Rows { values: head.part(0, first), stride }, Right::packed(keys_down, head_dim, score_width));
            multiply::<S, SCORES>(simd, left, rows, right, (scores, ld), Result::Replaced);
            for (row, scores) in scores.chunks_exact_mut(ld).enumerate() {
                let correction = known[row].take_in(simd, scores, bounds, scale);
                if key > 0 {
                    for value in &mut attended[row * padded..][..padded] {
                        *value *= correction;
                    }
                }
                if let Some(dropout) = head.dropout {
                    let factors = room(&mut scratch.factors, ld);
                    dropout.factors(first + row, key, factors);
                    for (score, factor) in scores.iter_mut().zip(&*factors) {
                        *score *= factor;
                    }
                }
            }
            let (left, right) = (Left::Rows { values: scores, stride: ld }, Right::packed(values, keys, value_width));
            let result = if key == 0 { Result::Replaced } else { Result::Added };
            multiply::<S, VECTORS>(simd, left, rows, right, (attended, padded), result);
        }
        for row in 0..rows {
            let inverse = 1.0 / known[row].sum;
            normalisers[first + row] = Normaliser { largest: known[row].largest, inverse };
            let to = &mut output[(first + row) * head.stride..][..head_dim];
            for (to, value) in to.iter_mut().zip(&attended[row * padded..]) {
                *to = value * inverse;
            }
        }
    }
}

/// The gradient of the packed queries, keys and values, into this head's columns of `gradient`, from `output` and
/// its gradient; all begin with this head's columns of the first token.
#[inline(always)]
pub fn backward<S: Simd, const VECTORS: usize>(
    simd: S,
    head: Head,
    (output, output_gradient): (&[f32], &[f32]),
    normalisers: &[Normaliser],
    gradient: &mut [f32],
    scratch: &mut Scratch,
) {
    let (tokens, head_dim) = (head.tokens, head.shape.head_dim);
    let (score_width, value_width) = (width::<S>(SCORES), width::<S>(VECTORS));
    let padded = head_dim.next_multiple_of(value_width);
    // From a token to the next, and from its queries to its keys to its values.
    let (stride, scale, dim) = (3 * head.stride, head.shape.scale(), head.shape.dim());
    // Σ p·∂p of a row, which is its output times the output's gradient.
    let inner = room(&mut scratch.inner, tokens);
    for (token, inner) in inner.iter_mut().enumerate() {
        let place = token * head.stride;
        *inner = dot(simd, &output[place..][..head_dim], &output_gradient[place..][..head_dim]);
    }
    let query_gradient = room(&mut scratch.output, tokens * padded);
    query_gradient.fill(0.0);
    for (key, keys) in blocks(tokens, KEYS) {
        let ld = keys.next_multiple_of(score_width.max(LANES));
        let keys_down = room(&mut scratch.keys_down, panels_len(head_dim, keys, score_width));
        pack_columns(head.part(1, key), stride, keys, score_width, head_dim, keys_down);
        let values_down = room(&mut scratch.values_down, panels_len(head_dim, keys, score_width));
        pack_columns(head.part(2, key), stride, keys, score_width, head_dim, values_down);
        let packed_keys = room(&mut scratch.keys, panels_len(keys, head_dim, value_width));
        pack_rows::<S>(head.part(1, key), stride, head_dim, value_width, keys, packed_keys);
        let key_gradient = room(&mut scratch.key_gradient, keys * padded);
        let value_gradient = room(&mut scratch.value_gradient, keys * padded);
        for (first, rows) in blocks(tokens, QUERIES) {
            let result = if first == 0 { Result::Replaced } else { Result::Added };
            let queries = room(&mut scratch.queries, panels_len(rows, head_dim, value_width));
            pack_rows::<S>(head.part(0, first), stride, head_dim, value_width, rows, queries);
            let gradients = room(&mut scratch.gradients, panels_len(rows, head_dim, value_width));
            pack_rows::<S>(
                &output_gradient[first * head.stride..],
                head.stride,
                head_dim,
                value_width,
                rows,
                gradients,
            );
            let scores = room(&mut scratch.scores, rows * ld);
            let (left, right) =
                (Left::Rows { values: head.part(0, first), stride }, Right::packed(keys_down, head_dim, score_width));
            multiply::<S, SCORES>(simd, left, rows, right, (scores, ld), Result::Replaced);
            let slopes = room(&mut scratch.slopes, rows * ld);
            let (left, right) = (
                Left::Rows { values: &output_gradient[first * head.stride..], stride: head.stride },
                Right::packed(values_down, head_dim, score_width),
            );
            multiply::<S, SCORES>(simd, left, rows, right, (slopes, ld), Result::Replaced);
            let factors = room(&mut scratch.factors, ld);
            factors.fill(1.0);
            for row in 0..rows {
                let query = first + row;
                let Normaliser { largest, inverse } = normalisers[query];
                let inner = inner[query];
                if let Some(dropout) = head.dropout {
                    dropout.factors(query, key, factors);
                }
                // What lies behind the last key is reckoned with them, and looked at by nobody.
                let scores = scores[row * ld..][..ld].as_chunks_mut::<LANES>().0;
                let slopes = slopes[row * ld..][..ld].as_chunks_mut::<LANES>().0;
                let factors = factors.as_chunks::<LANES>().0;
                for chunk in 0..scores.len() {
                    let (mut weights, mut slopes_here, factors) = (scores[chunk], slopes[chunk], factors[chunk]);
                    for lane in 0..LANES {
                        let probability = exp::<S>(multiply_add::<S>(weights[lane], scale, -largest)) * inverse;
                        slopes_here[lane] = probability * (slopes_here[lane] * factors[lane] - inner) * scale;
                        weights[lane] = probability * factors[lane];
                    }
                    (scores[chunk], slopes[chunk]) = (weights, slopes_here);
                }
            }
            let (left, right) =
                (Left::Columns { values: scores, stride: ld }, Right::packed(gradients, rows, value_width));
            multiply::<S, VECTORS>(simd, left, keys, right, (value_gradient, padded), result);
            let (left, right) =
                (Left::Columns { values: slopes, stride: ld }, Right::packed(queries, rows, value_width));
            multiply::<S, VECTORS>(simd, left, keys, right, (key_gradient, padded), result);
            let (left, right) =
                (Left::Rows { values: slopes, stride: ld }, Right::packed(packed_keys, keys, value_width));
            let to = &mut query_gradient[first * padded..];
            multiply::<S, VECTORS>(simd, left, rows, right, (to, padded), Result::Added);
        }
        for token in 0..keys {
            let place = (key + token) * stride;
            let row = token * padded..token * padded + head_dim;
            gradient[place + dim..][..head_dim].copy_from_slice(&key_gradient[row.clone()]);
            gradient[place + 2 * dim..][..head_dim].copy_from_slice(&value_gradient[row]);
        }
    }
    for token in 0..tokens {
        let to = &mut gradient[token * stride..][..head_dim];
        to.copy_from_slice(&query_gradient[token * padded..][..head_dim]);
    }
}
