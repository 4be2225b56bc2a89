//! The runs that are marked: their curves lie over those of the run that is shown.

use super::{Runs, compare};
use crate::app::msg::Effect;
use crate::app::{App, Shown};

/// As many runs lie over another as there are colours for them; more can be marked as groups of seeds.
pub const MOST_OVERLAID: usize = 6;
pub const MOST_MARKED: usize = 24;

/// What a marked run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Its curves are being read.
    Asked,
    /// It lies over the shown run, in the colour of that number.
    Overlay(usize),
    /// It counts to a group of seeds alone: as many lie over the shown run as there are colours.
    Beyond,
}

/// Marks the run under the cursor, or takes the mark from it.
pub(super) fn toggle_mark(app: &mut App) -> Vec<Effect> {
    let Some(entry) = app.runs.under_cursor() else { return Vec::new() };
    let name = entry.name.clone();
    if let Some(why) = &entry.unreadable {
        let complaint = format!("{name} cannot be read: {why}");
        app.complain(complaint);
        return Vec::new();
    }
    if app.shown().is_some_and(|shown| shown.is(entry)) && !app.runs.marked.contains(&name) {
        app.say(format!("{name} is the run that is shown; the marked ones lie over it"));
    }
    let runs = &mut app.runs;
    if runs.marked.contains(&name) {
        runs.marked.retain(|marked| *marked != name);
        runs.overlays.retain(|overlay| overlay.name != name);
        // One that had no colour has one now.
        let next = runs.marked.get(MOST_OVERLAID - 1).filter(|next| runs.mark(next) == Some(Mark::Asked));
        return next.map(|next| Effect::Load { run: next.clone() }).into_iter().collect();
    }
    if runs.marked.len() == MOST_MARKED {
        app.complain(format!("{MOST_MARKED} runs are marked, more than anybody can tell apart; O unmarks them all"));
        return Vec::new();
    }
    runs.marked.push(name.clone());
    if runs.marked.len() > MOST_OVERLAID {
        app.say(format!(
            "{MOST_OVERLAID} curves lie over the shown run, as many as there are colours; {name} is marked"
        ));
        return Vec::new();
    }
    vec![Effect::Load { run: name }]
}

/// Marks all of the seeds whose heading is under the cursor, or takes the marks from all of them.
pub(super) fn toggle_seeds(app: &mut App) -> Vec<Effect> {
    let runs = &mut app.runs;
    let Some(seeds) = runs.list.seeds_under_cursor() else { return Vec::new() };
    let names: Vec<String> = seeds.newest(&runs.entries).iter().map(|entry| entry.name.clone()).collect();
    let new: Vec<&String> = names.iter().filter(|name| !runs.marked.contains(name)).collect();
    if new.is_empty() {
        runs.marked.retain(|marked| !names.contains(marked));
        runs.overlays.retain(|overlay| !names.contains(&overlay.name));
    } else if runs.marked.len() + new.len() > MOST_MARKED {
        app.complain(format!("no more than {MOST_MARKED} runs can be marked; O unmarks them all"));
        return Vec::new();
    } else {
        let new: Vec<String> = new.into_iter().cloned().collect();
        runs.marked.extend(new);
    }
    // Those that have a colour now and were not read before.
    let coloured = runs.marked.iter().take(MOST_OVERLAID);
    let unread = coloured.filter(|name| runs.overlays.iter().all(|overlay| overlay.name != **name));
    unread.map(|name| Effect::Load { run: name.clone() }).collect()
}

/// A run that was marked or compared is here.
pub fn loaded(app: &mut App, shown: Shown) -> Vec<Effect> {
    let effects = compare::loaded(app, &shown);
    let runs = &mut app.runs;
    runs.family.take_in(&shown);
    // It may have been unmarked in the meantime.
    if runs.marked.iter().take(MOST_OVERLAID).any(|marked| *marked == shown.name) {
        runs.overlays.retain(|overlay| overlay.name != shown.name);
        runs.overlays.push(shown);
        let rank = |overlay: &Shown| runs.marked.iter().position(|name| *name == overlay.name);
        runs.overlays.sort_by_key(rank);
    }
    effects
}

/// The marked runs, and the parent of the shown one, that have gone on since their curves were read.
pub(super) fn outdated(runs: &Runs) -> impl Iterator<Item = String> {
    let gone_on = |overlay: &&Shown| runs.entry(&overlay.name).is_some_and(|entry| entry.step != overlay.run.step);
    runs.overlays.iter().chain(runs.family.read()).filter(gone_on).map(|overlay| overlay.name.clone())
}

/// Something that was asked for cannot be had: if it is a run that was marked, it is marked no more. Whether it was.
pub(super) fn missing(app: &mut App, what: &str) -> bool {
    let runs = &mut app.runs;
    let before = runs.marked.len();
    let is_here = |name: &str| runs.overlays.iter().any(|overlay| overlay.name == name);
    runs.marked.retain(|name| is_here(name) || !what.split_whitespace().any(|word| word == name));
    runs.marked.len() < before
}
