//! The ways into the editor: a key on a run, or a command with what is known already.

use std::sync::Arc;

use super::origin::{Branch, Kept, Origin, Start};
use super::start::queue_of;
use super::{Editor, rows};
use crate::app::command_line::{self, Kind};
use crate::app::msg::Effect;
use crate::app::{App, Overlay, playback, runs};
use crate::config::{Draft, Experiment};
use crate::event::{QueueChange, Task, Turn};

/// Opens the editor for a child of the run that the screen is about: under the cursor of the list, elsewhere the one
/// that is shown.
pub fn branch_shown(app: &mut App) -> Vec<Effect> {
    let Some(run) = runs::meant(app) else {
        app.complain("no run to branch from");
        return Vec::new();
    };
    branch(app, &run, None)
}

/// Opens the editor for a child of a run: from the checkpoint that it keeps nearest to a step, or from where it
/// stands.
pub fn branch(app: &mut App, run: &str, step: Option<u64>) -> Vec<Effect> {
    if app.playback.is_some() {
        playback::refuse(app);
        return Vec::new();
    }
    let shown = [&app.own, &app.opened].into_iter().flatten().find(|shown| shown.name == run);
    let known = shown.and_then(|shown| Some((shown.handle.clone(), Arc::clone(shown.experiment.as_ref()?))));
    let listed = || {
        let entry = app.runs.entry(run)?;
        Some((entry.handle.clone(), Arc::clone(entry.experiment.as_ref()?)))
    };
    let Some((handle, experiment)) = known.or_else(listed) else {
        app.complain(format!("the configuration of {run} is not known, so nothing can branch from it"));
        return Vec::new();
    };
    let draft = Draft::of(&experiment);
    let handle = if handle.is_empty() { run.to_owned() } else { handle };
    let parent = run.to_owned();
    let branch = Branch { parent, handle, experiment, kept: None, from: Start::Stands, wanted: step };
    open(app, Origin::Branch(branch), draft);
    vec![Effect::ListCheckpoints { run: run.to_owned() }]
}

fn open(app: &mut App, origin: Origin, draft: Draft) {
    app.notice = None;
    app.editor = Some(Box::new(Editor::new(origin, draft)));
    app.overlay = Overlay::Edit;
}

/// What a run keeps is known.
pub fn listed(app: &mut App, run: &str, kept: Vec<Kept>) {
    let Some(Origin::Branch(branch)) = app.editor.as_mut().map(|editor| &mut editor.origin) else { return };
    if branch.parent != run {
        return;
    }
    branch.kept = Some(kept);
    // One that was chosen may have been pruned since.
    if let Start::Kept(step) = branch.from
        && !branch.starts().contains(&Start::Kept(step))
    {
        branch.wanted = Some(step);
    }
    let Some(wanted) = branch.wanted.take() else { return };
    match branch.nearest(wanted) {
        Some(step) if step == wanted => {}
        Some(step) => app.say(format!("no checkpoint of step {wanted} is kept; the nearest is that of step {step}")),
        None => {
            branch.from = Start::Stands;
            app.complain(format!("{run} keeps no checkpoint of step {wanted}, nor any other"));
        }
    }
}

/// Opens the command line to name the file of a new run.
pub fn choose_file(app: &mut App) {
    command_line::open_with(app, Kind::Command, "new ");
}

/// `:new FILE [KEY=VALUE …]`: the file is read, then edited.
///
/// # Errors
///
/// What is missing or wrong.
pub fn new(app: &mut App, argument: &str) -> Result<Vec<Effect>, String> {
    let words = words(argument);
    let Some((path, changes)) = words.split_first() else {
        return Err(":new takes an experiment file, as in :new experiments/baseline.ron training.epochs=5".into());
    };
    if app.playback.is_some() {
        playback::refuse(app);
        return Ok(Vec::new());
    }
    if let Some(wrong) = changes.iter().find(|change| !change.contains('=')) {
        return Err(format!(":new takes changes as KEY=VALUE behind the file, but got {wrong:?}"));
    }
    Ok(vec![Effect::ReadExperiment { path: path.clone(), changes: changes.to_vec() }])
}

/// An experiment that was asked for is here.
pub fn read(app: &mut App, path: String, changes: &[String], experiment: &Experiment) {
    open(app, Origin::File { path }, Draft::of(experiment));
    change(app, changes);
}

/// Makes the changes that a command named; the first that cannot be made is told.
fn change(app: &mut App, changes: &[String]) {
    for argument in changes {
        let Some(editor) = &app.editor else { return };
        let (path, value) = argument.split_once('=').unwrap_or((argument, ""));
        match editor.draft.with(path.trim(), value) {
            Ok(draft) => rows::replace(app, draft),
            Err(why) => {
                app.complain(format!("{argument}: {why}"));
                return;
            }
        }
    }
}

/// `:branch [STEP] [KEY=VALUE …]`, of the run that the screen is about.
///
/// # Errors
///
/// What is wrong with the argument.
pub fn parse_branch(app: &mut App, argument: &str) -> Result<Vec<Effect>, String> {
    let words = words(argument);
    let (step, changes) = match words.split_first() {
        Some((first, rest)) if !first.contains('=') => {
            let step = first.parse::<u64>().map_err(|_| {
                format!(":branch takes a step and changes, as in :branch 713 training.epochs=80, but got {first:?}")
            })?;
            (Some(step), rest)
        }
        _ => (None, words.as_slice()),
    };
    if let Some(wrong) = changes.iter().find(|change| !change.contains('=')) {
        return Err(format!(":branch takes changes as KEY=VALUE, but got {wrong:?}"));
    }
    let run = runs::meant(app).ok_or("no run to branch from")?;
    let effects = branch(app, &run, step);
    change(app, changes);
    Ok(effects)
}

/// Goes on with a run that was stopped, or that died: the one under the cursor of the list, or the one shown.
pub fn resume(app: &mut App) -> Vec<Effect> {
    if app.playback.is_some() {
        playback::refuse(app);
        return Vec::new();
    }
    let Some(entry) = runs::meant(app).and_then(|run| app.runs.entry(&run)) else {
        app.complain("no run to go on with");
        return Vec::new();
    };
    let (name, handle) = (entry.name.clone(), entry.handle.clone());
    if let Some(why) = entry.why_not_resumable() {
        app.complain(format!("{name} {why}"));
        return Vec::new();
    }
    let of = queue_of(app, Some(&name));
    app.say(format!("{name} goes on when its turn comes"));
    let run = if of.is_some() || handle.is_empty() { name } else { handle };
    vec![Effect::Queue { of, change: QueueChange::Add { task: Task::Resume { run }, turn: Turn::Last } }]
}

/// The words of an argument: at blanks, but not within brackets or quotes.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let (mut word, mut depth, mut quoted, mut escaped) = (String::new(), 0_usize, false, false);
    for char in text.chars() {
        match char {
            '"' if !escaped => quoted = !quoted,
            '(' | '[' | '{' if !quoted => depth += 1,
            ')' | ']' | '}' if !quoted => depth = depth.saturating_sub(1),
            char if char.is_whitespace() && !quoted && depth == 0 => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                continue;
            }
            _ => {}
        }
        escaped = quoted && char == '\\' && !escaped;
        word.push(char);
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}
