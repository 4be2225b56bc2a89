//! Batches, made ahead of the trainer on a thread of their own.
//!
//! What a batch holds depends only on (seed, epoch, index); how many are kept ready changes nothing
//! but the trainer's waiting. This module starts no thread and reads no clock: the shell runs
//! [`Filler::run`], and the trainer says how long it waited.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::augment::{Augmentation, Mixed};
use super::{Dataset, Split};
use crate::config::{self, Augment, Experiment};

/// The stream of the run's seed that the epochs' orders are drawn from.
const ORDER: u64 = 0x6f72_6465;

/// The most batches that tuning keeps ready.
const MOST_READY: usize = 16;

/// The trainer's wait, as a share of its step, that tuning stays under.
const WAIT_SHARE: f64 = 0.01;

/// Steps that the first measure leaves out (the queue fills), and that each measure looks at.
const MEASURED_STEPS: u64 = 16;

/// Voxels and labels of some volumes.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// From 1.
    pub epoch: u64,
    /// The batch's place in its epoch, from 0.
    pub index: u64,
    /// Intensities in 0..=1, `[len, depth, height, width, channels]`.
    pub voxels: Vec<f32>,
    /// The class of each volume, or where a volume may have several the set of them, a bit for each.
    pub labels: Vec<usize>,
    /// What else is in the volumes, where they were mixed.
    pub mixed: Option<Mixed>,
}

impl Batch {
    /// Volumes in the batch.
    #[must_use]
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The volumes at these places of a split.
    #[must_use]
    pub fn gather(split: &Split, places: &[usize], epoch: u64, index: u64) -> Self {
        let mut voxels =
            Vec::with_capacity(places.len() * places.first().map_or(0, |&place| split.volume(place).len()));
        for &place in places {
            voxels.extend(split.volume(place).iter().map(|&voxel| intensity(voxel)));
        }
        let labels = places.iter().map(|&place| split.label(place)).collect();
        Self { epoch, index, voxels, labels, mixed: None }
    }
}

/// The recipe's scaling: a byte to 0..=1.
#[must_use]
pub fn intensity(voxel: u8) -> f32 {
    f32::from(voxel) * (1.0 / 255.0)
}

/// The order in which an epoch goes through `len` volumes.
#[must_use]
pub fn order(seed: u64, epoch: u64, len: usize) -> Vec<usize> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(ORDER.wrapping_add(epoch << 32));
    let mut places: Vec<usize> = (0..len).collect();
    places.shuffle(&mut random);
    places
}

/// Which batches are wanted.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub seed: u64,
    /// Volumes a batch; the last of an epoch may have fewer.
    pub batch: usize,
    /// The last epoch.
    pub epochs: u64,
    /// The first epoch wanted, from 1, and the place in it to begin at.
    pub from: (u64, u64),
    /// How the volumes vary, and the α by which two of them are mixed.
    pub augment: Augment,
    pub mixup: Option<f64>,
}

impl Plan {
    /// The batches of an experiment from that place on.
    #[must_use]
    pub fn of(experiment: &Experiment, from: (u64, u64)) -> Self {
        let Experiment { seed, data, training, .. } = experiment;
        let (seed, epochs) = (*seed, training.epochs as u64);
        Self { seed, batch: data.batch, epochs, from, augment: data.augment, mixup: training.mixup }
    }
}

/// A loader over the training split: the half that makes batches and the half that hands them out.
#[must_use]
pub fn loader(dataset: Arc<Dataset>, plan: Plan, ready: config::Loader) -> (Filler, Batches) {
    let (wanted, tuning) = match ready {
        config::Loader::Auto => (1, Some(Tuning::default())),
        config::Loader::Ready(count) => (count, None),
    };
    let shared = Arc::new(Shared { queue: Mutex::new(Queue { wanted, ..Queue::default() }), changed: Condvar::new() });
    (Filler { dataset, plan, shared: Arc::clone(&shared) }, Batches { shared, tuning })
}

#[derive(Default)]
struct Queue {
    batches: VecDeque<Batch>,
    wanted: usize,
    /// The filler has made its last batch.
    filled: bool,
    /// The filler has gone.
    ended: bool,
    /// The trainer has gone.
    abandoned: bool,
    /// Where the trainer wants the filler to begin again: an epoch, and a place in it.
    rewound: Option<(u64, u64)>,
}

