//! How many instructions the kernels take, counted by valgrind: a bar that does not depend on how busy the
//! machine is.
//!
//! Valgrind shows the program a processor with AVX2 and without AVX-512, wherever that is available. A kernel
//! that takes more than a twentieth over its bar has become slower: mend it, or say why and raise the bar. One
//! that takes a fifth less deserves a lower one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::print_stderr, missing_docs)]

use std::process::Command;

use burn::tensor::{Device, Tensor};
use rayon::prelude::*;
use vivit_tui::kernels::adamw::{Parameter, Update, adamw, adamw_averaged};
use vivit_tui::kernels::attention::{Shape, Sight};
use vivit_tui::kernels::dropout::Dropout;
use vivit_tui::kernels::residual::{Ending, Linear, Norm, residual_attention, residual_mlp};
use vivit_tui::kernels::sums::sums;
use vivit_tui::kernels::{layer_norm, linear};

/// A shard of the baseline.
const VOLUMES: usize = 8;
const TOKENS: usize = 27;
const TIMES: usize = 3;
const DIM: usize = 128;

/// Millions of instructions each, there and back where there is a way back.
const BARS: [(&str, f64); 11] = [
    ("linear", 10.7),
    ("layer_norm", 0.57),
    ("residual_attention", 18.4),
    ("residual_attention of 512 tokens", 35.6),
    ("residual_attention in space", 17.0),
    ("residual_attention in time", 17.5),
    ("residual_attention in halves", 17.3),
    ("residual_mlp", 29.5),
    ("adamw", 2.1),
    ("adamw beside an average", 2.4),
    ("sums", 1.76),
];

/// What the numbers are changes nothing about how many instructions they take.
fn tracked<const D: usize>(sizes: [usize; D]) -> Tensor<D> {
    Tensor::ones(sizes, &Device::flex().autodiff()).require_grad()
}

fn norms(dim: usize) -> Norm {
    Norm { scale: tracked([dim]), shift: tracked([dim]), epsilon: 1e-6 }
}

fn layer(inputs: usize, outputs: usize) -> Linear {
    Linear { weight: tracked([inputs, outputs]), bias: tracked([outputs]) }
}

fn untracked() -> Tensor<1> {
    Tensor::ones([400_000], &Device::flex())
}

/// The attention half of a block, with what its tokens look at.
fn attention(sight: Sight) -> Tensor<2> {
    let (x, qkv, output) = (tracked([VOLUMES * TOKENS, DIM]), layer(DIM, 3 * DIM), layer(DIM, DIM));
    let dropout = Dropout { rate: 0.1, keys: (0..VOLUMES as u64).collect() };
    let shape = Shape { tokens: TOKENS, heads: 8, head_dim: 16, sight };
    residual_attention(x, norms(DIM), qkv, output, shape, Some(&dropout), None)
}

fn work(kernel: &str) {
    let rows = VOLUMES * TOKENS;
    let back = |output: Tensor<2>| drop(output.sum().backward());
    match kernel {
        "linear" => back(linear(tracked([rows, DIM]), tracked([DIM, 3 * DIM]), tracked([3 * DIM]))),
        "layer_norm" => back(layer_norm(tracked([rows, DIM]), tracked([DIM]), tracked([DIM]), 1e-6)),
        "residual_attention" => back(attention(Sight::Everywhere)),
        "residual_attention in space" => back(attention(Sight::Space { times: TIMES })),
        "residual_attention in time" => back(attention(Sight::Time { times: TIMES })),
        "residual_attention in halves" => back(attention(Sight::Halves { times: TIMES })),
        "residual_attention of 512 tokens" => {
            let shape = Shape::everywhere(512, 2, 16);
            let dim = shape.dim();
            back(residual_attention(
                tracked([512, dim]),
                norms(dim),
                layer(dim, 3 * dim),
                layer(dim, dim),
                shape,
                None,
                None,
            ));
        }
        "residual_mlp" => {
            let (expand, contract) = (layer(DIM, 4 * DIM), layer(4 * DIM, DIM));
            back(residual_mlp(tracked([rows, DIM]), norms(DIM), expand, contract, Ending::Gelu, None));
        }
        "adamw" => {
            let update = Update { rate: 1e-3, beta_1: 0.9, beta_2: 0.99, epsilon: 1e-7, weight_decay: 0.1, step: 9 };
            let [value, gradient, first_moment, second_moment] = [(); 4].map(|()| untracked());
            drop(adamw(vec![Parameter { value, gradient, first_moment, second_moment }], update));
        }
        "adamw beside an average" => {
            let update = Update { rate: 1e-3, beta_1: 0.9, beta_2: 0.99, epsilon: 1e-7, weight_decay: 0.1, step: 9 };
            let [value, gradient, first_moment, second_moment, average] = [(); 5].map(|()| untracked());
            let parameter = Parameter { value, gradient, first_moment, second_moment };
            drop(adamw_averaged(vec![parameter], vec![average], update, 0.99));
        }
        "sums" => {
            let parts = (0..4).map(|_| untracked()).collect();
            drop(sums(vec![parts]));
        }
        other => panic!("no kernel is called {other}"),
    }
}

/// What the test below counts: it runs this, by name, under valgrind.
#[test]
#[ignore = "run by the other test"]
fn at_work() {
    let (kernel, times) = (std::env::var("KERNEL").unwrap(), std::env::var("TIMES").unwrap());
    (0..times.parse::<usize>().unwrap()).for_each(|_| work(&kernel));
}

/// The bars are of the code for AVX2.
fn has_avx2() -> bool {
    #[cfg(target_arch = "x86_64")]
    return is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
    #[cfg(not(target_arch = "x86_64"))]
    return false;
}

/// The instructions of a whole process in which a kernel works so often.
fn instructions(kernel: &str, times: usize) -> f64 {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "at_work", "--ignored", "--test-threads=1"])
        .envs([("KERNEL", kernel), ("TIMES", &times.to_string()), ("RAYON_NUM_THREADS", "1")])
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{words}");
    let counted = words.lines().find_map(|line| line.split("Collected :").nth(1));
    counted.expect("valgrind counts").trim().parse::<f64>().unwrap() / 1e6
}

#[test]
fn no_kernel_takes_more_instructions_than_it_may() {
    let counts = Command::new("valgrind").arg("--version").output().is_ok();
    if !counts || !has_avx2() {
        assert!(counts || std::env::var_os("VIVIT_VALGRIND_EXPECTED").is_none(), "valgrind was installed");
        eprintln!("not counted: there is no valgrind, or no AVX2");
        return;
    }
    let wrong: Vec<String> = BARS
        .into_par_iter()
        .filter_map(|(kernel, bar)| {
            // What the process does besides is the same in both and falls out.
            let each = (instructions(kernel, 4) - instructions(kernel, 1)) / 3.0;
            let found = format!("{kernel}: {each:.3} million instructions, bar {bar}");
            eprintln!("{found}");
            (!(bar * 0.8..bar * 1.05).contains(&each)).then_some(found)
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
