//! `x + gelu(contract(gelu(expand(norm(x)))))`.

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
use crate::kernels::buffer::{buffer, copied};
use crate::kernels::flex::{contiguous, is_flex, sizes, tensor, values};
use crate::kernels::{gelu, layer_norm, linear};

/// `x + gelu(contract(gelu(expand(norm(x)))))`; `x` is `[rows, dim]`, and so is the result.
#[must_use]
pub fn residual_mlp(x: Tensor<2>, norm: Norm, expand: Linear, contract: Linear) -> Tensor<2> {
    if !is_flex(&x.device()) {
        return plain(x, norm, expand, contract);
    }
    Tensor::from_dispatch(<Dispatch as ResidualMlpBackend>::fused_residual_mlp(
        x.into_dispatch(),
        norm.scale.into_dispatch(),
        norm.shift.into_dispatch(),
        norm.epsilon,
        expand.weight.into_dispatch(),
        expand.bias.into_dispatch(),
        contract.weight.into_dispatch(),
        contract.bias.into_dispatch(),
    ))
}

/// The same, written with tensor operations.
pub fn plain(x: Tensor<2>, norm: Norm, expand: Linear, contract: Linear) -> Tensor<2> {
    let y = layer_norm::plain(x.clone(), norm.scale, norm.shift, norm.epsilon);
    let y = gelu::plain(linear::plain(y, expand.weight, expand.bias));
    let y = gelu::plain(linear::plain(y, contract.weight, contract.bias));
    x + y
}

/// The operation as a backend extension.
#[backend_extension(Autodiff, Flex)]
pub trait ResidualMlpBackend: Backend {
    /// [`residual_mlp`], fused.
    fn fused_residual_mlp(
        x: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        epsilon: f64,
        expand: FloatTensor<Self>,
        expand_bias: FloatTensor<Self>,
        contract: FloatTensor<Self>,
        contract_bias: FloatTensor<Self>,
    ) -> FloatTensor<Self>;
}

impl ResidualMlpBackend for Flex {
    fn fused_residual_mlp(
        x: FlexTensor,
        scale: FlexTensor,
        shift: FlexTensor,
        epsilon: f64,
        expand: FlexTensor,
        expand_bias: FlexTensor,
        contract: FlexTensor,
        contract_bias: FlexTensor,
    ) -> FlexTensor {
        forward([x, scale, shift, expand, expand_bias, contract, contract_bias], epsilon).0
    }
}

impl<C: CheckpointStrategy> ResidualMlpBackend for Autodiff<Flex, C> {
    fn fused_residual_mlp(
        x: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        epsilon: f64,
        expand: FloatTensor<Self>,
        expand_bias: FloatTensor<Self>,
        contract: FloatTensor<Self>,
        contract_bias: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        let (tensors, nodes) =
            parts([x, scale, shift, expand, expand_bias, contract, contract_bias].map(FloatTensor::<Self>::into_parts));
        let (output, seen) = forward(tensors, epsilon);
        match ResidualMlpBackward.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => prepared.finish(seen, output),
            OpsKind::UnTracked(prepared) => prepared.finish(output),
        }
    }
}

/// What the way back needs.
#[derive(Clone, Debug)]
struct Seen {
    entrance: Entrance,
    /// What goes into the first GELU without its bias, `[rows, hidden]`. Value and slope are found again from it:
    /// an exponential costs less than the way of two such matrices to the memory and back.
    before: FlexTensor,
    expand_bias: FlexTensor,
    contract: FlexTensor,
    /// That of the second GELU.
    output_slope: FlexTensor,
}

fn forward(
    [x, scale, shift, expand, expand_bias, contract, contract_bias]: [FlexTensor; 7],
    epsilon: f64,
) -> (FlexTensor, Seen) {
    let contract = contiguous(contract);
    let (entrance, before) = Entrance::enter([x, scale, shift, expand], epsilon, linear::without_bias);
    let mut hidden = buffer(before.len());
    gelu::values(&before, values(&expand_bias), &mut hidden);
    let mut output_slope = linear::without_bias(&hidden, &contract);
    drop(hidden);
    let mut output = copied(values(&entrance.x));
    gelu::forward::<true>(&mut output_slope, values(&contract_bias), &mut output);
    let (shape, hidden_shape) = (sizes(&entrance.x), [sizes(&entrance.x)[0], sizes(&contract)[0]]);
    let seen = Seen {
        entrance,
        before: tensor(before, hidden_shape),
        expand_bias,
        contract,
        output_slope: tensor(output_slope, shape),
    };
    (tensor(output, shape), seen)
}

#[derive(Debug)]
struct ResidualMlpBackward;

impl Backward<Flex, 7> for ResidualMlpBackward {
    type State = Seen;

    fn backward(self, ops: Ops<Seen, 7>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let Seen { entrance, before: mut hidden_slope, expand_bias, contract, mut output_slope } = ops.state;
        let mut hidden = buffer(values(&hidden_slope).len());
        gelu::forward::<false>(hidden_slope.storage_mut(), values(&expand_bias), &mut hidden);
        let mut dx = contiguous(gradients.consume::<Flex>(&ops.node));
        // The gradients come in the place of the slopes, which nobody else wants.
        let contract_bias = gelu::backward(output_slope.storage_mut(), values(&dx), sizes(&contract)[1]);
        let dy = values(&output_slope);
        let contract_weight = linear::weight_gradient(&hidden, dy, sizes(&contract));
        drop(hidden);
        let dy = linear::input_gradient(dy, &contract);
        let expand_bias = gelu::backward(hidden_slope.storage_mut(), &dy, sizes(&contract)[0]);
        drop(dy);
        let entrance = entrance.leave(values(&hidden_slope), &mut dx);
        let found = [dx, entrance.scale, entrance.shift, entrance.weight, expand_bias, contract_weight, contract_bias];
        for (parent, gradient) in ops.parents.into_iter().zip(found) {
            if let Some(parent) = parent {
                gradients.register::<Flex>(parent.id, gradient);
            }
        }
    }
}
