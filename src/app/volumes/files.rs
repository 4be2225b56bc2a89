//! The predictions that have been read, and those that are on their way: of the newest evaluation of every split, and
//! of the epochs around one that is looked at.

use std::collections::VecDeque;
use std::sync::Arc;

use super::{Predictions, Source};
use crate::event::{Evaluated, SplitName};

/// So many bytes of predictions are kept, and so many files whatever their size: those of the newest evaluations and
/// of two epochs that are looked at.
const MOST_BYTES: usize = 32 << 20;
const LEAST_FILES: usize = 5;

/// A file that has been read.
#[derive(Clone, Debug)]
struct Entry {
    source: Source,
    predictions: Arc<Predictions>,
    /// What they come to, where the run does not say so itself any more.
    evaluated: Option<Box<Evaluated>>,
}

/// The files of one run, the one used last at the end.
#[derive(Clone, Debug, Default)]
pub struct Files {
    here: VecDeque<Entry>,
    asked: Vec<Source>,
    /// What cannot be read.
    missing: Vec<Source>,
}

impl Files {
    /// The predictions of an evaluation, if they are here.
    #[must_use]
    pub fn of(&self, source: &Source) -> Option<(&Source, &Predictions)> {
        let entry = self.here.iter().find(|entry| entry.source == *source)?;
        Some((&entry.source, entry.predictions.as_ref()))
    }

    /// The newest predictions that have come of a split.
    #[must_use]
    pub fn newest(&self, split: SplitName) -> Option<(&Source, &Predictions)> {
        let of_split = self.here.iter().filter(|entry| entry.source.split == split);
        let newest = of_split.max_by_key(|entry| entry.source.step)?;
        Some((&newest.source, newest.predictions.as_ref()))
    }

    /// What the predictions of an evaluation come to, where that was worked out.
    #[must_use]
    pub fn evaluated(&self, source: &Source) -> Option<&Evaluated> {
        self.here.iter().find(|entry| entry.source == *source)?.evaluated.as_deref()
    }

    /// Whether a file was asked for and cannot be read.
    #[must_use]
    pub fn is_missing(&self, source: &Source) -> bool {
        self.missing.contains(source)
    }

    /// Gives up waiting: what has not come, or could not be read, will be asked for again.
    pub fn ask_again(&mut self) {
        self.asked.clear();
        self.missing.clear();
    }

    /// Whether a file has to be asked for: it is neither here nor on its way, nor known to be missing.
    pub fn ask(&mut self, source: &Source) -> bool {
        self.touch(source);
        let known = self.of(source).is_some() || self.asked.contains(source) || self.is_missing(source);
        if !known {
            self.asked.push(source.clone());
        }
        !known
    }

    /// Counts a file as used last.
    pub fn touch(&mut self, source: &Source) {
        if let Some(place) = self.here.iter().position(|entry| entry.source == *source)
            && let Some(entry) = self.here.remove(place)
        {
            self.here.push_back(entry);
        }
    }

    /// Predictions are here. What was not asked for, or not any more, is let go.
    pub fn keep(&mut self, predictions: Arc<Predictions>) {
        let same = |asked: &Source| asked.split == predictions.split && asked.path == predictions.path;
        let Some(place) = self.asked.iter().rposition(same) else { return };
        let source = self.asked.remove(place);
        self.here.retain(|entry| entry.source != source);
        self.here.push_back(Entry { source, predictions, evaluated: None });
        self.let_go(MOST_BYTES);
    }

    /// Lets go of what was used longest ago, where all of it is too much.
    fn let_go(&mut self, most_bytes: usize) {
        while self.here.len() > LEAST_FILES && self.here.iter().map(bytes).sum::<usize>() > most_bytes {
            self.here.pop_front();
        }
    }

    /// Whether so many files of the size of those that are here can be kept beside each other.
    #[must_use]
    pub fn has_room_for(&self, files: usize) -> bool {
        let largest = self.here.iter().map(bytes).max().unwrap_or(0);
        largest.saturating_mul(files) <= MOST_BYTES
    }

