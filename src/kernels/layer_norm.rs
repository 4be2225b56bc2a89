//! Layer norm over the last axis (Ba et al. 2016).

// The macro's expansion carries what these lints look at.
#![allow(clippy::missing_errors_doc, clippy::wildcard_imports)]

use std::sync::Arc;

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
use super::math::multiply_add;
use super::simd::dispatch;

/// `scale·(x − mean)/√(variance + epsilon) + shift` of every row.
///
/// `x` is `[rows, dim]`, and so is the result; `scale` and `shift` are `[dim]`.
#[must_use]
pub fn layer_norm(x: Tensor<2>, scale: Tensor<1>, shift: Tensor<1>, epsilon: f64) -> Tensor<2> {
    if is_flex(&x.device()) {
        return Tensor::from_dispatch(<Dispatch as LayerNormBackend>::fused_layer_norm(
            x.into_dispatch(),
            scale.into_dispatch(),
            shift.into_dispatch(),
            epsilon,
        ));
    }
    plain(x, scale, shift, epsilon)
}

/// The same by Burn.
pub(super) fn plain(x: Tensor<2>, scale: Tensor<1>, shift: Tensor<1>, epsilon: f64) -> Tensor<2> {
    burn::tensor::module::layer_norm(x, scale, Some(shift), epsilon)
}

/// The operation as a backend extension.
#[backend_extension(Autodiff, Flex)]
pub trait LayerNormBackend: Backend {
    /// [`layer_norm`], fused.
    fn fused_layer_norm(
        x: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        epsilon: f64,
    ) -> FloatTensor<Self>;
}

impl LayerNormBackend for Flex {
    fn fused_layer_norm(x: FlexTensor, scale: FlexTensor, shift: FlexTensor, epsilon: f64) -> FlexTensor {
        of_tensors(&contiguous(x), &scale, &shift, epsilon).0
    }
}

impl<C: CheckpointStrategy> LayerNormBackend for Autodiff<Flex, C> {
    fn fused_layer_norm(
        x: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        epsilon: f64,
    ) -> FloatTensor<Self> {
        let ((x, x_node), (scale, scale_node), (shift, shift_node)) =
            (x.into_parts(), scale.into_parts(), shift.into_parts());
        let x = contiguous(x);
        let (output, moments) = of_tensors(&x, &scale, &shift, epsilon);
        match LayerNormBackward.prepare::<C>([x_node, scale_node, shift_node]).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => prepared.finish(Seen { x, scale, moments: Arc::new(moments) }, output),
            OpsKind::UnTracked(prepared) => prepared.finish(output),
        }
    }
}

/// What was found about a row.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Moments {
    mean: f32,
    /// 1/√(variance + epsilon).
    inverse: f32,
}

/// What the way back needs.
#[derive(Clone, Debug)]
struct Seen {
    x: FlexTensor,
    scale: FlexTensor,
    moments: Arc<Vec<Moments>>,
}

#[derive(Debug)]
struct LayerNormBackward;

impl Backward<Flex, 3> for LayerNormBackward {
    type State = Seen;

    fn backward(self, ops: Ops<Seen, 3>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let gradient = contiguous(gradients.consume::<Flex>(&ops.node));
        let Seen { x, scale, moments } = ops.state;
        let mut dx = zeros(values(&x).len());
        let [dscale, dshift] = backward(values(&x), values(&scale), &moments, values(&gradient), &mut dx);
        let (shape, dim) = (sizes(&x), [values(&scale).len()]);
        let parts = [tensor(dx, shape), tensor(dscale, dim), tensor(dshift, dim)];
        for (parent, gradient) in ops.parents.into_iter().zip(parts) {
            if let Some(parent) = parent {
                gradients.register::<Flex>(parent.id, gradient);
            }
        }
    }
}

fn of_tensors(x: &FlexTensor, scale: &FlexTensor, shift: &FlexTensor, epsilon: f64) -> (FlexTensor, Vec<Moments>) {
    let (y, moments) = forward(values(x), values(scale), values(shift), epsilon);
    (tensor(y, sizes(x)), moments)
}

/// The normed rows, and what was found about each.
#[expect(clippy::cast_possible_truncation, reason = "single precision throughout the model")]
pub(super) fn forward(x: &[f32], scale: &[f32], shift: &[f32], epsilon: f64) -> (Buffer, Vec<Moments>) {
    let (mut y, mut moments) = (buffer(x.len()), vec![Moments::default(); x.len() / scale.len()]);
    dispatch(Forward { x, scale, shift, epsilon: epsilon as f32, y: &mut y, moments: &mut moments });
    (y, moments)
}

/// The normed rows once more, bit for bit.
pub(super) fn again(x: &[f32], scale: &[f32], shift: &[f32], moments: &[Moments]) -> Buffer {
    let mut y = buffer(x.len());
    dispatch(Again { x, scale, shift, y: &mut y, moments });
    y
}

