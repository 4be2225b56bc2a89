//! The volumes that were looked at last, so that going back and forth asks for nothing twice.

use std::collections::VecDeque;
use std::sync::Arc;

use super::{Volume, Which};

/// So many volumes are kept, and so many bytes of them: many small ones or a few large ones.
pub const MOST_VOLUMES: usize = 32;
pub const MOST_BYTES: usize = 64 << 20;

/// A volume and what was worked out of it.
#[derive(Clone, Debug)]
pub struct Kept {
    pub which: Which,
    pub volume: Arc<Volume>,
    pub histogram: Box<[u32; 256]>,
}

/// The volumes, the one used last at the end.
#[derive(Clone, Debug, Default)]
pub struct Recent {
    kept: VecDeque<Kept>,
}

impl Recent {
    /// Keeps a volume, and lets go of those that were used longest ago.
    pub fn keep(&mut self, which: Which, volume: Arc<Volume>) {
        self.kept.retain(|kept| kept.which != which);
        let histogram = Box::new(volume.histogram());
        self.kept.push_back(Kept { which, volume, histogram });
        self.let_go(MOST_BYTES);
    }

    /// Lets go of what is too much; the newest stays, however large.
    fn let_go(&mut self, most_bytes: usize) {
        while self.kept.len() > 1 && (self.kept.len() > MOST_VOLUMES || self.bytes() > most_bytes) {
            self.kept.pop_front();
        }
    }

    /// A volume, if it is kept.
    #[must_use]
    pub fn get(&self, which: Which) -> Option<&Kept> {
        self.kept.iter().rev().find(|kept| kept.which == which)
    }

    /// The one that was used last of those that are let through.
    pub fn newest(&self, through: impl Fn(Which) -> bool) -> Option<&Kept> {
        self.kept.iter().rev().find(|kept| through(kept.which))
    }

    /// Counts a volume as used last.
    pub fn touch(&mut self, which: Which) {
        if let Some(place) = self.kept.iter().position(|kept| kept.which == which)
            && let Some(kept) = self.kept.remove(place)
        {
            self.kept.push_back(kept);
        }
    }

    fn bytes(&self) -> usize {
        self.kept.iter().map(|kept| kept.volume.voxels.len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::SplitName;

    fn test(index: usize) -> Which {
        Which { split: SplitName::Test, index, epoch: None }
    }

    fn volume(bytes: usize) -> Arc<Volume> {
        Arc::new(Volume { shape: [1, 1, bytes, 1], voxels: vec![0; bytes].into() })
    }

    fn held(recent: &Recent) -> Vec<usize> {
        recent.kept.iter().map(|kept| kept.which.index).collect()
    }

    #[test]
    fn what_was_used_longest_ago_goes_first() {
        let mut recent = Recent::default();
        (0..MOST_VOLUMES).for_each(|index| recent.keep(test(index), volume(8)));
        recent.touch(test(0));
        recent.keep(test(99), volume(8));
        assert_eq!(held(&recent).len(), MOST_VOLUMES);
        assert!(recent.get(test(0)).is_some(), "used since");
        assert!(recent.get(test(1)).is_none());
        assert!(recent.get(Which { split: SplitName::Train, ..test(99) }).is_none(), "another split's");
        assert!(recent.get(Which { epoch: Some(1), ..test(99) }).is_none(), "as an epoch shows it");
    }

    #[test]
    fn large_volumes_are_fewer_but_the_newest_stays_whatever_its_size() {
        let mut recent = Recent::default();
        (0..3).for_each(|index| recent.keep(test(index), volume(50)));
        recent.let_go(100);
        assert_eq!(held(&recent), [1, 2]);
        recent.keep(test(7), volume(101));
        recent.let_go(100);
        assert_eq!(held(&recent), [7]);
    }

    #[test]
    fn a_volume_that_comes_again_is_kept_once() {
        let mut recent = Recent::default();
        for index in [1, 2, 1] {
            recent.keep(test(index), volume(8));
        }
        assert_eq!(held(&recent), [2, 1]);
    }
}
