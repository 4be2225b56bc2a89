//! The queues of this process and of others, for the screen: changed, taken over, listed.

use super::{Reader, Wish};
use crate::app::{Msg, OtherQueue};
use crate::event::QueueChange;
use crate::runs::{self, QueueListing};
use crate::runtime::session::tasks_words;

impl Reader {
    /// Changes this process's queue, or that of the process that trains a run.
    pub(super) fn change_queue(&self, of: Option<String>, change: QueueChange) {
        match of {
            Some(run) => self.wish(&run, &Wish::Queue { queue: change }),
            None => {
                if let Err(why) = self.interrupt.change(change) {
                    self.tell(Msg::Unheard { why });
                }
            }
        }
        // What the others wait for is shown with the runs.
        self.tell(Msg::Queues(self.other_queues()));
    }

    /// Takes over what processes that are gone have left behind.
    pub(super) fn take_queues_over(&self) {
        match self.interrupt.queue.take_over() {
            Ok((tasks, damaged)) if damaged.is_empty() => {
                self.tell(Msg::Kept { what: format!("{} taken over", tasks_words(tasks.len())) });
            }
            Ok((_, damaged)) => self.tell(Msg::Refused { why: damaged.join("; ") }),
            Err(error) => self.tell(Msg::Refused { why: error.to_string() }),
        }
    }

    /// What other processes have before them, and what was left behind.
    pub(super) fn other_queues(&self) -> Vec<OtherQueue> {
        let ours = format!("{} on ", std::process::id());
        let others = runs::queues(&self.runs_dir)
            .into_iter()
            .filter(|queue| queue.holder.as_ref().is_none_or(|holder| !holder.starts_with(&ours)));
        others.map(|QueueListing { state, holder }| OtherQueue { state, holder }).collect()
    }
}
