//! What is kept of a run: its note, its tags, and whether it stays at all. The files are somebody else's.

use super::RunEntry;
use crate::app::command_line::{self, Kind};
use crate::app::msg::Effect;
use crate::app::{App, Overlay, Question, Screen};

/// What the run that a note or a tag is for is asked for by.
fn address(app: &App) -> Option<String> {
    let entry = (app.screen == Screen::Runs).then(|| app.runs.under_cursor().map(RunEntry::address));
    entry.unwrap_or_else(|| app.shown().map(|shown| shown.name.clone()))
}

/// Opens the command line on a run's note, as it is.
pub(super) fn edit_note(app: &mut App) {
    let note = app.runs.under_cursor().map(|entry| entry.note.clone()).unwrap_or_default();
    command_line::open_with(app, Kind::Command, &format!("note {note}"));
}

/// Opens the command line for a run's tags.
pub(super) fn edit_tags(app: &mut App) {
    command_line::open_with(app, Kind::Command, "tag +");
}

/// Keeps a note.
///
/// # Errors
///
/// When no run is meant.
pub fn note(app: &App, text: &str) -> Result<Vec<Effect>, String> {
    let run = address(app).ok_or("no run to keep a note of")?;
    Ok(vec![Effect::Note { run, text: text.to_owned() }])
}

/// Adds and removes tags.
///
/// # Errors
///
/// When no run is meant, or no tag is named.
pub fn tag(app: &App, changes: &str) -> Result<Vec<Effect>, String> {
    let changes: Vec<String> = changes.split_whitespace().map(str::to_owned).collect();
    if changes.is_empty() {
        return Err(":tag takes tags, as in :tag +good -old".into());
    }
    let run = address(app).ok_or("no run to tag")?;
    Ok(vec![Effect::Tag { run, changes }])
}

/// Asks whether the run under the cursor shall be removed, if it may be.
pub(super) fn ask_removal(app: &mut App) {
    let Some(entry) = app.runs.under_cursor() else { return };
    let name = entry.name.clone();
    let branches = |other: &&RunEntry| other.parent.as_ref() == Some(&name);
    let branch = app.runs.entries.iter().find(branches).map(|other| other.name.clone());
    let own = app.own.as_ref().is_some_and(|own| own.name == name && app.ended.is_none());
    if entry.live || own {
        app.complain(format!("{name} is in use, and stays"));
    } else if let Some(branch) = branch {
        app.complain(format!(
            "{name} is the parent of {branch}; vivit-tui runs rm {name} --force removes it all the same"
        ));
    } else {
        app.runs.removing = Some(name);
        app.overlay = Overlay::Ask(Question::Remove);
    }
}

/// Removes the run that was asked about.
pub fn remove(app: &mut App) -> Vec<Effect> {
    let Some(name) = app.runs.removing.take() else { return Vec::new() };
    let run = app.runs.entry(&name).map_or(name, RunEntry::address);
    vec![Effect::Remove { run }]
}

/// Something was kept or removed: the list has changed.
pub fn kept(app: &mut App, what: String) -> Vec<Effect> {
    app.say(what);
    vec![Effect::ListRuns]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::key::Key;
    use crate::app::{Msg, update};

    /// The Runs screen with these runs, the cursor on the first.
    fn app(entries: Vec<RunEntry>) -> App {
        let mut app = App { columns: 80, rows: 24, screen: Screen::Runs, ..App::default() };
        let _ = update(&mut app, Msg::Runs(entries));
        app
    }

    fn entry(name: &str) -> RunEntry {
        RunEntry { name: name.into(), note: "as it was".into(), ..RunEntry::default() }
    }

    fn types(app: &mut App, keys: &str) -> Vec<Effect> {
        keys.chars()
            .flat_map(|char| {
                let key = if char == '\n' { Key::of(crossterm::event::KeyCode::Enter) } else { Key::char(char) };
                update(app, Msg::Key(key))
            })
            .collect()
    }

    #[test]
    fn a_note_is_edited_and_tags_are_typed_on_the_command_line() {
        let mut app = app(vec![entry("a-001")]);
        let effects = types(&mut app, "a, and better\n");
        assert_eq!(effects, [Effect::Note { run: "a-001".into(), text: "as it was, and better".into() }]);
        let effects = types(&mut app, "tgood -old\n");
        assert_eq!(effects, [Effect::Tag { run: "a-001".into(), changes: vec!["+good".into(), "-old".into()] }]);
        assert_eq!(update(&mut app, Msg::Kept { what: "kept".into() }), [Effect::ListRuns]);
    }

    #[test]
    fn words_of_notes_and_tags_are_found() {
        let mut app = app(vec![entry("a-001"), RunEntry { tags: vec!["good".into()], ..entry("b-001") }]);
        types(&mut app, "/GOOD\n");
        assert_eq!(
            (app.runs.list.rows().len(), app.runs.under_cursor().map(|entry| entry.name.as_str())),
            (1, Some("b-001"))
        );
        types(&mut app, "/as it was\n");
        assert_eq!(app.runs.list.rows().len(), 2, "both have that note");
    }

    #[test]
    fn a_run_is_removed_after_a_yes_and_no_other_key() {
        let mut app = app(vec![entry("a-001")]);
        for (keys, removed) in [("D\n", false), ("n", false), ("Dn", false), ("Dy", true), ("y", false)] {
            let effects = types(&mut app, keys);
            assert_eq!(effects.contains(&Effect::Remove { run: "a-001".into() }), removed, "{keys:?}");
        }
    }

    #[test]
    fn what_is_trained_and_what_others_come_from_is_not_even_asked_about() {
        let child = RunEntry { parent: Some("a-001".into()), ..entry("b-001") };
        for (entries, words) in [
            (vec![RunEntry { live: true, ..entry("a-001") }], "is in use"),
            (vec![entry("a-001"), child], "the parent of b-001"),
        ] {
            let mut app = app(entries);
            types(&mut app, "D");
            assert!(matches!(app.overlay, Overlay::None));
            assert!(app.notice.as_ref().is_some_and(|notice| notice.text.contains(words)), "{:?}", app.notice);
        }
    }
}
