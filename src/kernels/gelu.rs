//! GELU in its tanh form (Hendrycks & Gimpel 2016, equation 2; Keras' `gelu(approximate=True)`).
//!
//! 0.5·x·(1 + tanh(√(2/π)·(x + 0.044715·x³))), which is x·σ(2u) with u the argument of the tanh.

use burn::backend::flex::FlexTensor;
use burn::tensor::Tensor;
use pulp::{Simd, WithSimd};

use super::buffer::zeros;
use super::flex::tensor;
use super::math::{exp, multiply_add};
use super::simd::dispatch;

/// √(2/π) · 2: twice the tanh's slope at 0.
const SLOPE: f32 = 1.595_769;
/// The cubic term's weight, as published.
const CUBIC: f32 = 0.044_715;

/// GELU of every element, written with tensor operations.
pub(super) fn plain<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    let cube = x.clone() * x.clone() * x.clone();
    let u = (x.clone() + cube * CUBIC) * (SLOPE / 2.0);
    x * (u.tanh() + 1.0) * 0.5
}

/// GELU of every row of `x` and `bias`, into `y`, or added to what stands there. In the place of `x` comes the slope.
pub(super) fn forward<const ADD: bool>(x: &mut [f32], bias: &[f32], y: &mut [f32]) {
    assert_eq!(x.len(), y.len(), "as much comes out as goes in");
    dispatch(Forward::<ADD> { x, bias, y });
}

/// GELU of every row of `x` and `bias`, into `y`.
pub(super) fn values(x: &[f32], bias: &[f32], y: &mut [f32]) {
    assert_eq!(x.len(), y.len(), "as much comes out as goes in");
    dispatch(Values { x, bias, y });
}

/// The gradient of what goes in, in the place of the slope, and its sum over all rows of `columns` numbers.
pub(super) fn backward(slope: &mut [f32], dy: &[f32], columns: usize) -> FlexTensor {
    let mut sums = zeros(columns);
    dispatch(Back { slope, dy, sums: &mut sums });
    tensor(sums, [columns])
}

struct Forward<'a, const ADD: bool> {
    x: &'a mut [f32],
    bias: &'a [f32],
    y: &'a mut [f32],
}

impl<const ADD: bool> WithSimd for Forward<'_, ADD> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { x, bias, y } = self;
        for (row, y) in x.chunks_exact_mut(bias.len()).zip(y.chunks_exact_mut(bias.len())) {
            for ((x, y), &bias) in row.iter_mut().zip(y).zip(bias) {
                let (value, slope) = value_and_slope::<S>(*x + bias);
                *x = slope;
                *y = if ADD { *y + value } else { value };
            }
        }
    }
}

struct Values<'a> {
    x: &'a [f32],
    bias: &'a [f32],
    y: &'a mut [f32],
}

impl WithSimd for Values<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { x, bias, y } = self;
        for (x, y) in x.chunks_exact(bias.len()).zip(y.chunks_exact_mut(bias.len())) {
            for ((&x, y), &bias) in x.iter().zip(y).zip(bias) {
                *y = value_and_slope::<S>(x + bias).0;
            }
        }
    }
}

struct Back<'a> {
    slope: &'a mut [f32],
    dy: &'a [f32],
    sums: &'a mut [f32],
}

impl WithSimd for Back<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { slope, dy, sums } = self;
        for (row, dy) in slope.chunks_exact_mut(sums.len()).zip(dy.chunks_exact(sums.len())) {
            for ((slope, &dy), sum) in row.iter_mut().zip(dy).zip(&mut *sums) {
                *slope *= dy;
                *sum += *slope;
            }
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
    use crate::kernels::simd::levels::on_every_level;

    fn line() -> Vec<f32> {
        (-400..=400).map(|i| i as f32 * 0.025).chain([-100.0, -30.0, 30.0, 100.0, 0.0]).collect()
    }

    /// The published formula in double precision.
    fn published(x: f64) -> f64 {
        0.5 * x * (1.0 + ((2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x.powi(3))).tanh())
    }

    #[test]
    fn values_and_slopes_are_those_of_the_published_formula() {
        on_every_level(|| {
            let (mut slopes, mut values) = (line(), vec![1.0; line().len()]);
            forward::<true>(&mut slopes, &[0.0], &mut values);
            for ((x, value), slope) in line().into_iter().map(f64::from).zip(values).zip(slopes) {
                let expected = published(x);
                let off = (f64::from(value) - 1.0 - expected).abs();
                assert!(off < 2e-6 * (1.0 + expected.abs()), "gelu({x}) = {value} - 1, not {expected}");
                let expected = (published(x + 1e-5) - published(x - 1e-5)) / 2e-5;
                assert!((f64::from(slope) - expected).abs() < 1e-5, "gelu'({x}) = {slope}, not {expected}");
            }
        });
    }
}
