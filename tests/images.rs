//! Images as clips of one frame, through the program as a user runs it: of one channel and of three, of one class and
//! of several, from the file to the official predictions.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;
#[path = "common/images.rs"]
mod images;

use std::fs;

use common::{Place, end_of};
use images::{COLOUR, FINDINGS, GREY, Kind};
use vivit_tui::runs::{Predictions, write_predictions};

const HEADLESS: [&str; 3] = ["--no-ui", "--device", "cpu"];

/// A place with a file of that kind and an experiment on it, both of that name.
fn place(name: &str, kind: Kind, training: &str) -> Place {
    let place = Place::new();
    images::write(&place.path(&format!("{name}.npz")), kind);
    place.write(&format!("{name}.ron"), &images::experiment(name, training));
    place
}

fn run(place: &Place, arguments: &[&str]) -> (String, String) {
    place.expect(0, &[arguments, &HEADLESS].concat())
}

#[test]
fn images_of_each_kind_are_read_and_learned() {
    for (name, kind, words) in [
        ("grey", GREY, "8×8, 4 classes"),
        ("colour", COLOUR, "8×8 of 3 channels, 2 classes"),
        ("findings", FINDINGS, "8×8, 4 labels"),
    ] {
        let place = place(name, kind, "");
        let (out, err) = place.expect(0, &["data", "verify", &format!("{name}.npz")]);
        assert!(out.contains(&format!("32 test images of {words}")), "{out}");
        assert_eq!(err.contains("taken for images of 8×8 in colour"), kind.channels == 3, "{err}");
        let (out, _) = place.expect(0, &["inspect", &format!("{name}.ron")]);
        let (_, counted) = words.split_once(", ").unwrap();
        assert!(out.contains(&format!("{name}, {counted}, 96 training volumes")), "{out}");
        let epochs = ["--set", "training.epochs=25"];
        let good = ["--require", "test.accuracy>=0.95", "--require", "test.auc>=0.95"];
        let file = format!("{name}.ron");
        let (_, err) = run(&place, &[&[file.as_str()][..], &epochs, &good].concat());
        assert_eq!(err.matches("taken for images of 8×8 in colour").count(), usize::from(kind.channels == 3), "{err}");
        let test = &place.json(&format!("runs/{name}-001/summary.json"))["test"]["last"];
        assert_eq!(test["count"], 32);
        assert_eq!(test["confusion"].as_array().unwrap().is_empty(), kind.multi_label);
        assert_eq!(test["labels"].is_array(), kind.multi_label);
        assert_eq!(test["top5"].is_null(), kind.multi_label);
    }
}

#[test]
fn an_answer_for_each_label_is_in_the_predictions_and_in_the_official_file() {
    let place = place("findings", FINDINGS, "");
    let (out, _) = run(&place, &["findings.ron"]);
    assert!(out.contains("test, last weights, label by label") && out.contains("specificity"), "{out}");
    let (out, err) = place.expect(0, &["evaluate", "findings-001", "--split", "test", "--device", "cpu"]);
    assert!(out.contains("last (step 24)"), "{out}");
    assert!(err.contains("findings_test_[AUC]"), "{err}");
    let folder = place.path("runs/findings-001/predictions");
    let files: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    let csv = files.iter().find(|path| path.to_str().unwrap().ends_with("findings-001-last.csv")).unwrap();
    let text = fs::read_to_string(csv).unwrap();
    let rows: Vec<Vec<f32>> =
        text.lines().map(|line| line.split(',').map(|number| number.parse().unwrap()).collect()).collect();
    assert_eq!((rows.len(), rows[0].len()), (32, 5), "a place and four scores");
    // Each is a chance of its own: they do not add up to one.
    assert!(rows.iter().any(|row| (row[1..].iter().sum::<f32>() - 1.0).abs() > 0.2));
    // The name says what MedMNIST's evaluator makes of the file.
    let report = &place.json("runs/findings-001/summary.json")["test"]["last"];
    let name = csv.file_name().unwrap().to_str().unwrap();
    let figures =
        format!("[AUC]{:.3}_[ACC]{:.3}", report["auc"].as_f64().unwrap(), report["accuracy"].as_f64().unwrap());
    assert!(name.contains(&figures), "{name} for {figures}");
}

