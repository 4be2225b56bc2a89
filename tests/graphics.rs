//! The same model through burn-wgpu, on a software Vulkan where there is no GPU (Debian's
//! `mesa-vulkan-drivers`), against the CPU.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use std::io::Write;

use common::Place;

/// The losses of a run, step by step.
fn losses(place: &Place, run: &str) -> Vec<f64> {
    place
        .read(&format!("{run}/events.jsonl"))
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .filter(|event| event["event"] == "stepped")
        .map(|event| event["loss"].as_f64().unwrap())
        .collect()
}

/// Whether there is an adapter to compute on; where one is expected, there must be.
fn has_adapter(place: &Place) -> bool {
    let (devices, _) = place.expect(0, &["devices"]);
    if devices.contains("gpu:0") {
        if devices.contains("software") {
            assert!(devices.contains("auto would choose cpu"), "{devices}");
        }
        return true;
    }
    let words = "no graphics adapter on this machine (apt-get install mesa-vulkan-drivers libvulkan1)";
    assert!(std::env::var_os("VIVIT_GRAPHICS_EXPECTED").is_none(), "{words}");
    // Past the test runner's capture, so that a machine without any Vulkan is not taken for one where this passed.
    let mut past = std::io::stderr();
    writeln!(past, "skipped: {words}").unwrap();
    false
}

/// Trains on the GPU what was trained on the CPU; the result is how many kernels were chosen for it, if any were.
fn train_on_gpu(place: &Place) -> Option<u64> {
    let (out, err) = place.expect(0, &["steps.ron", "--no-ui", "--device", "gpu:0", "--runs-dir", "gpu"]);
    let text = out + &err;
    text.lines().find_map(|line| line.split("chose ").nth(1)?.split(' ').next()?.parse().ok())
}

/// Compares the losses of the first run of each device.
fn assert_same_losses(place: &Place, steps: usize) {
    let (cpu, gpu) = (losses(place, "cpu/tiny-001"), losses(place, "gpu/tiny-001"));
    assert_eq!((cpu.len(), gpu.len()), (steps, steps));
    for (cpu, gpu) in cpu.iter().zip(&gpu) {
        assert!((cpu - gpu).abs() < 1e-3 * cpu.abs().max(1.0), "cpu {cpu:?}, gpu {gpu:?}");
    }
}

#[test]
fn a_gpu_computes_the_losses_of_the_cpu() {
    let place = Place::new();
    if !has_adapter(&place) {
        return;
    }
    let recipe = "epochs: 2, clip_norm: 1.0,";
    place.write("steps.ron", &place.experiment(recipe).replace("epochs: 4, ", ""));
    place.expect(0, &["steps.ron", "--no-ui", "--device", "cpu", "--runs-dir", "cpu"]);
    assert!(train_on_gpu(&place) > Some(10), "the first run of a model measures its kernels against each other");
    assert_eq!(train_on_gpu(&place), None, "and the second finds them chosen");
    assert!(place.path("cache/vivit-tui/kernels").is_dir());
    assert_same_losses(&place, 6);
    assert!(place.json("gpu/tiny-001/summary.json")["device"].as_str().unwrap().starts_with("gpu:0"));
}

#[test]
fn it_does_so_for_the_papers_fourth_model_with_all_that_a_recipe_may_add() {
    let place = Place::new();
    if !has_adapter(&place) {
        return;
    }
    let recipe = "epochs: 1, clip_norm: 1.0, mixup: 0.3, label_smoothing: 0.1, ema: (decay: 0.9),";
    let model = "layers: 2, attention: FactorisedDotProduct, pooling: Mean, positions: Sinusoidal, \
                 mlp_output: Linear, stochastic_depth: 0.3";
    let text = place.experiment(recipe).replace("epochs: 4, ", "").replace("layers: 2", model);
    place.write("steps.ron", &text);
    place.expect(0, &["steps.ron", "--no-ui", "--device", "cpu", "--runs-dir", "cpu"]);
    train_on_gpu(&place);
    assert_same_losses(&place, 3);
    // The averaged weights, evaluated.
    let [cpu, gpu] = ["cpu", "gpu"].map(|device| {
        let summary = place.json(&format!("{device}/tiny-001/summary.json"));
        summary["test"]["last"]["loss"].as_f64().unwrap()
    });
    assert!((cpu - gpu).abs() < 1e-3, "cpu {cpu:?}, gpu {gpu:?}");
}
