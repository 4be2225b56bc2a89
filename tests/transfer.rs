//! A run that begins with another's weights: what is taken, what is made of it, and that it can be resumed whatever
//! becomes of the other.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::cast_possible_truncation)]

mod common;
#[path = "common/user.rs"]
mod user;

use std::collections::BTreeMap;
use std::fs;

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor, TensorData};
use common::{Place, end_of};
use serde::Deserialize;
use user::{EPOCH, job, quiet, steps, train};
use vivit_tui::config::{Experiment, Model};
use vivit_tui::data::VolumeShape;
use vivit_tui::event::{Command, Fate, SplitName, TrainEvent, Transferred};
use vivit_tui::model::Vivit;
use vivit_tui::model::geometry::Geometry;
use vivit_tui::runs::read_journal;
use vivit_tui::train::checkpoint::{self, Checkpoint};
use vivit_tui::train::transfer::fitting::{Trained, transfer};
use vivit_tui::train::transfer::{Beginning, OwnData};
use vivit_tui::train::{Job, evaluate};

const SMALL: &str = "model: (embedding: Tubelet(size: (4, 4, 4)), dim: 16, heads: 2, layers: 2, mlp: 32";

/// The weights of a model, by their names.
fn weights(model: &Vivit) -> BTreeMap<String, TensorData> {
    #[derive(Default)]
    struct All(Vec<String>, BTreeMap<String, TensorData>);
    impl ModuleVisitor for All {
        fn enter_module(&mut self, name: &str, _: &str) {
            self.0.push(name.to_owned());
        }
        fn exit_module(&mut self, _: &str, _: &str) {
            self.0.pop();
        }
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            self.1.insert(self.0.join("."), param.val().into_data());
        }
    }
    let mut all = All::default();
    model.visit(&mut all);
    all.1
}

fn model(keys: &[&str]) -> Model {
    let overrides: Vec<String> = keys.iter().map(|key| format!("model.{key}")).collect();
    let text = format!("(name: \"a\", data: (set: OrganMnist3d), {SMALL}))");
    Experiment::parse(&text, "a.ron", &overrides).unwrap().model
}

fn fresh(model: &Model, volume: [usize; 3], seed: u64) -> (Vivit, Geometry) {
    let [depth, height, width] = volume;
    let geometry = Geometry::new(model, VolumeShape { depth, height, width, channels: 1 }).unwrap();
    (Vivit::new(model, &geometry, 3, seed, &Device::flex()), geometry)
}

/// The new model by its weights, beside those that it was given, and what became of each part.
struct Given {
    before: BTreeMap<String, TensorData>,
    there: BTreeMap<String, TensorData>,
    after: BTreeMap<String, TensorData>,
    fates: BTreeMap<String, Fate>,
}

/// Gives a model what another has learned; each is told as keys of `model` and the volume that it is for.
fn give((there, from): (&[&str], [usize; 3]), (here, to): (&[&str], [usize; 3]), same_classes: bool) -> Given {
    let (there, here) = (model(there), model(here));
    let ((trained, grid), (new, geometry)) = (fresh(&there, from, 1), fresh(&here, to, 2));
    let (before, there_weights) = (weights(&new), weights(&trained));
    let trained = Trained { model: there, grid: Some(grid.grid()), same_classes, weights: there_weights.clone() };
    let (after, parts) = transfer(new, &here, &geometry, &trained);
    let parameters: u64 = parts.iter().map(|part| part.parameters).sum();
    let all: usize = before.values().map(|weights| weights.shape().num_elements()).sum();
    assert_eq!(parameters, all as u64, "every parameter belongs to a part that is told of");
    let fates = parts.into_iter().map(|part| (part.name, part.fate)).collect();
    Given { before, there: there_weights, after: weights(&after), fates }
}

impl Given {
    /// The parameters whose weights are exactly the other model's.
    fn taken(&self) -> Vec<&str> {
        let taken = self.after.iter().filter(|(name, weights)| self.there.get(*name) == Some(weights));
        taken.map(|(name, _)| name.as_str()).collect()
    }

    fn assert_fresh(&self, prefix: &str) {
        let fresh: Vec<_> = self.after.iter().filter(|(name, _)| name.starts_with(prefix)).collect();
        assert!(!fresh.is_empty(), "{prefix}");
        for (name, weights) in fresh {
            assert_eq!(self.before.get(name), Some(weights), "{name}");
        }
    }
}

const CUBE: [usize; 3] = [8, 8, 8];

