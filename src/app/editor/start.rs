//! The end of the editor: what keeps the run from being started, and the effect that starts it.

use super::origin::{Origin, Standing, Start, forks};
use super::words::summary;
use super::{Editor, close, rows};
use crate::app::App;
use crate::app::msg::Effect;
use crate::app::runs::RunEntry;
use crate::config::{Complaint, Draft};
use crate::event::{QueueChange, Task, TrainEvent, Turn};

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
    if branch.wanted.is_some() {
        return Some(Complaint { path: String::new(), words: "the checkpoints are being looked up".into() });
    }
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
    let watched = app.watched_here().map(|opened| opened.name.clone());
    let Some(parent) = parent else { return watched };
    if app.own.as_ref().is_some_and(|own| own.name == parent) {
        return None;
    }
    let entry = app.runs.entry(parent);
    // What is on the screen is known best.
    let opened = app.opened.as_ref().is_some_and(|opened| opened.name == parent);
    let here = if opened { watched.is_some() } else { entry.is_some_and(RunEntry::is_trained_here) };
    if here {
        return Some(parent.to_owned());
    }
    // A process knows the runs of its own runs folder.
    watched.filter(|watched| entry.is_none() || app.runs.entry(watched).is_some())
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
            let step = match branch.from {
                Start::Kept(step) => Some(step),
                // Whoever trains it keeps a checkpoint of now for the branch.
                Start::Stands => None,
            };
            Task::Branch { parent, step, changes }
        }
    };
    close(app);
    app.say(format!("{what}: asked for"));
    vec![Effect::Queue { of, change: QueueChange::Add { task, turn } }]
}

/// Takes in what a run says: the editor may have more to choose from.
pub fn heard(app: &App, run: &str, event: &TrainEvent) -> Option<Effect> {
    let TrainEvent::CheckpointSaved { .. } = event else { return None };
    let Origin::Branch(branch) = &app.editor.as_ref()?.origin else { return None };
    (branch.parent == run).then(|| Effect::ListCheckpoints { run: run.to_owned() })
}
