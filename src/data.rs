//! The data room: from the name of a set in an experiment to its volumes in memory.
//!
//! Volumes stay bytes here; nothing in this room knows a tensor or draws a picture. Files are looked for
//! (`locate`, `shelf`), fetched where they are missing (`fetch`), compared with their checksums (`checked`)
//! and read (`npz`). `loader` makes batches for training, with volumes that vary (`augment`); `view` those that are
//! evaluated.

mod augment;
mod checked;
mod error;
mod fetch;
mod loader;
mod locate;
pub mod medmnist;
mod npz;
mod phantom;
mod progress;
mod room;
mod shelf;
mod view;

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

pub use self::augment::{Affine, Augmentation, Mixed, Motion, Turn, resample};
pub use self::checked::Standing;
pub use self::error::Error;
pub use self::fetch::{Download, Existing, Fetcher};
pub use self::loader::{Batch, Batches, Filler, Plan, Tuned, intensity, loader, order};
pub use self::locate::Search;
pub use self::phantom::phantom;
pub use self::progress::Progress;
pub use self::room::{bytes_words, free_memory};
pub use self::shelf::{Listed, Verified, fetch_set, list, verify_file, verify_set};
pub use self::view::View;

use self::room::Room;
use crate::config::{Data, Set};
use crate::event::SplitName;
use crate::metrics;
pub use crate::metrics::Task;

/// The seed of the built-in set: fixed like a published file, so that runs of other seeds differ in
/// their training alone.
pub const PHANTOM_SEED: u64 = 42;

/// Volumes with labels, in three splits.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    /// The name that runs and pictures show, such as `organmnist3d` or `adrenalmnist3d_64`.
    pub name: String,
    /// The volumes were made up, so no number from them says anything about medicine.
    pub synthetic: bool,
    pub task: Task,
    /// The classes' names; a label is an index into them, or of several labels a volume one of them.
    pub classes: Vec<String>,
    pub shape: VolumeShape,
    pub train: Split,
    pub validation: Split,
    pub test: Split,
    pub source: Source,
}

impl Dataset {
    /// The split of that name.
    #[must_use]
    pub fn split(&self, name: SplitName) -> &Split {
        match name {
            SplitName::Train => &self.train,
            SplitName::Validation => &self.validation,
            SplitName::Test => &self.test,
        }
    }

    /// What a model answers about one volume: its class, or yes or no for each class.
    #[must_use]
    pub fn answers(&self) -> usize {
        if self.task == Task::MultiLabel { self.classes.len() } else { 1 }
    }

    /// The classes that volumes of the validation or the test split have, and no training volume does: nobody can
    /// learn them.
    #[must_use]
    pub fn untaught(&self) -> Vec<&str> {
        let taught = self.train.has_classes(self.classes.len());
        let asked = [&self.validation, &self.test].map(|split| split.has_classes(self.classes.len()));
        let untaught = (0..self.classes.len()).filter(|class| {
            let has = |classes: &[bool]| classes.get(*class).copied().unwrap_or_default();
            asked.iter().any(|asked| has(asked)) && !has(&taught)
        });
        untaught.filter_map(|class| self.classes.get(class)).map(String::as_str).collect()
    }
}

/// The axes of one volume, in voxels; `channels` values stand at each voxel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VolumeShape {
    pub depth: usize,
    pub height: usize,
    pub width: usize,
    pub channels: usize,
}

impl VolumeShape {
    /// Values in one volume: depth · height · width · channels.
    #[must_use]
    pub fn voxels(&self) -> usize {
        self.depth.saturating_mul(self.height).saturating_mul(self.width).saturating_mul(self.channels)
    }
}

impl fmt::Display for VolumeShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.depth > 1 {
            write!(f, "{}×", self.depth)?;
        }
        write!(f, "{}×{}", self.height, self.width)?;
        if self.channels == 1 { Ok(()) } else { write!(f, " of {} channels", self.channels) }
    }
}

/// The volumes and labels of one split.
#[derive(Clone)]
pub struct Split {
    volumes: Arc<Volumes>,
    /// [n], or where each volume has several [n, labels], 0 or 1.
    labels: Vec<u8>,
    voxels: usize,
    /// Labels of a volume.
    each: usize,
}

/// All volumes one after the other, [n, d, h, w, c], made when the first of them is read.
type Volumes = LazyLock<Vec<u8>, Box<dyn FnOnce() -> Vec<u8> + Send>>;

impl Split {
    /// A split of `labels.len()` volumes of `voxels` values each.
    ///
    /// # Panics
    /// When `volumes` does not hold exactly that many values.
    #[must_use]
    pub fn new(volumes: Vec<u8>, labels: Vec<u8>, voxels: usize) -> Self {
        Self::with_labels(volumes, labels, voxels, 1)
    }

    /// A split of volumes of `voxels` values and `each` labels each; of several labels each is 0 or 1.
    ///
    /// # Panics
    /// When there are not as many volumes as labels for them.
    #[must_use]
    pub fn with_labels(volumes: Vec<u8>, labels: Vec<u8>, voxels: usize, each: usize) -> Self {
        assert_eq!(volumes.len() * each, labels.len() * voxels, "labels for each volume");
        Self { each, ..Self::made_when_read(labels, voxels, move |_| volumes) }
    }

