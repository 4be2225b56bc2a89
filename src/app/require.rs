//! `--require 'test.accuracy>=0.75'`: a condition on the summary's figures.

use std::fmt;
use std::str::FromStr;

use serde_json::Value;

use super::Summary;

/// A figure of the summary, a comparison and a number.
#[derive(Clone, Debug, PartialEq)]
pub struct Requirement {
    /// Dotted, as in `summary.json`; without `last` or `best` the last weights are meant.
    path: String,
    comparison: Comparison,
    bound: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    AtLeast,
    AtMost,
    Above,
    Below,
    Equal,
}

/// Longer signs first, so that `>=` is not read as `>`.
const SIGNS: [(&str, Comparison); 6] = [
    (">=", Comparison::AtLeast),
    ("<=", Comparison::AtMost),
    ("==", Comparison::Equal),
    (">", Comparison::Above),
    ("<", Comparison::Below),
    ("=", Comparison::Equal),
];

/// Figures that can be required of a split.
const SPLIT_FIGURES: [&str; 9] = [
    "loss",
    "accuracy",
    "accuracy_low",
    "accuracy_high",
    "top5",
    "auc",
    "balanced_accuracy",
    // Of degrees alone.
    "ordinal.mean_absolute_error",
    "ordinal.quadratic_kappa",
];
/// Figures that can be required of the run.
const RUN_FIGURES: [&str; 5] = ["steps", "epochs", "best_epoch", "volumes_per_s", "wall_s"];

/// A requirement that cannot be understood, or cannot be checked.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RequirementError {
    #[error(
        "{text:?} is no requirement; expected a figure, one of >= <= > < ==, and a number, as in test.accuracy>=0.75"
    )]
    Shape { text: String },
    #[error("{bound:?} in {text:?} is no number")]
    Bound { text: String, bound: String },
    #[error("unknown figure {path:?}; did you mean {nearest:?}?")]
    Figure { path: String, nearest: String },
}

impl FromStr for Requirement {
    type Err = RequirementError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (sign, comparison) = SIGNS
            .into_iter()
            .find(|(sign, _)| text.contains(sign))
            .ok_or_else(|| RequirementError::Shape { text: text.to_owned() })?;
        let (path, bound) = text.split_once(sign).unwrap_or((text, ""));
        let (path, bound) = (path.trim(), bound.trim());
        let known = known_paths();
        if !known.iter().any(|known| known == path) {
            // What begins in the same way is meant, however long its name.
            let begins = path.rfind('.').and_then(|dot| path.get(..=dot)).unwrap_or_default();
            let far = |known: &String| (!known.starts_with(begins), strsim::damerau_levenshtein(known, path));
            let nearest = known.into_iter().min_by_key(far).unwrap_or_default();
            return Err(RequirementError::Figure { path: path.to_owned(), nearest });
        }
        let bound = bound
            .parse::<f64>()
            .ok()
            .filter(|bound| bound.is_finite())
            .ok_or_else(|| RequirementError::Bound { text: text.to_owned(), bound: bound.to_owned() })?;
        Ok(Self { path: path.to_owned(), comparison, bound })
    }
}

/// Every path that a requirement may name.
fn known_paths() -> Vec<String> {
    let mut paths: Vec<String> = RUN_FIGURES.map(String::from).to_vec();
    for split in ["test", "test.last", "test.best", "validation", "validation.last", "validation.best"] {
        paths.extend(SPLIT_FIGURES.map(|figure| format!("{split}.{figure}")));
    }
    paths
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let sign = SIGNS.iter().find(|(_, comparison)| *comparison == self.comparison).map_or("", |(sign, _)| sign);
        write!(f, "{} {sign} {}", self.path, self.bound)
    }
}

