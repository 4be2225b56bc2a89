//! Attention over packed queries, keys and values, with dropout inside (Vaswani et al. 2017, equation 1).

mod head;
mod short;
mod softmax;

use std::mem::take;
use std::sync::Arc;

use burn::backend::flex::FlexTensor;
use burn::tensor::activation::softmax;
use burn::tensor::{Tensor, TensorData};
use pulp::{Simd, WithSimd};

use self::head::{Head, Normaliser, Scratch};
use super::buffer::{Buffer, buffer};
use super::dropout::{Choices, Dropout};
use super::flex::{tensor, values};
use super::simd::dispatch;

/// The sizes of an attention, and which tokens of a volume look at which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Of a volume.
    pub tokens: usize,
    pub heads: usize,
    pub head_dim: usize,
    pub sight: Sight,
}

/// What a token looks at. A volume's tokens are those of its first time, of its second, and so on: as many times as
/// are told, each with equally many places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// Every token of its volume.
    Everywhere,
    /// Those of the same time.
    Space { times: usize },
    /// Those of the same place.
    Time { times: usize },
    /// Those of the same time with the first half of the heads, those of the same place with the second.
    Halves { times: usize },
}

/// Heads that look the same way: at sequences of tokens, of which a volume has several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Strand {
    pub first_head: usize,
    pub heads: usize,
    pub sequences: usize,
    /// Of a sequence.
    pub tokens: usize,
    /// From a token of a sequence to its next, in tokens of the volume.
    step: usize,
}

impl Strand {
    /// Where a sequence begins, in tokens of the volume.
    #[inline(always)]
    fn first(self, sequence: usize) -> usize {
        if self.step == 1 { sequence * self.tokens } else { sequence }
    }

    /// The token of the volume that stands at a place of a sequence.
    #[must_use]
    pub fn token(self, sequence: usize, place: usize) -> usize {
        self.first(sequence) + place * self.step
    }
}

impl Shape {
    /// Every token looks at every token of its volume.
    #[must_use]
    pub const fn everywhere(tokens: usize, heads: usize, head_dim: usize) -> Self {
        Self { tokens, heads, head_dim, sight: Sight::Everywhere }
    }

    /// The width of a token over all heads.
    #[must_use]
    pub fn dim(self) -> usize {
        self.heads * self.head_dim
    }

    /// 1/√`head_dim`.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a head has at most a few thousand dimensions")]
    pub fn scale(self) -> f32 {
        1.0 / (self.head_dim as f32).sqrt()
    }

    /// The heads by what they look at, in their order.
    #[must_use]
    pub fn strands(self) -> Vec<Strand> {
        let Self { tokens, heads, .. } = self;
        let everywhere = Strand { first_head: 0, heads, sequences: 1, tokens, step: 1 };
        let space = |times: usize| Strand { sequences: times, tokens: tokens / times, ..everywhere };
        let time = |times: usize| {
            let places = tokens / times;
            Strand { sequences: places, tokens: times, step: places, ..everywhere }
        };
        let half = heads / 2;
        match self.sight {
            Sight::Everywhere => vec![everywhere],
            Sight::Space { times } => vec![space(times)],
            Sight::Time { times } => vec![time(times)],
            Sight::Halves { times } => {
                let (near, far) = (space(times), time(times));
                vec![Strand { heads: half, ..near }, Strand { first_head: half, heads: heads - half, ..far }]
            }
        }
    }
}

/// What [`forward`] gives, written with tensor operations.
pub(super) fn plain(qkv: Tensor<2>, shape: Shape, dropout: Option<&Dropout>) -> Tensor<2> {
    let [rows, _] = qkv.dims();
    let Shape { tokens, heads, head_dim, .. } = shape;
    let batch = rows / tokens;
    let qkv = qkv.reshape([batch, tokens, 3, heads, head_dim]); // [b, n, 3, h, d/h]
    let attended = shape.strands().into_iter().map(|strand| plain_strand(&qkv, (shape, strand), dropout));
    Tensor::cat(attended.collect(), 2).reshape([rows, shape.dim()]) // [b·n, dim]
}

