//! Attention over packed queries, keys and values, with dropout inside (Vaswani et al. 2017, equation 1).

// The macro's expansion carries what these lints look at.
#![allow(clippy::missing_errors_doc, clippy::wildcard_imports)]

mod head;
mod softmax;

use std::sync::Arc;

use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, backend_extension};
use burn::tensor::activation::softmax;
use burn::tensor::{Tensor, TensorData};
use pulp::{Simd, WithSimd};

use self::head::{Head, Normaliser, Scratch};
use super::buffer::buffer;
use super::dropout::Dropout;
use super::flex::{contiguous, is_flex, tensor, values};
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

/// Every token of a volume looks at every token of the volume.
///
/// `qkv` is `[batch·tokens, 3·dim]`, in each row all queries, all keys, all values, head by head; the
/// result is `[batch·tokens, dim]`. Dropout multiplies the probabilities by 0 or 1/(1−rate).
#[must_use]
pub fn attention(qkv: Tensor<2>, shape: Shape, dropout: Option<&Dropout>) -> Tensor<2> {
    if is_flex(&qkv.device()) {
        return Tensor::from_dispatch(<Dispatch as AttentionBackend>::fused_attention(
            qkv.into_dispatch(),
            shape,
            dropout.cloned(),
        ));
    }
    plain(qkv, shape, dropout)
}

/// The same, written with tensor operations.
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

/// The operation as a backend extension.
#[backend_extension(Autodiff, Flex)]
pub trait AttentionBackend: Backend {
    /// [`attention`], fused.
    fn fused_attention(qkv: FloatTensor<Self>, shape: Shape, dropout: Option<Dropout>) -> FloatTensor<Self>;
}

impl AttentionBackend for Flex {
    fn fused_attention(qkv: FlexTensor, shape: Shape, dropout: Option<Dropout>) -> FlexTensor {
        forward(&contiguous(qkv), shape, dropout.as_ref()).0
    }
}

impl<C: CheckpointStrategy> AttentionBackend for Autodiff<Flex, C> {
    fn fused_attention(qkv: FloatTensor<Self>, shape: Shape, dropout: Option<Dropout>) -> FloatTensor<Self> {
        let (qkv, node) = qkv.into_parts();
        let qkv = contiguous(qkv);
        let (output, normalisers) = forward(&qkv, shape, dropout.as_ref());
        match AttentionBackward.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => {
                let seen = Seen { qkv, output: output.clone(), normalisers: Arc::new(normalisers), shape, dropout };
                prepared.finish(seen, output)
            }
            OpsKind::UnTracked(prepared) => prepared.finish(output),
        }
    }
}

/// What the way back needs.
#[derive(Clone, Debug)]
struct Seen {
    qkv: FlexTensor,
    output: FlexTensor,
    /// `[batch, heads, tokens]`.
    normalisers: Arc<Vec<Normaliser>>,
    shape: Shape,
    dropout: Option<Dropout>,
}

#[derive(Debug)]
struct AttentionBackward;

impl Backward<Flex, 1> for AttentionBackward {
    type State = Seen;

    fn backward(self, ops: Ops<Seen, 1>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let [parent] = ops.parents;
        let gradient = contiguous(gradients.consume::<Flex>(&ops.node));
        if let Some(parent) = parent {
            gradients.register::<Flex>(parent.id, backward(&ops.state, &gradient));
        }
    }
}

fn forward(qkv: &FlexTensor, shape: Shape, dropout: Option<&Dropout>) -> (FlexTensor, Vec<Normaliser>) {
    let qkv = values(qkv);
    let batch = qkv.len() / (3 * shape.dim() * shape.tokens);
    let mut output = buffer(qkv.len() / 3);
    let mut normalisers = vec![Normaliser::default(); batch * shape.heads * shape.tokens];
    dispatch(Forward { qkv, shape, dropout, output: &mut output, normalisers: &mut normalisers });
    (tensor(output, [batch * shape.tokens, shape.dim()]), normalisers)
}

fn backward(seen: &Seen, output_gradient: &FlexTensor) -> FlexTensor {
    let qkv = values(&seen.qkv);
    let mut gradient = buffer(qkv.len());
    dispatch(Back { seen, output_gradient: values(output_gradient), gradient: &mut gradient });
    tensor(gradient, [qkv.len() / (3 * seen.shape.dim()), 3 * seen.shape.dim()])
}

struct Forward<'a> {
    qkv: &'a [f32],
    shape: Shape,
    dropout: Option<&'a Dropout>,
    output: &'a mut [f32],
    normalisers: &'a mut [Normaliser],
}

impl WithSimd for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { qkv, shape, dropout, output, normalisers } = self;
        let (size, mut scratch) = (shape.tokens * shape.dim(), Scratch::default());
        let volumes = qkv.chunks_exact(3 * size).zip(output.chunks_exact_mut(size));
        let volumes = volumes.zip(normalisers.chunks_exact_mut(shape.heads * shape.tokens));
        for (volume, ((qkv, output), normalisers)) in volumes.enumerate() {
            for (index, normalisers) in normalisers.chunks_exact_mut(shape.tokens).enumerate() {
                let dropout = dropout.map(|dropout| dropout.choices(volume, index));
                let head = Head { qkv, shape, index, dropout };
                if shape.head_dim <= S::F32_LANES {
                    head::forward::<S, 1>(simd, head, output, normalisers, &mut scratch);
                } else {
                    head::forward::<S, 2>(simd, head, output, normalisers, &mut scratch);
                }
            }
        }
    }
}

struct Back<'a> {
    seen: &'a Seen,
    output_gradient: &'a [f32],
    gradient: &'a mut [f32],
}

impl WithSimd for Back<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { seen, output_gradient, gradient } = self;
        let Seen { shape, ref normalisers, ref dropout, .. } = *seen;
        let (size, mut scratch) = (shape.tokens * shape.dim(), Scratch::default());
        let volumes = values(&seen.qkv).chunks_exact(3 * size).zip(gradient.chunks_exact_mut(3 * size));
        let outputs = values(&seen.output).chunks_exact(size).zip(output_gradient.chunks_exact(size));
        let volumes = volumes.zip(outputs).zip(normalisers.chunks_exact(shape.heads * shape.tokens));
        for (volume, (((qkv, gradient), outputs), normalisers)) in volumes.enumerate() {
            for (index, normalisers) in normalisers.chunks_exact(shape.tokens).enumerate() {
                let dropout = dropout.as_ref().map(|dropout| dropout.choices(volume, index));
                let head = Head { qkv, shape, index, dropout };
                if shape.head_dim <= S::F32_LANES {
                    head::backward::<S, 1>(simd, head, outputs, normalisers, gradient, &mut scratch);
                } else {
                    head::backward::<S, 2>(simd, head, outputs, normalisers, gradient, &mut scratch);
                }
            }
        }
    }
}
