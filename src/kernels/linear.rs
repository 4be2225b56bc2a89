//! `x·w + b`, alone and with GELU.

// The macro's expansion carries what these lints look at.
#![allow(clippy::missing_errors_doc, clippy::wildcard_imports)]

use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, backend_extension};
use burn::tensor::Tensor;
use pulp::{Simd, WithSimd};

use super::buffer::buffer;
use super::flex::{contiguous, is_flex, sizes, tensor, values};
use super::gelu::{self, gelu};
use super::product::{Matrix, add_product, product, product_transposed};
use super::simd::dispatch;

/// `x` is `[rows, inputs]`, `weight` `[inputs, outputs]` and `bias` `[outputs]`; the result is `[rows, outputs]`.
#[must_use]
pub fn linear(x: Tensor<2>, weight: Tensor<2>, bias: Tensor<1>) -> Tensor<2> {
    if is_flex(&x.device()) {
        return Tensor::from_dispatch(<Dispatch as LinearBackend>::fused_linear(
            x.into_dispatch(),
            weight.into_dispatch(),
            bias.into_dispatch(),
        ));
    }
    plain(x, weight, bias)
}

/// [`gelu`] of [`linear`].
#[must_use]
pub fn linear_gelu(x: Tensor<2>, weight: Tensor<2>, bias: Tensor<1>) -> Tensor<2> {
    if is_flex(&x.device()) {
        return Tensor::from_dispatch(<Dispatch as LinearBackend>::fused_linear_gelu(
            x.into_dispatch(),
            weight.into_dispatch(),
            bias.into_dispatch(),
        ));
    }
    gelu(plain(x, weight, bias))
}

/// [`linear`], written with tensor operations.
pub(super) fn plain(x: Tensor<2>, weight: Tensor<2>, bias: Tensor<1>) -> Tensor<2> {
    x.matmul(weight) + bias.unsqueeze()
}

/// The operations as backend extensions.
#[backend_extension(Autodiff, Flex)]
pub trait LinearBackend: Backend {
    /// [`linear`], fused.
    fn fused_linear(x: FloatTensor<Self>, weight: FloatTensor<Self>, bias: FloatTensor<Self>) -> FloatTensor<Self>;
    /// [`linear_gelu`], fused.
    fn fused_linear_gelu(x: FloatTensor<Self>, weight: FloatTensor<Self>, bias: FloatTensor<Self>)
    -> FloatTensor<Self>;
}

impl LinearBackend for Flex {
    fn fused_linear(x: FlexTensor, weight: FlexTensor, bias: FlexTensor) -> FlexTensor {
        forward(&contiguous(x), &contiguous(weight), &bias)
    }

    fn fused_linear_gelu(x: FlexTensor, weight: FlexTensor, bias: FlexTensor) -> FlexTensor {
        forward_gelu(&contiguous(x), &contiguous(weight), &bias).1
    }
}

impl<C: CheckpointStrategy> LinearBackend for Autodiff<Flex, C> {
    fn fused_linear(x: FloatTensor<Self>, weight: FloatTensor<Self>, bias: FloatTensor<Self>) -> FloatTensor<Self> {
        let ((x, x_node), (weight, weight_node), (bias, bias_node)) =
            (x.into_parts(), weight.into_parts(), bias.into_parts());
        let (x, weight) = (contiguous(x), contiguous(weight));
        let output = forward(&x, &weight, &bias);
        match LinearBackward.prepare::<C>([x_node, weight_node, bias_node]).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => prepared.finish(Seen { x, weight, before_gelu: None }, output),
            OpsKind::UnTracked(prepared) => prepared.finish(output),
        }
    }

    fn fused_linear_gelu(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        let ((x, x_node), (weight, weight_node), (bias, bias_node)) =
            (x.into_parts(), weight.into_parts(), bias.into_parts());
        let (x, weight) = (contiguous(x), contiguous(weight));
        let (before_gelu, output) = forward_gelu(&x, &weight, &bias);
        match LinearBackward.prepare::<C>([x_node, weight_node, bias_node]).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => prepared.finish(Seen { x, weight, before_gelu: Some(before_gelu) }, output),
            OpsKind::UnTracked(prepared) => prepared.finish(output),
        }
    }
}

/// What the way back needs.
#[derive(Clone, Debug)]
struct Seen {
    x: FlexTensor,
    weight: FlexTensor,
    before_gelu: Option<FlexTensor>,
}

#[derive(Debug)]
struct LinearBackward;

impl Backward<Flex, 3> for LinearBackward {
    type State = Seen;

    fn backward(self, ops: Ops<Seen, 3>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let [x_parent, weight_parent, bias_parent] = ops.parents;
        let Seen { x, weight, before_gelu } = ops.state;
        let gradient = contiguous(gradients.consume::<Flex>(&ops.node));
        let gradient = match before_gelu {
            Some(before) => gelu::backward(&before, &gradient),
            None => gradient,
        };
        let ([rows, inputs], [_, outputs]) = (sizes(&x), sizes(&weight));
        let g = Matrix::new(values(&gradient), rows, outputs);
        if let Some(parent) = x_parent {
            let weight = Matrix::new(values(&weight), inputs, outputs);
            gradients.register::<Flex>(parent.id, tensor(product_transposed(g, weight), [rows, inputs]));
        }
        if let Some(parent) = weight_parent {
            let x = Matrix::new(values(&x), rows, inputs);
            gradients.register::<Flex>(parent.id, tensor(product(x.transposed(), g), [inputs, outputs]));
        }
        if let Some(parent) = bias_parent {
            gradients.register::<Flex>(parent.id, tensor(column_sums(values(&gradient), outputs), [outputs]));
        }
    }
}

fn forward(x: &FlexTensor, weight: &FlexTensor, bias: &FlexTensor) -> FlexTensor {
    let ([rows, inputs], [_, outputs]) = (sizes(x), sizes(weight));
    let bias = values(bias);
    let mut output = buffer(rows * outputs);
    for row in output.chunks_exact_mut(outputs) {
        row.copy_from_slice(bias);
    }
    let (x, weight) = (Matrix::new(values(x), rows, inputs), Matrix::new(values(weight), inputs, outputs));
    add_product(x, weight, &mut output);
    tensor(output, [rows, outputs])
}

/// What goes into the GELU, and what comes out.
fn forward_gelu(x: &FlexTensor, weight: &FlexTensor, bias: &FlexTensor) -> (FlexTensor, FlexTensor) {
    let ([rows, inputs], [_, outputs]) = (sizes(x), sizes(weight));
    let (x, weight) = (Matrix::new(values(x), rows, inputs), Matrix::new(values(weight), inputs, outputs));
    let mut before = product(x, weight);
    let after = gelu::forward_biased(&mut before, values(bias));
    (tensor(before, [rows, outputs]), tensor(after, [rows, outputs]))
}

/// The sum of all rows.
fn column_sums(values: &[f32], columns: usize) -> Vec<f32> {
    let mut sums = vec![0.0; columns];
    dispatch(ColumnSums { values, sums: &mut sums });
    sums
}

struct ColumnSums<'a> {
    values: &'a [f32],
    sums: &'a mut [f32],
}

impl WithSimd for ColumnSums<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for row in self.values.chunks_exact(self.sums.len()) {
            for (sum, value) in self.sums.iter_mut().zip(row) {
                *sum += value;
            }
        }
    }
}