struct Shared {
    queue: Mutex<Queue>,
    changed: Condvar,
}

impl Shared {
    /// A panic elsewhere leaves the queue whole, so the lock's poison means nothing here.
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes batches until all are made or nobody wants them.
pub struct Filler {
    dataset: Arc<Dataset>,
    plan: Plan,
    shared: Arc<Shared>,
}

impl Filler {
    /// Makes what is wanted, until nobody wants anything any more; meant for a thread of its own.
    pub fn run(self) {
        let mut from = Some(self.plan.from);
        while let Some(place) = from {
            from = self.fill(place);
        }
    }

    /// Makes batches from that place on to the end of the plan. The result is where to begin again.
    fn fill(&self, (first_epoch, first_index): (u64, u64)) -> Option<(u64, u64)> {
        let (split, shape) = (&self.dataset.train, self.dataset.shape);
        let Plan { seed, augment, mixup, .. } = self.plan;
        let augmentation = Augmentation { augment, shape, seed };
        for epoch in first_epoch..=self.plan.epochs {
            let order = order(seed, epoch, split.len());
            for (index, places) in (0..)
                .zip(order.chunks(self.plan.batch))
                .skip_while(|(index, _)| epoch == first_epoch && *index < first_index)
            {
                let mut batch = augmentation.batch(split, places, epoch, index);
                if let Some(alpha) = mixup {
                    batch.mix(alpha, seed);
                }
                let mut queue = self.wait_while(|queue| queue.batches.len() >= queue.wanted);
                if queue.abandoned || queue.rewound.is_some() {
                    return queue.rewound.take().filter(|_| !queue.abandoned);
                }
                queue.batches.push_back(batch);
                self.shared.changed.notify_all();
            }
        }
        self.shared.lock().filled = true;
        self.shared.changed.notify_all();
        let mut queue = self.wait_while(|_| true);
        queue.rewound.take().filter(|_| !queue.abandoned)
    }

    /// Waits while that holds and the trainer wants nothing else.
    fn wait_while(&self, holds: impl Fn(&Queue) -> bool) -> MutexGuard<'_, Queue> {
        let mut queue = self.shared.lock();
        while holds(&queue) && !queue.abandoned && queue.rewound.is_none() {
            queue = self.shared.changed.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        queue
    }
}

impl Drop for Filler {
    fn drop(&mut self) {
        self.shared.lock().ended = true;
        self.shared.changed.notify_all();
    }
}

/// How many batches tuning settled on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tuned {
    pub ready: usize,
    /// The trainer's wait as a share of the step, 0 to 1.
    pub wait_share: f64,
}

#[derive(Default)]
struct Tuning {
    steps: u64,
    waited_us: u64,
    stepped_us: u64,
}

/// The batches in their order.
pub struct Batches {
    shared: Arc<Shared>,
    tuning: Option<Tuning>,
}

