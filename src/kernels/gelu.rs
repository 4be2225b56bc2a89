//! GELU in its tanh form (Hendrycks & Gimpel 2016, equation 2; Keras' `gelu(approximate=True)`).
//!
//! 0.5·x·(1 + tanh(√(2/π)·(x + 0.044715·x³))), which is x·σ(2u) with u the argument of the tanh.

// The macro's expansion carries what these lints look at.
#![allow(clippy::missing_errors_doc, clippy::wildcard_imports)]

use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::Tensor;
use pulp::{Simd, WithSimd};

use super::buffer::buffer;
use super::flex::{is_flex, tensor, values};
use super::math::{exp, multiply_add};
use super::simd::dispatch;

/// √(2/π) · 2: twice the tanh's slope at 0.
const SLOPE: f32 = 1.595_769;
/// The cubic term's weight, as published.
const CUBIC: f32 = 0.044_715;

/// GELU of every element.
#[must_use]
pub fn gelu<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    if is_flex(&x.device()) {
        return Tensor::from_dispatch(<Dispatch as GeluBackend>::fused_gelu(x.into_dispatch()));
    }
    plain(&x)
}

/// The same, written with tensor operations.
pub(super) fn plain<const D: usize>(x: &Tensor<D>) -> Tensor<D> {
    let cube = x.clone() * x.clone() * x.clone();
    let u = (x.clone() + cube * CUBIC) * (SLOPE / 2.0);
    (x.clone() * (u.tanh() + 1.0)) * 0.5
}

/// The operation as a backend extension.
#[backend_extension(Autodiff, Flex)]
pub trait GeluBackend: Backend {
    /// GELU of every element.
    fn fused_gelu(x: FloatTensor<Self>) -> FloatTensor<Self>;
}

impl GeluBackend for Flex {
    fn fused_gelu(x: FlexTensor) -> FlexTensor {
        forward(&x.to_contiguous())
    }
}

impl<C: CheckpointStrategy> GeluBackend for Autodiff<Flex, C> {
    fn fused_gelu(x: FloatTensor<Self>) -> FloatTensor<Self> {
        let (x, node) = x.into_parts();
        let x = x.to_contiguous();
        let y = forward(&x);
        match GeluBackward.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => prepared.finish(x, y),
            OpsKind::UnTracked(prepared) => prepared.finish(y),
        }
    }
}

#[derive(Debug)]
struct GeluBackward;

impl Backward<Flex, 1> for GeluBackward {
    type State = FlexTensor;

    fn backward(self, ops: Ops<FlexTensor, 1>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let [parent] = ops.parents;
        let dy = gradients.consume::<Flex>(&ops.node).to_contiguous();
        if let Some(parent) = parent {
            gradients.register::<Flex>(parent.id, backward(&ops.state, &dy));
        }
    }
}

pub(super) fn forward(x: &FlexTensor) -> FlexTensor {
    let mut y = buffer(values(x).len());
    dispatch(Forward { x: values(x), y: &mut y });
    tensor(y, x.shape())
}

/// GELU of every row after `bias` is added to it, there and in the result.
pub(super) fn forward_biased(rows: &mut [f32], bias: &[f32]) -> Vec<f32> {
    let mut y = buffer(rows.len());
    dispatch(ForwardBiased { rows, bias, y: &mut y });
    y
}

/// The gradient of `x` from that of the result.
pub(super) fn backward(x: &FlexTensor, dy: &FlexTensor) -> FlexTensor {
    let mut dx = buffer(values(x).len());
    dispatch(Back { x: values(x), dy: values(dy), dx: &mut dx });
    tensor(dx, x.shape())
}

struct Forward<'a> {
    x: &'a [f32],
    y: &'a mut [f32],
}

impl WithSimd for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for (y, &x) in self.y.iter_mut().zip(self.x) {
            *y = x * sigmoid_of_2u::<S>(x);
        }
    }
}

struct ForwardBiased<'a> {
    rows: &'a mut [f32],
    bias: &'a [f32],
    y: &'a mut [f32],
}

impl WithSimd for ForwardBiased<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { rows, bias, y } = self;
        for (row, y) in rows.chunks_exact_mut(bias.len()).zip(y.chunks_exact_mut(bias.len())) {
            for ((x, y), &bias) in row.iter_mut().zip(y).zip(bias) {
                *x += bias;
                *y = *x * sigmoid_of_2u::<S>(*x);
            }
        }
    }
}

struct Back<'a> {
    x: &'a [f32],
    dy: &'a [f32],
    dx: &'a mut [f32],
}

impl WithSimd for Back<'_> {
    type Output = ();

    /// d GELU / dx = σ + x·σ·(1−σ)·d(2u)/dx.
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for ((dx, &x), &dy) in self.dx.iter_mut().zip(self.x).zip(self.dy) {
            let s = sigmoid_of_2u::<S>(x);
            let d2u = multiply_add::<S>(x * x, SLOPE * 3.0 * CUBIC, SLOPE);
            *dx = dy * multiply_add::<S>(x * s * (1.0 - s), d2u, s);
        }
    }
}

/// 1/(1 + e^(−2u)).
#[inline(always)]
fn sigmoid_of_2u<S: Simd>(x: f32) -> f32 {
    let minus_2u = x * multiply_add::<S>(x * x, -SLOPE * CUBIC, -SLOPE);
    1.0 / (1.0 + exp::<S>(minus_2u))
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    fn line() -> Vec<f32> {
        (-400..=400).map(|i| i as f32 * 0.025).chain([-100.0, -30.0, 30.0, 100.0, 0.0]).collect()
    }

    /// The published formula in double precision.
    fn published(x: f64) -> f64 {
        0.5 * x * (1.0 + ((2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x.powi(3))).tanh())
    }

    #[test]
    fn the_fused_values_are_the_published_formula() {
        let x = Tensor::<1>::from_floats(line().as_slice(), &Device::flex());
        let y: Vec<f32> = gelu(x).into_data().try_to_vec().unwrap();
        for (x, y) in line().into_iter().zip(y) {
            let expected = published(f64::from(x));
            assert!((f64::from(y) - expected).abs() < 2e-6 * (1.0 + expected.abs()), "gelu({x}) = {y}, not {expected}");
        }
    }

    #[test]
    fn the_fused_gradient_is_the_finite_difference() {
        let x = Tensor::<1>::from_floats(line().as_slice(), &Device::flex().autodiff()).require_grad();
        let gradients = gelu(x.clone()).sum().backward();
        let slopes: Vec<f32> = x.grad(&gradients).unwrap().into_data().try_to_vec().unwrap();
        for (x, slope) in line().into_iter().zip(slopes) {
            let x = f64::from(x);
            let expected = (published(x + 1e-5) - published(x - 1e-5)) / 2e-5;
            assert!((f64::from(slope) - expected).abs() < 1e-5, "gelu'({x}) = {slope}, not {expected}");
        }
    }
}