impl Requirement {
    /// Whether the summary meets it, and the value found; a figure that is missing does not.
    #[must_use]
    #[expect(clippy::float_cmp, reason = "== means equal")]
    pub fn check(&self, summary: &Summary) -> (bool, Option<f64>) {
        let Some(value) = self.value(summary) else { return (false, None) };
        let holds = match self.comparison {
            Comparison::AtLeast => value >= self.bound,
            Comparison::AtMost => value <= self.bound,
            Comparison::Above => value > self.bound,
            Comparison::Below => value < self.bound,
            Comparison::Equal => value == self.bound,
        };
        (holds, Some(value))
    }

    fn value(&self, summary: &Summary) -> Option<f64> {
        let tree = serde_json::to_value(summary).ok()?;
        let step = |at: &Value, key: &str| at.get(key).cloned();
        self.path
            .split('.')
            .try_fold(tree, |at, key| step(&at, key).or_else(|| step(&step(&at, "last")?, key)))?
            .as_f64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::SplitSummary;
    use crate::event::Outcome;
    use crate::metrics::Task;

    fn summary() -> Summary {
        let classes: Vec<String> = ["a", "b"].map(String::from).to_vec();
        let report = |p: &[f32]| crate::metrics::report(p, &[0, 1], &classes, 0.25).ok();
        Summary {
            run: "r-001".into(),
            outcome: Outcome::Completed,
            error: None,
            steps: 62,
            epochs: 2,
            best_epoch: Some(1),
            parameters: 10,
            device: "cpu".into(),
            data: "phantom".into(),
            seed: 1,
            volumes_per_s: Some(200.0),
            wall_s: 1.0,
            synthetic: true,
            averaged: false,
            validation: SplitSummary::default(),
            test: SplitSummary { last: report(&[0.9, 0.1, 0.8, 0.2]), best: report(&[0.9, 0.1, 0.2, 0.8]) },
        }
    }

    #[test]
    fn figures_are_compared_with_the_last_weights_unless_best_is_named() {
        for (text, holds) in [
            ("test.accuracy>=0.75", false),
            ("test.accuracy == 0.5", true),
            ("test.last.accuracy<0.75", true),
            ("test.best.accuracy>0.99", true),
            ("test.loss<=0.25", true),
            ("steps=62", true),
            ("validation.accuracy>=0", false),
            // They are no degrees.
            ("test.ordinal.mean_absolute_error<=1", false),
        ] {
            let requirement: Requirement = text.parse().unwrap();
            assert_eq!(requirement.check(&summary()).0, holds, "{text}");
        }
    }

    #[test]
    fn how_far_off_degrees_are_can_be_required() {
        let classes: Vec<String> = ["0", "1", "2"].map(String::from).to_vec();
        // One of three is off by one degree.
        let answers = [0.9, 0.1, 0.0, 0.1, 0.8, 0.1, 0.0, 0.9, 0.1];
        let report = crate::metrics::report(&answers, &[0, 1, 2], &classes, 0.25).unwrap().of_task(Task::Ordinal);
        let kappa = report.ordinal.unwrap().quadratic_kappa;
        let degrees = SplitSummary { last: Some(report.clone()), best: Some(report) };
        let summary = Summary { test: degrees, ..summary() };
        let found = |text: &str| text.parse::<Requirement>().unwrap().check(&summary);
        assert_eq!(found("test.ordinal.mean_absolute_error < 0.34"), (true, Some(1.0 / 3.0)));
        assert_eq!(found("test.best.ordinal.mean_absolute_error < 0.33"), (false, Some(1.0 / 3.0)));
        assert_eq!(found("test.last.ordinal.quadratic_kappa > 0.5"), (true, kappa));
    }

    #[test]
    fn what_cannot_be_required_is_refused_with_the_nearest_figure() {
        for (text, fragment) in [
            ("test.acuracy>=0.7", "did you mean \"test.accuracy\""),
            ("test.ordinal.kapa>=0.7", "did you mean \"test.ordinal.quadratic_kappa\""),
            ("test.accuracy", "no requirement"),
            ("test.accuracy>=many", "no number"),
            ("test.accuracy>=NaN", "no number"),
        ] {
            let message = text.parse::<Requirement>().unwrap_err().to_string();
            assert!(message.contains(fragment), "{message}");
        }
    }
}
