//! `x·w + b`.

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

/// [`linear`], written with tensor operations.
pub(super) fn plain(x: Tensor<2>, weight: Tensor<2>, bias: Tensor<1>) -> Tensor<2> {
    x.matmul(weight) + bias.unsqueeze()
}

/// The operations as backend extensions.
#[backend_extension(Autodiff, Flex)]
pub trait LinearBackend: Backend {
    /// [`linear`], fused.
    fn fused_linear(x: FloatTensor<Self>, weight: FloatTensor<Self>, bias: FloatTensor<Self>) -> FloatTensor<Self>;
}

impl LinearBackend for Flex {
    fn fused_linear(x: FlexTensor, weight: FlexTensor, bias: FlexTensor) -> FlexTensor {
        of_tensors(&contiguous(x), &contiguous(weight), &bias)
    }
}

impl<C: CheckpointStrategy> LinearBackend for Autodiff<Flex, C> {
    fn fused_linear(x: FloatTensor<Self>, weight: FloatTensor<Self>, bias: FloatTensor<Self>) -> FloatTensor<Self> {
        let ((x, x_node), (weight, weight_node), (bias, bias_node)) =
            (x.into_parts(), weight.into_parts(), bias.into_parts());
        let (x, weight) = (contiguous(x), contiguous(weight));
        let output = of_tensors(&x, &weight, &bias);
        match LinearBackward.prepare::<C>([x_node, weight_node, bias_node]).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => prepared.finish(Seen { x, weight }, output),
            OpsKind::UnTracked(prepared) => prepared.finish(output),
        }
    }
}

/// What the way back needs.
#[derive(Clone, Debug)]
struct Seen {
    x: FlexTensor,
    weight: FlexTensor,
}

#[derive(Debug)]
struct LinearBackward;

impl Backward<Flex, 3> for LinearBackward {
    type State = Seen;

    fn backward(self, ops: Ops<Seen, 3>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let [x_parent, weight_parent, bias_parent] = ops.parents;
        let Seen { x, weight } = ops.state;
        let gradient = contiguous(gradients.consume::<Flex>(&ops.node));
        let gradient = values(&gradient);
        if let Some(parent) = x_parent {
            gradients.register::<Flex>(parent.id, tensor(input_gradient(gradient, &weight), sizes(&x)));
        }
        if let Some(parent) = weight_parent {
            gradients.register::<Flex>(parent.id, weight_gradient(values(&x), gradient, sizes(&weight)));
        }
        if let Some(parent) = bias_parent {
            gradients.register::<Flex>(parent.id, column_sums(gradient, sizes(&weight)[1]));
        }
    }
}

fn of_tensors(x: &FlexTensor, weight: &FlexTensor, bias: &FlexTensor) -> FlexTensor {
    tensor(forward(values(x), weight, values(bias)), [sizes(x)[0], sizes(weight)[1]])
}

/// `x·weight + bias`, `[rows, outputs]`, of `x`, `[rows, inputs]`.
pub(super) fn forward(x: &[f32], weight: &FlexTensor, bias: &[f32]) -> Buffer {
    let [inputs, outputs] = sizes(weight);
    let mut output = buffer(x.len() / inputs * outputs);
    for row in output.chunks_exact_mut(outputs) {
        row.copy_from_slice(bias);
    }
    add_product(rows(x, inputs), whole(weight), &mut output);
    output
}

/// `beside + x·weight + bias`.
pub(super) fn forward_beside(beside: &[f32], x: &[f32], weight: &FlexTensor, bias: &[f32]) -> Buffer {
    let mut output = buffer(beside.len());
    dispatch(AddToRows { rows: beside, row: bias, to: &mut output });
    add_product(rows(x, sizes(weight)[0]), whole(weight), &mut output);
    output
}

/// `x·weight`.
pub(super) fn without_bias(x: &[f32], weight: &FlexTensor) -> Buffer {
    product(rows(x, sizes(weight)[0]), whole(weight))
}

/// The gradient of the input, `[rows, inputs]`, from that of the output, `[rows, outputs]`.
pub(super) fn input_gradient(gradient: &[f32], weight: &FlexTensor) -> Buffer {
    let [inputs, outputs] = sizes(weight);
    transposed(weight, |weight| product(rows(gradient, outputs), Matrix::new(weight, outputs, inputs)))
}

/// The gradient of the weight, `[inputs, outputs]`, from what went in and the gradient of what came out.
pub(super) fn weight_gradient(x: &[f32], gradient: &[f32], [inputs, outputs]: [usize; 2]) -> FlexTensor {
    tensor(product(rows(x, inputs).transposed(), rows(gradient, outputs)), [inputs, outputs])
}

/// The sum of all rows: the gradient of the bias.
pub(super) fn column_sums(values: &[f32], columns: usize) -> FlexTensor {
    let mut sums = zeros(columns);
    dispatch(ColumnSums { values, sums: &mut sums });
    tensor(sums, [columns])
}

fn rows(values: &[f32], columns: usize) -> Matrix<'_> {
    Matrix::new(values, values.len() / columns, columns)
}

fn whole(weight: &FlexTensor) -> Matrix<'_> {
    let [inputs, outputs] = sizes(weight);
    Matrix::new(values(weight), inputs, outputs)
}

struct AddToRows<'a> {
    rows: &'a [f32],
    row: &'a [f32],
    to: &'a mut [f32],
}

impl WithSimd for AddToRows<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { rows, row, to } = self;
        for (from, to) in rows.chunks_exact(row.len()).zip(to.chunks_exact_mut(row.len())) {
            for i in 0..row.len() {
                to[i] = from[i] + row[i];
            }
        }
    }
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