/// The probabilities that the fused kernel never lays down whole: how much each token of a volume looks at each other
/// of its sequence, strand by strand, the mean over the strand's heads. `qkv` is of one volume, `[tokens, 3·dim]`, and
/// each strand's result `[sequences, tokens of a sequence, tokens of a sequence]`, query by key.
#[must_use]
pub fn looks(qkv: Tensor<2>, shape: Shape) -> Vec<(Strand, Tensor<3>)> {
    let Shape { tokens, heads, head_dim, .. } = shape;
    let qkv = qkv.reshape([1, tokens, 3, heads, head_dim]); // [1, n, 3, h, d/h]
    let of = |strand: Strand| {
        let [queries, keys, _] = parts(&qkv, shape, strand);
        let mean = probabilities(queries, keys, shape).mean_dim(1); // [s, 1, m, m]
        (strand, mean.reshape([strand.sequences, strand.tokens, strand.tokens])) // [s, m, m]
    };
    shape.strands().into_iter().map(of).collect()
}

/// Queries, keys and values of the heads of a strand, from `[b, n, 3, h, d/h]` to `[b·s, strand's heads, m, d/h]`. With
/// s for the sequences of a volume and m for the tokens of a sequence, n is s·m.
fn parts(qkv: &Tensor<5>, shape: Shape, strand: Strand) -> [Tensor<4>; 3] {
    let [batch, n, ..] = qkv.dims();
    let (d, Strand { first_head, heads, sequences, tokens, step }) = (shape.head_dim, strand);
    let part = |index: usize| -> Tensor<4> {
        let part = qkv.clone().slice([0..batch, 0..n, index..index + 1, first_head..first_head + heads, 0..d]);
        let part: Tensor<5> = if step == 1 {
            part.reshape([batch, sequences, tokens, heads, d]) // [b, s, m, h, d/h]
        } else {
            part.reshape([batch, tokens, sequences, heads, d]).swap_dims(1, 2) // [b, s, m, h, d/h]
        };
        part.reshape([batch * sequences, tokens, heads, d]).swap_dims(1, 2) // [b·s, h, m, d/h]
    };
    [part(0), part(1), part(2)]
}

/// How much each query looks at each key, `[b·s, h, m, m]`.
fn probabilities(queries: Tensor<4>, keys: Tensor<4>, shape: Shape) -> Tensor<4> {
    softmax((queries * shape.scale()).matmul(keys.transpose()), 3) // [b·s, h, m, m]
}

/// What [`plain`] gives of the heads of a strand, `[b, n, strand's heads, d/h]`.
fn plain_strand(qkv: &Tensor<5>, (shape, strand): (Shape, Strand), dropout: Option<&Dropout>) -> Tensor<4> {
    let [batch, n, ..] = qkv.dims();
    let (d, Strand { heads, sequences, tokens, step, .. }) = (shape.head_dim, strand);
    let [queries, keys, values] = parts(qkv, shape, strand);
    let mut probabilities = probabilities(queries, keys, shape); // [b·s, h, m, m]
    if let Some(dropout) = dropout {
        let device = probabilities.device();
        let factors = TensorData::new(factors(dropout, batch, strand), [batch * sequences, heads, tokens, tokens]);
        probabilities = probabilities * Tensor::from_data(factors, &device);
    }
    let attended = probabilities.matmul(values).swap_dims(1, 2); // [b·s, m, h, d/h]
    let attended = attended.reshape([batch, sequences, tokens, heads, d]); // [b, s, m, h, d/h]
    let attended = if step == 1 { attended } else { attended.swap_dims(1, 2) };
    attended.reshape([batch, n, heads, d]) // [b, n, h, d/h]
}

/// What dropout multiplies the probabilities of a strand with, `[batch, sequences, heads, tokens, tokens]`.
fn factors(dropout: &Dropout, batch: usize, strand: Strand) -> Vec<f32> {
    let Strand { first_head, heads, sequences, tokens, .. } = strand;
    let mut factors = vec![0.0; batch * sequences * heads * tokens * tokens];
    for (place, row) in factors.chunks_exact_mut(tokens).enumerate() {
        let (query, head, sequence) = (place % tokens, place / tokens % heads, place / (tokens * heads) % sequences);
        let choices = dropout.choices(place / (tokens * heads * sequences), first_head + head, sequence);
        choices.factors(query, 0, row);
    }
    factors
}

