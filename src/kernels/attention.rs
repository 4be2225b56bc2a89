//! Attention over packed queries, keys and values, with dropout inside (Vaswani et al. 2017, equation 1).

mod head;
mod short;
mod softmax;

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

/// The sizes of an attention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    pub tokens: usize,
    pub heads: usize,
    pub head_dim: usize,
}

impl Shape {
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
}

/// What [`forward`] gives, written with tensor operations.
pub(super) fn plain(qkv: Tensor<2>, shape: Shape, dropout: Option<&Dropout>) -> Tensor<2> {
    let [rows, _] = qkv.dims();
    let Shape { tokens, heads, head_dim } = shape;
    let batch = rows / tokens;
    let qkv = qkv.reshape([batch, tokens, 3, heads, head_dim]); // [b, n, 3, h, d/h]
    let part = |index: usize| -> Tensor<4> {
        qkv.clone()
            .slice([0..batch, 0..tokens, index..index + 1, 0..heads, 0..head_dim]) // [b, n, 1, h, d/h]
            .reshape([batch, tokens, heads, head_dim]) // [b, n, h, d/h]
            .swap_dims(1, 2) // [b, h, n, d/h]
    };
    let (queries, keys, values) = (part(0), part(1), part(2));
    let scores = (queries * shape.scale()).matmul(keys.transpose()); // [b, h, n, n]
    let mut probabilities = softmax(scores, 3); // [b, h, n, n]
    if let Some(dropout) = dropout {
        let device = probabilities.device();
        let factors = TensorData::new(factors(dropout, batch, shape), [batch, heads, tokens, tokens]);
        probabilities = probabilities * Tensor::from_data(factors, &device);
    }
    probabilities.matmul(values).swap_dims(1, 2).reshape([rows, shape.dim()]) // [b·n, dim]
}

/// What dropout multiplies all probabilities with, `[batch, heads, tokens, tokens]`.
fn factors(dropout: &Dropout, batch: usize, Shape { tokens, heads, .. }: Shape) -> Vec<f32> {
    let mut factors = vec![0.0; batch * heads * tokens * tokens];
    for (place, row) in factors.chunks_exact_mut(tokens).enumerate() {
        let choices = dropout.choices(place / (heads * tokens), place / tokens % heads);
        choices.factors(place % tokens, 0, row);
    }
    factors
}

/// What is known of the probabilities on the way back.
#[derive(Clone, Debug)]
pub(super) enum Kept {
    /// All of them, `[batch, heads, short::kept(tokens)]`: a head of few tokens has few.
    Probabilities(FlexTensor),
    /// What makes them again from the scores, `[batch, heads, tokens]`.
    Normalisers(Arc<Vec<Normaliser>>),
}

/// Every token of a volume looks at every token of the volume.
///
/// `qkv` is `[batch·tokens, 3·dim]`, in each row all queries, all keys, all values, head by head; the
/// result is `[batch·tokens, dim]`. Dropout multiplies the probabilities by 0 or 1/(1−rate).
pub(super) fn forward(qkv: &[f32], shape: Shape, dropout: Option<&Dropout>) -> (Buffer, Kept) {
    let heads = qkv.len() / (3 * shape.dim() * shape.tokens) * shape.heads;
    let mut output = buffer(qkv.len() / 3);
    let all = All { qkv, shape, dropout };
    if short::fits(shape) {
        let mut probabilities = buffer(heads * short::kept(shape.tokens));
        dispatch(ShortForward { all, output: &mut output, probabilities: &mut probabilities });
        return (output, Kept::Probabilities(tensor(probabilities, [heads, short::kept(shape.tokens)])));
    }
    let mut normalisers = vec![Normaliser::default(); heads * shape.tokens];
    dispatch(Forward { all, output: &mut output, normalisers: &mut normalisers });
    (output, Kept::Normalisers(Arc::new(normalisers)))
}

