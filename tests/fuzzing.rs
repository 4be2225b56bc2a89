//! Whatever stands in a file or comes over the socket: no reader panics, and none takes more memory than the
//! file's own size bears out. `PROPTEST_CASES=100000 cargo test --release --test fuzzing` tries more.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout)]

#[path = "fuzzing/changes.rs"]
mod changes;
mod common;
#[path = "fuzzing/memory.rs"]
mod memory;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use burn::tensor::Device;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use sha2::{Digest, Sha256};
use vivit_tui::config::Experiment;
use vivit_tui::data::{self, Search, VolumeShape};
use vivit_tui::model::Vivit;
use vivit_tui::model::geometry::Geometry;
use vivit_tui::runs::{Notes, Provenance, RunFolder, read_journal, read_predictions};
use vivit_tui::train::checkpoint::{self, Checkpoint};

use self::changes::{changed, changes};
use self::memory::peak_of;
use common::Place;

/// Inputs of each kind, where the environment does not ask for others.
const CASES: u32 = 1000;
/// What a reader may hold whatever it reads: its buffers, a small model.
const BASE: usize = 16 << 20;
/// What it may hold for every byte of a file: a byte of deflate can stand for 1,032.
const PER_BYTE: usize = 1100;

/// Gives `read` many changed copies of good bytes; the same ones every time.
fn try_out(what: &str, good: &[u8], read: impl Fn(&[u8])) {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    let config = Config { cases: asked.unwrap_or(CASES), failure_persistence: None, ..Config::default() };
    let cases = config.cases;
    let random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let most = std::cell::Cell::new(0);
    let tried = TestRunner::new_with_rng(config, random).run(&changes(), |changes| {
        let bytes = changed(good, &changes);
        let peak = peak_of(|| read(&bytes));
        most.set(most.get().max(peak));
        assert!(peak <= BASE + PER_BYTE * bytes.len(), "{peak} bytes of memory for a file of {}", bytes.len());
        Ok(())
    });
    if let Err(error) = tried {
        panic!("{what}: {error}");
    }
    println!("{what}: {cases} inputs, {} KiB of memory at most", most.get() >> 10);
}

/// A run of two epochs, over and whole.
fn finished() -> Place {
    let place = Place::new();
    place.expect(0, &["tiny.ron", "--no-ui", "--device", "cpu", "--set", "training.epochs=2"]);
    place
}

fn run_of(place: &Place) -> RunFolder {
    RunFolder::open("tiny-001", &place.path("runs")).unwrap()
}

