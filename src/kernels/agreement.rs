//! Every fused operation against the plain one: the same values, the same gradients, at many shapes.

use burn::tensor::{Device, Tensor, Tolerance};

use super::adamw::{Parameter, Update};
use super::attention::{self, Shape, Sight};
use super::depth::Depth;
use super::dropout::Dropout;
use super::residual::{self, Ending, Linear, Norm};
use super::simd::levels::on_every_level;
use super::sums::{norm, sums};
use super::{adamw, layer_norm, linear};

const BATCHES: [usize; 3] = [1, 11, 32];
const TOKENS: [usize; 5] = [1, 27, 64, 216, 343];
const HEAD_DIMS: [usize; 4] = [8, 16, 32, 64];

/// Numbers that are the same in every run of the tests.
fn numbers<const D: usize>(sizes: [usize; D], seed: u64) -> Tensor<D> {
    let count: usize = sizes.iter().product();
    let mut state = seed;
    let mut next = || {
        state = super::dropout::mix(state);
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    let values: Vec<f32> = (0..count).map(|_| next()).collect();
    Tensor::<1>::from_floats(values.as_slice(), &Device::flex().autodiff()).reshape(sizes)
}

/// Runs both on equal inputs, weighs the outputs alike and compares outputs and all gradients.
#[track_caller]
fn agree<const N: usize>(
    what: &str,
    inputs: &[Tensor<2>; N],
    fused: impl Fn([Tensor<2>; N]) -> Tensor<2>,
    plain: impl Fn([Tensor<2>; N]) -> Tensor<2>,
) {
    let run = |operation: &dyn Fn([Tensor<2>; N]) -> Tensor<2>| {
        let inputs = inputs.clone().map(|input| input.detach().require_grad());
        let output = operation(inputs.clone());
        let weights = numbers(output.dims(), 99);
        let gradients = (output.clone() * weights).sum().backward();
        let mut found = vec![output.into_data()];
        found.extend(inputs.iter().map(|input| input.grad(&gradients).unwrap().into_data()));
        found
    };
    for (place, (fused, plain)) in run(&fused).into_iter().zip(run(&plain)).enumerate() {
        let (fused, plain): (Vec<f32>, Vec<f32>) = (fused.try_to_vec().unwrap(), plain.try_to_vec().unwrap());
        near(&format!("{what}, tensor {place}"), &fused, &plain);
    }
}

/// Off by no more than two hundred-thousandths of the largest.
#[track_caller]
fn near(what: &str, fused: &[f32], plain: &[f32]) {
    assert_eq!(fused.len(), plain.len(), "{what}");
    let scale = plain.iter().fold(1e-3_f32, |most, value| most.max(value.abs()));
    for (at, (fused, plain)) in fused.iter().zip(plain).enumerate() {
        let off = (fused - plain).abs() / scale;
        assert!(off < 2e-5, "{what}[{at}]: {fused} against {plain}");
    }
}

#[test]
fn linear_layers_agree() {
    on_every_level(|| {
        for rows in BATCHES.into_iter().chain(TOKENS) {
            for [inputs, outputs] in [[1, 1], [16, 24], [128, 384], [512, 128]] {
                let tensors = || [numbers([rows, inputs], 1), numbers([inputs, outputs], 2), numbers([1, outputs], 3)];
                let what = format!("{rows} rows of {inputs} to {outputs}");
                let bias = |bias: Tensor<2>| bias.reshape([outputs]);
                let plain = |[x, w, b]: [Tensor<2>; 3]| linear::plain(x, w, bias(b));
                agree(&what, &tensors(), |[x, w, b]| linear::linear(x, w, bias(b)), plain);
            }
        }
    });
}

#[test]
fn layer_norms_agree() {
    on_every_level(|| {
        for rows in BATCHES.into_iter().chain(TOKENS) {
            for dim in [1, 7, 32, 128, 129] {
                let tensors = [numbers([rows, dim], 1), numbers([1, dim], 2), numbers([1, dim], 3)];
                let flat = |x: Tensor<2>| x.reshape([dim]);
                // Of one number the variance is 0, and the gradient the difference of two large numbers.
                let epsilon = if dim == 1 { 1e-2 } else { 1e-6 };
                agree(
                    &format!("{rows} rows of {dim}"),
                    &tensors,
                    |[x, scale, shift]| layer_norm(x, flat(scale), flat(shift), epsilon),
                    |[x, scale, shift]| layer_norm::plain(x, flat(scale), flat(shift), epsilon),
                );
            }
        }
    });
}

/// Attention alone, as [`agree`] does it: there and back on slices against the plain one.
fn attentions_of(batch: usize, shape: Shape, dropout: Option<&Dropout>, reach: f32) {
    let what = format!("{batch} volumes of {shape:?}, dropout {}", dropout.is_some());
    let rows = batch * shape.tokens;
    let (qkv, weights) = (numbers([rows, 3 * shape.dim()], 1) * reach, numbers([rows, shape.dim()], 99));
    let slice = |x: &Tensor<2>| -> Vec<f32> { x.clone().into_data().try_to_vec().unwrap() };
    let (input, output_gradient) = (slice(&qkv), slice(&weights));
    let (output, kept) = attention::forward(&input, shape, dropout);
    let gradient = attention::backward(&input, &kept, &output, &output_gradient, shape, dropout);
    let qkv = qkv.detach().require_grad();
    let plain = attention::plain(qkv.clone(), shape, dropout);
    let plain_gradient = qkv.grad(&(plain.clone() * weights).sum().backward()).unwrap();
    near(&format!("{what}, output"), &output, &slice(&plain));
    near(&format!("{what}, gradient"), &gradient, &plain_gradient.into_data().try_to_vec::<f32>().unwrap());
}

#[test]
fn attentions_agree() {
    on_every_level(|| {
        for tokens in TOKENS {
            for head_dim in HEAD_DIMS {
                for batch in BATCHES {
                    // The largest ones one volume at a time: the plain operation holds every score.
                    if batch * tokens * head_dim > 40_000 {
                        continue;
                    }
                    let shape = Shape::everywhere(tokens, 2, head_dim);
                    let dropout = Dropout { rate: 0.1, keys: (0..batch as u64).collect() };
                    attentions_of(batch, shape, None, 2.0);
                    attentions_of(batch, shape, Some(&dropout), 2.0);
                }
            }
        }
    });
}

/// Times and places: fewer and more than one, what is short in one direction and long in the other, the baseline's.
const VOLUMES: [(usize, usize); 7] = [(1, 1), (1, 9), (5, 1), (3, 9), (8, 64), (40, 3), (33, 33)];

#[test]
fn attentions_over_space_and_time_agree() {
    on_every_level(|| {
        for (times, places) in VOLUMES {
            for sight in [Sight::Space { times }, Sight::Time { times }, Sight::Halves { times }] {
                for (heads, head_dim) in [(2, 8), (4, 16), (2, 32)] {
                    let shape = Shape { tokens: times * places, heads, head_dim, sight };
                    let dropout = Dropout { rate: 0.1, keys: vec![7, 8, 9] };
                    attentions_of(3, shape, None, 2.0);
                    attentions_of(3, shape, Some(&dropout), 2.0);
                }
            }
        }
    });
}

/// What a token cannot see changes nothing of it, and what it sees does.
#[test]
fn a_token_sees_its_time_or_its_place_and_nothing_else() {
    let (times, places, heads, head_dim) = (3, 4, 2, 16);
    let tokens = times * places;
    for (sight, seen) in [
        (Sight::Everywhere, [true; 4]),
        (Sight::Space { times }, [true, true, false, false]),
        (Sight::Time { times }, [true, false, true, false]),
        (Sight::Halves { times }, [true, true, true, false]),
    ] {
        let shape = Shape { tokens, heads, head_dim, sight };
        let qkv: Vec<f32> = numbers([tokens, 3 * shape.dim()], 1).into_data().try_to_vec().unwrap();
        // The token of the second time at the second place, moved: itself, one of its time, one of its place, neither.
        let mut moved = qkv.clone();
        let row = (places + 1) * 3 * shape.dim();
        moved[row..row + 3 * shape.dim()].iter_mut().for_each(|number| *number += 0.5);
        let (before, after) = (attention::forward(&qkv, shape, None).0, attention::forward(&moved, shape, None).0);
        let looked_at = [places + 1, places + 3, 2 * places + 1, 2 * places + 2].map(|token| {
            let row = token * shape.dim()..(token + 1) * shape.dim();
            before[row.clone()] != after[row]
        });
        assert_eq!(looked_at, seen, "{sight:?}");
    }
}

#[test]
fn scores_too_large_for_an_exponential_are_no_trouble() {
    on_every_level(|| attentions_of(1, Shape::everywhere(200, 1, 16), None, 60.0));
}

/// Input and weights of half a block: the norm's, those of the layer that takes in and of the one that gives out.
fn half(rows: usize, [dim, wide, narrow]: [usize; 3]) -> [Tensor<2>; 7] {
    let linear = |inputs: usize, outputs, seed| numbers([inputs, outputs], seed) / (inputs as f64).sqrt();
    let [scale, shift, enters, leaves] = [(3, dim), (4, dim), (5, wide), (6, dim)].map(|(s, n)| numbers([1, n], s));
    [numbers([rows, dim], 7), scale + 1.0, shift, linear(dim, wide, 8), enters, linear(narrow, dim, 9), leaves]
}

/// The same as the operations want it.
fn weights([x, scale, shift, a, a_bias, b, b_bias]: [Tensor<2>; 7]) -> (Tensor<2>, Norm, Linear, Linear) {
    let norm = Norm { scale: scale.flatten(0, 1), shift: shift.flatten(0, 1), epsilon: 1e-6 };
    let linear = |weight, bias: Tensor<2>| Linear { weight, bias: bias.flatten(0, 1) };
    (x, norm, linear(a, a_bias), linear(b, b_bias))
}

/// Of three samples two are kept, one of them as it is.
fn depth(batch: usize) -> Depth {
    Depth { factors: (0..batch).map(|sample| [1.25, 0.0, 1.0][sample % 3]).collect() }
}

#[test]
fn attention_halves_of_a_block_agree() {
    on_every_level(|| {
        let everywhere = Sight::Everywhere;
        for (batch, tokens, heads, head_dim, sight) in [
            (8, 27, 8, 16, everywhere),
            (1, 1, 2, 8, everywhere),
            (3, 64, 2, 32, everywhere),
            (1, 216, 2, 64, everywhere),
            (8, 27, 8, 16, Sight::Space { times: 3 }),
            (8, 27, 8, 16, Sight::Time { times: 3 }),
            (8, 27, 8, 16, Sight::Halves { times: 3 }),
        ] {
            let shape = Shape { tokens, heads, head_dim, sight };
            let (dropout, depth) = (Dropout { rate: 0.1, keys: (0..batch as u64).collect() }, depth(batch));
            for (dropout, depth) in [(None, None), (Some(&dropout), None), (Some(&dropout), Some(&depth))] {
                let half = half(batch * tokens, [shape.dim(), 3 * shape.dim(), shape.dim()]);
                let run = |operation: Attention| {
                    move |inputs| {
                        let (x, norm, qkv, output) = weights(inputs);
                        operation(x, norm, qkv, output, shape, dropout, depth)
                    }
                };
                let what = format!("{batch} volumes of {shape:?}, {} {}", dropout.is_some(), depth.is_some());
                agree(&what, &half, run(residual::residual_attention), run(residual::attention::plain));
            }
        }
    });
}

type Attention = fn(Tensor<2>, Norm, Linear, Linear, Shape, Option<&Dropout>, Option<&Depth>) -> Tensor<2>;

#[test]
fn mlp_halves_of_a_block_agree() {
    on_every_level(|| {
        for rows in BATCHES.into_iter().chain(TOKENS) {
            for [dim, hidden] in [[1, 3], [16, 24], [128, 512]] {
                // Of one number the variance is 0, and everything a matter of rounding.
                if dim == 1 && rows > 1 {
                    continue;
                }
                let depth = depth(rows);
                for (ending, depth) in [
                    (Ending::Gelu, None),
                    (Ending::Linear, None),
                    (Ending::Gelu, Some(&depth)),
                    (Ending::Linear, Some(&depth)),
                ] {
                    let run = |operation: Mlp| {
                        move |inputs| {
                            let (x, norm, expand, contract) = weights(inputs);
                            operation(x, norm, expand, contract, ending, depth)
                        }
                    };
                    let half = half(rows, [dim, hidden, hidden]);
                    let what = format!("{rows} rows of {dim} through {hidden}, {ending:?}, {}", depth.is_some());
                    agree(&what, &half, run(residual::residual_mlp), run(residual::mlp::plain));
                }
            }
        }
    });
}

type Mlp = fn(Tensor<2>, Norm, Linear, Linear, Ending, Option<&Depth>) -> Tensor<2>;

#[test]
fn optimizers_agree() {
    on_every_level(|| {
        let tensor = |len: usize, seed| numbers([len], seed).inner();
        let update = Update { rate: 1e-3, beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7, weight_decay: 1e-2, step: 3 };
        let lens = [1, 15, 16_384, 50_000];
        let parameters = || {
            lens.map(|len| Parameter {
                value: tensor(len, 1),
                gradient: tensor(len, 2),
                first_moment: tensor(len, 3),
                second_moment: tensor(len, 4).square(),
            })
        };
        let fused = adamw::adamw(parameters().to_vec(), update);
        for (fused, Parameter { value, gradient, first_moment, second_moment }) in fused.into_iter().zip(parameters()) {
            let plain = adamw::plain([gradient, value, first_moment, second_moment], update);
            for (fused, plain) in fused.into_iter().zip(plain) {
                fused
                    .into_data()
                    .assert_approx_eq::<f32>(&plain.into_data(), Tolerance::relative(1e-5).set_absolute(1e-7));
            }
        }
        let averages = || lens.map(|len| tensor(len, 5));
        let alone = adamw::adamw(parameters().to_vec(), update);
        let averaged = adamw::adamw_averaged(parameters().to_vec(), averages().to_vec(), update, 0.99);
        let inputs = parameters().into_iter().zip(averages());
        for ((averaged, alone), (parameter, average)) in averaged.into_iter().zip(alone).zip(inputs) {
            for (averaged, alone) in averaged.iter().zip(alone) {
                assert_eq!(averaged.to_data(), alone.into_data(), "an average beside it changes no bit of a step");
            }
            let Parameter { value, gradient, first_moment, second_moment } = parameter;
            let plain = [gradient, value, first_moment, second_moment, average];
            let [.., plain] = adamw::plain_averaged(plain, update, 0.99);
            let [.., averaged] = averaged;
            averaged
                .into_data()
                .assert_approx_eq::<f32>(&plain.into_data(), Tolerance::relative(1e-5).set_absolute(1e-7));
        }
    });
}

#[test]
fn sums_and_norms_agree() {
    on_every_level(|| {
        let parts: Vec<Vec<Tensor<1>>> =
            [3, 40_000].map(|len| (0..4).map(|shard| numbers([len], shard).inner()).collect()).to_vec();
        let (sums, norm_of_sums) = sums(parts.clone());
        for (sum, parts) in sums.iter().zip(&parts) {
            let plain = parts.iter().cloned().reduce(|sum, next| sum + next).unwrap();
            assert_eq!(sum.clone().into_data(), plain.into_data(), "the same order is the same sum");
        }
        assert_eq!(norm_of_sums.unwrap().into_data(), norm(sums).into_data());
        let all: Vec<Tensor<1>> = parts.into_iter().flatten().collect();
        let plain: f64 = all.iter().map(|part| f64::from(part.clone().square().sum().into_scalar::<f32>())).sum();
        let found = f64::from(norm(all).into_scalar::<f32>());
        assert!((found - plain.sqrt()).abs() < 1e-5 * found, "{found} against {}", plain.sqrt());
    });
}
