//! What this process trains, one after another: changed by the screen, by viewers over the control socket, and by the
//! session that works through it. What waits is on the disk before anybody is told that it does.

mod line;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use self::line::{Consequence, Line};
use crate::config::Experiment;
use crate::event::{Command, QueueChange, QueueState, Task};
use crate::runs::{self, Abandoned, QueueFolder, RunFolder, take_over};
use crate::train::checkpoint;

/// A process's queue; clones are the same queue.
#[derive(Clone)]
pub struct Queue {
    shared: Arc<Shared>,
}

struct Shared {
    inner: Mutex<Inner>,
    /// Something was added, or nothing will be any more.
    stirred: Condvar,
}

/// Told of every change.
type Watcher = Box<dyn Fn(&QueueState) + Send>;

struct Inner {
    runs: PathBuf,
    line: Line,
    /// Where it is kept. A process that never has anything waiting keeps nothing.
    folder: Option<QueueFolder>,
    /// Nobody is left who waits for what is added.
    closed: bool,
    watcher: Option<Watcher>,
}

impl Queue {
    /// A queue of the runs folder with nothing in it.
    #[must_use]
    pub fn new(runs: &Path) -> Self {
        let inner =
            Inner { runs: runs.to_path_buf(), line: Line::default(), folder: None, closed: false, watcher: None };
        Self { shared: Arc::new(Shared { inner: Mutex::new(inner), stirred: Condvar::new() }) }
    }

    /// Tells somebody of every change from now on.
    pub fn watch(&self, watcher: impl Fn(&QueueState) + Send + 'static) {
        self.inner().watcher = Some(Box::new(watcher));
    }

    /// Adds what the process was started for.
    ///
    /// # Errors
    ///
    /// When it cannot be kept: nothing is added then.
    pub fn fill(&self, tasks: Vec<Task>) -> Result<(), runs::Error> {
        let mut inner = self.inner();
        let mut line = inner.line.clone();
        for task in tasks {
            let task = inner.settled(task);
            // A checkpoint that is not kept is told of when its turn comes.
            let _ = inner.pin(&task);
            line.push(task);
        }
        inner.keep(&line)?;
        self.become_now(inner, line);
        Ok(())
    }

    /// Takes over what processes that are gone have left behind; the result is those tasks, and what of them could not
    /// be read, in words.
    ///
    /// # Errors
    ///
    /// When it cannot be read or kept: everything then stays where it was.
    pub fn take_over(&self) -> Result<(Vec<Task>, Vec<String>), runs::Error> {
        let runs = self.inner().runs.clone();
        let (taken, damaged) = take_over(&runs)?;
        let tasks: Vec<Task> = taken.iter().flat_map(|queue| queue.state.clone().into_tasks()).collect();
        self.fill(tasks.clone())?;
        taken.into_iter().for_each(Abandoned::remove);
        Ok((tasks, damaged))
    }

    /// Makes a change that somebody wished for; `wish` is told what the trainer has to do for it.
    ///
    /// # Errors
    ///
    /// Why it cannot be made, in words for the user; nothing has changed then.
    pub fn change(&self, change: QueueChange, wish: impl FnOnce(Command)) -> Result<(), String> {
        let mut inner = self.inner();
        let mut line = inner.line.clone();
        let change = match change {
            QueueChange::Add { task, turn } => {
                let task = inner.settled(task);
                inner.pin(&task)?;
                QueueChange::Add { task, turn }
            }
            other => other,
        };
        let consequence = line.change(change)?;
        inner.keep(&line).map_err(|error| error.to_string())?;
        // As long as the queue is held what is trained cannot be over and the next begun, which would be stopped.
        match consequence {
            Consequence::Stop => wish(Command::Stop),
            Consequence::Keep => wish(Command::Checkpoint),
            Consequence::Nothing => {}
        }
        self.become_now(inner, line);
        Ok(())
    }

    /// What was added may be waited for.
    fn become_now(&self, mut inner: MutexGuard<'_, Inner>, line: Line) {
        inner.become_now(line);
        drop(inner);
        self.shared.stirred.notify_all();
    }

    /// The next task; `None`: nothing waits.
    pub fn take(&self, trouble: &mut dyn FnMut(runs::Error)) -> Option<Task> {
        self.follow(Line::take, trouble)
    }

