//! The paper's models as a user trains them: from an experiment to a run that can be killed and resumed.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use std::fs;
use std::path::Path;

use common::{Place, end_of};

/// What is set over the tiny experiment; everything that is left to chance is on.
const VARIANTS: [(&str, &[&str]); 6] = [
    ("cls", &["model.pooling=Cls", "model.positions=Sinusoidal", "model.mlp_output=Linear"]),
    ("encoder", &["model.attention=FactorisedEncoder(temporal_layers: 1)", "model.pooling=Cls"]),
    ("self-attention", &["model.attention=FactorisedSelfAttention"]),
    ("dot-product", &["model.attention=FactorisedDotProduct", "model.embedding.init=CentralFrame"]),
    ("overlapping", &["model.embedding=Tubelet(size: (4, 4, 4), stride: (2, 4, 3), padding: Pad, init: Inflated)"]),
    ("frames", &["model.embedding=UniformFrames(frames: 3, patch: (3, 4), padding: Pad)"]),
];

const QUIET: [&str; 4] = ["tiny.ron", "--no-ui", "--device", "cpu"];

/// The arguments that train a variant into a runs folder of its own.
fn arguments(name: &str, changes: &[&str], folder: &str) -> Vec<String> {
    let all = ["model.stochastic_depth=0.3", "model.attention_dropout=0.1"];
    let set = all.iter().chain(changes).flat_map(|change| ["--set".to_owned(), (*change).to_owned()]);
    let runs = ["--runs-dir".to_owned(), format!("{folder}-{name}")];
    QUIET.map(str::to_owned).into_iter().chain(set).chain(runs).collect()
}

fn train(place: &Place, name: &str, changes: &[&str], (folder, more): (&str, &[&str])) -> String {
    let arguments = arguments(name, changes, folder);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).chain(more.iter().copied()).collect();
    place.expect(0, &arguments);
    format!("{folder}-{name}/tiny-001")
}

#[test]
fn every_variant_ends_the_same_after_a_crash_and_on_any_number_of_threads() {
    let place = Place::new();
    for (name, changes) in VARIANTS {
        let whole = end_of(&place, &train(&place, name, changes, ("whole", &["--threads", "1"])));
        let (weights, _) = end_of(&place, &train(&place, name, changes, ("threads", &["--threads", "3"])));
        assert_eq!(weights, whole.0, "{name}: the weights depend on the number of threads");
        let arguments = arguments(name, changes, "crashed");
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let crashed = place.command(&arguments).env("VIVIT_FAULT", "panic@step:8").output().unwrap();
        assert_ne!(crashed.status.code(), Some(0), "{name}: the fault was not met");
        let folder = format!("crashed-{name}");
        let resume = ["resume", "tiny-001", "--runs-dir", &folder, "--no-ui", "--device", "cpu", "--threads", "1"];
        place.expect(0, &resume);
        assert_eq!(end_of(&place, &format!("{folder}/tiny-001")), whole, "{name}");
    }
}

/// The mean loss of some steps.
fn mean(losses: &[f64]) -> f64 {
    losses.iter().sum::<f64>() / f64::from(u32::try_from(losses.len()).unwrap())
}

/// As they ship, but smaller: the whole models would take minutes here.
#[test]
fn every_recipe_of_the_paper_trains_on_the_synthetic_set() {
    let place = Place::new();
    let experiments = Path::new(env!("CARGO_MANIFEST_DIR")).join("experiments");
    let mut files: Vec<_> = fs::read_dir(&experiments).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.file_name().unwrap().to_str().unwrap().starts_with("paper-"));
    files.sort();
    assert_eq!(files.len(), 5);
    for path in files {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let sizes = ["model.dim=32", "model.heads=2", "model.layers=2", "model.mlp=64", "training.epochs=4"];
        let rate = ["training.optimizer.learning_rate=1e-3", "training.schedule.warmup_steps=10"];
        let set: Vec<&str> = sizes.into_iter().chain(rate).flat_map(|change| ["--set", change]).collect();
        let arguments = [&[path.to_str().unwrap(), "--no-ui", "--device", "cpu"], &set[..]].concat();
        place.expect(0, &arguments);
        let journal = place.read(&format!("runs/{name}-001/events.jsonl"));
        let events = journal.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let losses: Vec<f64> =
            events.filter(|event| event["event"] == "stepped").map(|event| event["loss"].as_f64().unwrap()).collect();
        let (first, last) = (mean(&losses[..8]), mean(&losses[losses.len() - 8..]));
        assert!(last < 0.85 * first, "{name}: the loss goes from {first} to {last}");
    }
}

#[test]
fn inspect_says_what_each_embedding_sees() {
    let place = Place::new();
    let inspect = |changes: &[&str]| {
        let set: Vec<&str> = changes.iter().flat_map(|change| ["--set", change]).collect();
        place.write("baseline.ron", include_str!("../experiments/baseline.ron"));
        place.expect(0, &[&["inspect", "baseline.ron"], &set[..]].concat()).0
    };
    let text = inspect(&[]);
    assert!(text.contains("27 = 3×3×3 tubelets of 8×8×8\n"), "{text}");
    assert!(
        text.contains("the last 4, 4 and 4 voxels") && !text.contains("padding") && !text.contains("frames"),
        "{text}"
    );
    let text = inspect(&["model.embedding.stride=(4, 4, 4)"]);
    assert!(
        text.contains("216 = 6×6×6 tubelets of 8×8×8, every 4×4×4\n") && text.contains("sees every voxel"),
        "{text}"
    );
    let text = inspect(&["model.embedding.padding=Pad"]);
    assert!(
        text.contains("64 = 4×4×4 tubelets of 8×8×8\n") && text.contains("padding     zeros: 2, 2 and 2 before"),
        "{text}"
    );
    let text = inspect(&["model.embedding=UniformFrames()"]);
    assert!(text.contains("36 = 4 frames of 3×3 patches of 8×8\n"), "{text}");
    assert!(text.contains("frames      3, 10, 17 and 24 of 28\n") && text.contains("all other frames"), "{text}");
    let text = inspect(&["model.attention=FactorisedEncoder()", "model.pooling=Cls"]);
    assert!(text.contains("temporal block 4: MLP") && text.contains("2,448,907"), "{text}");
    assert!(text.contains("tubelets of 8×8×8, and a class token in each encoder\n"), "{text}");
    let named = |line: &&str| line.contains("block") || line.starts_with("all ");
    let ends: Vec<usize> = text
        .lines()
        .filter(named)
        .map(|line| line.chars().take(40).collect::<String>().trim_end_matches(' ').chars().count())
        .collect();
    assert!(ends.iter().all(|end| *end == ends[0]), "the counts stand below each other: {text}");
}
