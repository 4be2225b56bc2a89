//! The labels of a split, volume by volume: one each, or where a volume may have several classes one for each class.

use crate::app::Catalogue;
use crate::event::SplitName;
use crate::metrics::label_set;

/// The labels of a split.
#[derive(Clone, Copy, Debug)]
pub struct Truths<'a> {
    pub labels: &'a [u8],
    /// Labels of a volume.
    pub each: usize,
}

impl<'a> Truths<'a> {
    /// Those that the data have.
    #[must_use]
    pub fn of_data(catalogue: &'a Catalogue, split: SplitName) -> Self {
        Self { labels: catalogue.labels(split), each: catalogue.answers() }
    }

    /// Volumes.
    #[must_use]
    pub fn count(&self) -> usize {
        self.labels.len() / self.each.max(1)
    }

    /// Whether a volume may have several classes.
    #[must_use]
    pub fn are_sets(&self) -> bool {
        self.each > 1
    }

    /// The labels of a volume.
    #[must_use]
    pub fn of(&self, index: usize) -> Option<&'a [u8]> {
        self.labels.get(index * self.each..(index + 1) * self.each)
    }

    /// The class of a volume, or the set of its classes ([`label_set`]).
    #[must_use]
    pub fn label(&self, index: usize) -> Option<usize> {
        match self.of(index)? {
            [label] if !self.are_sets() => Some(usize::from(*label)),
            labels => Some(label_set(labels)),
        }
    }

    /// Whether a class, or a set of them, has a class in it.
    #[must_use]
    pub fn is_of(&self, label: usize, class: usize) -> bool {
        if self.are_sets() { label >> class & 1 == 1 } else { label == class }
    }
}