/// What is known of a strand's probabilities on the way back.
#[derive(Clone, Debug)]
pub(super) enum Kept {
    /// All of them, `[batch, sequences, heads, short::kept(tokens)]`: a head of few tokens has few.
    Probabilities(FlexTensor),
    /// What makes them again from the scores, `[batch, sequences, heads, tokens]`.
    Normalisers(Arc<Vec<Normaliser>>),
}

/// Every token of a volume looks at what it can see of the volume.
///
/// `qkv` is `[batch·tokens, 3·dim]`, in each row all queries, all keys, all values, head by head; the
/// result is `[batch·tokens, dim]`. Dropout multiplies the probabilities by 0 or 1/(1−rate).
pub(super) fn forward(qkv: &[f32], shape: Shape, dropout: Option<&Dropout>) -> (Buffer, Vec<Kept>) {
    let mut output = buffer(qkv.len() / 3);
    let strands = shape.strands().into_iter();
    let kept = strands.map(|strand| forward_strand(All { qkv, shape, strand, dropout }, &mut output)).collect();
    (output, kept)
}

/// The same for the heads of a strand, into their columns of the output.
fn forward_strand(all: All, output: &mut [f32]) -> Kept {
    let (heads, tokens) = (all.volumes() * all.heads(), all.strand.tokens);
    if short::fits(all) {
        let mut probabilities = buffer(heads * short::kept(tokens));
        dispatch(ShortForward { all, output, probabilities: &mut probabilities });
        return Kept::Probabilities(tensor(probabilities, [heads, short::kept(tokens)]));
    }
    let mut normalisers = vec![Normaliser::default(); heads * tokens];
    dispatch(Forward { all, output, normalisers: &mut normalisers });
    Kept::Normalisers(Arc::new(normalisers))
}

/// The gradient of `qkv` from the `output` that it gave and that output's gradient.
pub(super) fn backward(
    qkv: &[f32],
    kept: &[Kept],
    output: &[f32],
    output_gradient: &[f32],
    shape: Shape,
    dropout: Option<&Dropout>,
) -> Buffer {
    let mut gradient = buffer(qkv.len());
    for (strand, kept) in shape.strands().into_iter().zip(kept) {
        let all = All { qkv, shape, strand, dropout };
        match kept {
            Kept::Probabilities(probabilities) => {
                let probabilities = values(probabilities);
                dispatch(ShortBack { all, probabilities, output_gradient, gradient: &mut gradient });
            }
            Kept::Normalisers(normalisers) => {
                dispatch(Back { all, output, normalisers, output_gradient, gradient: &mut gradient });
            }
        }
    }
    gradient
}

/// All heads of a strand over all volumes of a batch.
#[derive(Clone, Copy)]
struct All<'a> {
    /// `[batch·tokens, 3·dim]`.
    qkv: &'a [f32],
    shape: Shape,
    strand: Strand,
    dropout: Option<&'a Dropout>,
}

/// A sequence of a volume.
#[derive(Clone, Copy)]
struct Place {
    volume: usize,
    sequence: usize,
}

impl<'a> All<'a> {
    /// The numbers of a volume's output.
    fn volume(self) -> usize {
        self.shape.tokens * self.shape.dim()
    }

    fn volumes(self) -> usize {
        self.qkv.len() / (3 * self.volume())
    }

    /// Heads of a volume, each over each sequence.
    fn heads(self) -> usize {
        self.strand.sequences * self.strand.heads
    }

    /// All sequences, one volume after the other.
    #[inline(always)]
    fn places(self) -> impl Iterator<Item = Place> {
        let sequences = self.strand.sequences;
        (0..self.volumes() * sequences).map(move |at| Place { volume: at / sequences, sequence: at % sequences })
    }

    /// Where the columns of a sequence's first token begin that belong to the strand's heads, in the output.
    #[inline(always)]
    fn start(self, place: Place) -> usize {
        place.volume * self.volume()
            + self.strand.first(place.sequence) * self.shape.dim()
            + self.strand.first_head * self.shape.head_dim
    }

