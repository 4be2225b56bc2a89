//! Ctrl-C and SIGTERM: the first asks the run to stop with a checkpoint, the second ends at once.
//! SIGHUP: the terminal is gone, or its line; what is trained goes on without.
//! SIGCONT: the process was halted, and whatever had the terminal meanwhile has left its own modes.
//! SIGXFSZ: a file would be larger than the user's limit; the write fails and is told of, and that is enough.

#[cfg(test)]
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crossbeam_channel::{Receiver, Sender, unbounded};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::iterator::Signals;

use super::answers::Answers;
use super::dashboard::terminal;
use super::queue::Queue;
use crate::event::{Command, QueueChange};

/// The exit code of a run that was interrupted.
pub const INTERRUPTED: u8 = 130;

/// What a signal means to the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// The run was asked to stop, and the program to end.
    Terminated,
    /// The process goes on after it was halted.
    Woken,
    /// The terminal is gone.
    HungUp,
}

/// What the user has asked the runs of this process for: by signals, and by wishes from the screen.
#[derive(Clone)]
pub struct Interrupt {
    asked: Arc<AtomicBool>,
    running: Arc<AtomicBool>,
    wishes: Sender<Command>,
    pub commands: Receiver<Command>,
    /// What is trained next.
    pub queue: Queue,
    /// What other processes have asked the run for.
    pub answers: Answers,
}

impl Interrupt {
    /// Whether the user has asked to stop, and to begin nothing more.
    #[must_use]
    pub fn asked(&self) -> bool {
        self.asked.load(Ordering::SeqCst)
    }

    /// Stops the run with a checkpoint, and begins nothing more.
    pub fn ask(&self) {
        self.asked.store(true, Ordering::SeqCst);
        self.wish(Command::Stop);
    }

    /// Tells the trainer something.
    pub fn wish(&self, command: Command) {
        // The receiver lives as long as the process.
        let _ = self.wishes.send(command);
    }

    /// Changes what is trained next, and perhaps what is trained now.
    ///
    /// # Errors
    ///
    /// Why it cannot be changed, in words for the user.
    pub fn change(&self, change: QueueChange) -> Result<(), String> {
        self.queue.change(change, |command| self.wish(command))
    }

    /// From now on a run is there to be stopped; before, nothing is lost by ending at once. What was
    /// wished of the run before does not concern this one.
    pub fn run_begins(&self) {
        self.answers.clear();
        while self.commands.try_recv().is_ok() {}
        self.running.store(true, Ordering::SeqCst);
        // It may have to make way before it could hear of it.
        if self.asked() || self.queue.makes_way() {
            self.wish(Command::Stop);
        }
    }

    /// The run is over; what comes after it can be ended at once again.
    pub fn run_ended(&self) {
        self.running.store(false, Ordering::SeqCst);
    }

    /// Nobody's signals: for tests of what takes wishes.
    #[cfg(test)]
    pub fn deaf(runs: &Path) -> Self {
        let (wishes, commands) = unbounded();
        Self {
            asked: Arc::default(),
            running: Arc::default(),
            wishes,
            commands,
            queue: Queue::new(runs),
            answers: Answers::default(),
        }
    }

    /// Listens from now on, for the rest of the process; `heard` is told of every signal that did not end it.
    ///
    /// # Errors
    ///
    /// When the system refuses the handlers.
    pub fn listen(queue: Queue, heard: impl Fn(Heard) + Send + 'static) -> std::io::Result<Self> {
        let (wishes, commands) = unbounded();
        let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP, SIGCONT, SIGXFSZ])?;
        let (asked, running, answers) = (Arc::default(), Arc::default(), Answers::default());
        let interrupt = Self { asked, running, wishes, commands, queue, answers };
        let ours = interrupt.clone();
        thread::Builder::new().name("signals".into()).spawn(move || {
            for signal in &mut signals {
                match signal {
                    SIGCONT => heard(Heard::Woken),
                    SIGHUP => heard(Heard::HungUp),
                    SIGXFSZ => {}
                    _ => {
                        ours.obey();
                        heard(Heard::Terminated);
                    }
                }
            }
        })?;
        Ok(interrupt)
    }

    fn obey(&self) {
        // Asked twice, the user will not wait; the last whole checkpoint is on the disk.
        if self.asked() || !self.running.load(Ordering::SeqCst) {
            terminal::restore();
            signal_hook::low_level::exit(i32::from(INTERRUPTED));
        }
        self.ask();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Task, Turn};
    use crate::runs::RunFolder;

    #[test]
    fn a_run_that_has_to_make_way_while_it_is_opened_stops_as_soon_as_it_can() {
        let runs = tempfile::tempdir().unwrap();
        let folder = RunFolder::create(runs.path(), "a").unwrap();
        let interrupt = Interrupt::deaf(runs.path());
        let resume = |run: &str| Task::Resume { run: run.into() };
        interrupt.queue.fill(vec![resume("a-001")]).unwrap();
        let mut trouble = |error| panic!("{error}");
        interrupt.queue.take(&mut trouble);
        interrupt.queue.begun(&folder, &mut trouble);
        // Its data are being opened.
        interrupt.change(QueueChange::Add { task: resume("b-001"), turn: Turn::Now }).unwrap();
        interrupt.wish(Command::Pause);
        interrupt.run_begins();
        assert_eq!(interrupt.commands.try_iter().collect::<Vec<_>>(), [Command::Stop]);
        assert!(interrupt.queue.ended(true, &mut trouble), "it waits again");
        interrupt.queue.take(&mut trouble);
        interrupt.run_begins();
        assert!(interrupt.commands.is_empty(), "the next has nothing to make way for");
    }
}
