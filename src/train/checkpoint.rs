//! Checkpoints: everything a run needs to go on exactly, in a folder that is whole or absent.

mod branch;
mod shelf;
pub mod writer;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use burn::module::Module;
use burn::store::ModuleRecord;
use burn::tensor::{Bytes, TensorData};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use self::branch::branch;
use self::shelf::{ASIDE, PINNED};
pub use self::shelf::{Stays, all, before, newest, pin, prune, remove, retire_after, spare, state, sweep};
use super::average::Average;
use super::figures::Figures;
use super::optimizer::Optimizer;
use crate::config::{self, Difference, Experiment, Fork};
use crate::model::Vivit;
use crate::runs::{self, RunFolder, write_synced};

const MODEL: &str = "model.bpk";
/// The optimizer's two moments, as models of the same shape.
const MOMENTS: [&str; 2] = ["moment-1.bpk", "moment-2.bpk"];
/// The running average of the weights, where one is kept.
const AVERAGE: &str = "average.bpk";
const STATE: &str = "state.ron";
const MANIFEST: &str = "MANIFEST";

/// A manifest or state file larger than this is none of ours.
const LARGEST_TEXT: u64 = 1 << 20;

/// What can be wrong with a checkpoint.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Folder(#[from] runs::Error),
    #[error("checkpoint {path}: {reason}", path = .path.display())]
    Damaged { path: PathBuf, reason: String },
    #[error("checkpoint {path} is of another architecture than this experiment's: {reason}", path = .path.display())]
    OtherArchitecture { path: PathBuf, reason: String },
    #[error("{path}: no whole checkpoint", path = .path.display())]
    None { path: PathBuf, damaged: Vec<String> },
}

/// Where a run stands between two steps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// What has been trained so far.
    pub experiment: Experiment,
    /// Optimizer steps done.
    pub step: u64,
    /// The epoch in progress, from 1; one past the last when all are done.
    pub epoch: u64,
    /// Batches of that epoch already trained on.
    pub next_batch: u64,
    /// What the epoch's batches gave so far.
    pub seen: Seen,
    /// The best validation so far.
    pub best: Option<Best>,
    /// The last validation figure that counted as an improvement for early stopping.
    pub improved_to: Option<f64>,
    /// Epochs since then.
    pub stale_epochs: u64,
    /// Whether early stopping has ended the training.
    pub stopped_early: bool,
    /// Training time so far.
    pub wall_ms: u64,
    /// The rate that the schedule starts from, where a user has set another than the experiment's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub learning_rate: Option<f64>,
    /// Optimizer steps that the running average of the weights has taken in; nothing where none is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub averaged: Option<u64>,
}

impl State {
    /// Before the first step.
    #[must_use]
    pub fn fresh(experiment: &Experiment) -> Self {
        Self {
            experiment: experiment.clone(),
            step: 0,
            epoch: 1,
            next_batch: 0,
            seen: Seen::default(),
            best: None,
            improved_to: None,
            stale_epochs: 0,
            stopped_early: false,
            wall_ms: 0,
            learning_rate: None,
            averaged: experiment.training.ema.as_ref().map(|_| 0),
        }
    }

    /// The epoch of the newest step: what has not begun has trained no weights.
    #[must_use]
    pub fn epoch_of_weights(&self) -> u64 {
        let begun = self.next_batch > 0 || self.epoch == 1;
        if begun { self.epoch } else { self.epoch - 1 }
    }

    /// The place from which another run can go on.
    #[must_use]
    pub fn fork(&self) -> Fork {
        Fork { epoch: self.epoch, next_batch: self.next_batch }
    }

    /// The same place in the run, from which it goes on by `experiment`. A rate that a user had set gives
    /// way to an optimizer that was written down after it.
    #[must_use]
    pub fn for_experiment(self, experiment: &Experiment) -> Self {
        let same = self.experiment.training.optimizer == experiment.training.optimizer;
        let averaged = self.averaged.filter(|_| experiment.training.ema.is_some());
        Self { learning_rate: self.learning_rate.filter(|_| same), experiment: experiment.clone(), averaged, ..self }
    }
}

/// The running training figures of an epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    pub volumes: u64,
    pub loss_sum: f64,
    pub correct: u64,
    /// Time spent in steps.
    pub step_us: u64,
}

impl Seen {
    /// The same without the time.
    #[must_use]
    pub fn figures(&self) -> Figures {
        Figures { volumes: self.volumes, loss_sum: self.loss_sum, correct: self.correct }
    }
}

/// The best validation figure, and where its weights are kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Best {
    pub epoch: u64,
    pub step: u64,
    /// The figure that `training.best` names; higher is better (a loss is negated).
    pub score: f64,
}

/// The name of a checkpoint's folder.
#[must_use]
pub fn name(step: u64) -> String {
    format!("step-{step:06}")
}

/// For how long a checkpoint stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// While it is among the newest, or the best.
    AsNewest,
    /// Until the user removes it.
    ForGood,
}

/// The weights of a checkpoint.
pub struct Parts {
    pub model: Vivit,
    /// The optimizer's two moments.
    pub moments: [Vivit; 2],
    /// The running average of the weights, where one is kept.
    pub average: Option<Vivit>,
}

