//! "Pause when this figure does that", as a value and as the words that a user types.

use serde::{Deserialize, Serialize};

/// "Pause when this figure does that."
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Breakpoint {
    pub figure: Figure,
    pub condition: Condition,
}

/// A figure that a breakpoint watches: of each step, or of each validation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Figure {
    /// Optimizer steps done.
    Step,
    /// Epochs done, their validation included.
    Epoch,
    TrainLoss,
    TrainAccuracy,
    GradientNorm,
    LearningRate,
    ValidationLoss,
    ValidationAccuracy,
    ValidationAuc,
    ValidationBalancedAccuracy,
}

/// What a figure must do to meet a breakpoint.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    Above(f64),
    AtLeast(f64),
    Below(f64),
    AtMost(f64),
    /// Rise so many times in a row.
    Rises(u32),
    /// Fall so many times in a row.
    Falls(u32),
}

impl Breakpoint {
    /// The figures as a user types them.
    pub const FIGURES: &[&str] = &[
        "train.loss",
        "train.accuracy",
        "validation.loss",
        "validation.accuracy",
        "validation.auc",
        "validation.balanced_accuracy",
        "gradient_norm",
        "learning_rate",
        "step",
        "epoch",
    ];
    /// The conditions as a user types them.
    pub const CONDITIONS: &[&str] = &["rises", "falls", ">", ">=", "<", "<="];
}

/// Why a text is no breakpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BreakpointError(String);

impl std::str::FromStr for Breakpoint {
    type Err = BreakpointError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Err(BreakpointError(text.to_owned()))
    }
}

impl std::fmt::Display for Breakpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} {:?}", self.figure, self.condition)
    }
}
