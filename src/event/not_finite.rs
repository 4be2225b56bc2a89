//! A figure that is NaN or infinite, and where it was seen first.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A figure that is no number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotFinite {
    /// `loss`, `gradient norm`, or `scores of the validation split`.
    pub figure: String,
    /// The step that it belongs to; for scores the newest, whose weights gave them.
    pub step: u64,
    pub epoch: u64,
    /// Volumes of the step whose own loss is not finite, by their places in the training split from 0: the first few.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub volumes: Vec<u64>,
    /// How many volumes that are, and how many the step has. Without any it was their sum that overflowed, or the
    /// gradient.
    #[serde(default)]
    pub affected: u64,
    #[serde(default)]
    pub of: u64,
    /// Whether the step was applied before its figures could be read, as on a GPU: then the weights are spoilt.
    pub applied: bool,
}

impl NotFinite {
    /// Volumes that are named.
    pub const NAMED: usize = 8;

    /// The volumes that gave it, in words; nothing where it was none in particular.
    fn volumes(&self) -> String {
        if self.volumes.is_empty() {
            return String::new();
        }
        let named: Vec<String> = self.volumes.iter().map(u64::to_string).collect();
        let more = if self.affected > self.volumes.len() as u64 { ", …" } else { "" };
        format!(" for {} of its {} volumes ({}{more} of the training split)", self.affected, self.of, named.join(", "))
    }

    fn is_of_scores(&self) -> bool {
        self.figure.starts_with("scores")
    }
}

impl fmt::Display for NotFinite {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Self { figure, step, epoch, applied, .. } = self;
        if self.is_of_scores() {
            return write!(
                f,
                "the {figure} after step {step} (epoch {epoch}) are not finite: the weights have diverged"
            );
        }
        let end = if *applied { "; it was applied before that could be read" } else { "; the step was not applied" };
        write!(f, "the {figure} of step {step} (epoch {epoch}) is not finite{}{end}", self.volumes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_it_was_seen_first_is_told_as_far_as_it_is_known() {
        let mut bad = NotFinite {
            figure: "loss".into(),
            step: 12,
            epoch: 2,
            volumes: vec![3, 17],
            affected: 2,
            of: 16,
            applied: false,
        };
        assert_eq!(
            bad.to_string(),
            "the loss of step 12 (epoch 2) is not finite for 2 of its 16 volumes (3, 17 of the training split); the \
             step was not applied"
        );
        bad.affected = 9;
        assert!(bad.to_string().contains("for 9 of its 16 volumes (3, 17, … of"), "{bad}");
        let norm = NotFinite { figure: "gradient norm".into(), volumes: Vec::new(), applied: true, ..bad.clone() };
        assert_eq!(
            norm.to_string(),
            "the gradient norm of step 12 (epoch 2) is not finite; it was applied before that could be read"
        );
        let scores = NotFinite { figure: "scores of the validation split".into(), ..norm };
        assert!(scores.to_string().starts_with("the scores of the validation split after step 12 (epoch 2) are not"));
    }
}