#[test]
fn a_run_on_labels_that_died_is_resumed_bit_for_bit() {
    let recipe = "label_smoothing: 0.1, class_weights: Balanced, mixup: 0.2, ema: (decay: 0.9)";
    let place = place("findings", FINDINGS, recipe);
    run(&place, &["findings.ron", "--runs-dir", "whole"]);
    let died = place.command(&[&["findings.ron"][..], &HEADLESS].concat()).env("VIVIT_FAULT", "panic@step:14").output();
    assert!(!died.unwrap().status.success());
    run(&place, &["resume", "findings-001"]);
    assert_eq!(end_of(&place, "runs/findings-001"), end_of(&place, "whole/findings-001"));
}

#[test]
fn an_image_without_labels_is_taken_for_nothing_and_its_likeliest_label_is_explained_with_a_word() {
    let place = place("findings", FINDINGS, "");
    run(&place, &["findings.ron", "--set", "training.epochs=25"]);
    let first = images::COUNTS[0].1 + images::COUNTS[1].1;
    let find = |has: bool| {
        let place = (0..images::COUNTS[2].1).find(|at| images::labels(FINDINGS, first + at).contains(&1) == has);
        place.unwrap().to_string()
    };
    let (bare, rich) = (find(false), find(true));
    let explain = |volume: &str, rest: &[&str]| {
        place.expect(0, &[&["explain", "findings-001", "--volume", volume, "--device", "cpu"], rest].concat())
    };
    let (out, err) = explain(&bare, &["--class", "label"]);
    assert!(out.contains("label none; none above one half, the likeliest is "), "{out}");
    assert!(err.contains(&format!("warning: test {bare} has no label; what speaks for the likeliest one, ")), "{err}");
    let (out, err) = explain(&bare, &["--json"]);
    let found: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&found["label"], &found["taken"]), (&"none".into(), &"none".into()));
    assert_eq!(found["class"], found["likeliest"]);
    assert!(!err.contains("warning"), "nobody asked for the label: {err}");
    let (out, err) = explain(&rich, &["--class", "label"]);
    assert!(out.contains("; said ") && !err.contains("warning"), "{out}{err}");
}

#[test]
fn two_runs_on_labels_are_compared_volume_by_volume() {
    let place = place("findings", FINDINGS, "");
    run(&place, &["findings.ron"]);
    run(&place, &["findings.ron", "--set", "training.epochs=20", "--set", "seed=8"]);
    let (out, _) = place.expect(0, &["compare", "findings-001", "findings-002", "--split", "test"]);
    assert!(out.contains("right in all labels by both"), "{out}");
    let (out, _) = place.expect(0, &["compare", "findings-001", "findings-002", "--split", "test", "--json"]);
    let found: serde_json::Value = serde_json::from_str(&out).unwrap();
    let accuracy = |run: &str| found[run]["accuracy"].as_f64().unwrap();
    let difference = found["difference"].as_f64().unwrap();
    assert!((difference - (accuracy("second") - accuracy("first"))).abs() < 1e-9, "{found}");
    assert!(found["difference_low"].as_f64().unwrap() < difference, "{found}");
    // Sets of labels are lists of their places.
    let changes = found["changes"].as_array().unwrap();
    assert!(!changes.is_empty(), "{found}");
    for answer in changes.iter().flat_map(|change| ["label", "first", "second"].map(|key| &change[key])) {
        let places: Vec<u64> = answer.as_array().unwrap().iter().map(|place| place.as_u64().unwrap()).collect();
        assert!(places.is_sorted() && places.iter().all(|place| *place < 4), "{answer}");
    }
}