/// Writes a checkpoint: into a hidden folder, every file synced, the manifest last, then renamed.
///
/// # Errors
///
/// Any failure to write; no half checkpoint is left behind under its name.
pub fn save(folder: &RunFolder, parts: &Parts, state: &State, keep: Keep) -> Result<PathBuf, Error> {
    place(folder, state.step, keep, |path| {
        let bytes = |model: &Vivit| {
            let damaged = |reason: String| Error::Damaged { path: path.to_path_buf(), reason };
            model.clone().into_record().into_bytes().map_err(|error| damaged(error.to_string()))
        };
        let [first, second] = &parts.moments;
        let (model, first, second) = (bytes(&parts.model)?, bytes(first)?, bytes(second)?);
        let average = parts.average.as_ref().map(bytes).transpose()?;
        let mut records: Vec<(&str, &[u8])> = vec![(MODEL, &model), (MOMENTS[0], &first), (MOMENTS[1], &second)];
        records.extend(average.as_ref().map(|average| (AVERAGE, &**average)));
        write_parts(path, &records, state)
    })
}

/// Puts a checkpoint of that step in its place, which `write` writes into another folder.
fn place(
    folder: &RunFolder,
    step: u64,
    keep: Keep,
    write: impl FnOnce(&Path) -> Result<(), Error>,
) -> Result<PathBuf, Error> {
    let path = folder.checkpoints().join(name(step));
    let temporary = folder.checkpoints().join(format!(".{}.{}.part", name(step), std::process::id()));
    let written = write(&temporary).and_then(|()| {
        // What was to be kept for good is not given up for another of the same step.
        if keep == Keep::ForGood || path.join(PINNED).exists() {
            write_synced(&temporary.join(PINNED), b"")?;
        }
        // The same step may be there already: a stop just before the epoch's end is followed by the
        // epoch's own checkpoint, and a damaged one is written anew. The old one steps aside first.
        let aside = folder.checkpoints().join(format!(".{}{ASIDE}", name(step)));
        let replaces = path.exists();
        if replaces {
            let _ = fs::remove_dir_all(&aside);
            fs::rename(&path, &aside).map_err(runs::Error::io("move aside", &path))?;
        }
        if let Err(error) = fs::rename(&temporary, &path) {
            if replaces {
                // Whatever happens, one of the two is there.
                let _ = fs::rename(&aside, &path);
            }
            return Err(runs::Error::io("rename to", &path)(error).into());
        }
        runs::sync_parent(&path)?;
        if replaces {
            fs::remove_dir_all(&aside).map_err(runs::Error::io("remove", &aside))?;
        }
        Ok(())
    });
    if written.is_err() {
        // The first error is the one to report.
        let _ = fs::remove_dir_all(&temporary);
    }
    written.map(|()| path)
}