/// The gradients of the scale and the shift. That of `x` is added to `dx`.
pub(super) fn backward(x: &[f32], scale: &[f32], moments: &[Moments], dy: &[f32], dx: &mut [f32]) -> [Buffer; 2] {
    let (mut dscale, mut dshift) = (zeros(scale.len()), zeros(scale.len()));
    dispatch(Back { x, scale, dy, moments, to: (dx, &mut dscale, &mut dshift) });
    [dscale, dshift]
}

struct Forward<'a> {
    x: &'a [f32],
    scale: &'a [f32],
    shift: &'a [f32],
    epsilon: f32,
    y: &'a mut [f32],
    moments: &'a mut [Moments],
}

impl WithSimd for Forward<'_> {
    type Output = ();

    #[inline(always)]
    #[expect(clippy::cast_precision_loss, reason = "a width of a few thousand")]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { x, scale, shift, epsilon, y, moments } = self;
        let dim = scale.len();
        let rows = x.chunks_exact(dim).zip(y.chunks_exact_mut(dim));
        for ((x, y), moments) in rows.zip(moments) {
            let mean = sum([x], |[x]| x) / dim as f32;
            let variance = sum([x], |[x]| (x - mean) * (x - mean)) / dim as f32;
            let inverse = 1.0 / (variance + epsilon).sqrt();
            *moments = Moments { mean, inverse };
            normed::<S>(x, [scale, shift], *moments, y);
        }
    }
}

struct Again<'a> {
    x: &'a [f32],
    scale: &'a [f32],
    shift: &'a [f32],
    y: &'a mut [f32],
    moments: &'a [Moments],
}

impl WithSimd for Again<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { x, scale, shift, y, moments } = self;
        let rows = x.chunks_exact(scale.len()).zip(y.chunks_exact_mut(scale.len()));
        for ((x, y), &moments) in rows.zip(moments) {
            normed::<S>(x, [scale, shift], moments, y);
        }
    }
}

/// One row.
#[inline(always)]
fn normed<S: Simd>(x: &[f32], [scale, shift]: [&[f32]; 2], Moments { mean, inverse }: Moments, y: &mut [f32]) {
    let dim = y.len();
    let (x, scale, shift) = (&x[..dim], &scale[..dim], &shift[..dim]);
    for i in 0..dim {
        y[i] = multiply_add::<S>((x[i] - mean) * inverse, scale[i], shift[i]);
    }
}

struct Back<'a> {
    x: &'a [f32],
    scale: &'a [f32],
    dy: &'a [f32],
    moments: &'a [Moments],
    /// What the gradients of `x`, the scale and the shift are added to.
    to: (&'a mut [f32], &'a mut [f32], &'a mut [f32]),
}

impl WithSimd for Back<'_> {
    type Output = ();

    #[inline(always)]
    #[expect(clippy::cast_precision_loss, reason = "a width of a few thousand")]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { x, scale, dy, moments, to: (dx, dscale, dshift) } = self;
        let dim = scale.len();
        let (dscale, dshift) = (&mut dscale[..dim], &mut dshift[..dim]);
        let rows = x.chunks_exact(dim).zip(dy.chunks_exact(dim)).zip(dx.chunks_exact_mut(dim));
        for (((x, dy), dx), &Moments { mean, inverse }) in rows.zip(moments) {
            let along = sum([dy, scale], |[dy, scale]| dy * scale) / dim as f32;
            let across = sum([x, dy, scale], |[x, dy, scale]| dy * scale * (x - mean) * inverse) / dim as f32;
            for i in 0..dim {
                let (dy, normed) = (dy[i], (x[i] - mean) * inverse);
                dscale[i] = multiply_add::<S>(dy, normed, dscale[i]);
                dshift[i] += dy;
                dx[i] += inverse * (dy * scale[i] - along - normed * across);
            }
        }
    }
}

/// Numbers that are added side by side: the order of a sum is the same on every processor.
const LANES: usize = 32;

/// The sum of `value` of the numbers that stand at one place in all rows.
#[inline(always)]
fn sum<const ROWS: usize>(rows: [&[f32]; ROWS], value: impl Fn([f32; ROWS]) -> f32) -> f32 {
    let mut lanes = [0.0; LANES];
    let len = rows[0].len();
    let whole = len - len % LANES;
    for first in (0..whole).step_by(LANES) {
        let mut chunks = [&[0.0; LANES]; ROWS];
        for row in 0..ROWS {
            if let Some(chunk) = rows[row][first..].first_chunk() {
                chunks[row] = chunk;
            }
        }
        for lane in 0..LANES {
            let mut numbers = [0.0; ROWS];
            for row in 0..ROWS {
                numbers[row] = chunks[row][lane];
            }
            lanes[lane] += value(numbers);
        }
    }
    for place in whole..len {
        let mut numbers = [0.0; ROWS];
        for row in 0..ROWS {
            numbers[row] = rows[row][place];
        }
        lanes[place - whole] += value(numbers);
    }
    let mut sum = 0.0;
    for lane in lanes {
        sum += lane;
    }
    sum
}