#[test]
fn another_set_takes_all_but_the_head() {
    let given = give((&[], CUBE), (&[], CUBE), false);
    given.assert_fresh("head");
    // A bias begins with zeros everywhere.
    assert_eq!(given.taken().len(), given.after.len() - 1);
    assert!(!given.taken().contains(&"head.weight"));
    assert_eq!(given.fates["head"], Fate::Fresh("it told other classes apart".into()));
    assert_eq!(given.fates["attention of blocks 1 to 2"], Fate::Taken);
    let given = give((&[], CUBE), (&[], CUBE), true);
    assert_eq!(given.taken().len(), given.after.len());
}

#[test]
fn a_deeper_model_takes_the_blocks_that_there_are() {
    let given = give((&[], CUBE), (&["layers=4", "pooling=Cls"], CUBE), true);
    given.assert_fresh("blocks.2");
    given.assert_fresh("blocks.3");
    given.assert_fresh("class_token");
    assert_eq!(given.fates["MLP of blocks 1 to 2"], Fate::Taken);
    assert_eq!(given.fates["MLP of blocks 3 to 4"], Fate::Fresh("that model has none".into()));
    // The class token's own place is new, those of the volume are not.
    let ([there, here], dim) = ([&given.there, &given.after].map(|all| numbers(&all["positions"])), 16);
    assert_eq!(here[dim..], there);
    assert!(here[..dim].iter().all(|number| *number == 0.0));
}

#[test]
fn what_does_not_fit_is_left_with_its_reason() {
    let given = give((&["heads=4", "mlp=64"], CUBE), (&[], CUBE), true);
    given.assert_fresh("blocks");
    assert_eq!(given.fates["attention of blocks 1 to 2"], Fate::Fresh("4 heads there, 2 here".into()));
    assert_eq!(given.fates["MLP of blocks 1 to 2"], Fate::Fresh("16 × 64 there, 16 × 32 here".into()));
    let given = give((&["dim=32"], CUBE), (&[], CUBE), true);
    assert!(given.fates.values().all(|fate| matches!(fate, Fate::Fresh(_))));
    let given = give((&["embedding.size=(2, 4, 4)"], CUBE), (&[], CUBE), true);
    given.assert_fresh("embedding");
    let why = "tubelets of 2×4×4 there, of 4×4×4 here";
    assert_eq!(given.fates["embedding"], Fate::Fresh(why.into()));
    let given = give((&["positions=Sinusoidal"], CUBE), (&[], CUBE), true);
    given.assert_fresh("positions");
}

#[derive(Deserialize)]
struct Case {
    there: [usize; 3],
    here: [usize; 3],
    positions: Vec<Vec<f32>>,
    resampled: Vec<Vec<f32>>,
}

#[test]
fn positions_of_another_grid_are_those_that_pytorch_interpolates() {
    let text = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/transfer.json")).unwrap();
    let cases: Vec<Case> =
        serde_json::from_value(serde_json::from_str::<serde_json::Value>(&text).unwrap()["cases"].take()).unwrap();
    assert_eq!(cases.len(), 4);
    for case in cases {
        let architecture = model(&["dim=6", "heads=1"]);
        let volume = case.here.map(|tokens| tokens * 4);
        let (new, geometry) = fresh(&architecture, volume, 2);
        let positions = TensorData::new(case.positions.concat(), [case.positions.len(), 6]);
        let weights_there = BTreeMap::from([("positions".to_owned(), positions)]);
        let trained =
            Trained { model: architecture.clone(), grid: Some(case.there), same_classes: true, weights: weights_there };
        let (given, parts) = transfer(new, &architecture, &geometry, &trained);
        let found = numbers(&weights(&given)["positions"]);
        let expected = case.resampled.concat();
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(&expected) {
            assert!((found - expected).abs() < 1e-5, "{found} {expected} from {:?} to {:?}", case.there, case.here);
        }
        let part = parts.iter().find(|part| part.name == "positions").unwrap();
        assert_eq!(part.fate, Fate::Fitted("interpolated between its places".into()));
    }
}

#[test]
fn the_kernel_of_an_image_becomes_that_of_a_tubelet_as_in_the_paper() {
    let image = ["embedding=UniformFrames(frames: 1, patch: (4, 4))"];
    for (init, how) in
        [("Uniform", "repeated over the tubelets' depth"), ("CentralFrame", "in the tubelets' middle slice")]
    {
        let tubelets = format!("embedding.init={init}");
        let given = give((&image, [1, 8, 8]), (&[&tubelets], CUBE), true);
        assert_eq!(given.fates["embedding"], Fate::Fitted(how.into()));
        let [there, here] = [&given.there, &given.after].map(|all| numbers(&all["embedding.projection.weight"]));
        assert_eq!(here.len(), 4 * there.len());
        for (slice, kernel) in here.chunks(there.len()).enumerate() {
            let factor = if init == "Uniform" { 0.25 } else { f32::from(u8::from(slice == 2)) };
            let expected: Vec<f32> = there.iter().map(|number| number * factor).collect();
            assert_eq!(kernel, expected, "slice {slice}");
        }
    }
}

