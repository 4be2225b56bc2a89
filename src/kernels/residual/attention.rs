//! `x + output(attention(qkv(norm(x))))`.

// The macro's expansion carries what these lints look at.
#![allow(clippy::missing_errors_doc, clippy::too_many_arguments, clippy::wildcard_imports)]

use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, backend_extension};
use burn::tensor::Tensor;

use super::{Entrance, Linear, Norm, parts};
use crate::kernels::attention::{self, Kept, Shape};
use crate::kernels::depth::Depth;
use crate::kernels::dropout::Dropout;
use crate::kernels::flex::{contiguous, is_flex, sizes, tensor, values};
use crate::kernels::{layer_norm, linear};

/// `x + output(attention(qkv(norm(x))))`, every token of a volume looking at what the shape lets it see.
///
/// `x` is `[batch·tokens, dim]`, and so is the result. `qkv` makes `[batch·tokens, 3·dim]`, in each row all
/// queries, all keys, all values, head by head. Dropout multiplies the probabilities by 0 or 1/(1−rate), `depth` what
/// is added to `x`.
#[must_use]
pub fn residual_attention(
    x: Tensor<2>,
    norm: Norm,
    qkv: Linear,
    output: Linear,
    shape: Shape,
    dropout: Option<&Dropout>,
    depth: Option<&Depth>,
) -> Tensor<2> {
    if !is_flex(&x.device()) {
        return plain(x, norm, qkv, output, shape, dropout, depth);
    }
    Tensor::from_dispatch(<Dispatch as ResidualAttentionBackend>::fused_residual_attention(
        x.into_dispatch(),
        norm.scale.into_dispatch(),
        norm.shift.into_dispatch(),
        norm.epsilon,
        qkv.weight.into_dispatch(),
        qkv.bias.into_dispatch(),
        output.weight.into_dispatch(),
        output.bias.into_dispatch(),
        shape,
        dropout.cloned(),
        depth.cloned(),
    ))
}

/// The same, written with tensor operations.
pub fn plain(
    x: Tensor<2>,
    norm: Norm,
    qkv: Linear,
    output: Linear,
    shape: Shape,
    dropout: Option<&Dropout>,
    depth: Option<&Depth>,
) -> Tensor<2> {
    let y = layer_norm::plain(x.clone(), norm.scale, norm.shift, norm.epsilon);
    let y = attention::plain(linear::plain(y, qkv.weight, qkv.bias), shape, dropout);
    let y = linear::plain(y, output.weight, output.bias);
    x + match depth {
        Some(depth) => depth.plain(y),
        None => y,
    }
}

/// The operation as a backend extension.
#[backend_extension(Autodiff, Flex)]
pub trait ResidualAttentionBackend: Backend {
    /// [`residual_attention`], fused.
    fn fused_residual_attention(
        x: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        epsilon: f64,
        qkv: FloatTensor<Self>,
        qkv_bias: FloatTensor<Self>,
        output: FloatTensor<Self>,
        output_bias: FloatTensor<Self>,
        shape: Shape,
        dropout: Option<Dropout>,
        depth: Option<Depth>,
    ) -> FloatTensor<Self>;
}

impl ResidualAttentionBackend for Flex {
    fn fused_residual_attention(
        x: FlexTensor,
        scale: FlexTensor,
        shift: FlexTensor,
        epsilon: f64,
        qkv: FlexTensor,
        qkv_bias: FlexTensor,
        output: FlexTensor,
        output_bias: FlexTensor,
        shape: Shape,
        dropout: Option<Dropout>,
        depth: Option<Depth>,
    ) -> FlexTensor {
        forward([x, scale, shift, qkv, qkv_bias, output, output_bias], epsilon, (shape, dropout, depth)).0
    }
}

impl<C: CheckpointStrategy> ResidualAttentionBackend for Autodiff<Flex, C> {
    fn fused_residual_attention(
        x: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        epsilon: f64,
        qkv: FloatTensor<Self>,
        qkv_bias: FloatTensor<Self>,
        output: FloatTensor<Self>,
        output_bias: FloatTensor<Self>,
        shape: Shape,
        dropout: Option<Dropout>,
        depth: Option<Depth>,
    ) -> FloatTensor<Self> {
        let (tensors, nodes) =
            parts([x, scale, shift, qkv, qkv_bias, output, output_bias].map(FloatTensor::<Self>::into_parts));
        let (output, seen) = forward(tensors, epsilon, (shape, dropout, depth));
        match ResidualAttentionBackward.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => prepared.finish(seen, output),
            OpsKind::UnTracked(prepared) => prepared.finish(output),
        }
    }
}

/// What the way back needs.
#[derive(Clone, Debug)]
struct Seen {
    entrance: Entrance,
    /// `[batch·tokens, 3·dim]`.
    qkv: FlexTensor,
    kept: Vec<Kept>,
    /// What the attention gives, `[batch·tokens, dim]`.
    attended: FlexTensor,
    output: FlexTensor,
    shape: Shape,
    dropout: Option<Dropout>,
    depth: Option<Depth>,
}

fn forward(
    [x, scale, shift, qkv, qkv_bias, output, output_bias]: [FlexTensor; 7],
    epsilon: f64,
    (shape, dropout, depth): (Shape, Option<Dropout>, Option<Depth>),
) -> (FlexTensor, Seen) {
    let weight = contiguous(output);
    let (entrance, qkv) =
        Entrance::enter([x, scale, shift, qkv], epsilon, |x, weight| linear::forward(x, weight, values(&qkv_bias)));
    let (attended, kept) = attention::forward(&qkv, shape, dropout.as_ref());
    let x = values(&entrance.x);
    let output = match &depth {
        None => linear::forward_beside(x, &attended, &weight, values(&output_bias)),
        Some(depth) => depth.add(&linear::forward(&attended, &weight, values(&output_bias)), x),
    };
    let sizes @ [rows, dim] = sizes(&entrance.x);
    let (qkv, attended) = (tensor(qkv, [rows, 3 * dim]), tensor(attended, sizes));
    let seen = Seen { entrance, qkv, kept, attended, output: weight, shape, dropout, depth };
    (tensor(output, sizes), seen)
}

#[derive(Debug)]
struct ResidualAttentionBackward;

impl Backward<Flex, 7> for ResidualAttentionBackward {
    type State = Seen;

    fn backward(self, ops: Ops<Seen, 7>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let Seen { entrance, qkv, kept, attended, output, shape, dropout, depth } = ops.state;
        let mut dx = contiguous(gradients.consume::<Flex>(&ops.node));
        let of_branch = depth.map(|depth| depth.scaled(values(&dx)));
        let dy = of_branch.as_deref().unwrap_or_else(|| values(&dx));
        let output_bias = linear::column_sums(dy, sizes(&output)[1]);
        let output_weight = linear::weight_gradient(values(&attended), dy, sizes(&output));
        let dy = linear::input_gradient(dy, &output);
        drop(of_branch);
        let (qkv, attended) = (values(&qkv), values(&attended));
        let dqkv = attention::backward(qkv, &kept, attended, &dy, shape, dropout.as_ref());
        drop(dy);
        let qkv_bias = linear::column_sums(&dqkv, 3 * shape.dim());
        let entrance = entrance.leave(&dqkv, &mut dx);
        let found = [dx, entrance.scale, entrance.shift, entrance.weight, qkv_bias, output_weight, output_bias];
        for (parent, gradient) in ops.parents.into_iter().zip(found) {
            if let Some(parent) = parent {
                gradients.register::<Flex>(parent.id, gradient);
            }
        }
    }
}
