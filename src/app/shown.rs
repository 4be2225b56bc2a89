//! The run that the screens show: its fold, its experiment, its model and its data, as they become known.

use std::sync::Arc;

use super::Run;
use super::runs::RunEntry;
use crate::config::{Cut, Experiment};
use crate::event::{SplitName, TrainEvent};
use crate::metrics::Task;

/// A run and what is known around it.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    /// The folder's name; empty until there is a folder.
    pub name: String,
    /// How the command line calls it: its name, or its path where it is not in the usual runs folder.
    pub handle: String,
    pub run: Run,
    pub experiment: Option<Arc<Experiment>>,
    pub outline: Option<Arc<Outline>>,
    pub catalogue: Option<Arc<Catalogue>>,
    /// Why there is no catalogue and will be none.
    pub no_volumes: Option<String>,
    /// Whether some process trains it now.
    pub live: bool,
    /// The machine that trains it, where that is another one.
    pub elsewhere: Option<String>,
    /// Where it has branched from another run.
    pub parent: Option<Parent>,
}

/// Where a run has branched from another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parent {
    /// The parent's name.
    pub run: String,
    /// The optimizer steps of the parent that the run begins with.
    pub step: u64,
}

impl Shown {
    /// Takes in a fact.
    pub fn apply(&mut self, event: TrainEvent) {
        self.run.apply(event);
    }

    /// Whether it is that run of the list: one of another folder may have its name.
    #[must_use]
    pub fn is(&self, entry: &RunEntry) -> bool {
        let known = !self.handle.is_empty() && !entry.handle.is_empty();
        self.name == entry.name && (!known || self.handle == entry.handle)
    }

    /// The names of the classes, as the run or its data say.
    #[must_use]
    pub fn classes(&self) -> &[String] {
        self.run.started.as_ref().map_or(&[], |started| &started.classes)
    }

    /// Whether the data were made up: SYNTHETIC stands wherever a number is.
    #[must_use]
    pub fn synthetic(&self) -> bool {
        self.run.started.as_ref().is_some_and(|started| started.synthetic)
            || self.catalogue.as_ref().is_some_and(|catalogue| catalogue.synthetic)
    }
}

/// A model in numbers, part by part.
#[derive(Clone, Debug, PartialEq)]
pub struct Outline {
    pub parts: Vec<OutlinePart>,
    /// The volume in voxels: depth, height, width, channels.
    pub volume: [usize; 4],
    /// Where the tubelets stand along depth, height and width.
    pub cuts: [Cut; 3],
    pub classes: usize,
    /// Bytes of the weights, and of a training step at most, as estimated.
    pub weights_bytes: u64,
    pub training_bytes: u64,
}

impl Outline {
    /// Tokens of a volume.
    #[must_use]
    pub fn tokens(&self) -> usize {
        self.grid().iter().product()
    }

    /// Tubelets along each axis.
    #[must_use]
    pub fn grid(&self) -> [usize; 3] {
        self.cuts.each_ref().map(Cut::tokens)
    }

    /// A tubelet in voxels.
    #[must_use]
    pub fn tubelet(&self) -> [usize; 3] {
        self.cuts.each_ref().map(|cut| cut.edge)
    }

    #[must_use]
    pub fn parameters(&self) -> u64 {
        self.parts.iter().map(|part| part.parameters).sum()
    }

    /// Floating-point operations of a forward pass of one volume.
    #[must_use]
    pub fn flops(&self) -> u64 {
        self.parts.iter().map(|part| part.flops).sum()
    }

    /// The share of the voxels that some tubelet covers.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a volume has far fewer than 2^52 voxels")]
    pub fn seen_share(&self) -> f64 {
        let [depth, height, width, _] = self.volume;
        self.cuts.iter().map(Cut::seen).product::<usize>() as f64 / (depth * height * width).max(1) as f64
    }
}

/// A part of a model, in the order that a volume passes through it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutlinePart {
    /// `tubelet embedding`, `positions`, `block 1: attention`, …, `head`.
    pub name: String,
    /// How its parameters come about, such as `512·128 + 128`.
    pub formula: String,
    pub parameters: u64,
    pub flops: u64,
}

/// What there is to see in a data set; the volumes themselves are asked for one by one.
#[derive(Clone, Debug, PartialEq)]
pub struct Catalogue {
    pub name: String,
    pub synthetic: bool,
    pub classes: Vec<String>,
    pub task: Task,
    /// Depth, height, width, channels.
    pub shape: [usize; 4],
    pub train: Arc<[u8]>,
    pub validation: Arc<[u8]>,
    pub test: Arc<[u8]>,
}

impl Catalogue {
    /// The labels of a volume: of several all of them, 0 or 1.
    #[must_use]
    pub fn labels_of(&self, split: SplitName, index: usize) -> &[u8] {
        let each = self.answers();
        self.labels(split).get(index * each..(index + 1) * each).unwrap_or_default()
    }

    /// What is answered of one volume: its class, or yes or no for each class.
    #[must_use]
    pub fn answers(&self) -> usize {
        if self.task == Task::MultiLabel { self.classes.len() } else { 1 }
    }

    /// The labels of a split, volume by volume.
    #[must_use]
    pub fn labels(&self, split: SplitName) -> &Arc<[u8]> {
        match split {
            SplitName::Train => &self.train,
            SplitName::Validation => &self.validation,
            SplitName::Test => &self.test,
        }
    }
}