#[test]
fn a_factorised_model_begins_as_the_one_in_space() {
    let given = give((&[], CUBE), (&["attention=FactorisedSelfAttention"], CUBE), true);
    for block in ["blocks.0", "blocks.1"] {
        let output = numbers(&given.after[&format!("{block}.time_attention.output.weight")]);
        assert!(output.iter().all(|number| *number == 0.0));
        given.assert_fresh(&format!("{block}.time_attention.qkv"));
    }
    assert_eq!(given.fates["attention in time of blocks 1 to 2"], Fate::Fitted("to add nothing at first".into()));
    // Of model 2 the places of one time are learned, and the times by themselves.
    let given = give((&[], CUBE), (&["attention=FactorisedEncoder(temporal_layers: 1)"], CUBE), true);
    assert_eq!(given.fates["positions"], Fate::Fitted("interpolated between its places".into()));
    given.assert_fresh("temporal");
}

fn numbers(data: &TensorData) -> Vec<f32> {
    data.iter::<f32>().collect()
}

#[test]
fn a_run_begins_where_the_other_had_come_to() {
    let place = Place::new();
    let parent = job(&place, "ema: (decay: 0.9),");
    train(&parent, &[], quiet);
    let (newest, _) = checkpoint::newest(&parent.folder).unwrap();
    let shown = newest.load_evaluated(parent.model().unwrap(), &parent.experiment.model).unwrap();
    let before = evaluate(&shown, &parent, SplitName::Validation).unwrap();
    let child = job(&place, "");
    let data = OwnData::from(&*child.dataset);
    let beginning = Beginning::new(&child.experiment, data, &child.compute.device, &newest).unwrap();
    let (begun, transferred) = beginning.keep(&child.folder).unwrap();
    let (taken, of) = transferred.taken();
    assert_eq!((taken, transferred.averaged, begun.state.step), (of, true, 0));
    let shown = begun.load_evaluated(child.model().unwrap(), &child.experiment.model).unwrap();
    let after = evaluate(&shown, &child, SplitName::Validation).unwrap();
    assert_eq!(before.probabilities, after.probabilities);
}

#[test]
fn who_goes_back_to_the_beginning_finds_the_weights_that_were_taken() {
    let place = Place::new();
    let parent = job(&place, "");
    train(&parent, &[], quiet);
    let (newest, _) = checkpoint::newest(&parent.folder).unwrap();
    let from = format!("model.from={:?}", parent.folder.path());
    let child = job(&place, "checkpoints: (keep: 1),");
    let experiment = child.experiment.with_overrides(&[from]).unwrap();
    let child = Job { experiment: experiment.into(), ..child };
    let data = OwnData::from(&*child.dataset);
    Beginning::new(&child.experiment, data, &child.compute.device, &newest).unwrap().keep(&child.folder).unwrap();
    let mut back = false;
    // After three epochs, of which one checkpoint is kept.
    let events = train(&child, &[], |event, user| match event {
        TrainEvent::Stepped(stepped) if stepped.step == 3 * EPOCH + 2 && !back => user.wish(Command::Pause),
        TrainEvent::Paused { .. } if !back => {
            back = true;
            user.wish_all(&[Command::RollBack(Some(0)), Command::Continue]);
        }
        TrainEvent::Paused { .. } => user.wish(Command::Continue),
        _ => {}
    });
    let steps = steps(&events);
    let (first, again) = steps.split_at(3 * EPOCH as usize + 2);
    assert_eq!(first, &again[..first.len()], "bit for bit");
    assert_eq!(again.len(), 4 * EPOCH as usize);
}

/// What the journal of a run says about its beginning.
fn transferred(place: &Place, run: &str) -> Vec<Transferred> {
    let events = read_journal(&place.path(&format!("runs/{run}/events.jsonl"))).unwrap().events;
    let told = events.into_iter().filter_map(|event| match event {
        TrainEvent::Transferred(transferred) => Some(*transferred),
        _ => None,
    });
    told.collect()
}

