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

use super::buffer::{Buffer, buffer, zeros};
use super::flex::{contiguous, is_flex, sizes, tensor, values};
use super::gelu::{self, gelu};
use super::product::{Matrix, add_product, product};
use super::simd::dispatch;
use super::transposed::transposed;

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
        let (x, weight) = (contiguous(x), contiguous(weight));
        let mut output = without_bias(&x, &weight);
        gelu::biased(&mut output, values(&bias));
        tensor(output, [sizes(&x)[0], sizes(&weight)[1]])
    }
}

impl<C: CheckpointStrategy> LinearBackend for Autodiff<Flex, C> {
    fn fused_linear(x: FloatTensor<Self>, weight: FloatTensor<Self>, bias: FloatTensor<Self>) -> FloatTensor<Self> {
        let ((x, x_node), (weight, weight_node), (bias, bias_node)) =
            (x.into_parts(), weight.into_parts(), bias.into_parts());
        let (x, weight) = (contiguous(x), contiguous(weight));
        let output = forward(&x, &weight, &bias);
        match LinearBackward.prepare::<C>([x_node, weight_node, bias_node]).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => prepared.finish(Seen { x, weight, slope: None }, output),
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
        let shape = [sizes(&x)[0], sizes(&weight)[1]];
        let mut slope = without_bias(&x, &weight);
        let output = tensor(gelu::biased_with_slope(&mut slope, values(&bias)), shape);
        match LinearBackward.prepare::<C>([x_node, weight_node, bias_node]).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => {
                prepared.finish(Seen { x, weight, slope: Some(tensor(slope, shape)) }, output)
            }
            OpsKind::UnTracked(prepared) => prepared.finish(output),
        }
    }
}

/// What the way back needs.
#[derive(Clone, Debug)]
struct Seen {
    x: FlexTensor,
    weight: FlexTensor,
    /// That of the GELU, where there is one.
    slope: Option<FlexTensor>,
}

#[derive(Debug)]
struct LinearBackward;

impl Backward<Flex, 3> for LinearBackward {
    type State = Seen;

    fn backward(self, ops: Ops<Seen, 3>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let [x_parent, weight_parent, bias_parent] = ops.parents;
        let Seen { x, weight, slope } = ops.state;
        let gradient = contiguous(gradients.consume::<Flex>(&ops.node));
        let gradient = match slope {
            Some(slope) => gelu::backward(slope, &gradient),
            None => gradient,
        };
        let ([rows, inputs], [_, outputs]) = (sizes(&x), sizes(&weight));
        let g = Matrix::new(values(&gradient), rows, outputs);
        if let Some(parent) = x_parent {
            let product = transposed(&weight, |weight| product(g, Matrix::new(weight, outputs, inputs)));
            gradients.register::<Flex>(parent.id, tensor(product, [rows, inputs]));
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

fn without_bias(x: &FlexTensor, weight: &FlexTensor) -> Buffer {
    let ([rows, inputs], [_, outputs]) = (sizes(x), sizes(weight));
    product(Matrix::new(values(x), rows, inputs), Matrix::new(values(weight), inputs, outputs))
}

/// The sum of all rows.
fn column_sums(values: &[f32], columns: usize) -> Buffer {
    let mut sums = zeros(columns);
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
