//! What was asked for and what has come of it: volumes, and the predictions of the run's evaluations.

use std::sync::Arc;

use super::evidence::Known;
use super::files::Files;
use super::recent::{Kept, MOST_BYTES, Recent};
use super::{Predictions, Source, Volume, Which};
use crate::app::Effect;
use crate::event::SplitName;

/// A volume that was asked for may take so long before it is asked for again.
const PATIENCE_MS: u64 = 2_000;

/// What is here of one run's data, and what is on its way.
#[derive(Clone, Debug, Default)]
pub struct Held {
    /// The run that all of it belongs to.
    pub run: String,
    recent: Recent,
    /// What its weights said.
    pub files: Files,
    /// What of the volumes spoke for a class.
    pub evidence: Known,
    asked: Vec<Asked>,
}

#[derive(Clone, Copy, Debug)]
struct Asked {
    which: Which,
    since_ms: u64,
}

impl Held {
    /// Nothing yet of a run.
    #[must_use]
    pub fn of(run: &str) -> Self {
        Self { run: run.to_owned(), ..Self::default() }
    }

    /// A volume, if it is here.
    #[must_use]
    pub fn volume(&self, which: Which) -> Option<&Kept> {
        self.recent.get(which)
    }

    /// A volume, or as long as it is not here in that look, as an epoch showed it that is.
    #[must_use]
    pub fn volume_or_before(&self, which: Which) -> Option<&Kept> {
        let before = |kept: Which| which.epoch.is_some() && kept.epoch.is_some() && kept.stored() == which.stored();
        self.recent.get(which).or_else(|| self.recent.newest(before))
    }

    /// Gives up waiting: what has not come will be asked for again.
    pub fn ask_again(&mut self) {
        self.asked.clear();
        self.files.ask_again();
        self.evidence.ask_again();
    }

    /// Asks for a volume that is neither here nor on its way.
    pub fn ask(&mut self, which: Which, now_ms: u64) -> Option<Effect> {
        self.recent.touch(which);
        if self.recent.get(which).is_some() || self.awaits(which, now_ms) {
            return None;
        }
        self.asked.retain(|asked| asked.which != which);
        self.asked.push(Asked { which, since_ms: now_ms });
        Some(Effect::ReadVolume { run: self.run.clone(), which })
    }

    fn awaits(&self, which: Which, now_ms: u64) -> bool {
        let late = |asked: &Asked| now_ms.saturating_sub(asked.since_ms) >= PATIENCE_MS;
        self.asked.iter().any(|asked| asked.which == which && !late(asked))
    }

    /// Whether there is room for the neighbours of a volume without letting go of it.
    #[must_use]
    pub fn has_room_beside(&self, volume: &Volume) -> bool {
        volume.voxels.len().saturating_mul(3) <= MOST_BYTES
    }

    /// A volume is here.
    pub fn keep(&mut self, which: Which, volume: Arc<Volume>) {
        self.asked.retain(|asked| asked.which != which);
        self.recent.keep(which, volume);
    }

    /// Asks for the predictions of a split's newest evaluation, unless they are here or on their way.
    pub fn ask_predictions(&mut self, split: SplitName, newest: Option<Source>) -> Option<Effect> {
        let Some(newest) = newest else {
            // A resume may have made what was known void.
            self.files.forget(split);
            return None;
        };
        self.ask_for(&newest)
    }

    /// Asks for the predictions of an evaluation, unless they are here or on their way.
    pub fn ask_for(&mut self, source: &Source) -> Option<Effect> {
        let Source { split, path, .. } = source;
        let asks = self.files.ask(source);
        asks.then(|| Effect::ReadPredictions { run: self.run.clone(), split: *split, path: path.clone() })
    }

    /// Predictions are here.
    pub fn keep_predictions(&mut self, predictions: Arc<Predictions>) {
        self.files.keep(predictions);
    }
}
