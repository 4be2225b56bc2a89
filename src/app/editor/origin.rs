//! Where a run that is being prepared comes from: a file, or a place in another run's training.

use std::sync::Arc;

use crate::app::runs::RunEntry;
use crate::app::{App, Run, Status};
use crate::config::{Experiment, Fork};

/// What is edited.
#[derive(Clone, Debug)]
pub enum Origin {
    /// A new run, by the experiment of that file.
    File { path: String },
    /// A child of another run.
    Branch(Branch),
}

/// A child that is being prepared.
#[derive(Clone, Debug)]
pub struct Branch {
    /// The parent's name.
    pub parent: String,
    /// How the command line calls it.
    pub handle: String,
    pub experiment: Arc<Experiment>,
    /// The checkpoints that it keeps, newest first; `None` until they are known.
    pub kept: Option<Vec<Kept>>,
    pub from: Start,
    /// A step that was asked for before it was known what is kept.
    pub(super) wanted: Option<u64>,
}

/// What a branch begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// What [`Standing`] says of its parent.
    Stands,
    /// The checkpoint of that step.
    Kept(u64),
}

/// A checkpoint that a run keeps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Kept {
    pub step: u64,
    pub fork: Fork,
    /// The rate that a user had set by then, in place of the experiment's.
    pub learning_rate: Option<f64>,
    /// Whether it is that of the best validation.
    pub best: bool,
}

/// How a parent stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is trained: its trainer writes a checkpoint when the branch is started.
    Now,
    /// It is not trained on this machine: its newest checkpoint is where it stands.
    Newest,
}

impl Branch {
    /// How its parent stands.
    #[must_use]
    pub fn standing(&self, app: &App) -> Standing {
        let ended = |run: &Run| matches!(run.status, Status::Finished(_) | Status::Stopped | Status::Failed(_));
        let named = |shown: &&super::super::Shown| shown.name == self.parent;
        if app.own.as_ref().filter(named).is_some_and(|own| app.trains_now() && !ended(&own.run)) {
            return Standing::Now;
        }
        if let Some(opened) = app.opened.as_ref().filter(named) {
            let here = opened.live && opened.elsewhere.is_none() && !ended(&opened.run);
            return if here { Standing::Now } else { Standing::Newest };
        }
        let own = app.own.as_ref().is_some_and(|own| own.name == self.parent);
        let here = app.runs.entry(&self.parent).is_some_and(RunEntry::is_trained_here);
        if here && !own { Standing::Now } else { Standing::Newest }
    }

    /// The step that it would branch after, as far as that is known.
    #[must_use]
    pub fn step(&self, app: &App) -> Option<u64> {
        match (self.from, self.standing(app)) {
            (Start::Kept(step), _) => Some(step),
            (Start::Stands, Standing::Now) => self.run(app).map(|run| run.step),
            (Start::Stands, Standing::Newest) => self.kept.as_ref()?.first().map(|kept| kept.step),
        }
    }

    /// The checkpoint that it would branch from, where there is one already.
    #[must_use]
    pub fn checkpoint(&self, app: &App) -> Option<&Kept> {
        let step = self.step(app).filter(|_| self.from != Start::Stands || self.standing(app) == Standing::Newest)?;
        self.kept.iter().flatten().find(|kept| kept.step == step)
    }

    /// The parent's fold, where it is on the screen or this process's.
    pub(super) fn run<'a>(&self, app: &'a App) -> Option<&'a Run> {
        [&app.own, &app.opened].into_iter().flatten().find(|shown| shown.name == self.parent).map(|shown| &shown.run)
    }

    /// All that it could branch from, the newest first.
    #[must_use]
    pub fn starts(&self) -> Vec<Start> {
        let kept = self.kept.iter().flatten().map(|kept| Start::Kept(kept.step));
        std::iter::once(Start::Stands).chain(kept).collect()
    }

    /// Puts the start on the kept checkpoint that is nearest to a step; its step, if there is any.
    pub(super) fn nearest(&mut self, step: u64) -> Option<u64> {
        let nearest = self.kept.iter().flatten().map(|kept| kept.step).min_by_key(|kept| kept.abs_diff(step))?;
        self.from = Start::Kept(nearest);
        Some(nearest)
    }
}

/// The place in the parent's training that a branch begins at, as far as that is known: of a checkpoint by what it
/// says, of a run that is trained by its steps.
#[must_use]
pub fn forks(app: &App, branch: &Branch) -> Fork {
    if let Some(kept) = branch.checkpoint(app) {
        return kept.fork;
    }
    let steps = branch.run(app).and_then(|run| Some((run.step, run.started.as_ref()?.steps_per_epoch.max(1))));
    steps.map_or(Fork::default(), |(step, of_epoch)| Fork { epoch: step / of_epoch + 1, next_batch: step % of_epoch })
}
