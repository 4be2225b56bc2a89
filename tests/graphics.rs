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

#[test]
fn a_gpu_computes_the_losses_of_the_cpu() {
    let place = Place::new();
    let (devices, _) = place.expect(0, &["devices"]);
    if !devices.contains("gpu:0") {
        let words = "no graphics adapter on this machine (apt-get install mesa-vulkan-drivers libvulkan1)";
        assert!(std::env::var_os("VIVIT_GRAPHICS_EXPECTED").is_none(), "{words}");
        // Past the test runner's capture, so that a machine without any Vulkan is not taken for one where this passed.
        writeln!(std::io::stderr(), "skipped: {words}").unwrap();
        return;
    }
    if devices.contains("software") {
        assert!(devices.contains("auto would choose cpu"), "{devices}");
    }
    let recipe = "epochs: 2, clip_norm: 1.0,";
    place.write("steps.ron", &place.experiment(recipe).replace("epochs: 4, ", ""));
    place.expect(0, &["steps.ron", "--no-ui", "--device", "cpu", "--runs-dir", "cpu"]);
    let chosen = || {
        let (out, err) = place.expect(0, &["steps.ron", "--no-ui", "--device", "gpu:0", "--runs-dir", "gpu"]);
        let text = out + &err;
        text.lines().find_map(|line| line.split("chose ").nth(1)?.split(' ').next()?.parse::<u64>().ok())
    };
    assert!(chosen() > Some(10), "the first run of a model measures its kernels against each other");
    assert_eq!(chosen(), None, "and the second finds them chosen");
    assert!(place.path("cache/vivit-tui/kernels").is_dir());
    let (cpu, gpu) = (losses(&place, "cpu/tiny-001"), losses(&place, "gpu/tiny-001"));
    assert_eq!((cpu.len(), gpu.len()), (6, 6));
    for (cpu, gpu) in cpu.iter().zip(&gpu) {
        assert!((cpu - gpu).abs() < 1e-3 * cpu.abs().max(1.0), "cpu {cpu:?}, gpu {gpu:?}");
    }
    assert!(place.json("gpu/tiny-001/summary.json")["device"].as_str().unwrap().starts_with("gpu:0"));
}