/// The gradient of `qkv` from the `output` that it gave and that output's gradient.
pub(super) fn backward(
    qkv: &[f32],
    kept: &Kept,
    output: &[f32],
    output_gradient: &[f32],
    shape: Shape,
    dropout: Option<&Dropout>,
) -> Buffer {
    let mut gradient = buffer(qkv.len());
    let all = All { qkv, shape, dropout };
    match kept {
        Kept::Probabilities(probabilities) => {
            let probabilities = values(probabilities);
            dispatch(ShortBack { all, probabilities, output_gradient, gradient: &mut gradient });
        }
        Kept::Normalisers(normalisers) => {
            dispatch(Back { all, output, normalisers, output_gradient, gradient: &mut gradient });
        }
    }
    gradient
}

/// All heads of all volumes of a batch.
#[derive(Clone, Copy)]
struct All<'a> {
    /// `[batch·tokens, 3·dim]`.
    qkv: &'a [f32],
    shape: Shape,
    dropout: Option<&'a Dropout>,
}

impl<'a> All<'a> {
    /// The numbers of a volume's output.
    fn volume(self) -> usize {
        self.shape.tokens * self.shape.dim()
    }

    fn volumes(self) -> usize {
        self.qkv.len() / (3 * self.volume())
    }

    /// Those of one volume, `[tokens, 3, heads, head_dim]`.
    #[inline(always)]
    fn qkv(self, volume: usize) -> &'a [f32] {
        &self.qkv[3 * volume * self.volume()..][..3 * self.volume()]
    }

    #[inline(always)]
    fn choices(self, volume: usize, head: usize) -> Option<Choices> {
        self.dropout.map(|dropout| dropout.choices(volume, head))
    }

    #[inline(always)]
    fn head(self, volume: usize, index: usize) -> Head<'a> {
        Head { qkv: self.qkv(volume), shape: self.shape, index, dropout: self.choices(volume, index) }
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
        let Self { all, output, normalisers } = self;
        let (Shape { tokens, heads, head_dim }, mut scratch) = (all.shape, Scratch::default());
        for volume in 0..all.volumes() {
            let output = &mut output[volume * all.volume()..][..all.volume()];
            for index in 0..heads {
                let (head, normalisers) =
                    (all.head(volume, index), &mut normalisers[(volume * heads + index) * tokens..]);
                if head_dim <= S::F32_LANES {
                    head::forward::<S, 1>(simd, head, output, normalisers, &mut scratch);
                } else {
                    head::forward::<S, 2>(simd, head, output, normalisers, &mut scratch);
                }
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
        let Self { all, output, probabilities } = self;
        let (size, kept) = (all.volume(), all.shape.heads * short::kept(all.shape.tokens));
        let mut scratch = short::Scratch::default();
        for volume in 0..all.volumes() {
            let output = &mut output[volume * size..][..size];
            let probabilities = &mut probabilities[volume * kept..][..kept];
            short::forward(simd, (all, volume), output, probabilities, &mut scratch);
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
        let Self { all, output, normalisers, output_gradient, gradient } = self;
        let (Shape { tokens, heads, head_dim }, mut scratch) = (all.shape, Scratch::default());
        for volume in 0..all.volumes() {
            let size = all.volume();
            let outputs = (&output[volume * size..][..size], &output_gradient[volume * size..][..size]);
            let gradient = &mut gradient[3 * volume * size..][..3 * size];
            for index in 0..heads {
                let (head, normalisers) = (all.head(volume, index), &normalisers[(volume * heads + index) * tokens..]);
                if head_dim <= S::F32_LANES {
                    head::backward::<S, 1>(simd, head, outputs, normalisers, gradient, &mut scratch);
                } else {
                    head::backward::<S, 2>(simd, head, outputs, normalisers, gradient, &mut scratch);
                }
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
        let Self { all, probabilities, output_gradient, gradient } = self;
        let (size, kept) = (all.volume(), all.shape.heads * short::kept(all.shape.tokens));
        let mut scratch = short::Scratch::default();
        for volume in 0..all.volumes() {
            let output_gradient = &output_gradient[volume * size..][..size];
            let probabilities = &probabilities[volume * kept..][..kept];
            let gradient = &mut gradient[3 * volume * size..][..3 * size];
            short::backward(simd, (all, volume), output_gradient, probabilities, gradient, &mut scratch);
        }
    }
}
