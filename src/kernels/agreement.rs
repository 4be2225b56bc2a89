//! Every fused operation against the plain one: the same values, the same gradients, at many shapes.

use burn::tensor::{Device, Tensor, Tolerance};

use super::adamw::{Parameter, Update};
use super::attention::{self, Shape, attention};
use super::dropout::Dropout;
use super::simd::levels::on_every_level;
use super::sums::{norm, sums};
use super::{adamw, gelu, layer_norm, linear, linear_gelu};

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
        let scale = plain.iter().fold(1e-3_f32, |most, value| most.max(value.abs()));
        for (at, (fused, plain)) in fused.iter().zip(&plain).enumerate() {
            let off = (fused - plain).abs() / scale;
            assert!(off < 2e-5, "{what}, tensor {place}[{at}]: {fused} against {plain}");
        }
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
                agree(&what, &tensors(), |[x, w, b]| linear_gelu(x, w, bias(b)), |inputs| gelu::plain(&plain(inputs)));
            }
        }
    });
}

#[test]
fn gelus_agree() {
    on_every_level(|| {
        agree("gelu", &[numbers([37, 53], 1) * 9.0], |[x]| gelu::gelu(x), |[x]| gelu::plain(&x));
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
                    let shape = Shape { tokens, heads: 2, head_dim };
                    let dropout = Dropout { rate: 0.1, keys: (0..batch as u64).collect() };
                    for dropout in [None, Some(&dropout)] {
                        agree(
                            &format!("{batch} volumes of {shape:?}, dropout {}", dropout.is_some()),
                            &[numbers([batch * tokens, 3 * shape.dim()], 1) * 2.0],
                            |[qkv]| attention(qkv, shape, dropout),
                            |[qkv]| attention::plain(qkv, shape, dropout),
                        );
                    }
                }
            }
        }
    });
}

#[test]
fn scores_too_large_for_an_exponential_are_no_trouble() {
    on_every_level(|| {
        let shape = Shape { tokens: 200, heads: 1, head_dim: 16 };
        let qkv = || numbers([200, 48], 1) * 60.0;
        agree("large scores", &[qkv()], |[x]| attention(x, shape, None), |[x]| attention::plain(x, shape, None));
    });
}

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
    });
}

#[test]
fn sums_and_norms_agree() {
    on_every_level(|| {
        let parts: Vec<Vec<Tensor<1>>> =
            [3, 40_000].map(|len| (0..4).map(|shard| numbers([len], shard).inner()).collect()).to_vec();
        for (sum, parts) in sums(parts.clone()).into_iter().zip(&parts) {
            let plain = parts.iter().cloned().reduce(|sum, next| sum + next).unwrap();
            assert_eq!(sum.into_data(), plain.into_data(), "the same order is the same sum");
        }
        let all: Vec<Tensor<1>> = parts.into_iter().flatten().collect();
        let plain: f64 = all.iter().map(|part| f64::from(part.clone().square().sum().into_scalar::<f32>())).sum();
        let found = f64::from(norm(all).into_scalar::<f32>());
        assert!((found - plain.sqrt()).abs() < 1e-5 * found, "{found} against {}", plain.sqrt());
    });
}
