//! A run that is killed at random moments over its whole life, and resumed each time, ends as one that never
//! stopped, bit for bit. `VIVIT_KILLS=1000 cargo test --release --test kills -- --nocapture` kills more often.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout)]

mod common;

use std::fs;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use common::{Place, end_of};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Kills that must meet a living process; the variable asks for others.
const KILLS: usize = 60;
const RUN: &str = "killed/tiny-001";

/// What a life is waited for to do before a random moment of it is its last.
#[derive(Clone, Copy, Debug)]
enum Awaited {
    /// Nothing: it may not even have found its run.
    Nothing,
    /// So many facts.
    Facts(usize),
    /// A checkpoint that is half written.
    Checkpoint,
    /// Any other file that is half written: predictions, the summary.
    File,
}

/// What the killed left behind.
#[derive(Debug, Default)]
struct Left {
    kills: usize,
    half_checkpoints: usize,
    half_files: usize,
    torn_lines: usize,
}

fn journal(place: &Place) -> Vec<u8> {
    fs::read(place.path(&format!("{RUN}/events.jsonl"))).unwrap_or_default()
}

fn lines(place: &Place) -> usize {
    journal(place).split(|&byte| byte == b'\n').count()
}

/// Whether something half written stands in a folder of the run.
fn half_written(place: &Place, folder: &str) -> bool {
    let mut entries = fs::read_dir(place.path(&format!("{RUN}/{folder}"))).into_iter().flatten().flatten();
    entries.any(|entry| entry.path().extension().is_some_and(|extension| extension == "part"))
}

fn files_half_written(place: &Place) -> bool {
    half_written(place, "predictions") || half_written(place, "")
}

/// Waits until the process has done that, has ended, or takes too long over it.
fn wait(place: &Place, child: &mut Child, awaited: Awaited) {
    let patience = Instant::now() + Duration::from_secs(2);
    let before = lines(place);
    while Instant::now() < patience && child.try_wait().unwrap().is_none() {
        let done = match awaited {
            Awaited::Nothing => true,
            Awaited::Facts(facts) => lines(place) >= before + facts,
            Awaited::Checkpoint => half_written(place, "checkpoints"),
            Awaited::File => files_half_written(place),
        };
        if done {
            return;
        }
    }
}

/// Whatever the journal said was kept was still there when the run was taken up again.
fn nothing_whole_was_lost(place: &Place) {
    let mut kept = 0;
    for line in String::from_utf8(journal(place)).unwrap().lines() {
        let fact: serde_json::Value = serde_json::from_str(line).unwrap();
        let step = || fact["step"].as_u64().unwrap();
        match fact["event"].as_str().unwrap() {
            "checkpoint_saved" => kept = kept.max(step()),
            "resumed" => assert!(step() >= kept, "resumed at step {}, but {kept} was kept", step()),
            _ => {}
        }
    }
}

#[test]
fn a_run_killed_at_random_moments_ends_bit_for_bit_as_one_that_never_stopped() {
    let kills = std::env::var("VIVIT_KILLS").map_or(KILLS, |kills| kills.parse().unwrap());
    let place = Place::new();
    let training = "accumulate: 2, clip_norm: 1.0, label_smoothing: 0.1, mixup: 0.4, class_weights: Balanced, \
                    ema: (decay: 0.9), checkpoints: (keep: 1),";
    let augment = "batch: 16, augment: (shift: 1, zoom: 0.1, rotate_deg: 15.0, noise: 0.02, erase: 0.3)";
    // Lives get two epochs on, on the average; the run shall not be over before the kills are.
    let long = place.experiment(training).replace("epochs: 4", &format!("epochs: {}", 6 * kills));
    let long = long.replace("batch: 16", augment);
    place.write("long.ron", &long);
    let arguments = ["long.ron", "--no-ui", "--device", "cpu", "--runs-dir"];
    place.expect(0, &[&arguments[..], &["whole"]].concat());
    let whole = end_of(&place, "whole/tiny-001");

    let mut random = ChaCha8Rng::seed_from_u64(2026);
    let mut left = Left::default();
    while left.kills < kills {
        let begun = place.path(&format!("{RUN}/config.ron")).exists();
        let mut command = if begun {
            place.command(&["resume", RUN, "--no-ui", "--device", "cpu"])
        } else {
            // A process killed before its run had its experiment has left nothing to resume.
            let _ = fs::remove_dir_all(place.path("killed"));
            place.command(&[&arguments[..], &["killed"]].concat())
        };
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let (awaited, moment) = match random.random_range(0..4) {
            0 => (Awaited::Nothing, 100_000),
            1 => (Awaited::Facts(random.random_range(1..30)), 5_000),
            2 => (Awaited::Checkpoint, 1_500),
            _ => (Awaited::File, 300),
        };
        wait(&place, &mut child, awaited);
        let moment = Instant::now() + Duration::from_micros(random.random_range(0..moment));
        while Instant::now() < moment {
            std::hint::spin_loop();
        }
        if let Some(ended) = child.try_wait().unwrap() {
            assert!(left.kills > kills / 2, "the run ended after {} kills: {ended}", left.kills);
            break;
        }
        // Sends SIGKILL.
        child.kill().unwrap();
        child.wait().unwrap();
        left.kills += 1;
        left.half_checkpoints += usize::from(half_written(&place, "checkpoints"));
        left.half_files += usize::from(files_half_written(&place));
        left.torn_lines += usize::from(journal(&place).last().is_some_and(|&byte| byte != b'\n'));
    }
    println!("{left:?}");
    assert!(left.half_checkpoints >= kills / 12, "checkpoints were hardly ever met: {left:?}");
    place.expect(0, &["resume", RUN, "--no-ui", "--device", "cpu"]);
    assert_eq!(end_of(&place, RUN), whole);
    nothing_whole_was_lost(&place);
    for folder in ["checkpoints", "predictions", ""] {
        assert!(!half_written(&place, folder), "something half written is left in {folder:?}");
    }
}
