//! "Pause when this figure does that", as a value and as the words that a user types.
//!
//! Knows how a breakpoint is written, not who watches for it.

mod parse;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use self::parse::BreakpointError;

/// "Pause when this figure does that."
///
/// Written as a figure and a condition, with or without spaces: `validation.loss rises 3`,
/// `train.loss > 2.5`, `step>=500`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Breakpoint {
    pub figure: Figure,
    pub condition: Condition,
}

/// A figure that a breakpoint watches: of each step, or of the validation at the end of each epoch. A
/// validation that was asked for in between is not looked at: "three times in a row" means three epochs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
        Figure::TrainLoss.name(),
        Figure::TrainAccuracy.name(),
        Figure::ValidationLoss.name(),
        Figure::ValidationAccuracy.name(),
        Figure::ValidationAuc.name(),
        Figure::ValidationBalancedAccuracy.name(),
        Figure::GradientNorm.name(),
        Figure::LearningRate.name(),
        Figure::Step.name(),
        Figure::Epoch.name(),
    ];
    /// The conditions as a user types them.
    pub const CONDITIONS: &[&str] = &["rises", "falls", ">", ">=", "<", "<="];
}

impl Figure {
    /// All figures, in the order of [`Breakpoint::FIGURES`].
    pub const ALL: [Self; 10] = [
        Self::TrainLoss,
        Self::TrainAccuracy,
        Self::ValidationLoss,
        Self::ValidationAccuracy,
        Self::ValidationAuc,
        Self::ValidationBalancedAccuracy,
        Self::GradientNorm,
        Self::LearningRate,
        Self::Step,
        Self::Epoch,
    ];

    /// The figure's name, as in `summary.json` and `--require` where they have it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Step => "step",
            Self::Epoch => "epoch",
            Self::TrainLoss => "train.loss",
            Self::TrainAccuracy => "train.accuracy",
            Self::GradientNorm => "gradient_norm",
            Self::LearningRate => "learning_rate",
            Self::ValidationLoss => "validation.loss",
            Self::ValidationAccuracy => "validation.accuracy",
            Self::ValidationAuc => "validation.auc",
            Self::ValidationBalancedAccuracy => "validation.balanced_accuracy",
        }
    }

    /// Whether it is a share, from 0 to 1.
    fn is_share(self) -> bool {
        match self {
            Self::TrainAccuracy | Self::ValidationAccuracy | Self::ValidationAuc | Self::ValidationBalancedAccuracy => {
                true
            }
            Self::Step
            | Self::Epoch
            | Self::TrainLoss
            | Self::GradientNorm
            | Self::LearningRate
            | Self::ValidationLoss => false,
        }
    }
}

impl fmt::Display for Breakpoint {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} {}", self.figure.name(), self.condition)
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Above(bound) => write!(f, "> {}", Bound(*bound)),
            Self::AtLeast(bound) => write!(f, ">= {}", Bound(*bound)),
            Self::Below(bound) => write!(f, "< {}", Bound(*bound)),
            Self::AtMost(bound) => write!(f, "<= {}", Bound(*bound)),
            Self::Rises(times) => write!(f, "rises {times}"),
            Self::Falls(times) => write!(f, "falls {times}"),
        }
    }
}

/// A number as short as it reads back exactly; with an exponent where the zeros would have to be counted.
struct Bound(f64);

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let size = self.0.abs();
        if size == 0.0 || (1e-3..1e9).contains(&size) { write!(f, "{}", self.0) } else { write!(f, "{:e}", self.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_breakpoint_is_written_as_a_user_types_it() {
        for (figure, condition, words) in [
            (Figure::ValidationLoss, Condition::Rises(3), "validation.loss rises 3"),
            (Figure::ValidationAuc, Condition::Falls(1), "validation.auc falls 1"),
            (Figure::TrainLoss, Condition::Above(2.5), "train.loss > 2.5"),
            (Figure::Step, Condition::AtLeast(500.0), "step >= 500"),
            (Figure::TrainAccuracy, Condition::Below(0.0), "train.accuracy < 0"),
            (Figure::LearningRate, Condition::AtMost(3e-5), "learning_rate <= 3e-5"),
            (Figure::GradientNorm, Condition::Above(1e12), "gradient_norm > 1e12"),
        ] {
            assert_eq!(Breakpoint { figure, condition }.to_string(), words);
        }
    }

    #[test]
    fn what_is_completed_are_the_names_of_all_figures() {
        assert_eq!(Figure::ALL.map(Figure::name), Breakpoint::FIGURES);
    }
}
