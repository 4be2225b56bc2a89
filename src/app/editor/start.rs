//! The end of the editor: what keeps the run from being started, and the effect that starts it.

use super::origin::{Origin, Standing, Start, forks};
use super::words::summary;
use super::{Editor, close, rows};
use crate::app::msg::Effect;
use crate::app::{App, global};
use crate::config::{Complaint, Draft};
use crate::event::{Command, QueueChange, Task, TrainEvent, Turn};

/// A branch that waits for the checkpoint that it begins with.
#[derive(Clone, Debug, PartialEq)]
pub struct Pending {
    /// The run that writes it.
    run: String,
    of: Option<String>,
    parent: String,
    changes: Vec<String>,
    turn: Turn,
}

/// Why the value of a key cannot be changed.
#[must_use]
pub fn locked(app: &App, path: &str) -> Option<&'static str> {
    match &app.editor.as_ref()?.origin {
        Origin::File { .. } => None,
        Origin::Branch(branch) => forks(app, branch).locks(path),
    }
}

/// What keeps the run from being started as it is.
#[must_use]
pub fn complaint(app: &App) -> Option<Complaint> {
    let editor = app.editor.as_ref()?;
    unfit(app, editor, &editor.draft)
}

/// What would keep the run from being started with a draft.
pub(super) fn unfit(app: &App, editor: &Editor, draft: &Draft) -> Option<Complaint> {
    let experiment = match draft.finish() {
        Ok(experiment) => experiment,
        Err(complaint) => return Some(complaint),
    };
    let Origin::Branch(branch) = &editor.origin else { return None };
    if branch.kept.as_ref().is_some_and(Vec::is_empty) && branch.standing(app) == Standing::Newest {
        let words = format!("{} keeps no checkpoint to branch from", branch.parent);
        return Some(Complaint { path: String::new(), words });
    }
    let fork = forks(app, branch);
    let words = fork.refuses(&branch.experiment, &experiment)?;
    // What is locked and was changed, before another checkpoint was chosen, or what has to be changed.
    let culprit = draft.lines().iter().find(|line| line.differs() && fork.locks(&line.path).is_some());
    let path = culprit.map_or("training.epochs", |line| &line.path).to_owned();
    Some(Complaint { path, words })
}

/// The run whose process's queue takes what is started from the screen: one that another process on this machine
/// trains, if it is the parent, or else the one that is shown. `None` is this process's.
#[must_use]
pub fn queue_of(app: &App, parent: Option<&str>) -> Option<String> {
    let own = |name: &str| app.own.as_ref().is_some_and(|own| own.name == name);
    if let Some(parent) = parent {
        if own(parent) {
            return None;
        }
        let entry = app.runs.entry(parent);
        let listed = entry.is_some_and(|entry| entry.live && entry.elsewhere.is_none());
        let opened = app.opened.as_ref().filter(|opened| opened.name == parent);
        if opened.map_or(listed, |opened| opened.live && opened.elsewhere.is_none()) {
            return Some(parent.to_owned());
        }
    }
    let opened = app.opened.as_ref().filter(|opened| opened.live && opened.elsewhere.is_none());
    opened.map(|opened| opened.name.clone())
}

pub(super) fn parent(editor: &Editor) -> Option<&str> {
    match &editor.origin {
        Origin::File { .. } => None,
        Origin::Branch(branch) => Some(&branch.parent),
    }
}

/// What is trained by the process that would train the run, if anything is.
pub(super) fn trained(app: &App, of: Option<&str>) -> Option<String> {
    let own = || app.own.as_ref().filter(|_| app.trains_now()).map(|own| own.name.clone());
    of.map(str::to_owned).or_else(own)
}

/// Where it begins: the next of what there is to choose from, round and round.
pub(super) fn turn_from(app: &mut App, by: isize) {
    let Some(Origin::Branch(branch)) = app.editor.as_ref().map(|editor| &editor.origin) else {
        app.say("a new run begins at its beginning");
        return;
    };
    if branch.kept.is_none() {
        app.say("the checkpoints are being looked up");
        return;
    }
    let mut starts = branch.starts();
    // The newest checkpoint of a run that is not trained is where it stands.
    if branch.standing(app) == Standing::Newest && starts.len() > 1 {
        starts.remove(1);
    }
    let place = starts.iter().position(|start| *start == branch.from).unwrap_or(0);
    let next = place.wrapping_add_signed(by).wrapping_add(starts.len()) % starts.len();
    let (one, from) = (starts.len() == 1, starts.get(next).copied().unwrap_or(Start::Stands));
    if let Some(Origin::Branch(branch)) = app.editor.as_mut().map(|editor| &mut editor.origin) {
        branch.from = from;
    }
    if one {
        app.say("no other checkpoint is kept; c keeps one for good");
    }
}

