//! What a new run took of another's weights.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a new run took of another's weights, part by part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Transferred {
    /// The checkpoint that they were taken from.
    pub from: String,
    /// Optimizer steps that it had been trained for.
    pub step: u64,
    /// Whether its weights are a running average.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub averaged: bool,
    /// All parts of the model, in its order.
    pub parts: Vec<Part>,
}

/// A part of a model, with what it begins with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// Such as `embedding` or `attention of blocks 1 to 8`.
    pub name: String,
    /// Numbers that are learned in it.
    pub parameters: u64,
    pub fate: Fate,
}

/// What a part begins with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// The other model's weights as they are.
    Taken,
    /// What was made of them: how.
    Fitted(String),
    /// Weights drawn afresh: why.
    Fresh(String),
}

impl Transferred {
    /// Of how many parameters something was taken, and how many there are.
    #[must_use]
    pub fn taken(&self) -> (u64, u64) {
        let sum = |parts: &mut dyn Iterator<Item = &Part>| parts.map(|part| part.parameters).sum();
        let mut taken = self.parts.iter().filter(|part| !matches!(part.fate, Fate::Fresh(_)));
        (sum(&mut taken), sum(&mut self.parts.iter()))
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.fate {
            Fate::Taken => write!(f, "{}: taken", self.name),
            Fate::Fitted(how) => write!(f, "{}: taken, {how}", self.name),
            Fate::Fresh(why) => write!(f, "{}: not taken ({why})", self.name),
        }
    }
}