    /// Says what the predictions of an evaluation come to.
    pub fn explain(&mut self, source: &Source, evaluated: Evaluated) {
        if let Some(entry) = self.here.iter_mut().find(|entry| entry.source == *source) {
            entry.evaluated = Some(Box::new(evaluated));
        }
    }

    /// A file that was asked for cannot be read. The result is which one it was.
    pub fn miss(&mut self, path: &str) -> Option<Source> {
        let place = self.asked.iter().position(|asked| asked.path == path)?;
        let source = self.asked.remove(place);
        self.missing.push(source.clone());
        Some(source)
    }

    /// A split has no evaluation any more.
    pub fn forget(&mut self, split: SplitName) {
        self.here.retain(|entry| entry.source.split != split);
    }

    /// The steps after one are done again: what was read of them is void.
    pub fn forget_after(&mut self, step: u64) {
        self.here.retain(|entry| entry.source.step <= step);
        self.asked.retain(|source| source.step <= step);
        self.missing.retain(|source| source.step <= step);
    }
}

fn bytes(entry: &Entry) -> usize {
    size_of_val(entry.predictions.probabilities.as_slice()) + entry.predictions.labels.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Weights;

    fn source(epoch: u64) -> Source {
        let (path, step) = (format!("predictions/epoch-{epoch:03}.npz"), epoch * 31);
        Source { split: SplitName::Validation, path, epoch, step, weights: Weights::Last }
    }

    fn predictions(epoch: u64, volumes: usize) -> Arc<Predictions> {
        let (probabilities, labels) = (vec![0.5; 2 * volumes], vec![0; volumes]);
        Arc::new(Predictions {
            split: SplitName::Validation,
            path: source(epoch).path,
            classes: 2,
            probabilities,
            labels,
        })
    }

    fn held(files: &Files) -> Vec<u64> {
        files.here.iter().map(|entry| entry.source.epoch).collect()
    }

    #[test]
    fn nothing_is_asked_for_twice_and_what_was_not_asked_for_is_let_go() {
        let mut files = Files::default();
        files.keep(predictions(1, 4));
        assert!(files.of(&source(1)).is_none());
        assert!(files.ask(&source(1)) && !files.ask(&source(1)));
        files.keep(predictions(1, 4));
        assert!(files.of(&source(1)).is_some() && !files.ask(&source(1)));
    }

    #[test]
    fn what_was_used_longest_ago_goes_when_all_of_it_is_too_much() {
        let mut files = Files::default();
        for epoch in 1..=7 {
            files.ask(&source(epoch));
            files.keep(predictions(epoch, 100));
        }
        files.touch(&source(1));
        files.let_go(6 * 900);
        assert_eq!(held(&files), [3, 4, 5, 6, 7, 1]);
        files.let_go(0);
        assert_eq!(held(&files), [4, 5, 6, 7, 1], "some are kept however large they are");
        assert!(files.has_room_for(1000) && !files.has_room_for(usize::MAX));
    }

    #[test]
    fn a_file_that_cannot_be_read_is_asked_for_again_only_when_the_screen_is_entered_again() {
        let mut files = Files::default();
        files.ask(&source(3));
        assert_eq!(files.miss(&source(3).path), Some(source(3)));
        assert_eq!(files.miss(&source(3).path), None);
        assert!(files.is_missing(&source(3)) && !files.ask(&source(3)));
        files.ask_again();
        assert!(files.ask(&source(3)));
    }

    #[test]
    fn what_a_resume_does_again_is_read_again() {
        let mut files = Files::default();
        for epoch in 1..=3 {
            files.ask(&source(epoch));
            files.keep(predictions(epoch, 4));
        }
        files.forget_after(62);
        assert_eq!(held(&files), [1, 2]);
        assert_eq!(files.newest(SplitName::Validation).map(|(source, _)| source.epoch), Some(2));
        assert!(files.ask(&source(3)));
    }
}
