//! Runs by their names: the one that is opened, and the two that are compared.

use super::compare;
use crate::app::msg::Effect;
use crate::app::{App, Screen, Shown, global};

/// Opens a run that a user names: a name of the runs folder, or a folder's path.
pub fn open(app: &mut App, name: &str) -> Vec<Effect> {
    if app.runs.entry(name).is_some() || is_shown(app, name) {
        return open_listed(app, name);
    }
    if name.contains(['/', '\\']) {
        app.say(format!("opening {name}…"));
        return vec![Effect::Open { run: name.to_owned() }];
    }
    // It may have begun since the folder was read.
    app.runs.wanted = Some(name.to_owned());
    vec![Effect::ListRuns]
}

fn is_shown(app: &App, name: &str) -> bool {
    [&app.own, &app.opened].into_iter().flatten().any(|shown| shown.name == name)
}

/// Opens a run of the list, or goes back to it where it is open already.
pub(super) fn open_listed(app: &mut App, name: &str) -> Vec<Effect> {
    // Runs of another folder may have the same name.
    let entry = app.runs.entry(name);
    let is = |shown: &Shown| shown.name == name && entry.is_none_or(|entry| shown.is(entry));
    if app.own.as_ref().is_some_and(is) {
        app.opened = None;
        (app.runs.comparison, app.runs.groups) = (None, None);
        return global::show(app, Screen::Live);
    }
    if app.opened.as_ref().is_some_and(|opened| is(opened) && opened.live) {
        (app.runs.comparison, app.runs.groups) = (None, None);
        return global::show(app, Screen::Live);
    }
    let Some(entry) = app.runs.entry(name) else {
        let complaint = match nearest(app, name) {
            Some(known) => format!("no run {name:?}; did you mean {known}?"),
            None => format!("no run {name:?} in the runs folder"),
        };
        app.complain(complaint);
        return Vec::new();
    };
    if let Some(why) = &entry.unreadable {
        let complaint = format!("{name} cannot be read: {why}");
        app.complain(complaint);
        return Vec::new();
    }
    let run = entry.address();
    (app.runs.comparison, app.runs.groups) = (None, None);
    app.say(format!("opening {name}…"));
    vec![Effect::Open { run }]
}

/// The run with the most similar name, if it is similar at all.
fn nearest(app: &App, name: &str) -> Option<String> {
    let distance = |known: &str| strsim::damerau_levenshtein(name, known);
    let names = app.runs.entries.iter().map(|entry| entry.name.as_str());
    let (distance, known) = names.map(|known| (distance(known), known)).min()?;
    let begins = app.runs.entries.iter().map(|entry| entry.name.as_str()).find(|known| known.starts_with(name));
    if distance <= known.len() / 3 { Some(known.to_owned()) } else { begins.map(str::to_owned) }
}

/// Compares two runs that a user names, or one with the run that is shown.
///
/// # Errors
///
/// What is wrong with the names.
pub fn compare_named(app: &mut App, names: &[&str]) -> Result<Vec<Effect>, String> {
    let shown = app.shown().map(|shown| shown.name.clone());
    let (left, right) = match (names, &shown) {
        ([right], Some(shown)) => (shown.as_str(), *right),
        ([_], None) => return Err("no run is shown to compare it with: name two".into()),
        ([left, right], _) => (*left, *right),
        _ => return Err(":compare takes one run or two, as in :compare baseline-001 baseline-002".into()),
    };
    for name in [left, right] {
        if app.runs.entry(name).is_none() && !is_shown(app, name) {
            let known = nearest(app, name).map_or(String::new(), |known| format!("; did you mean {known}?"));
            return Err(format!("no run {name:?}{known}"));
        }
    }
    if left == right {
        return Err(format!("{left} differs from itself in nothing; name another"));
    }
    let (left, right) = (left.to_owned(), right.to_owned());
    app.screen = Screen::Runs;
    Ok(compare::open(app, left, right))
}
