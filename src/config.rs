//! An experiment: what is trained, on what, and how, read from a RON file and valid by
//! construction. It knows neither Burn nor the data files themselves; it only says which set, model
//! and recipe are meant.
//!
//! The way of a file: text → `RawExperiment` (the types are right) → [`Experiment`] (the ranges and
//! shapes are right too) → overrides, each checked like the file. Every failure is one [`Error`]
//! with its place.

mod augment;
mod branching;
mod check;
mod cut;
mod data;
mod draft;
mod entries;
mod error;
mod explain;
mod finding;
mod keys;
mod model;
mod outline;
mod overrides;
mod read;
mod training;

use std::path::Path;

use ron::extensions::Extensions;
use ron::ser::PrettyConfig;
use serde::{Deserialize, Serialize};

pub use self::augment::{Augment, Views};
pub use self::branching::Fork;
pub use self::cut::{Cut, Misfit};
pub use self::data::{Data, Loader, Set};
pub use self::draft::{Complaint, Draft, Line};
pub use self::entries::{Difference, Entry, differences};
pub use self::error::{Error, Place};
use self::finding::Finding;
pub use self::model::{Attention, Embedding, MlpOutput, Model, Padding, Pooling, Positions, TubeletInit};
pub use self::read::experiment_files;
pub use self::training::{BestBy, Checkpoints, ClassWeights, EarlyStopping, Ema, Optimizer, Schedule, Training};

/// A complete, checked experiment: every range holds and every shape fits.
///
/// The sections are checked as parts of the whole, because some rules span two of them (a tubelet
/// must fit into the volumes of the set). The defaults are the reference recipe, keras.io "Video
/// Vision Transformer".
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "RawExperiment")]
pub struct Experiment {
    /// The name of the run's folder, before its number: 1 to 64 of letters, digits, `-`, `_` and
    /// `.`.
    pub name: String,
    /// What everything random in the run follows from.
    pub seed: u64,
    /// The volumes to learn from.
    pub data: Data,
    /// The network.
    pub model: Model,
    /// The recipe.
    pub training: Training,
}

/// An experiment whose types are right and whose values nobody has looked at yet.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename = "Experiment", deny_unknown_fields)]
struct RawExperiment {
    name: String,
    #[serde(default = "default_seed")]
    seed: u64,
    data: Data,
    #[serde(default)]
    model: Model,
    #[serde(default)]
    training: Training,
}

/// The seed of a run that names none; any number would do, this one is the custom.
const fn default_seed() -> u64 {
    42
}

impl Experiment {
    /// Reads an experiment file and applies the `--set` arguments (`training.epochs=5`) in their
    /// order.
    ///
    /// # Errors
    /// When the file cannot be read, is larger than 1 MiB or not UTF-8, and for everything that [`Self::parse`]
    /// refuses.
    pub fn read(path: &Path, overrides: &[String]) -> Result<Self, Error> {
        let text = read::text(path)?;
        Self::parse(&text, &path.display().to_string(), overrides)
    }

    /// Parses an experiment; `origin` is the name that the messages give to `text`, usually the
    /// file's path.
    ///
    /// # Errors
    /// For bad syntax, unknown or missing keys, wrong types, values out of range and impossible shapes, in the
    /// text or in an override. The text must be valid before the overrides are applied.
    pub fn parse(text: &str, origin: &str, overrides: &[String]) -> Result<Self, Error> {
        // Some editors begin a file with a byte order mark, which nobody sees and RON does not
        // know.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let raw: RawExperiment = syntax().from_str(text).map_err(|error| {
            let (offset, finding) = explain::explain(text, &error);
            Error::in_file(origin, text, offset, &finding)
        })?;
        let experiment = Self::try_from(raw).map_err(|mut finding| {
            let offset = finding.locate(text);
            Error::in_file(origin, text, offset, &finding)
        })?;
        experiment.with_overrides(overrides)
    }

    /// This experiment with some keys changed, each `path=value` checked like the file.
    ///
    /// # Errors
    /// When an argument has no `=`, names no known key, or when its value does not fit; the error names it.
    pub fn with_overrides(&self, overrides: &[String]) -> Result<Self, Error> {
        overrides::apply(self, overrides)
    }

    /// The experiment as RON with every default written out; it parses back to an equal value.
    #[must_use]
    pub fn to_ron(&self) -> String {
        to_text(&RawExperiment::from(self.clone()))
    }

    /// The dotted paths of all keys that an experiment can have, variants transparent.
    pub fn key_paths() -> impl Iterator<Item = &'static str> {
        keys::KEYS.iter().map(|key| key.path)
    }
}

impl TryFrom<RawExperiment> for Experiment {
    type Error = Finding;

    fn try_from(raw: RawExperiment) -> Result<Self, Finding> {
        check::check(&raw)?;
        let RawExperiment { name, seed, data, model, training } = raw;
        Ok(Self { name, seed, data, model, training })
    }
}

impl From<Experiment> for RawExperiment {
    fn from(experiment: Experiment) -> Self {
        let Experiment { name, seed, data, model, training } = experiment;
        Self { name, seed, data, model, training }
    }
}

/// RON as experiments are written in: an optional value needs no `Some(…)`.
fn syntax() -> ron::Options {
    ron::Options::default().with_default_extension(Extensions::IMPLICIT_SOME)
}

/// The canonical text: one key a line, every key present.
fn to_text(raw: &RawExperiment) -> String {
    #[expect(
        clippy::expect_used,
        reason = "strings, numbers and enums always serialise, and writing to a String cannot fail"
    )]
    let mut text = syntax().to_string_pretty(raw, PrettyConfig::new().new_line("\n")).expect("plain values serialise");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_experiment_is_the_reference_recipe() {
        let experiment = Experiment::parse(r#"(name: "a", data: (set: OrganMnist3d))"#, "a.ron", &[]).unwrap();
        assert_eq!(experiment.seed, 42);
        let (loader, augment) = (Loader::Auto, Augment::default());
        assert_eq!(experiment.data, Data { set: Set::OrganMnist3d, size: 28, batch: 32, loader, augment });
        assert_eq!(experiment.model, Model::default());
        assert_eq!(experiment.training, Training::default());
    }

    #[test]
    fn the_resolved_text_has_every_key_of_its_variants() {
        let experiment = Experiment::parse(r#"(name: "a", data: (set: Phantom))"#, "a.ron", &[]).unwrap();
        let text = experiment.to_ron();
        for key in ["seed: 42", "learning_rate: 0.0001", "epsilon: 1e-7", "early_stopping: None", "clip_norm: None"] {
            assert!(text.contains(key), "{key} is missing in\n{text}");
        }
    }
}
