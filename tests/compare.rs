//! `compare` as a user runs it: two runs, two checkpoints, two groups of seeds, and what is refused.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use std::fs;

use common::Place;
use serde_json::Value;
use vivit_tui::runs::{read_predictions, write_predictions};

/// Trains the tiny experiment with a seed, and with changes to it.
fn train(place: &Place, seed: &str, changes: &[&str]) {
    let set = changes.iter().flat_map(|change| ["--set", change]);
    let arguments = ["tiny.ron", "--no-ui", "--device", "cpu", "--seed", seed].into_iter().chain(set);
    place.expect(0, &arguments.collect::<Vec<_>>());
}

fn json(place: &Place, arguments: &[&str]) -> Value {
    let (out, _) = place.expect(0, &[&["compare"], arguments, &["--json"]].concat());
    serde_json::from_str(&out).unwrap()
}

#[test]
fn two_runs_are_compared_volume_by_volume() {
    let place = Place::new();
    train(&place, "7", &["training.epochs=1"]);
    train(&place, "8", &[]);
    let compared = json(&place, &["tiny-001", "tiny-002"]);
    for (side, run) in [("first", "tiny-001"), ("second", "tiny-002")] {
        let summary = place.json(&format!("runs/{run}/summary.json"));
        assert_eq!(compared[side]["run"], run);
        for figure in ["accuracy", "balanced_accuracy", "auc"] {
            assert_eq!(compared[side][figure], summary["test"]["last"][figure], "{run} {figure}");
        }
    }
    let paired = |key: &str| compared["paired"][key].as_u64().unwrap();
    let [both, first, second, neither] = ["both", "first_only", "second_only", "neither"].map(paired);
    assert_eq!(both + first + second + neither, 16);
    let changes = compared["changes"].as_array().unwrap();
    let turned = |turn: &str| changes.iter().filter(|change| change["turn"] == turn).count() as u64;
    assert_eq!((turned("lost"), turned("won")), (first, second));
    assert!(!changes.is_empty(), "the runs are the same, so nothing was compared");
    let (low, high) = (compared["difference_low"].as_f64().unwrap(), compared["difference_high"].as_f64().unwrap());
    let difference = compared["difference"].as_f64().unwrap();
    assert!(low < difference && difference < high);

    let (table, _) = place.expect(0, &["compare", "tiny-001", "runs/tiny-002"]);
    for part in ["tiny · test\n", "A  tiny-001, step 3 (epoch 1)\n", "B  tiny-002, step 12 (epoch 4)\n"] {
        assert!(table.contains(part), "{part} is missing in\n{table}");
    }
    let count =
        format!("16 volumes: {both} right by both, {first} by A alone, {second} by B alone, {neither} by neither");
    assert!(table.contains(&count) && table.contains("McNemar's exact test, two-sided: p = "), "{table}");
    assert!(table.contains(&format!("{} volumes are taken for another class", changes.len())), "{table}");
    assert!(!table.contains("SYNTHETIC"), "{table}");
}