    /// A split whose volumes are made when the first of them is read, from its labels. Other threads that read one
    /// meanwhile wait: `make` must not need any of them, such as those of a pool that reads volumes itself.
    pub(crate) fn made_when_read(
        labels: Vec<u8>,
        voxels: usize,
        make: impl FnOnce(&[u8]) -> Vec<u8> + Send + 'static,
    ) -> Self {
        let of = labels.clone();
        Self { volumes: Arc::new(LazyLock::new(Box::new(move || make(&of)))), labels, voxels, each: 1 }
    }

    /// The number of volumes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.labels.len() / self.each.max(1)
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The volume at that index, [d, h, w, c].
    ///
    /// # Panics
    /// When `index` is not below `len`, as a slice does.
    #[must_use]
    #[expect(clippy::indexing_slicing, reason = "an index past the end is the caller's mistake, as in a slice")]
    pub fn volume(&self, index: usize) -> &[u8] {
        &self.volumes[index * self.voxels..(index + 1) * self.voxels]
    }

    /// The label at that index; where a volume has several, the set of those that it has, a bit for each
    /// ([`metrics::label_set`]).
    ///
    /// # Panics
    /// When `index` is not below `len`, as a slice does.
    #[must_use]
    #[expect(clippy::indexing_slicing, reason = "an index past the end is the caller's mistake, as in a slice")]
    pub fn label(&self, index: usize) -> usize {
        match self.each {
            1 => usize::from(self.labels[index]),
            each => metrics::label_set(&self.labels[index * each..(index + 1) * each]),
        }
    }

    /// The labels, [n], or where each volume has several [n, labels].
    #[must_use]
    pub fn labels(&self) -> &[u8] {
        &self.labels
    }

    /// Which of so many classes any of its volumes has.
    fn has_classes(&self, classes: usize) -> Vec<bool> {
        let mut has = vec![false; classes];
        for (place, label) in self.labels.iter().enumerate() {
            let class = match self.each {
                1 => usize::from(*label),
                _ if *label == 0 => continue,
                each => place % each,
            };
            if let Some(has) = has.get_mut(class) {
                *has = true;
            }
        }
        has
    }
}

impl PartialEq for Split {
    fn eq(&self, other: &Self) -> bool {
        self.voxels == other.voxels && self.labels == other.labels && **self.volumes == **other.volumes
    }
}

impl fmt::Debug for Split {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Split({} volumes of {} values)", self.len(), self.voxels)
    }
}

/// Where a data set's volumes came from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Source {
    /// The file, none for volumes that were made up.
    pub path: Option<PathBuf>,
    /// The file's checksum, in hexadecimal.
    pub md5: Option<String>,
    /// What whoever reads a result should know, such as that the file is an older release.
    pub note: Option<String>,
}

/// Finds or fetches the experiment's data set, compares its checksum, and reads it.
///
/// `seed` is what the built-in set is made from. `progress` is told what is going on, from the calling thread.
///
/// # Errors
/// When the file is missing and cannot be fetched, is not the file that it should be, or cannot be read.
pub fn open(data: &Data, search: &Search, seed: u64, progress: &mut dyn FnMut(Progress)) -> Result<Dataset, Error> {
    let free = (search.free_memory)();
    match &data.set {
        Set::Phantom => Ok(phantom(seed)),
        Set::Npz { path } => checked::read_file(path, free, progress),
        set => {
            let release = shelf::release(set, data.size)?;
            // Before it is fetched: what does not fit need not be there.
            let target = search.find(release.file()).unwrap_or_else(|| PathBuf::from(release.file()));
            Room { free, release: Some(release) }.check(&target, release.bytes(), &mut |_| {})?;
            let path = shelf::find_or_fetch(release, search, progress)?;
            checked::read_release(release, &path, free, progress)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dataset(task: Task, each: usize, labels: [&[u8]; 3]) -> Dataset {
        let split = |labels: &[u8]| Split::with_labels(vec![0; labels.len() / each], labels.to_vec(), 1, each);
        let [train, validation, test] = labels.map(split);
        let classes = ["a", "b", "c"].map(String::from).to_vec();
        let shape = VolumeShape { depth: 1, height: 1, width: 1, channels: 1 };
        let (name, source) = (String::new(), Source::default());
        Dataset { name, synthetic: false, task, classes, shape, train, validation, test, source }
    }

    #[test]
    fn what_no_training_volume_has_is_untaught_if_another_has_it() {
        let of = |labels| dataset(Task::MultiClass, 1, labels).untaught().join(" ");
        assert_eq!(of([&[0, 1], &[0], &[1, 2]]), "c");
        assert_eq!(of([&[0], &[1], &[2]]), "b c");
        assert_eq!(of([&[0, 1], &[0], &[1]]), "", "nobody asks for it");
    }

    #[test]
    fn a_label_that_no_training_volume_has_is_untaught_too() {
        let of = |labels| dataset(Task::MultiLabel, 3, labels).untaught().join(" ");
        assert_eq!(of([&[1, 0, 0, 1, 1, 0], &[0, 0, 0], &[0, 0, 1]]), "c");
        assert_eq!(of([&[0, 0, 1], &[0, 0, 1], &[0, 0, 1]]), "");
    }
}
