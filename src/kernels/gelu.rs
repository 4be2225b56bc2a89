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

use super::buffer::{Buffer, buffer, copied, zeros};
use super::flex::{contiguous, is_flex, tensor, values};
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
        match GeluBackward.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => {
                let (y, slope) = forward_with_slope(&x);
                prepared.finish(slope, y)
            }
            OpsKind::UnTracked(prepared) => prepared.finish(forward(&x)),
        }
    }
}

#[derive(Debug)]
struct GeluBackward;

impl Backward<Flex, 1> for GeluBackward {
    /// The slope of every element.
    type State = FlexTensor;

    fn backward(self, ops: Ops<FlexTensor, 1>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let [parent] = ops.parents;
        let dy = contiguous(gradients.consume::<Flex>(&ops.node));
        if let Some(parent) = parent {
            gradients.register::<Flex>(parent.id, backward(ops.state, &dy));
        }
    }
}

fn forward(x: &FlexTensor) -> FlexTensor {
    let mut y = copied(values(x));
    dispatch(Forward { x: &mut y, bias: &zeros(values(x).len().max(1)) });
    tensor(y, x.shape())
}

/// GELU of every element, and its slope there.
fn forward_with_slope(x: &FlexTensor) -> (FlexTensor, FlexTensor) {
    let mut slope = copied(values(x));
    let y = biased_with_slope(&mut slope, &zeros(values(x).len().max(1)));
    (tensor(y, x.shape()), tensor(slope, x.shape()))
}

/// Turns every row into GELU of the row and `bias`.
pub(super) fn biased(rows: &mut [f32], bias: &[f32]) {
    dispatch(Forward { x: rows, bias });
}

/// GELU of every row and `bias`. In the place of the rows comes the slope.
pub(super) fn biased_with_slope(rows: &mut [f32], bias: &[f32]) -> Buffer {
    let mut y = buffer(rows.len());
    dispatch(ForwardWithSlope { x: rows, bias, y: &mut y });
    y
}

/// The gradient of what goes in from that of what comes out.
pub(super) fn backward(mut slope: FlexTensor, dy: &FlexTensor) -> FlexTensor {
    // The slope is wanted by nobody else: the gradient comes in its place.
    dispatch(Back { slope: slope.storage_mut(), dy: values(dy) });
    slope
}

struct Forward<'a> {
    x: &'a mut [f32],
    bias: &'a [f32],
}

impl WithSimd for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for row in self.x.chunks_exact_mut(self.bias.len()) {
            for (x, &bias) in row.iter_mut().zip(self.bias) {
                *x = value_and_slope::<S>(*x + bias).0;
            }
        }
    }
}

struct ForwardWithSlope<'a> {
    x: &'a mut [f32],
    bias: &'a [f32],
    y: &'a mut [f32],
}

impl WithSimd for ForwardWithSlope<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { x, bias, y } = self;
        for (row, y) in x.chunks_exact_mut(bias.len()).zip(y.chunks_exact_mut(bias.len())) {
            for ((x, y), &bias) in row.iter_mut().zip(y).zip(bias) {
                (*y, *x) = value_and_slope::<S>(*x + bias);
            }
        }
    }
}

struct Back<'a> {
    slope: &'a mut [f32],
    dy: &'a [f32],
}

impl WithSimd for Back<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for (slope, &dy) in self.slope.iter_mut().zip(self.dy) {
            *slope *= dy;
        }
    }
}

/// GELU is x·σ(2u), and its slope σ + x·σ·(1−σ)·d(2u)/dx, with σ(2u) = 1/(1 + e^(−2u)).
#[inline(always)]
fn value_and_slope<S: Simd>(x: f32) -> (f32, f32) {
    let minus_2u = x * multiply_add::<S>(x * x, -SLOPE * CUBIC, -SLOPE);
    let sigma = 1.0 / (1.0 + exp::<S>(minus_2u));
    let value = x * sigma;
    let d2u = multiply_add::<S>(x * x, SLOPE * 3.0 * CUBIC, SLOPE);
    (value, multiply_add::<S>(value * (1.0 - sigma), d2u, sigma))
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
