//! The program as a user runs it: results, exit codes, messages.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;
#[path = "command_line/explain.rs"]
mod explain;
#[path = "command_line/keeping.rs"]
mod keeping;
#[path = "command_line/replay.rs"]
mod replay;

use std::fs;

use common::Place;

const CPU: [&str; 3] = ["--no-ui", "--device", "cpu"];

fn with<'a>(first: &[&'a str], rest: &[&'a str]) -> Vec<&'a str> {
    [first, &CPU[..], rest].concat()
}

#[test]
fn a_run_leaves_its_whole_folder_and_a_table() {
    let place = Place::new();
    let (out, err) = place.expect(0, &with(&["tiny.ron"], &["--require", "test.accuracy>=0.2"]));
    for part in ["completed after 4 of 4 epochs, 12 steps", "validation, last", "test, best", "class by class"] {
        assert!(out.contains(part), "{part} is missing in\n{out}");
    }
    assert!(err.contains("epoch 4/4") && err.contains("met: test.accuracy >= 0.2"), "{err}");
    for part in ["config.ron", "provenance.ron", "events.jsonl", "summary.json", "log.txt"] {
        assert!(place.path(&format!("runs/tiny-001/{part}")).is_file(), "{part}");
    }
    for part in ["epoch-001", "epoch-004", "test-last", "test-best"] {
        assert!(place.path(&format!("runs/tiny-001/predictions/{part}.npz")).is_file(), "{part}");
    }
    let summary = place.json("runs/tiny-001/summary.json");
    assert_eq!(summary["outcome"], "completed");
    assert_eq!((summary["steps"].as_u64(), summary["epochs"].as_u64()), (Some(12), Some(4)));
    assert_eq!(summary["synthetic"], false);
    assert_eq!(summary["test"]["last"]["confusion"].as_array().unwrap().len(), 3);
    assert!(place.read("runs/tiny-001/config.ron").contains("weight_decay: 1e-5"));
}

#[test]
fn a_requirement_that_does_not_hold_is_exit_code_1() {
    let place = Place::new();
    let (_, err) = place.expect(1, &with(&["tiny.ron"], &["--require", "test.best.loss<0"]));
    assert!(err.contains("NOT met: test.best.loss < 0"), "{err}");
}

#[test]
fn json_is_the_journal_and_nothing_else_stands_on_stdout() {
    let place = Place::new();
    let (out, _) = place.expect(0, &with(&["tiny.ron"], &["--json"]));
    assert_eq!(out, place.read("runs/tiny-001/events.jsonl"));
    let kinds: Vec<String> = out
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["event"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(kinds.iter().filter(|kind| *kind == "stepped").count(), 12);
    assert_eq!((kinds.first().unwrap().as_str(), kinds.last().unwrap().as_str()), ("started", "finished"));
}

#[test]
fn the_same_seed_gives_the_same_run_and_another_seed_another() {
    let place = Place::new();
    for (runs, seed) in [("a", "7"), ("b", "7"), ("c", "8")] {
        place.expect(0, &with(&["tiny.ron"], &["--runs-dir", runs, "--seed", seed]));
    }
    let test = |runs: &str| place.json(&format!("{runs}/tiny-001/summary.json"))["test"].clone();
    assert_eq!(test("a"), test("b"));
    assert_ne!(test("a"), test("c"));
}

#[test]
fn evaluate_reproduces_a_finished_run_exactly_and_writes_the_official_file() {
    let place = Place::new();
    place.expect(0, &with(&["tiny.ron"], &[]));
    let summary = place.json("runs/tiny-001/summary.json");
    let (out, _) = place.expect(0, &["evaluate", "tiny-001", "--device", "cpu", "--json"]);
    let reports: Vec<serde_json::Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(reports[0]["report"], summary["test"]["last"]);
    assert_eq!(reports[1]["report"], summary["test"]["best"]);
    let file = fs::read_dir(place.path("runs/tiny-001/predictions"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .find(|name| name.ends_with("@tiny-001-last.csv"))
        .unwrap();
    assert!(file.starts_with("tiny_test_[AUC]"), "{file}");
    let csv = place.read(&format!("runs/tiny-001/predictions/{file}"));
    assert_eq!(csv.lines().count(), 16);
    assert!(csv.starts_with("0,"), "{csv}");
    let (_, err) = place.expect(2, &["evaluate", "tiny-001", "--device", "cpu", "--checkpoint", "first"]);
    assert!(err.contains("expected last, best or one of step-"), "{err}");
}

#[test]
fn early_stopping_restores_the_best_weights_when_told_to() {
    let place = Place::new();
    let early = "early_stopping: (patience: 1, min_delta: 1e6, restore_best: true),";
    // A rate so low that the second epoch predicts as the first did: no better, so the best is not the last.
    let text = place.experiment(early).replace("epochs: 4", "epochs: 50").replace("3e-3", "1e-6");
    place.write("early.ron", &text);
    let (out, _) = place.expect(0, &with(&["early.ron"], &[]));
    assert!(out.contains("stopped early after 2 of 50 epochs"), "{out}");
    let summary = place.json("runs/tiny-001/summary.json");
    assert_eq!(summary["outcome"], "stopped_early");
    assert_eq!(summary["best_epoch"], 1);
    assert_eq!(summary["validation"]["last"], summary["validation"]["best"]);
    let journal = place.read("runs/tiny-001/events.jsonl");
    let losses: Vec<f64> = journal
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .filter(|event| event["event"] == "evaluated" && event["split"] == "validation")
        .map(|event| event["report"]["loss"].as_f64().unwrap())
        .collect();
    assert_eq!((losses.len(), losses[0]), (3, losses[2]));
    assert!((losses[0] - losses[1]).abs() > 0.0, "the best weights were the last, so nothing was restored");
    assert_eq!(summary["test"]["last"], summary["test"]["best"]);
    let (out, _) = place.expect(0, &["evaluate", "tiny-001", "--device", "cpu", "--json", "--checkpoint", "last"]);
    let evaluated: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(evaluated["report"], summary["test"]["last"]);
}

#[test]
fn schedules_clipping_smoothing_and_adam_train_too() {
    let place = Place::new();
    let recipe = "schedule: Cosine(warmup_steps: 3, floor: 0.1), clip_norm: 0.5, label_smoothing: 0.1, accumulate: 2,";
    let text = place.experiment(recipe).replace("AdamW", "Adam");
    place.write("other.ron", &text);
    place.expect(0, &with(&["other.ron"], &[]));
    let journal = place.read("runs/tiny-001/events.jsonl");
    let rates: Vec<f64> = journal
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .filter(|event| event["event"] == "stepped")
        .map(|event| event["learning_rate"].as_f64().unwrap())
        .collect();
    // 48 volumes in batches of 16, two together: two steps an epoch.
    assert_eq!(rates.len(), 8);
    assert!((rates[0] - 1e-3).abs() < 1e-12 && (rates[2] - 3e-3).abs() < 1e-12, "{rates:?}");
    assert!((rates[7] - 3e-4).abs() < 1e-12, "{rates:?}");
}

#[test]
fn a_queue_trains_one_after_another() {
    let place = Place::new();
    place.expect(0, &with(&["tiny.ron", "tiny.ron"], &[]));
    // One that cannot begin does not keep the others from it, and its exit code is not forgotten.
    place.write("missing.ron", &place.experiment("").replace("tiny.npz", "absent.npz"));
    place.expect(3, &with(&["missing.ron", "tiny.ron"], &[]));
    let (out, _) = place.expect(0, &["runs"]);
    assert!(out.contains("tiny-003  completed"), "{out}");
    assert!(out.contains("tiny-001  completed") && out.contains("tiny-002  completed"), "{out}");
}

#[test]
fn a_run_that_is_finished_has_nothing_to_resume() {
    let place = Place::new();
    place.expect(0, &with(&["tiny.ron"], &[]));
    let before = place.read("runs/tiny-001/events.jsonl");
    let (_, err) = place.expect(0, &with(&["resume", "tiny-001"], &[]));
    assert!(err.contains("is finished"), "{err}");
    assert_eq!(place.read("runs/tiny-001/events.jsonl"), before);
}

#[test]
fn inspect_says_what_the_baseline_is() {
    let place = Place::new();
    let baseline = concat!(env!("CARGO_MANIFEST_DIR"), "/experiments/baseline.ron");
    let (out, _) = place.expect(0, &["inspect", baseline]);
    for part in
        ["27 = 3×3×3 tubelets", "1,656,971", "62.97 %", "91.46 MFLOP", "8.78 GFLOP", "the last 4, 4 and 4 voxels"]
    {
        assert!(out.contains(part), "{part} is missing in\n{out}");
    }
}

#[test]
fn without_arguments_the_runs_and_experiments_are_listed() {
    let place = Place::new();
    let (out, _) = place.expect(0, &[]);
    assert!(out.contains("no runs in runs"), "{out}");
}

#[test]
fn a_driver_that_crashes_or_hangs_while_probed_leaves_the_cpu() {
    let place = Place::new();
    for (fault, words) in [("crash", "crashed while it was asked"), ("hang", "did not answer within")] {
        let output = place.command(&["devices"]).env("VIVIT_PROBE_FAULT", fault).output().unwrap();
        let out = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && out.contains(words) && out.contains("auto would choose cpu"), "{out}");
    }
}

/// What a user gets wrong: the arguments, the exit code, and what the message must say.
#[test]
fn bad_input_is_answered_with_place_value_and_what_to_do() {
    let place = Place::new();
    place.write("wrong.ron", &place.experiment("").replace("dim: 16", "dmi: 16"));
    place.write("heads.ron", &place.experiment("").replace("heads: 2", "heads: 3"));
    place.write("large.ron", &place.experiment("").replace("(4, 4, 4)", "(4, 9, 4)"));
    place.write("missing.ron", &place.experiment("").replace("tiny.npz", "absent.npz"));
    place.write("foreign.npz", "this is no archive");
    place.write("foreign.ron", &place.experiment("").replace("tiny.npz", "foreign.npz"));
    let whole = fs::read(place.path("tiny.npz")).unwrap();
    fs::write(place.path("short.npz"), &whole[..whole.len() / 2]).unwrap();
    place.write("short.ron", &place.experiment("").replace("tiny.npz", "short.npz"));
    place.write("organ.ron", r#"(name: "organ", data: (set: OrganMnist3d))"#);
    fs::create_dir(place.path("damaged")).unwrap();
    fs::copy(place.path("tiny.npz"), place.path("damaged/organmnist3d.npz")).unwrap();
    common::write_npz(&place.path("flat.npz"), 1);
    place.write("flat.ron", &place.experiment("").replace("tiny.npz", "flat.npz"));
    place.write("a-file", "");
    fs::create_dir(place.path("empty")).unwrap();
    let rows: [(&[&str], i32, &[&str]); 21] = [
        (&["wrong.ron"], 2, &["wrong.ron:4:", "unknown key \"dmi\"", "did you mean \"dim\""]),
        (&["heads.ron"], 2, &["heads.ron:4:", "divisor", "found 3"]),
        (&["large.ron"], 2, &["9 voxels high", "at most 8"]),
        (&["absent.ron"], 2, &["absent.ron"]),
        (&["tiny.ron", "--set", "training.epohcs=3"], 2, &["--set training.epohcs=3", "training.epochs"]),
        (&["tiny.ron", "--set", "training.epochs=0"], 2, &["--set training.epochs=0", "found 0"]),
        (&["tiny.ron", "--require", "test.acuracy>=1"], 2, &["test.acuracy", "test.accuracy"]),
        (&["tiny.ron", "--device", "tpu"], 2, &["tpu", "gpu:N"]),
        (&["missing.ron"], 3, &["absent.npz"]),
        (&["flat.ron"], 3, &["flat.npz", "at least two classes", "label 0 alone"]),
        (&["--set", "training.epochs=3"], 2, &["no experiment was named"]),
        (&["foreign.ron"], 3, &["foreign.npz"]),
        (&["short.ron"], 3, &["short.npz"]),
        (
            &["organ.ron", "--data-dir", "empty"],
            3,
            &["organmnist3d.npz", "a0c5a1ff56af4f155c46d46fbb45a2fe", "quickstart.ron"],
        ),
        (
            &["organ.ron", "--data-dir", "damaged"],
            3,
            &["damaged/organmnist3d.npz", "MD5", "a0c5a1ff56af4f155c46d46fbb45a2fe", "--force"],
        ),
        (&["tiny.ron", "--runs-dir", "a-file/runs"], 1, &["a-file/runs"]),
        (&["resume", "tiny-009"], 2, &["tiny-009"]),
        (&["resume", "empty", "--set", "training.epochs=9"], 2, &["--set"]),
        (&["resume", "empty"], 2, &["empty", "not a run's folder"]),
        (&["data", "fetch", "OrganMnist"], 2, &["did you mean OrganMnist3d"]),
        (&["tiny.ron", "--device", "gpu:7"], 2, &["gpu:7", "vivit-tui devices"]),
    ];
    for (arguments, code, fragments) in rows {
        let mut command = place.command(arguments);
        // Nothing listens there, so a download fails at once as it does without a network.
        command.env("VIVIT_DATA_URL", "http://127.0.0.1:9");
        if !arguments.contains(&"--device") {
            command.args(["--device", "cpu"]);
        }
        let output = command.output().unwrap();
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{err}");
        for fragment in fragments {
            assert!(err.contains(fragment), "{arguments:?} does not say {fragment:?}\n{err}");
        }
        assert!(!err.contains("panicked"), "{arguments:?}\n{err}");
    }
    assert!(!place.path("runs").exists(), "a run that could not begin left a folder");
}

#[test]
fn a_checkpoint_of_another_architecture_is_refused_and_left_alone() {
    let place = Place::new();
    place.expect(0, &with(&["tiny.ron"], &[]));
    let config = place.read("runs/tiny-001/config.ron");
    let model = place.path("runs/tiny-001/checkpoints/step-000012/model.bpk");
    let before = fs::read(&model).unwrap();
    // As if the run had not ended, so that it can be resumed.
    let journal = place.read("runs/tiny-001/events.jsonl");
    let unfinished: Vec<&str> = journal.lines().filter(|line| !line.contains("\"finished\"")).collect();
    // The heads leave no trace in the weights' shapes, and would go unnoticed by them.
    for (change, words) in [
        (("dim: 16", "dim: 32"), "model.dim is 16 in the checkpoint, 32 in the experiment"),
        (("heads: 2", "heads: 4"), "model.heads is 2 in the checkpoint, 4 in the experiment"),
    ] {
        place.write("runs/tiny-001/events.jsonl", &(unfinished.join("\n") + "\n"));
        place.write("runs/tiny-001/config.ron", &config.replace(change.0, change.1));
        for arguments in [&["evaluate", "tiny-001", "--device", "cpu"][..], &with(&["resume", "tiny-001"], &[])] {
            let (_, err) = place.expect(1, arguments);
            assert!(err.contains("another architecture") && err.contains("step-000012"), "{arguments:?}\n{err}");
            assert!(err.contains(&format!("experiment's: {words}")), "{arguments:?}\n{err}");
            assert_eq!(err.matches("in the checkpoint").count(), 1, "it alone: {arguments:?}\n{err}");
        }
    }
    assert_eq!(fs::read(&model).unwrap(), before);
}

#[test]
fn a_loss_that_is_no_number_stops_the_run_before_the_step_and_says_so() {
    let place = Place::new();
    let text = place.experiment("").replace("learning_rate: 3e-3", "learning_rate: 1e30");
    place.write("wild.ron", &text);
    let (_, err) = place.expect(1, &with(&["wild.ron"], &[]));
    assert!(
        err.contains("is not finite for 16 of its 16 volumes") && err.contains("the step was not applied"),
        "{err}"
    );
    assert_eq!(place.json("runs/tiny-001/summary.json")["outcome"], "failed");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_fails_the_run_with_a_message_and_breaks_nothing_whole() {
    let place = Place::new();
    let long = place.experiment("checkpoints: (keep: 1000),").replace("epochs: 4", "epochs: 200");
    place.write("long.ron", &long);
    // A limit on the size of any one file stands in for the disk: the journal meets it first.
    let program = env!("CARGO_BIN_EXE_vivit-tui");
    let script = format!("ulimit -f 128; trap '' XFSZ; exec {program} long.ron --no-ui --device cpu");
    let output =
        std::process::Command::new("bash").args(["-c", &script]).current_dir(place.folder.path()).output().unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{err}");
    assert!(err.contains("events.jsonl") && err.contains("File too large") && err.contains("resume"), "{err}");
    let (_, err) = place.expect(0, &with(&["resume", "tiny-001"], &[]));
    assert!(err.contains("resumed at step"), "{err}");
}
