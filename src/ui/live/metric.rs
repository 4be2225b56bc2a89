//! The figures that the charts of the Live screen show, and how each is read, scaled and written.

use std::sync::LazyLock;

use crate::app::live::{Scale, Smoothing};
use crate::app::series::Series;
use crate::app::words::percent;
use crate::app::{App, Curves, ValidationPoint};
use crate::ui::chart::axis::{Unit, exponent};

/// A figure over the steps of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    Loss,
    Accuracy,
    /// Of validations alone: a step has too few volumes for one.
    Auc,
    Rate,
    Norm,
}

impl Metric {
    pub fn title(self) -> &'static str {
        match self {
            Self::Loss => "loss",
            Self::Accuracy => "accuracy",
            Self::Auc => "AUC",
            Self::Rate => "learning rate",
            Self::Norm => "gradient norm",
        }
    }

    /// The figure of every step, where a step has one.
    pub fn series(self, curves: &Curves) -> &Series {
        static NONE: LazyLock<Series> = LazyLock::new(Series::default);
        match self {
            Self::Auc => &NONE,
            Self::Loss => &curves.train_loss,
            Self::Accuracy => &curves.train_accuracy,
            Self::Rate => &curves.learning_rate,
            Self::Norm => &curves.gradient_norm,
        }
    }

    /// The figure of a validation, where it is one.
    pub fn validation(self, point: &ValidationPoint) -> Option<f64> {
        match self {
            Self::Loss => Some(point.loss),
            Self::Accuracy => Some(point.accuracy),
            Self::Auc => point.auc,
            Self::Rate | Self::Norm => None,
        }
        .filter(|value| value.is_finite())
    }

    /// The 95 % interval of a validation's figure, where it has one.
    pub fn interval(self, point: &ValidationPoint) -> Option<(f64, f64)> {
        (self == Self::Accuracy).then_some((point.low, point.high))
    }

    pub fn unit(self) -> Unit {
        match self {
            Self::Accuracy => Unit::Percent,
            Self::Auc | Self::Loss | Self::Rate | Self::Norm => Unit::Number,
        }
    }

    /// The gradient's norm falls by orders of magnitude in the first steps; the loss is the user's choice.
    pub fn scale(self, app: &App) -> Scale {
        match self {
            Self::Loss => app.live.scale,
            Self::Norm => Scale::Log,
            Self::Accuracy | Self::Auc | Self::Rate => Scale::Linear,
        }
    }

    /// The learning rate is no measurement, and validations are few: there is nothing to smooth.
    pub fn smoothing(self, app: &App) -> Smoothing {
        if matches!(self, Self::Rate | Self::Auc) { Smoothing::None } else { app.live.smoothing }
    }

    /// A value in words, without blanks around it.
    pub fn words(self, value: f64) -> String {
        match self {
            Self::Loss if value.abs() < 1000.0 => format!("{value:.4}"),
            Self::Accuracy => percent(Some(value)).trim_start().to_owned(),
            Self::Auc => format!("{value:.3}"),
            Self::Rate => exponent(value, 2),
            Self::Loss | Self::Norm => significant(value),
        }
    }

    /// The curve's name in a legend: what the figure is measured on, or what it is itself.
    pub fn of_steps(self) -> &'static str {
        match self {
            Self::Loss | Self::Accuracy | Self::Auc => "train",
            Self::Rate | Self::Norm => "now",
        }
    }
}

/// A number to four digits.
pub fn significant(value: f64) -> String {
    match value.abs() {
        size if size >= 1e5 || (size > 0.0 && size < 1e-3) => exponent(value, 2),
        size if size >= 1000.0 => format!("{value:.0}"),
        size if size >= 100.0 => format!("{value:.1}"),
        size if size >= 10.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_written_with_the_digits_that_matter() {
        assert_eq!(
            [111.833, 5.3098, 0.0312, 31_234.0, 2e-5].map(significant),
            ["111.8", "5.310", "0.031", "31234", "2e-5"]
        );
        assert_eq!(Metric::Rate.words(2.934_56e-4), "2.93e-4");
        assert_eq!(Metric::Accuracy.words(0.05), "5.0 %");
        assert_eq!(Metric::Loss.words(1.066_73), "1.0667");
    }
}