#[test]
fn made_up_data_are_said_to_be_made_up() {
    let place = Place::new();
    train(&place, "7", &[]);
    let journal = place.read("runs/tiny-001/events.jsonl");
    place.write("runs/tiny-001/events.jsonl", &journal.replacen(r#""synthetic":false"#, r#""synthetic":true"#, 1));
    let arguments = ["tiny-001@epoch-1", "tiny-001@12", "--split", "validation"];
    let (table, _) = place.expect(0, &[&["compare"], &arguments[..]].concat());
    assert!(table.starts_with("tiny · validation  SYNTHETIC\n"), "{table}");
    assert_eq!(json(&place, &arguments)["synthetic"], true);
}

#[test]
fn what_is_not_kept_is_named_with_the_command_that_makes_it() {
    let place = Place::new();
    train(&place, "7", &[]);
    let asked = ["compare", "tiny-001@9", "tiny-001", "--split", "train"];
    let (_, err) = place.expect(2, &asked);
    assert!(err.contains("tiny-001 keeps no predictions of train with the weights after step 9"), "{err}");
    assert!(err.contains("it keeps validation after steps 3, 6, 9, 12; test after step"), "{err}");
    let command = "evaluate tiny-001 --split train --checkpoint step-000009";
    assert!(err.contains(&format!("`vivit-tui {command}` makes them")), "{err}");
    let arguments: Vec<&str> = command.split(' ').chain(["--device", "cpu"]).collect();
    place.expect(0, &arguments);
    let (_, err) = place.expect(2, &asked);
    assert!(err.contains("train with the last weights") && err.contains("--checkpoint step-000012` makes"), "{err}");
    place.expect(0, &["evaluate", "tiny-001", "--split", "train", "--checkpoint", "last", "--device", "cpu"]);
    let (table, _) = place.expect(0, &asked);
    assert!(table.contains("A  tiny-001, step 9 (epoch 3)\nB  tiny-001, step 12 (epoch 4)\n"), "{table}");
}

#[test]
fn what_evaluate_keeps_is_what_the_run_kept() {
    let place = Place::new();
    train(&place, "7", &[]);
    place.expect(0, &["evaluate", "tiny-001", "--device", "cpu", "--checkpoint", "last"]);
    let kept = |name: &str| fs::read(place.path(&format!("runs/tiny-001/predictions/{name}.npz"))).unwrap();
    assert_eq!(kept("step-000012-test"), kept("test-last"));
}

#[test]
fn groups_are_compared_over_the_seeds_that_both_have() {
    let place = Place::new();
    for seed in ["7", "8", "9"] {
        train(&place, seed, &["training.epochs=1"]);
    }
    for seed in ["9", "8", "7"] {
        train(&place, seed, &["name=\"wide\"", "model.mlp=48"]);
    }
    let compared = json(&place, &["tiny-*", "wide-001,wide-003"]);
    let seeds: Vec<u64> =
        compared["seeds"].as_array().unwrap().iter().map(|pair| pair["seed"].as_u64().unwrap()).collect();
    assert_eq!(seeds, [7, 9]);
    assert_eq!(compared["seeds"][0]["second"], "wide-003");
    let accuracy = |run: &str| place.json(&format!("runs/{run}/summary.json"))["test"]["last"]["accuracy"].clone();
    let of = |run: &str| accuracy(run).as_f64().unwrap();
    let mean = compared["first"]["figures"]["accuracy"]["mean"].as_f64().unwrap();
    assert!((mean - (of("tiny-001") + of("tiny-002") + of("tiny-003")) / 3.0).abs() < 1e-12);
    let gain = compared["paired_t"]["accuracy"]["mean"].as_f64();
    let expected = (of("wide-003") - of("tiny-001") + of("wide-001") - of("tiny-003")) / 2.0;
    assert!(gain.is_none_or(|gain| (gain - expected).abs() < 1e-12), "{gain:?} for {expected}");

    let (table, err) = place.expect(0, &["compare", "tiny-*", "wide-*"]);
    for part in ["A  tiny-001, step 3 (epoch 1), seed 7\n", "over the seeds that both have", "lowest … highest"] {
        assert!(table.contains(part), "{part} is missing in\n{table}");
    }
    assert!(err.is_empty(), "{err}");
    // One group alone spreads too.
    let (table, _) = place.expect(0, &["compare", "tiny-*"]);
    assert!(table.contains("lowest … highest") && !table.contains("less A"), "{table}");
    assert!((json(&place, &["tiny-*"])["first"]["figures"]["accuracy"]["mean"].as_f64().unwrap() - mean).abs() < 1e-12);
    let (_, err) = place.expect(2, &["compare", "tiny-001"]);
    assert!(err.contains("stands alone"), "{err}");
    let (table, err) = place.expect(0, &["compare", "tiny-001,wide-002", "wide-003"]);
    assert!(table.contains("1 seed in common; a paired comparison needs at least 2"), "{table}");
    assert!(err.contains("wide-002 differs from tiny-001 in more than the seed: model.mlp"), "{err}");
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let place = Place::new();
    train(&place, "7", &[]);
    train(&place, "7", &["training.epochs=1"]);
    let refused = |arguments: &[&str], words: &str| {
        let (out, err) = place.expect(2, &[&["compare"], arguments].concat());
        assert!(err.contains(words) && out.is_empty(), "{arguments:?}: {err}");
    };
    refused(&["tiny-001", "tiny-001"], "tiny-001, step 12 (epoch 4) is on both sides");
    refused(&["tiny-001,tiny-002", "tiny-001@6", "--split", "validation"], "both have seed 7");
    refused(&["tiny-001", "tiny-009"], "no run \"tiny-009\"");
    refused(&["tiny-001", "other-*"], "no run in runs fits \"other-*\"");
    refused(&["tiny-001", "tiny-002@soon"], "@soon: expected a step or an epoch");
    refused(&["tiny-001", ","], "\",\" names no run");
    common::write_npz(&place.path("tiny.npz"), 2);
    train(&place, "7", &[]);
    refused(&["tiny-001", "tiny-003"], "tiny-001 and tiny-003 have other data: tiny (MD5 ");
}

#[test]
fn labels_that_differ_are_refused_where_no_checksum_is_known() {
    let place = Place::new();
    train(&place, "7", &[]);
    train(&place, "8", &[]);
    fs::remove_file(place.path("runs/tiny-002/provenance.ron")).unwrap();
    let compare = ["compare", "tiny-001", "tiny-002"];
    place.expect(0, &compare);
    let file = place.path("runs/tiny-002/predictions/test-last.npz");
    let mut predictions = read_predictions(&file).unwrap();
    predictions.labels.swap(3, 4);
    write_predictions(&file, &predictions).unwrap();
    let (_, err) = place.expect(2, &compare);
    assert!(err.contains("have other labels: volume 3 is of class 0 and volume 3 is of class 1"), "{err}");
    predictions.labels.truncate(15);
    predictions.probabilities.truncate(45);
    write_predictions(&file, &predictions).unwrap();
    let (_, err) = place.expect(2, &compare);
    assert!(err.contains("have other volumes in the split: 16 volumes and 15 volumes"), "{err}");
}