#[test]
fn the_auc_comes_first_of_two_classes_and_chooses_the_best_weights_unless_it_is_told_not_to() {
    let place = place("colour", COLOUR, "");
    images::write(&place.path("grey.npz"), GREY);
    place.write("grey.ron", &images::experiment("grey", ""));
    run(&place, &["grey.ron"]);
    for seed in ["7", "8"] {
        run(&place, &["colour.ron", "--seed", seed]);
    }
    run(&place, &["colour.ron", "--seed", "9", "--set", "training.best=Accuracy"]);
    let config = |run: &str| place.read(&format!("runs/{run}/config.ron"));
    assert!(config("colour-001").contains("best: Auto") && config("colour-003").contains("best: Accuracy"));
    for (run, figure) in
        [("colour-001", "auc"), ("colour-002", "auc"), ("colour-003", "accuracy"), ("grey-001", "accuracy")]
    {
        let summary = place.json(&format!("runs/{run}/summary.json"));
        let journal = place.read(&format!("runs/{run}/events.jsonl"));
        let events = journal.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let validated = events.filter(|event| event["event"] == "evaluated" && event["split"] == "validation");
        let figures: Vec<f64> = validated.map(|event| event["report"][figure].as_f64().unwrap()).collect();
        let highest = figures.iter().copied().fold(f64::MIN, f64::max);
        let first = figures.iter().position(|value| *value >= highest).unwrap() as u64 + 1;
        assert_eq!(summary["best_epoch"].as_u64(), Some(first), "{run}: {figures:?}");
    }

    let (table, _) = place.expect(0, &["runs"]);
    let line =
        |name: &str| table.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{name}: {table}"));
    let told = |run: &str, split: &str, which: &str| {
        let summary = place.json(&format!("runs/{run}/summary.json"));
        format!("AUC {:.3}", summary[split][which]["auc"].as_f64().unwrap())
    };
    let row = line("colour-001");
    assert!(
        row.contains(&told("colour-001", "validation", "best")) && row.contains(&told("colour-001", "test", "last"))
    );
    let organ = line("grey-001");
    assert!(!organ.contains("AUC") && organ.matches(" %").count() == 2, "{organ}");
    // The figures of both kinds end in one column.
    let end = |row: &str, what: &str| row.find(what).unwrap() + what.len();
    assert_eq!(end(row, &told("colour-001", "validation", "best")), end(organ, " %"), "{table}");
    let group = line("colour, 2 seeds");
    assert_eq!((group.matches("AUC ").count(), group.matches(" ± ").count()), (2, 2), "{table}");

    let (table, _) = place.expect(0, &["compare", "colour-001", "colour-002"]);
    let places = ["AUC", "accuracy", "balanced"].map(|name| table.lines().position(|line| line.starts_with(name)));
    assert!(places.is_sorted() && places[0].is_some(), "{table}");
    let (table, _) = place.expect(0, &["compare", "colour-001,colour-002", "colour-003"]);
    assert!(table.find("AUC ") < table.find("accuracy "), "{table}");
    let (table, _) = place.expect(0, &["compare", "grey-001@epoch-1", "grey-001", "--split", "validation"]);
    assert!(table.find("accuracy ") < table.find("AUC "), "{table}");
    assert_delong(&place, ["colour-001", "colour-002"]);
}

