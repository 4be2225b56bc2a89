//! From the trainer to the journal and to whoever looks on.

use std::collections::VecDeque;

use crossbeam_channel::Sender;

use crate::event::TrainEvent;
use crate::runs::{self, Journal};
use crate::runtime::fault::Fault;
use crate::train::{Scribe, Trouble};

/// Puts every fact into the journal, then on the channel.
pub(super) struct Teller {
    pub journal: Journal,
    pub sender: Sender<TrainEvent>,
    pub trouble: Trouble,
    pub fault: Fault,
    /// Facts that could not be written, oldest first.
    waiting: VecDeque<TrainEvent>,
    /// Whether something was written that is not on the disk yet.
    unsynced: bool,
}

impl Teller {
    pub fn new(journal: Journal, sender: Sender<TrainEvent>, trouble: Trouble) -> Self {
        let (fault, waiting, unsynced) = (Fault::from_environment(), VecDeque::new(), false);
        Self { journal, sender, trouble, fault, waiting, unsynced }
    }
}

impl Scribe for Teller {
    /// Where the run stands still until the journal can be written, whoever looks on learns of it all the same: of
    /// what waits, and then that it waits.
    fn tell(&mut self, event: TrainEvent) -> Result<(), runs::Error> {
        if matches!(event, TrainEvent::Explained(_)) {
            // An answer is no fact of the run.
            let _ = self.sender.send(event);
            return Ok(());
        }
        self.fault.strike(&event);
        self.waiting.push_back(event.clone());
        let written = self.catch_up();
        if written.is_ok() || self.trouble == Trouble::Waits {
            // Nobody listening any more does not concern the training.
            let _ = self.sender.send(event);
        }
        written
    }

    /// A checkpoint is only as good as the journal that leads to it, so an epoch's figures are on the disk before its
    /// checkpoint is.
    fn catch_up(&mut self) -> Result<(), runs::Error> {
        loop {
            if self.unsynced {
                self.journal.sync()?;
                self.unsynced = false;
            }
            let Some(event) = self.waiting.front() else { return Ok(()) };
            self.journal.append(event)?;
            self.unsynced = matches!(
                event,
                TrainEvent::Evaluated(_) | TrainEvent::CheckpointSaved { .. } | TrainEvent::Finished(_)
            );
            self.waiting.pop_front();
        }
    }
}
