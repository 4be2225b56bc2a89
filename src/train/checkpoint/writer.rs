//! Checkpoints written beside the training, on a thread of their own.
//!
//! What is written shares the trainer's numbers; the step that changes them next changes a copy. This module
//! starts no thread: the shell runs [`Writer::run`], and the trainer hears of what has been written between two
//! steps.

use std::time::Instant;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::{Error, Keep, Parts, State, prune, save};
use crate::runs::RunFolder;
use crate::train::{self, millis};

/// All that a checkpoint holds, and what becomes of it and of the others.
pub struct Order {
    pub parts: Parts,
    pub state: State,
    pub keep: Keep,
    /// How many of the newest stay.
    pub newest: usize,
}

impl Order {
    fn best_step(&self) -> Option<u64> {
        self.state.best.as_ref().map(|best| best.step)
    }
}

/// What has become of an order.
pub struct Written {
    pub step: u64,
    /// Whether it holds the best weights so far.
    pub best: bool,
    /// Whether it stays for good.
    pub pinned: bool,
    pub save_ms: u64,
    pub result: Result<(), Unwritten>,
    /// Whether older ones could be removed.
    pub pruned: Result<(), Error>,
}

/// A checkpoint that could not be written. The order is whole: it can be given again.
pub struct Unwritten {
    pub error: Error,
    pub order: Box<Order>,
}

/// The half that writes into a run's folder, and the half that is asked to.
#[must_use]
pub fn writer(folder: RunFolder) -> (Writer, Checkpoints) {
    let ((orders, ordered), (written, heard)) = (bounded(1), bounded(1));
    (Writer { folder, orders: ordered, written }, Checkpoints { orders, written: heard, under_way: false })
}

/// Writes what is ordered, one checkpoint after the other.
pub struct Writer {
    folder: RunFolder,
    orders: Receiver<Order>,
    written: Sender<Written>,
}

impl Writer {
    /// Runs until nobody orders any more; meant for a thread of its own.
    pub fn run(self) {
        for order in self.orders {
            let (started, step, best) = (Instant::now(), order.state.step, order.best_step());
            let saved = save(&self.folder, &order.parts, &order.state, order.keep);
            let pruned = match saved {
                Ok(_) => prune(&self.folder, step, order.newest, best),
                Err(_) => Ok(()),
            };
            let pinned = order.keep == Keep::ForGood;
            let result = saved.map(drop).map_err(|error| Unwritten { error, order: Box::new(order) });
            let written = Written { step, best: best == Some(step), pinned, save_ms: millis(started), result, pruned };
            if self.written.send(written).is_err() {
                return;
            }
        }
    }
}

/// Where checkpoints are ordered. One at a time is under way.
pub struct Checkpoints {
    orders: Sender<Order>,
    written: Receiver<Written>,
    under_way: bool,
}

impl Checkpoints {
    /// Has a checkpoint written. The one before it must have been heard of.
    ///
    /// # Errors
    ///
    /// When the writer has died.
    pub fn begin(&mut self, order: Order) -> Result<(), train::Error> {
        debug_assert!(!self.under_way, "one at a time");
        self.under_way = true;
        self.orders.send(order).map_err(|_| train::Error::WriterEnded)
    }

    /// The checkpoint under way, once it is written.
    pub fn written(&mut self) -> Option<Written> {
        let written = self.written.try_recv().ok()?;
        self.under_way = false;
        Some(written)
    }

    /// The checkpoint under way, waited for; none where none is.
    ///
    /// # Errors
    ///
    /// When the writer has died.
    pub fn wait(&mut self) -> Result<Option<Written>, train::Error> {
        if !self.under_way {
            return Ok(None);
        }
        self.under_way = false;
        self.written.recv().map(Some).map_err(|_| train::Error::WriterEnded)
    }
}
