//! What of a volume speaks for a class: the question, and the answer, a number for each of the model's tokens.
//!
//! An answer and no fact about the run: it stands in no journal.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::SplitName;

/// How evidence is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// By how much the probability of the class drops when a tubelet's voxels are replaced by the volume's mean (after
    /// Zeiler & Fergus 2014, section 4.2).
    Occlusion,
    /// How much of each token reaches what is classified, by the attention of all layers (Abnar & Zuidema 2020).
    Rollout,
}

impl Method {
    /// The word of the command line and of the screen.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Occlusion => "occlusion",
            Self::Rollout => "rollout",
        }
    }
}

/// The class that evidence is sought for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfClass {
    /// The one that the volume is taken for.
    #[default]
    Taken,
    /// Its label.
    Label,
    /// The one of that number.
    Class(usize),
}

/// A question about one volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ToExplain {
    pub split: SplitName,
    pub index: usize,
    pub method: Method,
    pub class: OfClass,
}

/// Where the weights are from that were asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// The run in training, after the step that it had just taken.
    Live,
    /// A checkpoint.
    Checkpoint,
}

/// An answer: the weights that gave it, and what they gave, or why they gave nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Explained {
    pub question: ToExplain,
    pub asked: Asked,
    pub step: u64,
    /// The epoch of that step.
    pub epoch: u64,
    /// Whether the weights are a running average.
    pub averaged: bool,
    pub found: Result<Evidence, String>,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The class that it is about, and the one that the volume is taken for.
    pub class: usize,
    pub taken: usize,
    /// What the whole volume gives each class.
    pub probabilities: Vec<f32>,
    /// Of each token, row by row through depth, height and width. Occlusion: the drop of the class's probability, below
    /// 0 where it rises. Rollout: a share of 1, whatever the class.
    pub values: Vec<f32>,
}

impl Evidence {
    /// The probability of the class that it is about.
    #[must_use]
    pub fn probability(&self) -> f32 {
        self.probabilities.get(self.class).copied().unwrap_or(0.0)
    }

    /// The least and the greatest value.
    #[must_use]
    pub fn ends(&self) -> [f32; 2] {
        let first = self.values.first().copied().unwrap_or(0.0);
        self.values.iter().fold([first; 2], |[low, high], &value| [low.min(value), high.max(value)])
    }
}

impl fmt::Display for Explained {
    /// The weights: `live, step 312`, or `checkpoint of epoch 7`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.asked {
            Asked::Live => write!(f, "live, step {}", self.step)?,
            Asked::Checkpoint => write!(f, "checkpoint of epoch {}", self.epoch)?,
        }
        f.write_str(if self.averaged { ", averaged" } else { "" })
    }
}