/// Writes bytes into a file and reads that.
fn through(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_volume_file() {
    let place = Place::new();
    let experiment = Experiment::parse(&place.read("tiny.ron"), "tiny.ron", &[]).unwrap();
    let path = place.path("tiny.npz");
    try_out("npz", &fs::read(&path).unwrap(), |bytes| {
        through(&path, bytes);
        let _ = data::open(&experiment.data, &Search::only(place.folder.path()), data::PHANTOM_SEED, &mut |_| {});
    });
}

#[test]
fn a_file_of_predictions() {
    let place = finished();
    let path = run_of(&place).predictions().join("epoch-001.npz");
    let good = fs::read(&path).unwrap();
    read_predictions(&path).unwrap();
    try_out("predictions", &good, |bytes| {
        through(&path, bytes);
        let _ = read_predictions(&path);
    });
}

#[test]
fn an_experiment_and_what_is_changed_in_it() {
    let commented = include_bytes!("../experiments/baseline.ron");
    try_out("experiment", commented, |bytes| {
        let _ = Experiment::parse(&String::from_utf8_lossy(bytes), "x.ron", &[]);
    });
    let change = b"training.optimizer=AdamW(learning_rate:3e-4,weight_decay:1e-5)";
    try_out("--set", change, |bytes| {
        let _ = Experiment::parse("(name: \"x\")", "x.ron", &[String::from_utf8_lossy(bytes).into_owned()]);
    });
}

#[test]
fn a_journal() {
    let place = finished();
    let path = run_of(&place).journal();
    let good = fs::read(&path).unwrap();
    try_out("journal", &good, |bytes| {
        through(&path, bytes);
        if let Ok(reading) = read_journal(&path) {
            // Whatever is a fact can also be folded.
            let _ = vivit_tui::app::Run::of(reading.events);
        }
    });
}

/// A checkpoint with other bytes in one of its files, and a manifest that vouches for them.
fn vouched(path: &Path, file: &str, bytes: &[u8]) {
    let sum = Sha256::digest(bytes).iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    let manifest = fs::read_to_string(path.join("MANIFEST")).unwrap();
    let line = |line: &str| if line.ends_with(file) { format!("{sum}  {file}\n") } else { format!("{line}\n") };
    fs::write(path.join("MANIFEST"), manifest.lines().map(line).collect::<String>()).unwrap();
    fs::write(path.join(file), bytes).unwrap();
}

#[test]
fn the_state_of_a_checkpoint() {
    let place = finished();
    let path = checkpoint::all(&run_of(&place)).remove(0).1;
    let good = fs::read(path.join("state.ron")).unwrap();
    try_out("state.ron", &good, |bytes| {
        vouched(&path, "state.ron", bytes);
        let _ = Checkpoint::read(&path);
    });
    let good = fs::read(path.join("MANIFEST")).unwrap();
    try_out("MANIFEST", &good, |bytes| {
        through(&path.join("MANIFEST"), bytes);
        let _ = Checkpoint::read(&path);
    });
}

#[test]
fn the_weights_of_a_checkpoint() {
    let place = finished();
    let path = checkpoint::all(&run_of(&place)).remove(0).1;
    let good = fs::read(path.join("model.bpk")).unwrap();
    let model = Checkpoint::read(&path).unwrap().state.experiment.model;
    let geometry = Geometry::new(&model, VolumeShape { depth: 8, height: 8, width: 8, channels: 1 }).unwrap();
    let fresh = Vivit::new(&model, &geometry, 3, 1, &Device::flex());
    try_out("model.bpk", &good, |bytes| {
        vouched(&path, "model.bpk", bytes);
        let _ = Checkpoint::read(&path).unwrap().load_model(fresh.clone(), &model);
    });
}

#[test]
fn notes_and_provenance() {
    let place = finished();
    let folder = run_of(&place);
    place.expect(0, &["runs", "note", "tiny-001", "a", "note"]);
    place.expect(0, &["runs", "tag", "tiny-001", "+good"]);
    try_out("notes.ron", &fs::read(folder.notes()).unwrap(), |bytes| {
        through(&folder.notes(), bytes);
        let _ = Notes::read(&folder);
    });
    try_out("provenance.ron", &fs::read(folder.provenance()).unwrap(), |bytes| {
        through(&folder.provenance(), bytes);
        let _ = Provenance::read(&folder);
    });
}

#[test]
fn what_comes_over_the_control_socket() {
    let place = Place::new();
    place.write("long.ron", &place.experiment("").replace("epochs: 4", "epochs: 100000"));
    let mut command = place.command(&["long.ron", "--no-ui", "--device", "cpu"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let socket = place.path("runs/tiny-001/control.sock");
    let patience = Instant::now() + Duration::from_mins(1);
    while UnixStream::connect(&socket).is_err() {
        assert!(Instant::now() < patience, "the run never listened");
    }
    let resident = || -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:").map(str::trim).map(str::to_owned));
        line.and_then(|line| line.split(' ').next()?.parse().ok()).unwrap_or(0)
    };
    let before = resident();
    let send = |bytes: &[u8]| {
        let mut stream = UnixStream::connect(&socket).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        // Who was refused may find the line closed.
        let _ = stream.write_all(bytes).and_then(|()| stream.shutdown(std::net::Shutdown::Write));
        for answer in BufReader::new(&stream).lines() {
            let Ok(answer) = answer else { break };
            assert!(answer == "\"heard\"" || answer.starts_with("{\"refused\":"), "answered with {answer}");
        }
    };
    try_out("wishes", b"\"pause\"\n\"continue\"\n{\"evaluate\":\"test\"}\n", send);
    try_out("steps", b"{\"step\":3}\n\"continue\"\n", send);
    try_out("breakpoints", b"{\"set_breakpoint\":{\"figure\":\"train_loss\",\"condition\":{\"below\":0.1}}}\n", send);
    let after = resident();
    assert!(after < before + (64 << 10), "the run's memory grew from {before} to {after} KiB");
    // It trains on.
    let steps = || place.read("runs/tiny-001/events.jsonl").matches("\"stepped\"").count();
    let (taken, patience) = (steps(), Instant::now() + Duration::from_secs(30));
    send(b"\"clear_breakpoints\"\n\"continue\"\n");
    while steps() == taken {
        assert!(Instant::now() < patience, "no step is taken any more");
    }
    // Among these are rates that no run survives; it stands still while they come.
    try_out("rates", b"\"pause\"\n{\"set_learning_rate\":0.001}\n", send);
    std::process::Command::new("kill").args(["-s", "TERM", &child.id().to_string()]).status().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
}