    /// The run of what is done stands in that folder.
    pub fn begun(&self, folder: &RunFolder, trouble: &mut dyn FnMut(runs::Error)) {
        let run = self.inner().name(folder);
        self.follow(|line| line.begun(run), trouble);
    }

    /// A run has written a checkpoint that stays: branches that were waiting for it begin with it.
    pub fn kept(&self, folder: &RunFolder, step: u64, trouble: &mut dyn FnMut(runs::Error)) {
        let run = self.inner().name(folder);
        self.follow(|line| line.kept(&run, step), trouble);
    }

    /// Whether what is trained is to stop for what waits first.
    #[must_use]
    pub fn makes_way(&self) -> bool {
        self.inner().line.makes_way()
    }

    /// What was done is over; whether it waits again, behind what it made way for.
    pub fn ended(&self, interrupted: bool, trouble: &mut dyn FnMut(runs::Error)) -> bool {
        self.follow(|line| line.ended(interrupted), trouble)
    }

    /// How many wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.inner().line.state().waiting.len()
    }

    /// Waits until something waits; whether something does, or nobody is left who could add it.
    #[must_use]
    pub fn wait(&self) -> bool {
        let inner = self.inner();
        let idle = |inner: &mut Inner| inner.line.state().waiting.is_empty() && !inner.closed;
        let inner = self.shared.stirred.wait_while(inner, idle).unwrap_or_else(PoisonError::into_inner);
        !inner.line.state().waiting.is_empty()
    }

    /// Nobody is there any more who could add to it: once nothing waits, it is over.
    pub fn close(&self) {
        self.inner().closed = true;
        self.shared.stirred.notify_all();
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // Whoever panicked held the queue in a state that was written down.
        self.shared.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in what has happened, which no disk can change; `trouble` is told where the disk does not follow.
    fn follow<T>(&self, work: impl FnOnce(&mut Line) -> T, trouble: &mut dyn FnMut(runs::Error)) -> T {
        let mut inner = self.inner();
        let mut line = inner.line.clone();
        let done = work(&mut line);
        let kept = inner.keep(&line);
        inner.become_now(line);
        drop(inner);
        if let Err(error) = kept {
            trouble(error);
        }
        done
    }
}

impl Inner {
    /// How a run is called in a queue: by its name in the runs folder, else by a path that leads to it from anywhere.
    fn name(&self, folder: &RunFolder) -> String {
        if folder.path().parent() == Some(&*self.runs) {
            return folder.name();
        }
        std::path::absolute(folder.path()).unwrap_or_else(|_| folder.path().to_path_buf()).display().to_string()
    }

    /// A task with its run called as queues call it. One that is not there is told of when its turn comes.
    fn settled(&self, task: Task) -> Task {
        let name = |run: String| RunFolder::open(&run, &self.runs).map_or(run, |folder| self.name(&folder));
        match task {
            Task::Resume { run } => Task::Resume { run: name(run) },
            Task::Branch { parent, step, changes } => Task::Branch { parent: name(parent), step, changes },
            Task::Experiment { .. } => task,
        }
    }

    /// Keeps the checkpoint that a branch begins with from being pruned before its turn, if it can begin at all.
    fn pin(&self, task: &Task) -> Result<(), String> {
        let Task::Branch { parent, step, changes } = task else { return Ok(()) };
        let folder = RunFolder::open(parent, &self.runs).map_err(|error| error.to_string())?;
        Experiment::read(&folder.config(), changes).map_err(|error| error.to_string())?;
        step.map_or(Ok(()), |step| checkpoint::pin(&folder, step)).map_err(|error| error.to_string())
    }

    fn become_now(&mut self, line: Line) {
        let changed = line.state() != self.line.state();
        self.line = line;
        if changed && let Some(watcher) = &self.watcher {
            watcher(self.line.state());
        }
    }

    /// Writes down what there is to do, where something waits or did.
    fn keep(&mut self, line: &Line) -> Result<(), runs::Error> {
        let state = line.state();
        if state.is_empty() {
            if let Some(folder) = self.folder.take() {
                folder.remove();
            }
            return Ok(());
        }
        if state == self.line.state() {
            return Ok(());
        }
        // A run alone is resumed by its name.
        if self.folder.is_none() && state.waiting.len() + usize::from(state.current.is_some()) > 1 {
            self.folder = Some(QueueFolder::create(&self.runs)?);
        }
        self.folder.as_ref().map_or(Ok(()), |folder| folder.write(state))
    }
}