/// What two runs of two classes have answered, taken for the scores of the first case that pROC has compared
/// (`tests/reference/delong.R`).
fn assert_delong(place: &Place, runs: [&str; 2]) {
    let cases: serde_json::Value = serde_json::from_str(include_str!("fixtures/delong.json")).unwrap();
    let numbers =
        |of: &serde_json::Value| of.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect::<Vec<_>>();
    let labels: Vec<u8> = numbers(&cases[0]["positive"]).iter().map(|positive| u8::from(*positive > 0.0)).collect();
    for (run, scores) in runs.into_iter().zip(["first", "second"]) {
        let scores: Vec<f32> = serde_json::from_value(cases[0][scores].clone()).unwrap();
        let probabilities = scores.into_iter().flat_map(|score| [1.0 - score, score]).collect();
        let answers = Predictions { classes: 2, probabilities, labels: labels.clone() };
        write_predictions(&place.path(&format!("runs/{run}/predictions/test-last.npz")), &answers).unwrap();
    }
    let (json, _) = place.expect(0, &["compare", runs[0], runs[1], "--json"]);
    let found: serde_json::Value = serde_json::from_str(&json).unwrap();
    let interval = numbers(&cases[0]["interval"]);
    for (key, expected) in [
        ("auc_difference_low", interval[0]),
        ("auc_difference_high", interval[1]),
        ("auc_p_value", cases[0]["p"].as_f64().unwrap()),
    ] {
        assert!((found[key].as_f64().unwrap() - expected).abs() < 1e-12, "{key}: {}, not {expected}", found[key]);
    }
    let (table, _) = place.expect(0, &["compare", runs[0], runs[1]]);
    assert!(table.contains("+.170 (+.118 … +.223)"), "{table}");
    assert!(table.contains("DeLong's test of the AUCs, two-sided: p < 0.0001, hardly chance"), "{table}");
}

#[test]
fn every_variation_that_an_image_can_have_is_trained_with() {
    let place = place("colour", COLOUR, "tta: (shift: 1, mirror: (false, false, true))");
    let augment = "data.augment=(shift: 1, zoom: 0.1, rotate_deg: 20.0, mirror: (false, false, true), brightness: 0.1, \
                   contrast: 0.1, noise: 0.05, erase: 0.3)";
    run(&place, &["colour.ron", "--set", augment]);
    let (out, _) = place.expect(0, &["evaluate", "colour-001", "--device", "cpu"]);
    assert!(out.contains("10 views"), "five places, each of them mirrored: {out}");
}

#[test]
fn the_papers_models_take_an_image_as_a_clip_of_one_frame() {
    for attention in ["FactorisedEncoder(temporal_layers: 1)", "FactorisedSelfAttention", "FactorisedDotProduct"] {
        let place = place("grey", GREY, "");
        run(&place, &["grey.ron", "--set", &format!("model.attention={attention}"), "--set", "training.epochs=1"]);
    }
    let place = place("grey", GREY, "");
    let frames = "model.embedding=UniformFrames(frames: 1, patch: (4, 4))";
    run(&place, &["grey.ron", "--set", frames, "--set", "training.epochs=1"]);
}

#[test]
fn a_tubelet_that_is_deeper_than_an_image_is_refused_with_what_to_write() {
    let place = place("grey", GREY, "");
    let (_, err) = place
        .expect(2, &["inspect", "grey.ron", "--set", "data.set=PathMnist", "--set", "model.embedding.size=(8,8,8)"]);
    assert!(err.contains("write Tubelet(size: (1, 4, 4))"), "{err}");
    // Of a file of one's own nobody knows before it is read.
    let output = place.run(&[&["grey.ron", "--set", "model.embedding.size=(8,8,8)"][..], &HEADLESS].concat());
    let err = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && err.contains("as in Tubelet(size: (1, 4, 4))"), "{err}");
}

#[test]
fn a_published_set_is_inspected_without_its_file() {
    let place = place("grey", GREY, "");
    let set = ["--set", "data.size=224", "--set", "data.set=PathMnist"];
    let model = ["--set", "model.embedding.size=(1,16,16)"];
    let (out, _) = place.expect(0, &[&["inspect", "grey.ron"][..], &set, &model].concat());
    assert!(out.contains("pathmnist_224, 9 classes, 89996 training volumes"), "{out}");
    assert!(out.contains("224×224 of 3 channels") && out.contains("196 = "), "{out}");
}