#[test]
fn a_run_of_another_model_says_what_it_took_and_is_resumed_without_the_other() {
    let place = Place::new();
    place.expect(0, &["tiny.ron", "--no-ui", "--device", "cpu"]);
    let finer = place.experiment("").replace("name: \"tiny\"", "name: \"finer\"").replace(
        "model: (embedding: Tubelet(size: (4, 4, 4))",
        "model: (from: \"runs/tiny-001\", embedding: Tubelet(size: (4, 4, 4), stride: (2, 2, 2))",
    );
    place.write("finer.ron", &finer);
    let (_, said) = place.expect(0, &["finer.ron", "--no-ui", "--device", "cpu"]);
    for line in ["begins with the weights of step", "  embedding: taken", "  positions: taken, interpolated"] {
        assert!(said.contains(line), "{line} in\n{said}");
    }
    let (inspected, _) = place.expect(0, &["inspect", "finer.ron"]);
    assert!(inspected.contains("  positions: taken, interpolated"), "{inspected}");
    let told = transferred(&place, "finer-001");
    assert_eq!(told.len(), 1);
    let (taken, of) = told[0].taken();
    assert_eq!(taken, of);

    // Stopped within its first epoch, when the checkpoint from before its first step is all that it has.
    place
        .expect(0, &["finer.ron", "--no-ui", "--device", "cpu", "--set", "training.epochs=1", "--set", "name=\"cut\""]);
    let folder = place.path("runs/cut-001");
    for (step, path) in fs::read_dir(folder.join("checkpoints")).unwrap().map(|entry| {
        let path = entry.unwrap().path();
        (path.file_name().unwrap().to_string_lossy().into_owned(), path)
    }) {
        if step != "step-000000" {
            fs::remove_dir_all(path).unwrap();
        }
    }
    let kept = Checkpoint::read(&folder.join("checkpoints/step-000000")).unwrap();
    assert_eq!((kept.state.step, kept.state.epoch), (0, 1));
    let journal = fs::read_to_string(folder.join("events.jsonl")).unwrap();
    let before_epoch: Vec<&str> = journal.lines().take_while(|line| !line.contains("epoch_finished")).collect();
    fs::write(folder.join("events.jsonl"), before_epoch.join("\n") + "\n").unwrap();
    fs::remove_file(folder.join("summary.json")).unwrap();
    let config = fs::read_to_string(folder.join("config.ron")).unwrap().replace("epochs: 1,", "epochs: 4,");
    fs::write(folder.join("config.ron"), config).unwrap();
    fs::rename(place.path("runs/tiny-001"), place.path("elsewhere")).unwrap();
    place.expect(0, &["resume", "cut-001", "--no-ui", "--device", "cpu"]);
    let (ends, of_whole) = (end_of(&place, "runs/cut-001"), end_of(&place, "runs/finer-001"));
    assert_eq!(ends.0, of_whole.0, "the same weights");
    assert_eq!(ends.1["test"], of_whole.1["test"], "bit for bit");
    assert_eq!(transferred(&place, "cut-001").len(), 1);
}

#[test]
fn a_head_is_taken_from_a_run_of_the_same_file_wherever_the_file_lies() {
    let place = Place::new();
    place.expect(0, &["tiny.ron", "--no-ui", "--device", "cpu", "--set", "training.epochs=1"]);
    let head = |file: &str| {
        let (set, from) = (format!("data.set=Npz(path: {file:?})"), "model.from=\"tiny-001\"");
        let (told, _) = place.expect(0, &["inspect", "tiny.ron", "--set", &set, "--set", from]);
        told.lines().find(|line| line.starts_with("  head: ")).unwrap().to_owned()
    };
    fs::copy(place.path("tiny.npz"), place.path("copy.npz")).unwrap();
    assert_eq!([head("tiny.npz"), head("copy.npz")], ["  head: taken"; 2]);
    // Other volumes and classes under the path that the run was trained on.
    common::write_npz(&place.path("tiny.npz"), 2);
    assert_eq!(head("tiny.npz"), "  head: not taken (it told other classes apart)");
    assert_eq!(head("copy.npz"), "  head: taken");
}

#[test]
fn a_bad_beginning_says_what_is_wrong_and_leaves_no_run() {
    let place = Place::new();
    place.expect(0, &["tiny.ron", "--no-ui", "--device", "cpu"]);
    for (from, code, words) in [
        ("\"\"", 2, "model.from"),
        ("\"runs/tiny-002\"", 2, "tiny-00"),
        ("\"runs/tiny-001/checkpoints/step-000001\"", 2, "it keeps step-0000"),
    ] {
        let set = format!("model.from={from}");
        let (_, said) = place.expect(code, &["tiny.ron", "--no-ui", "--device", "cpu", "--set", &set]);
        assert!(said.contains(words), "{from}: {said}");
    }
    let (set, dim) = ("model.from=\"tiny-001\"", "model.dim=32");
    let (_, said) = place.expect(2, &["tiny.ron", "--no-ui", "--device", "cpu", "--set", set, "--set", dim]);
    assert!(said.contains("nothing of") && said.contains("16 × 3 there, 32 × 3 here"), "{said}");
    assert_eq!(fs::read_dir(place.path("runs")).unwrap().count(), 1, "no folder is left of what could not begin");
}
