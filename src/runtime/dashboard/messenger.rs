//! Takes wishes to the processes that train runs, and changes queues, on a thread of its own: neither data that are read
//! nor a slow disk may hold a wish up, and none of them may hold the screen up.

use std::path::Path;
use std::thread;

use crossbeam_channel::{Receiver, Sender};

use super::event_loop::Happening;
use super::places::Places;
use crate::app::{Msg, OtherQueue};
use crate::event::QueueChange;
use crate::runs::{self, QueueListing};
use crate::runtime::control::{self, Wish};
use crate::runtime::session::tasks_words;
use crate::runtime::signals::Interrupt;

/// Something to be taken somewhere.
#[derive(Debug)]
pub enum Errand {
    /// To the process that trains the run.
    Wish { run: String, wish: Wish },
    /// To change the queue of the process that trains a run, or this process's.
    Queue { of: Option<String>, change: QueueChange },
    /// To take over the queues that were left behind.
    TakeQueuesOver,
}

/// Does errands, one after the other.
pub struct Messenger {
    pub places: Places,
    /// The queue of this process, and its wishes.
    pub interrupt: Interrupt,
    pub sender: Sender<Happening>,
}

impl Messenger {
    /// Does errands until nobody has any more.
    ///
    /// # Errors
    ///
    /// When the system has no thread left.
    pub fn listen(self, errands: Receiver<Errand>) -> std::io::Result<()> {
        thread::Builder::new().name("messenger".into()).spawn(move || {
            for errand in errands {
                match errand {
                    Errand::Wish { run, wish } => self.wish(&run, &wish),
                    Errand::Queue { of, change } => self.change_queue(of, change),
                    Errand::TakeQueuesOver => self.take_queues_over(),
                }
            }
        })?;
        Ok(())
    }

    fn wish(&self, run: &str, wish: &Wish) {
        let told = self.places.folder(run).map_err(|error| error.to_string());
        match told.and_then(|folder| control::wish(&folder, wish)) {
            Ok(None) => {}
            Ok(Some(explained)) => self.tell(Msg::Explained { run: run.to_owned(), explained: Box::new(explained) }),
            Err(why) => self.tell(Msg::Unheard { why }),
        }
    }

    fn change_queue(&self, of: Option<String>, change: QueueChange) {
        match of {
            Some(run) => self.wish(&run, &Wish::Queue { queue: change }),
            None => {
                if let Err(why) = self.interrupt.change(change) {
                    self.tell(Msg::Unheard { why });
                }
            }
        }
        // What the others wait for is shown with the runs.
        self.tell(Msg::Queues(other_queues(self.places.runs())));
    }

    fn take_queues_over(&self) {
        match self.interrupt.queue.take_over() {
            Ok((tasks, damaged)) => {
                if !tasks.is_empty() {
                    self.tell(Msg::Kept { what: format!("{} taken over", tasks_words(tasks.len())) });
                }
                if !damaged.is_empty() {
                    self.tell(Msg::Refused { why: damaged.join("; ") });
                }
            }
            Err(error) => self.tell(Msg::Refused { why: error.to_string() }),
        }
    }

    fn tell(&self, msg: Msg) {
        // The screen may be gone; then nobody asks any more either.
        let _ = self.sender.send(Happening::Msg(msg));
    }
}

/// What other processes have before them, and what was left behind.
pub fn other_queues(runs: &Path) -> Vec<OtherQueue> {
    let ours = format!("{} on ", std::process::id());
    let queues = runs::queues(runs).into_iter();
    let others = queues.filter(|queue| queue.holder.as_ref().is_none_or(|holder| !holder.starts_with(&ours)));
    others.map(|QueueListing { state, holder }| OtherQueue { state, holder }).collect()
}
