//! One of two runs that are compared: what the list says of it, and its events where they have been read.

use crate::app::runs::RunEntry;
use crate::app::words::{SYNTHETIC, status_word};
use crate::app::{App, Shown};
use crate::config::Experiment;
use crate::event::{Evaluated, SplitName};
use crate::metrics::Report;

/// All that is known of one of the two.
pub struct Side<'a> {
    pub entry: Option<&'a RunEntry>,
    pub shown: Option<&'a Shown>,
}

/// The evaluations of a run that are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    ValidationBest,
    ValidationLast,
    TestLast,
    TestBest,
}

impl Of {
    /// The split that was evaluated.
    pub fn split(self) -> SplitName {
        match self {
            Self::ValidationBest | Self::ValidationLast => SplitName::Validation,
            Self::TestLast | Self::TestBest => SplitName::Test,
        }
    }
}

impl<'a> Side<'a> {
    pub fn of(app: &'a App, name: &str) -> Self {
        Self { entry: app.runs.entry(name), shown: super::shown_of(app, name) }
    }

    pub fn experiment(&self) -> Option<&'a Experiment> {
        let entry = self.entry.and_then(|entry| entry.experiment.as_deref());
        entry.or_else(|| self.shown.and_then(|shown| shown.experiment.as_deref()))
    }

    fn evaluated(&self, of: Of) -> Option<&'a Evaluated> {
        let run = self.shown.map(|shown| &shown.run)?;
        match of {
            Of::ValidationBest => run.validation_best(),
            Of::ValidationLast => run.validation_last(),
            Of::TestLast => run.test_last.as_ref(),
            Of::TestBest => run.test_best.as_ref(),
        }
    }

    /// The file of an evaluation's probabilities.
    pub fn predictions(&self, of: Of) -> Option<&'a str> {
        self.evaluated(of)?.predictions.as_deref()
    }

    /// A run that goes on is known better by its events than by the list.
    pub fn report(&self, of: Of) -> Option<&'a Report> {
        let evaluated = self.evaluated(of);
        let listed = self.entry.and_then(|entry| match of {
            Of::ValidationBest => entry.best_validation.as_ref(),
            Of::TestLast => entry.test.as_ref(),
            Of::ValidationLast | Of::TestBest => None,
        });
        evaluated.map(|evaluated| &evaluated.report).or(listed)
    }

    pub fn data(&self) -> String {
        let started = self.shown.and_then(|shown| shown.run.started.as_ref());
        let (name, synthetic) = match (started, self.entry) {
            (Some(started), _) => (started.data.as_str(), started.synthetic),
            (None, Some(entry)) => (entry.data.as_str(), entry.synthetic),
            (None, None) => return "–".into(),
        };
        if synthetic { format!("{name} {SYNTHETIC}") } else { name.to_owned() }
    }

    /// A number of the fold, or else of the list.
    pub fn count(&self, shown: impl Fn(&Shown) -> Option<u64>, entry: impl Fn(&RunEntry) -> u64) -> Option<u64> {
        self.shown.and_then(shown).or_else(|| self.entry.map(entry))
    }

    pub fn status(&self) -> String {
        let shown = self.shown.map(|shown| status_word(&shown.run.status, shown.live));
        shown.or_else(|| self.entry.map(RunEntry::status_word)).unwrap_or("–").to_lowercase()
    }

    pub fn epochs(&self) -> String {
        let started = self.shown.and_then(|shown| shown.run.started.as_ref());
        let planned = started.map(|started| started.epochs).or_else(|| self.entry.map(|entry| entry.epochs));
        let done = self.count(|shown| shown.run.epochs.last().map(|row| row.epoch), |entry| entry.epoch);
        match (done, planned) {
            (Some(done), Some(planned)) => format!("{done} of {planned}"),
            _ => "–".into(),
        }
    }

    pub fn speed(&self) -> Option<f64> {
        let shown = self.shown.and_then(|shown| shown.run.volumes_per_s());
        shown.or_else(|| self.entry.and_then(|entry| entry.volumes_per_s))
    }
}
