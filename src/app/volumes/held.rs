//! What was asked for and what has come of it: volumes, and the predictions of the run's evaluations.

use std::sync::Arc;

use super::evidence::Known;
use super::files::Files;
use super::recent::{Kept, MOST_BYTES, Recent};
use super::{Predictions, Source, Volume};
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
    split: SplitName,
    index: usize,
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
    pub fn volume(&self, split: SplitName, index: usize) -> Option<&Kept> {
        self.recent.get(split, index)
    }

    /// Gives up waiting: what has not come will be asked for again.
    pub fn ask_again(&mut self) {
        self.asked.clear();
        self.files.ask_again();
        self.evidence.ask_again();
    }

    /// Asks for a volume that is neither here nor on its way.
    pub fn ask(&mut self, split: SplitName, index: usize, now_ms: u64) -> Option<Effect> {
        self.recent.touch(split, index);
        if self.recent.get(split, index).is_some() || self.awaits(split, index, now_ms) {
            return None;
        }
        self.asked.retain(|asked| (asked.split, asked.index) != (split, index));
        self.asked.push(Asked { split, index, since_ms: now_ms });
        Some(Effect::ReadVolume { run: self.run.clone(), split, index })
    }

    fn awaits(&self, split: SplitName, index: usize, now_ms: u64) -> bool {
        let late = |asked: &Asked| now_ms.saturating_sub(asked.since_ms) >= PATIENCE_MS;
        self.asked.iter().any(|asked| (asked.split, asked.index) == (split, index) && !late(asked))
    }

    /// Whether there is room for the neighbours of a volume without letting go of it.
    #[must_use]
    pub fn has_room_beside(&self, volume: &Volume) -> bool {
        volume.voxels.len().saturating_mul(3) <= MOST_BYTES
    }

    /// A volume is here.
    pub fn keep(&mut self, split: SplitName, index: usize, volume: Arc<Volume>) {
        self.asked.retain(|asked| (asked.split, asked.index) != (split, index));
        self.recent.keep(split, index, volume);
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