impl Batches {
    /// The next batch, waited for; `None` after the last.
    pub fn next_batch(&mut self) -> Option<Batch> {
        let mut queue = self.shared.lock();
        loop {
            if let Some(batch) = queue.batches.pop_front() {
                self.shared.changed.notify_all();
                return Some(batch);
            }
            if queue.filled || queue.ended {
                return None;
            }
            queue = self.shared.changed.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// From now on the batches from that place on come: an epoch, from 1, and the place in it.
    pub fn rewind(&mut self, place: (u64, u64)) {
        let mut queue = self.shared.lock();
        queue.batches.clear();
        queue.filled = false;
        queue.rewound = Some(place);
        self.shared.changed.notify_all();
    }

    /// Learns how long a step waited and took, in microseconds. When a measure is complete, either
    /// keeps twice as many ready or settles, and then says what it chose, once.
    #[expect(clippy::cast_precision_loss, reason = "microseconds of a few steps")]
    pub fn observe(&mut self, waited_us: u64, step_us: u64) -> Option<Tuned> {
        let tuning = self.tuning.as_mut()?;
        tuning.steps += 1;
        if tuning.steps <= MEASURED_STEPS {
            return None;
        }
        tuning.waited_us += waited_us;
        tuning.stepped_us += step_us;
        if tuning.steps < 2 * MEASURED_STEPS {
            return None;
        }
        let wait_share = tuning.waited_us as f64 / tuning.stepped_us.max(1) as f64;
        let mut queue = self.shared.lock();
        if wait_share > WAIT_SHARE && queue.wanted < MOST_READY {
            queue.wanted *= 2;
            self.shared.changed.notify_all();
            self.tuning = Some(Tuning::default());
            return None;
        }
        self.tuning = None;
        Some(Tuned { ready: queue.wanted, wait_share })
    }
}

impl Drop for Batches {
    fn drop(&mut self) {
        self.shared.lock().abandoned = true;
        self.shared.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::phantom;

    fn plan(from: (u64, u64)) -> Plan {
        Plan { seed: 7, batch: 32, epochs: 2, from, augment: Augment::default(), mixup: None }
    }

    fn all(from: (u64, u64), ready: config::Loader) -> Vec<(u64, u64, Vec<usize>)> {
        let (filler, mut batches) = loader(Arc::new(phantom(1)), plan(from), ready);
        let thread = std::thread::spawn(move || filler.run());
        let mut seen = Vec::new();
        while let Some(batch) = batches.next_batch() {
            assert_eq!(batch.voxels.len(), batch.len() * 28 * 28 * 28);
            seen.push((batch.epoch, batch.index, batch.labels));
            batches.observe(10, 10);
        }
        drop(batches);
        thread.join().unwrap();
        seen
    }

    #[test]
    fn an_epoch_is_every_volume_once_and_the_last_batch_is_partial() {
        let seen = all((1, 0), config::Loader::Ready(3));
        assert_eq!(seen.len(), 2 * 31);
        assert_eq!(seen[30].2.len(), 971 - 30 * 32);
        let mut places = order(7, 1, 971);
        places.sort_unstable();
        assert_eq!(places, (0..971).collect::<Vec<_>>());
        assert_ne!(order(7, 1, 971), order(7, 2, 971));
    }

    #[test]
    fn batches_are_the_same_from_wherever_one_begins_and_however_many_are_ready() {
        let whole = all((1, 0), config::Loader::Auto);
        assert_eq!(whole[40..], all((2, 9), config::Loader::Ready(1)));
    }

    #[test]
    fn tuning_keeps_more_ready_while_the_trainer_waits_and_then_settles() {
        let (_filler, mut batches) = loader(Arc::new(phantom(1)), plan((1, 0)), config::Loader::Auto);
        let mut told = None;
        let mut steps = 0;
        while told.is_none() {
            let waited = if batches.shared.lock().wanted < 4 { 500 } else { 5 };
            told = batches.observe(waited, 1000);
            steps += 1;
            assert!(steps < 1000);
        }
        assert_eq!(told.unwrap().ready, 4);
        assert!(batches.observe(500, 1000).is_none());
    }

    fn take(batches: &mut Batches, count: usize) -> Vec<(u64, u64, Vec<usize>)> {
        let taken = std::iter::from_fn(|| batches.next_batch()).take(count);
        taken.map(|batch| (batch.epoch, batch.index, batch.labels)).collect()
    }

    #[test]
    fn batches_begin_again_wherever_they_are_wanted_also_after_the_last() {
        let whole = all((1, 0), config::Loader::Ready(2));
        let (filler, mut batches) = loader(Arc::new(phantom(1)), plan((1, 0)), config::Loader::Ready(3));
        let thread = std::thread::spawn(move || filler.run());
        assert_eq!(take(&mut batches, 40), whole[..40]);
        batches.rewind((1, 5));
        assert_eq!(take(&mut batches, 100), whole[5..], "to the end, and no further");
        batches.rewind((2, 30));
        assert_eq!(batches.next_batch().map(|batch| batch.labels), Some(whole[61].2.clone()));
        assert_eq!(batches.next_batch(), None);
        drop(batches);
        thread.join().unwrap();
    }

    #[test]
    fn a_filler_that_died_is_not_waited_for() {
        let (filler, mut batches) = loader(Arc::new(phantom(1)), plan((1, 0)), config::Loader::Ready(1));
        drop(filler);
        batches.rewind((1, 0));
        assert_eq!(batches.next_batch(), None);
    }

    #[test]
    fn a_filler_whose_trainer_left_ends() {
        let (filler, batches) = loader(Arc::new(phantom(1)), plan((1, 0)), config::Loader::Ready(1));
        drop(batches);
        filler.run();
    }
}