/// Its turn: after all that waits, next, at once.
pub(super) fn turn_turn(app: &mut App, by: isize) {
    const TURNS: [Turn; 3] = [Turn::Last, Turn::Next, Turn::Now];
    let Some(editor) = &mut app.editor else { return };
    let place = TURNS.iter().position(|turn| *turn == editor.turn).unwrap_or(0);
    let next = place.wrapping_add_signed(by).wrapping_add(TURNS.len()) % TURNS.len();
    editor.turn = TURNS.get(next).copied().unwrap_or(Turn::Last);
}

/// Starts what was prepared, unless something is wrong with it.
pub(super) fn start(app: &mut App) -> Vec<Effect> {
    if let Some(Complaint { path, words }) = complaint(app) {
        app.complain(words);
        rows::select_key(app, &path);
        return Vec::new();
    }
    let Some(editor) = app.editor.clone() else { return Vec::new() };
    let of = queue_of(app, parent(&editor));
    let turn = editor.turn;
    let what = summary(app);
    let task = match &editor.origin {
        Origin::File { path } => match editor.draft.finish() {
            Ok(experiment) => Task::Experiment { from: path.clone(), experiment: experiment.to_ron() },
            Err(_) => return Vec::new(),
        },
        Origin::Branch(branch) => {
            // In the queue of another process a path of this one may lead elsewhere.
            let parent = if of.is_some() { branch.parent.clone() } else { branch.handle.clone() };
            let changes = editor.draft.changes().to_vec();
            match branch.from {
                Start::Kept(step) => Task::Branch { parent, step: Some(step), changes },
                // What is set aside leaves the very checkpoint to begin with; what comes later must be kept now.
                Start::Stands if branch.standing(app) == Standing::Now && turn != Turn::Now => {
                    let run = branch.parent.clone();
                    close(app);
                    app.say(format!("a checkpoint of {run} to branch from…"));
                    app.pending = Some(Pending { run: run.clone(), of, parent, changes, turn });
                    return keep(app, &run);
                }
                Start::Stands => Task::Branch { parent, step: None, changes },
            }
        }
    };
    close(app);
    app.say(format!("{what}: asked for"));
    vec![Effect::Queue { of, change: QueueChange::Add { task, turn } }]
}

/// Asks a run's trainer for a checkpoint.
fn keep(app: &mut App, run: &str) -> Vec<Effect> {
    if app.shown().is_some_and(|shown| shown.name == run) {
        return global::wish(app, Command::Checkpoint);
    }
    vec![Effect::Command(Command::Checkpoint)]
}

/// Another run is watched: a branch whose checkpoint nobody would hear of any more is given up.
pub fn watched(app: &mut App) {
    let watched = |pending: &Pending| [&app.own, &app.opened].into_iter().flatten().any(|it| it.name == pending.run);
    if app.pending.as_ref().is_none_or(watched) {
        return;
    }
    if let Some(Pending { run, .. }) = app.pending.take() {
        app.complain(format!("{run} is no longer open: its branch was not started"));
    }
}

/// Takes in what a run says: the checkpoint that a branch waits for, and what the editor can choose from.
pub fn heard(app: &mut App, run: &str, event: &TrainEvent) -> Vec<Effect> {
    let mut effects = Vec::new();
    if let TrainEvent::CheckpointSaved { .. } = event
        && let Some(Origin::Branch(branch)) = app.editor.as_ref().map(|editor| &editor.origin)
        && branch.parent == run
    {
        effects.push(Effect::ListCheckpoints { run: run.to_owned() });
    }
    let Some(pending) = app.pending.take_if(|pending| pending.run == run) else { return effects };
    match event {
        // Those that nobody wished for are pruned, perhaps before the branch's turn.
        TrainEvent::CheckpointSaved { step, pinned: true, .. } => {
            let Pending { of, parent, changes, turn, .. } = pending;
            app.say(format!("a branch of {run} after step {step}: asked for"));
            let task = Task::Branch { parent, step: Some(*step), changes };
            effects.push(Effect::Queue { of, change: QueueChange::Add { task, turn } });
        }
        TrainEvent::Warned { message } => app.complain(format!("the branch was not started: {message}")),
        TrainEvent::Finished(_) | TrainEvent::Stopped { .. } | TrainEvent::Failed { .. } => {
            app.complain(format!(
                "{run} ended before it wrote a checkpoint to branch from; b branches from its newest"
            ));
        }
        _ => app.pending = Some(pending),
    }
    effects
}
