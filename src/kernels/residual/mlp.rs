//! `x + contract(gelu(expand(norm(x))))`, with or without another GELU after the contraction.

// The macro's expansion carries what these lints look at.
#![allow(clippy::missing_errors_doc, clippy::too_many_arguments, clippy::wildcard_imports)]

use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, backend_extension};
use burn::tensor::Tensor;

use super::{Ending, Entrance, Linear, Norm, parts};
use crate::kernels::buffer::{Buffer, buffer, copied};
use crate::kernels::depth::Depth;
use crate::kernels::flex::{contiguous, is_flex, sizes, tensor, values};
use crate::kernels::{gelu, layer_norm, linear};

/// `x + contract(gelu(expand(norm(x))))`, of the contraction its GELU where the ending is one; `x` is `[rows, dim]`,
/// and so is the result. `depth` multiplies what is added to `x`.
#[must_use]
pub fn residual_mlp(
    x: Tensor<2>,
    norm: Norm,
    expand: Linear,
    contract: Linear,
    ending: Ending,
    depth: Option<&Depth>,
) -> Tensor<2> {
    if !is_flex(&x.device()) {
        return plain(x, norm, expand, contract, ending, depth);
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
        ending,
        depth.cloned(),
    ))
}

/// The same, written with tensor operations.
pub fn plain(
    x: Tensor<2>,
    norm: Norm,
    expand: Linear,
    contract: Linear,
    ending: Ending,
    depth: Option<&Depth>,
) -> Tensor<2> {
    let y = layer_norm::plain(x.clone(), norm.scale, norm.shift, norm.epsilon);
    let y = gelu::plain(linear::plain(y, expand.weight, expand.bias));
    let y = linear::plain(y, contract.weight, contract.bias);
    let y = match ending {
        Ending::Gelu => gelu::plain(y),
        Ending::Linear => y,
    };
    x + match depth {
        Some(depth) => depth.plain(y),
        None => y,
    }
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
        ending: Ending,
        depth: Option<Depth>,
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
        ending: Ending,
        depth: Option<Depth>,
    ) -> FlexTensor {
        forward([x, scale, shift, expand, expand_bias, contract, contract_bias], epsilon, (ending, depth)).0
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
        ending: Ending,
        depth: Option<Depth>,
    ) -> FloatTensor<Self> {
        let (tensors, nodes) =
            parts([x, scale, shift, expand, expand_bias, contract, contract_bias].map(FloatTensor::<Self>::into_parts));
        let (output, seen) = forward(tensors, epsilon, (ending, depth));
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
    /// That of the second GELU, where there is one.
    output_slope: Option<FlexTensor>,
    depth: Option<Depth>,
}

fn forward(
    [x, scale, shift, expand, expand_bias, contract, contract_bias]: [FlexTensor; 7],
    epsilon: f64,
    (ending, depth): (Ending, Option<Depth>),
) -> (FlexTensor, Seen) {
    let contract = contiguous(contract);
    let (entrance, before) = Entrance::enter([x, scale, shift, expand], epsilon, linear::without_bias);
    let mut hidden = buffer(before.len());
    gelu::values(&before, values(&expand_bias), &mut hidden);
    let (x, bias) = (values(&entrance.x), values(&contract_bias));
    let (output, output_slope) = match ending {
        Ending::Gelu => {
            let mut slope = linear::without_bias(&hidden, &contract);
            drop(hidden);
            (with_gelu(&mut slope, bias, x, depth.as_ref()), Some(slope))
        }
        Ending::Linear => match &depth {
            None => (linear::forward_beside(x, &hidden, &contract, bias), None),
            Some(depth) => (depth.add(&linear::forward(&hidden, &contract, bias), x), None),
        },
    };
    let (shape, hidden_shape) = (sizes(&entrance.x), [sizes(&entrance.x)[0], sizes(&contract)[0]]);
    let seen = Seen {
        entrance,
        before: tensor(before, hidden_shape),
        expand_bias,
        contract,
        output_slope: output_slope.map(|slope| tensor(slope, shape)),
        depth,
    };
    (tensor(output, shape), seen)
}

/// The GELU of what comes out of the contraction, beside `x`; in its place comes the slope.
fn with_gelu(contracted: &mut [f32], bias: &[f32], x: &[f32], depth: Option<&Depth>) -> Buffer {
    if let Some(depth) = depth {
        let mut branch = buffer(x.len());
        gelu::forward::<false>(contracted, bias, &mut branch);
        return depth.add(&branch, x);
    }
    let mut output = copied(x);
    gelu::forward::<true>(contracted, bias, &mut output);
    output
}

#[derive(Debug)]
struct ResidualMlpBackward;

impl Backward<Flex, 7> for ResidualMlpBackward {
    type State = Seen;

    fn backward(self, ops: Ops<Seen, 7>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let Seen { entrance, before: mut hidden_slope, expand_bias, contract, mut output_slope, depth } = ops.state;
        let mut hidden = buffer(values(&hidden_slope).len());
        gelu::forward::<false>(hidden_slope.storage_mut(), values(&expand_bias), &mut hidden);
        let mut dx = contiguous(gradients.consume::<Flex>(&ops.node));
        let of_branch = depth.map(|depth| depth.scaled(values(&dx)));
        let dy = of_branch.as_deref().unwrap_or_else(|| values(&dx));
        // The gradients come in the place of the slopes, which nobody else wants.
        let outputs = sizes(&contract)[1];
        let contract_bias = match &mut output_slope {
            Some(slope) => gelu::backward(slope.storage_mut(), dy, outputs),
            None => linear::column_sums(dy, outputs),
        };
        let dy = output_slope.as_ref().map_or(dy, values);
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