/// Writes the files of a checkpoint: its records by their names, and the state.
fn write_parts(path: &Path, records: &[(&str, &[u8])], state: &State) -> Result<(), Error> {
    let damaged = |reason: String| Error::Damaged { path: path.to_path_buf(), reason };
    fs::create_dir_all(path).map_err(runs::Error::io("create", path))?;
    let state =
        ron::ser::to_string_pretty(state, ron::ser::PrettyConfig::default()).map_err(|e| damaged(e.to_string()))?;
    let mut manifest = String::new();
    for &(name, bytes) in records.iter().chain([&(STATE, state.as_bytes())]) {
        write_synced(&path.join(name), bytes)?;
        manifest += &format!("{}  {name}\n", sha256(bytes));
    }
    write_synced(&path.join(MANIFEST), manifest.as_bytes())?;
    Ok(runs::sync_parent(&path.join(MANIFEST))?)
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// A checkpoint that was found whole.
pub struct Checkpoint {
    pub path: PathBuf,
    pub state: State,
    model: Vec<u8>,
    moments: [Vec<u8>; 2],
    average: Option<Vec<u8>>,
}

impl Checkpoint {
    /// Reads a checkpoint and holds every file to the manifest.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`] naming the file that is missing or differs.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let damaged = |reason: String| Error::Damaged { path: path.to_path_buf(), reason };
        let file = |name: &str, most: u64| -> Result<Vec<u8>, Error> {
            let file = path.join(name);
            let length = fs::metadata(&file).map_err(|e| damaged(format!("{name}: {e}")))?.len();
            if length > most {
                return Err(damaged(format!("{name}: {length} bytes, expected at most {most}")));
            }
            fs::read(&file).map_err(|e| damaged(format!("{name}: {e}")))
        };
        let manifest = String::from_utf8_lossy(&file(MANIFEST, LARGEST_TEXT)?).into_owned();
        let checked = |name: &str, most: u64| -> Result<Vec<u8>, Error> {
            let expected = manifest
                .lines()
                .find_map(|line| line.strip_suffix(name)?.split_whitespace().next())
                .ok_or_else(|| damaged(format!("{MANIFEST} does not name {name}")))?;
            let bytes = file(name, most)?;
            let found = sha256(&bytes);
            if found != expected {
                return Err(damaged(format!("{name} was changed: SHA-256 {found}, written as {expected}")));
            }
            Ok(bytes)
        };
        let state = checked(STATE, LARGEST_TEXT)?;
        let state: State = ron::de::from_bytes(&state).map_err(|e| damaged(format!("{STATE}: {e}")))?;
        let model = checked(MODEL, u64::MAX)?;
        let moments = [checked(MOMENTS[0], u64::MAX)?, checked(MOMENTS[1], u64::MAX)?];
        let average = state.averaged.map(|_| checked(AVERAGE, u64::MAX)).transpose()?;
        Ok(Self { path: path.to_path_buf(), state, model, moments, average })
    }

    /// A fresh model, built as `architecture` says, with this checkpoint's weights.
    ///
    /// # Errors
    ///
    /// [`Error::OtherArchitecture`] when the weights were trained in another model, also where their
    /// shapes would fit: the number of heads leaves no trace in a shape.
    pub fn load_model(&self, fresh: Vivit, architecture: &config::Model) -> Result<Vivit, Error> {
        let other = |reason| Error::OtherArchitecture { path: self.path.clone(), reason };
        let trained = &self.state.experiment.model;
        if trained.architecture() != architecture.architecture() {
            return Err(other(self.unlike(architecture)));
        }
        fresh.try_load_record(self.record(MODEL, &self.model)?).map_err(|e| other(e.to_string()))
    }

    /// Where the model that was trained and another differ, key by key.
    fn unlike(&self, architecture: &config::Model) -> String {
        let trained = &self.state.experiment;
        let mut described = trained.clone();
        described.model = config::Model { from: trained.model.from.clone(), ..architecture.clone() };
        let value = |value: Option<String>| value.unwrap_or_else(|| "nothing".to_owned());
        let keys = config::differences(trained, &described).into_iter().map(|Difference { path, left, right }| {
            format!("{path} is {} in the checkpoint, {} in the experiment", value(left), value(right))
        });
        keys.collect::<Vec<_>>().join("; ")
    }

    fn record(&self, name: &str, bytes: &[u8]) -> Result<ModuleRecord, Error> {
        ModuleRecord::from_bytes(Bytes::from_bytes_vec(bytes.to_vec())).map_err(|e| self.damaged(name, &e))
    }

    fn damaged(&self, name: &str, reason: &dyn std::fmt::Display) -> Error {
        Error::Damaged { path: self.path.clone(), reason: format!("{name}: {reason}") }
    }

    /// The running average that was kept beside the weights, if one was; `model` is of the shape that was trained.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`] when it cannot be read.
    pub fn load_average(&self, model: &Vivit) -> Result<Option<Average>, Error> {
        let (Some(bytes), Some(taken)) = (&self.average, self.state.averaged) else { return Ok(None) };
        // A run that has kept none has restored the average of another: nothing is taken in any more.
        let ema = self.state.experiment.training.ema.clone().unwrap_or_default();
        let average = model.clone().try_load_record(self.record(AVERAGE, bytes)?);
        Ok(Some(Average::of(average.map_err(|e| self.damaged(AVERAGE, &e))?, &ema, taken)))
    }

    /// The weights that are evaluated: the running average, where one was kept, else the model's. A fresh model is
    /// built as in [`Self::load_model`].
    ///
    /// # Errors
    ///
    /// As there, and when the average cannot be read.
    pub fn load_evaluated(&self, fresh: Vivit, architecture: &config::Model) -> Result<Vivit, Error> {
        let model = self.load_model(fresh, architecture)?;
        Ok(self.load_average(&model)?.map_or_else(|| model.clone(), |average| average.model(&model)))
    }

    /// The weights that are evaluated, by the names of their parameters, whatever model they are of.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`] when they cannot be read.
    pub fn weights(&self) -> Result<BTreeMap<String, TensorData>, Error> {
        let (name, bytes) = self.average.as_ref().map_or((MODEL, &self.model), |average| (AVERAGE, average));
        let weights = || -> Result<BTreeMap<String, TensorData>, burn_pack::Error> {
            let tensors = burn_pack::Reader::from_bytes(Bytes::from_bytes_vec(bytes.clone()))?.into_tensors()?;
            let parts = tensors.into_iter().map(|tensor| {
                let (name, dtype, shape, _, bytes) = tensor.into_parts()?;
                Ok((name, TensorData::from_bytes(bytes, shape, dtype)))
            });
            parts.collect()
        };
        weights().map_err(|error| self.damaged(name, &error))
    }

    /// The optimizer with this checkpoint's moments; `model` is of the shape that was trained.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`] when they cannot be read.
    pub fn load_optimizer(&self, optimizer: Optimizer, model: &Vivit) -> Result<Optimizer, Error> {
        let [first, second] = &self.moments;
        let moment = |name: &str, bytes: &[u8]| {
            let record = self.record(name, bytes)?;
            model.clone().try_load_record(record).map_err(|e| self.damaged(name, &e))
        };
        Ok(optimizer.with_moments([moment(MOMENTS[0], first)?, moment(MOMENTS[1], second)?]))
    }
}
