//! What was asked for and what has come of it: volumes, and the predictions of the run's evaluations.

use std::sync::Arc;

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
    predictions: Vec<(Source, Arc<Predictions>)>,
    asked: Vec<Asked>,
    asked_predictions: Vec<Source>,
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

    /// The newest predictions that have come of a split.
    #[must_use]
    pub fn predictions(&self, split: SplitName) -> Option<(&Source, &Predictions)> {
        let newest = self.predictions.iter().find(|(source, _)| source.split == split);
        newest.map(|(source, predictions)| (source, predictions.as_ref()))
    }

    /// Gives up waiting: what has not come will be asked for again.
    pub fn ask_again(&mut self) {
        self.asked.clear();
        self.asked_predictions.clear();
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
            self.predictions.retain(|(source, _)| source.split != split);
            return None;
        };
        if self.predictions.iter().any(|(source, _)| *source == newest) || self.asked_predictions.contains(&newest) {
            return None;
        }
        self.asked_predictions.retain(|asked| asked.split != split);
        self.asked_predictions.push(newest.clone());
        Some(Effect::ReadPredictions { run: self.run.clone(), split, path: newest.path })
    }

    /// Predictions are here. What was not asked for, or not any more, is let go.
    pub fn keep_predictions(&mut self, predictions: Arc<Predictions>) {
        let same = |asked: &Source| asked.split == predictions.split && asked.path == predictions.path;
        let Some(place) = self.asked_predictions.iter().position(same) else { return };
        let source = self.asked_predictions.remove(place);
        self.predictions.retain(|(known, _)| known.split != source.split);
        self.predictions.push((source, predictions));
    }
}
