//! `inspect`: what an experiment would train.

use std::io::{Write, stdout};

use super::args::Common;
use crate::app::log::transferred_words;
use crate::app::model::sight;
use crate::app::words::grouped;
use crate::config::{Attention, Experiment, Pooling, Set};
use crate::data::{self, Search, Task, VolumeShape, medmnist};
use crate::event::Transferred;
use crate::model::cost::Cost;
use crate::model::geometry::Geometry;
use crate::runtime::{Failure, settled};
use crate::train;
use crate::train::transfer::{self, OwnData};

/// What is known of the data without training on it.
struct Known {
    name: String,
    shape: VolumeShape,
    classes: usize,
    /// What a class of it is: one of several that a volume may have at once is a label.
    task: Task,
    /// Of its file, where there is one.
    md5: Option<String>,
    train_volumes: usize,
    /// Bytes of all its volumes in memory.
    bytes: u64,
}

pub fn inspect(experiment: &Experiment, common: &Common) -> Result<u8, Failure> {
    let known = known(experiment, common)?;
    let geometry = Geometry::new(&experiment.model, known.shape).map_err(train::Error::from)?;
    let cost = Cost::of(&experiment.model, &geometry, known.classes);
    let mut text = text(experiment, &known, &geometry, &cost);
    if let Some(from) = &experiment.model.from {
        let source = transfer::source(from, &common.runs_dir())?;
        let data = OwnData { shape: known.shape, classes: known.classes, md5: known.md5.as_deref() };
        // With the paths as a run would have them: by these it is known whether both are of the same data.
        text += &beginning_text(&transfer::told(&settled(experiment.clone()), data, &source)?);
    }
    // A reader that went away has seen what it wanted.
    drop(write!(stdout(), "{text}"));
    Ok(0)
}

/// What it would take of another's weights.
fn beginning_text(transferred: &Transferred) -> String {
    let parts = transferred.parts.iter().map(|part| format!("  {part}\n"));
    format!("\n{}\n{}", transferred_words(transferred), parts.collect::<String>())
}

/// The registry knows the sets; only a file of the user's own has to be read.
fn known(experiment: &Experiment, common: &Common) -> Result<Known, Failure> {
    let (set, size) = (&experiment.data.set, experiment.data.size);
    let of = |release: medmnist::Release, name: String| {
        let (train_volumes, ..) = release.known.samples;
        let (shape, classes, bytes) = (release.shape(), release.known.classes.len(), release.bytes());
        let (task, md5) = (release.known.task, Some(release.md5().to_owned()));
        Known { name, shape, classes, task, md5, train_volumes, bytes }
    };
    if let Some(release) = medmnist::release(set, size) {
        return Ok(of(release, release.name()));
    }
    if let (Set::Phantom, Some(organs)) = (set, medmnist::release(&Set::OrganMnist3d, size)) {
        let phantom = of(organs, "phantom (made up, in the shape of OrganMNIST3D)".into());
        return Ok(Known { md5: None, ..phantom });
    }
    let search = Search::from_environment(common.data_dir.clone());
    let dataset = data::open(&experiment.data, &search, data::PHANTOM_SEED, &mut |_| {})?;
    let volumes = dataset.train.len() + dataset.validation.len() + dataset.test.len();
    Ok(Known {
        bytes: (volumes * dataset.shape.voxels()) as u64,
        name: dataset.name.clone(),
        shape: dataset.shape,
        classes: dataset.classes.len(),
        task: dataset.task,
        md5: dataset.source.md5.clone(),
        train_volumes: dataset.train.len(),
    })
}

#[expect(clippy::cast_precision_loss, reason = "figures for a person to read")]
fn text(experiment: &Experiment, known: &Known, geometry: &Geometry, cost: &Cost) -> String {
    let batch = experiment.data.batch;
    let training = &experiment.training;
    let batches = known.train_volumes.div_ceil(batch);
    let steps = batches.div_ceil(training.accumulate);
    let mut text = String::new();
    let class_token = match (experiment.model.pooling, experiment.model.attention) {
        (Pooling::Mean, _) => "",
        (Pooling::Cls, Attention::FactorisedEncoder { .. }) => ", and a class token in each encoder",
        (Pooling::Cls, _) => ", and a class token",
    };
    let mut rows = vec![
        ("experiment", experiment.name.clone()),
        ("data", data_words(known)),
        ("volume", known.shape.to_string()),
        ("tokens", format!("{} = {}{class_token}", geometry.tokens(), sight::tokens(&geometry.cuts))),
    ];
    rows.extend(sight::frames(&geometry.cuts).map(|frames| ("frames", frames)));
    rows.extend(sight::padding(&geometry.cuts).map(|zeros| ("padding", format!("zeros: {zeros}"))));
    rows.extend([
        ("margin", margin(geometry)),
        ("training", format!("{} epochs of {steps} steps of {} volumes", training.epochs, batch * training.accumulate)),
        ("forward", format!("{:.2} MFLOP a volume", cost.forward_flops() as f64 / 1e6)),
        ("step", format!("{:.2} GFLOP for a batch of {batch}", cost.step_flops(batch) as f64 / 1e9)),
        (
            "memory",
            format!(
                "{} for weights, gradients and moments{}; about {} of activations for a batch",
                mebibytes(cost.state_bytes(training.ema.is_some())),
                if training.ema.is_some() { ", and the weights' average" } else { "" },
                mebibytes(cost.activation_bytes(batch))
            ),
        ),
    ]);
    for (name, value) in rows {
        text += &format!("{name:<11} {value}\n");
    }
    let name = cost.parts.iter().map(|part| part.name.chars().count()).max().unwrap_or(0).max(24);
    text += &format!("\n{:<name$} {:>12}  {:>10}  formula\n", "part", "parameters", "MFLOP");
    for part in &cost.parts {
        let flops = if part.flops == 0 { "–".into() } else { format!("{:.3}", part.flops as f64 / 1e6) };
        text += &format!("{:<name$} {:>12}  {flops:>10}  {}\n", part.name, grouped(part.parameters), part.formula);
    }
    let flops = format!("{:.3}", cost.forward_flops() as f64 / 1e6);
    text += &format!("{:<name$} {:>12}  {flops:>10}\n", "all", grouped(cost.parameters()));
    text
}

/// The set, and what its volumes take in memory.
fn data_words(known: &Known) -> String {
    let Known { name, classes, train_volumes, bytes, .. } = known;
    let what = if known.task == Task::MultiLabel { "labels" } else { "classes" };
    format!("{name}, {classes} {what}, {train_volumes} training volumes, {} in memory", data::bytes_words(*bytes))
}

/// What the model never sees.
fn margin(geometry: &Geometry) -> String {
    let seen = geometry.seen_share() * 100.0;
    if sight::scattered(&geometry.cuts) {
        return format!("all other frames: the model sees {seen:.2} % of a volume");
    }
    match geometry.margin() {
        [0, 0, 0] => "none: the model sees every voxel".into(),
        [d, h, w] => {
            format!(
                "the last {d}, {h} and {w} voxels of depth, height and width: the model sees {seen:.2} % of a volume"
            )
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a figure for a person to read")]
fn mebibytes(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20))
}
