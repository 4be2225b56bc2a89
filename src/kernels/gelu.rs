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
use burn::tensor::{Tensor, TensorData};
use pulp::Arch;

use super::device::is_flex;
use super::math::exp;

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

/// The elements of a contiguous float tensor.
fn elements(x: &FlexTensor) -> &[f32] {
    #[expect(clippy::expect_used, reason = "the callers make the tensor contiguous; the model is f32 throughout")]
    x.as_slice::<f32>().expect("a contiguous tensor of f32")
}

fn forward(x: &FlexTensor) -> FlexTensor {
    let y: Vec<f32> = Arch::new().dispatch(|| elements(x).iter().map(|&x| value(x)).collect());
    FlexTensor::from_data(TensorData::new(y, x.shape()))
}

fn backward(x: &FlexTensor, dy: &FlexTensor) -> FlexTensor {
    let dx: Vec<f32> =
        Arch::new().dispatch(|| elements(x).iter().zip(elements(dy)).map(|(&x, &dy)| dy * slope(x)).collect());
    FlexTensor::from_data(TensorData::new(dx, x.shape()))
}

#[inline]
fn sigmoid_of_2u(x: f32) -> f32 {
    let two_u = SLOPE * (x + CUBIC * x * x * x);
    1.0 / (1.0 + exp(-two_u))
}

#[inline]
fn value(x: f32) -> f32 {
    x * sigmoid_of_2u(x)
}

/// d GELU / dx = σ + x·σ·(1−σ)·d(2u)/dx.
#[inline]
fn slope(x: f32) -> f32 {
    let s = sigmoid_of_2u(x);
    s + x * s * (1.0 - s) * SLOPE * (1.0 + 3.0 * CUBIC * x * x)
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