    /// The same in the packed queries, keys and values: those of the queries.
    #[inline(always)]
    fn packed_start(self, place: Place) -> usize {
        3 * (place.volume * self.volume() + self.strand.first(place.sequence) * self.shape.dim())
            + self.strand.first_head * self.shape.head_dim
    }

    /// From a token of a sequence to the next in the output; three times as far in the packed queries, keys and values.
    #[inline(always)]
    fn stride(self) -> usize {
        self.strand.step * self.shape.dim()
    }

    #[inline(always)]
    fn choices(self, place: Place, head: usize) -> Option<Choices> {
        self.dropout.map(|dropout| dropout.choices(place.volume, self.strand.first_head + head, place.sequence))
    }

    #[inline(always)]
    fn head(self, place: Place, index: usize) -> Head<'a> {
        Head {
            qkv: &self.qkv[self.packed_start(place) + index * self.shape.head_dim..],
            shape: self.shape,
            tokens: self.strand.tokens,
            stride: self.stride(),
            dropout: self.choices(place, index),
        }
    }
}

struct Forward<'a> {
    all: All<'a>,
    output: &'a mut [f32],
    normalisers: &'a mut [Normaliser],
}

impl WithSimd for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { all, output, mut normalisers } = self;
        let (Strand { tokens, heads, .. }, head_dim) = (all.strand, all.shape.head_dim);
        let mut scratch = Scratch::default();
        for place in all.places() {
            for index in 0..heads {
                let (head, output) = (all.head(place, index), &mut output[all.start(place) + index * head_dim..]);
                let (these, others) = take(&mut normalisers).split_at_mut(tokens);
                if head_dim <= S::F32_LANES {
                    head::forward::<S, 1>(simd, head, output, these, &mut scratch);
                } else {
                    head::forward::<S, 2>(simd, head, output, these, &mut scratch);
                }
                normalisers = others;
            }
        }
    }
}

struct ShortForward<'a> {
    all: All<'a>,
    output: &'a mut [f32],
    probabilities: &'a mut [f32],
}

impl WithSimd for ShortForward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { all, output, mut probabilities } = self;
        let kept = all.strand.heads * short::kept(all.strand.tokens);
        let mut scratch = short::Scratch::default();
        for place in all.places() {
            let output = &mut output[all.start(place)..];
            let (these, others) = take(&mut probabilities).split_at_mut(kept);
            short::forward(simd, (all, place), output, these, &mut scratch);
            probabilities = others;
        }
    }
}

struct Back<'a> {
    all: All<'a>,
    output: &'a [f32],
    normalisers: &'a [Normaliser],
    output_gradient: &'a [f32],
    gradient: &'a mut [f32],
}

impl WithSimd for Back<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { all, output, mut normalisers, output_gradient, gradient } = self;
        let (Strand { tokens, heads, .. }, head_dim) = (all.strand, all.shape.head_dim);
        let mut scratch = Scratch::default();
        for place in all.places() {
            for index in 0..heads {
                let start = all.start(place) + index * head_dim;
                let outputs = (&output[start..], &output_gradient[start..]);
                let gradient = &mut gradient[all.packed_start(place) + index * head_dim..];
                let head = all.head(place, index);
                if head_dim <= S::F32_LANES {
                    head::backward::<S, 1>(simd, head, outputs, normalisers, gradient, &mut scratch);
                } else {
                    head::backward::<S, 2>(simd, head, outputs, normalisers, gradient, &mut scratch);
                }
                normalisers = &normalisers[tokens..];
            }
        }
    }
}

struct ShortBack<'a> {
    all: All<'a>,
    probabilities: &'a [f32],
    output_gradient: &'a [f32],
    gradient: &'a mut [f32],
}

impl WithSimd for ShortBack<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { all, mut probabilities, output_gradient, gradient } = self;
        let kept = all.strand.heads * short::kept(all.strand.tokens);
        let mut scratch = short::Scratch::default();
        for place in all.places() {
            let output_gradient = &output_gradient[all.start(place)..];
            let gradient = &mut gradient[all.packed_start(place)..];
            short::backward(simd, (all, place), output_gradient, &probabilities[..kept], gradient, &mut scratch);
            probabilities = &probabilities[kept..];
        }
    }
}
