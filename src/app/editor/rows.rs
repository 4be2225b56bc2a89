//! The list of the editor: what will be done, then the keys; where the cursor stands in it, and what is in sight.

use super::{Editor, Origin};
use crate::app::App;
use crate::app::room::Room;
use crate::config::{Draft, Line};

/// Below what will be done this many keys stay in sight, or everything scrolls.
const LEAST_KEYS: usize = 6;

/// A row of the list.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Row<'a> {
    /// What will be started.
    Start,
    /// Where a branch begins.
    From,
    /// When its turn comes.
    When,
    Gap,
    Key(&'a Line),
}

impl Editor {
    /// The rows that are shown.
    #[must_use]
    pub fn rows(&self) -> Vec<Row<'_>> {
        let mut rows = vec![Row::Start];
        if matches!(self.origin, Origin::Branch(_)) {
            rows.push(Row::From);
        }
        rows.extend([Row::When, Row::Gap]);
        let words: Vec<&str> = self.filter.split_whitespace().collect();
        let fits = |line: &&Line| {
            let value = line.now.as_deref().unwrap_or_default().to_lowercase();
            let has = |word: &&str| line.path.contains(*word) || value.contains(*word);
            (!self.only_changed || line.differs()) && words.iter().all(has)
        };
        rows.extend(self.draft.lines().iter().filter(fits).map(Row::Key));
        rows
    }

    /// The row of the cursor.
    #[must_use]
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// The rows that are in sight where the list has so many lines, by their places: what will be done stays on top.
    #[must_use]
    pub fn in_sight(&self, height: usize) -> Vec<usize> {
        let rows = self.rows().len();
        let pinned = self.pinned(height).min(rows);
        (0..pinned).chain((pinned + self.first).min(rows)..rows).take(height).collect()
    }

    /// Rows at the top that do not scroll, where there is room for others below them.
    fn pinned(&self, height: usize) -> usize {
        let above = self.rows().iter().take_while(|row| !matches!(row, Row::Key(_))).count();
        if height >= above + LEAST_KEYS { above } else { 0 }
    }

    /// How many keys were changed.
    #[must_use]
    pub fn changed(&self) -> usize {
        self.draft.lines().iter().filter(|line| line.differs()).count()
    }

    /// The path of the key under the cursor.
    pub(super) fn path(&self) -> Option<String> {
        match self.rows().get(self.cursor) {
            Some(Row::Key(line)) => Some(line.path.clone()),
            _ => None,
        }
    }
}

/// Rows that the list shows at once; below it stands what there is to say of the cursor's row.
#[must_use]
pub fn list_rows(app: &App) -> usize {
    let rows = Room::of(app).framed().rows;
    let details = match rows {
        0..5 => 0,
        5..12 => 1,
        _ => 4,
    };
    rows - details
}

pub(super) fn under_cursor(app: &App) -> Option<Row<'_>> {
    let editor = app.editor.as_ref()?;
    editor.rows().get(editor.cursor).copied()
}

pub(super) fn page(app: &App) -> isize {
    isize::try_from(list_rows(app).saturating_sub(1).max(1)).unwrap_or(1)
}

/// Moves the cursor, over the gap.
pub(super) fn step(app: &mut App, by: isize) {
    let height = list_rows(app);
    let Some(editor) = &mut app.editor else { return };
    let rows = editor.rows();
    let last = rows.len().saturating_sub(1);
    let mut row = editor.cursor.saturating_add_signed(by).min(last);
    if rows.get(row) == Some(&Row::Gap) {
        row = if by < 0 || row == last { row.saturating_sub(1) } else { row + 1 };
    }
    editor.cursor = row;
    reveal(editor, height);
}

/// Puts the cursor on a row.
pub(super) fn select(app: &mut App, row: usize) {
    let height = list_rows(app);
    let Some(editor) = &mut app.editor else { return };
    if editor.rows().get(row).is_some_and(|row| *row != Row::Gap) {
        editor.cursor = row;
        reveal(editor, height);
    }
}

/// Puts the cursor on a key, or where it can stand if that is not listed.
pub(super) fn select_key(app: &mut App, path: &str) {
    let height = list_rows(app);
    let Some(editor) = &mut app.editor else { return };
    follow(editor, Some(path), height);
}

/// The terminal has another size: the cursor stays in sight.
pub fn resized(app: &mut App) {
    let height = list_rows(app);
    if let Some(editor) = &mut app.editor {
        reveal(editor, height);
    }
}

/// Scrolls as little as brings the cursor into sight.
fn reveal(editor: &mut Editor, height: usize) {
    let pinned = editor.pinned(height);
    let Some(cursor) = editor.cursor.checked_sub(pinned) else {
        editor.first = 0;
        return;
    };
    let height = (height - pinned).max(1);
    let last = (editor.rows().len() - pinned).saturating_sub(height);
    let lowest = (cursor + 1).saturating_sub(height);
    editor.first = editor.first.clamp(lowest, cursor.max(lowest)).min(last);
}

/// Keeps the cursor on a key, or else in the list.
fn follow(editor: &mut Editor, path: Option<&str>, height: usize) {
    let rows = editor.rows();
    let of = |path: &str| rows.iter().position(|row| matches!(row, Row::Key(line) if line.path == path));
    let last = rows.len().saturating_sub(1);
    let mut row = path.and_then(of).unwrap_or(editor.cursor.min(last));
    if rows.get(row) == Some(&Row::Gap) {
        row = row.saturating_sub(1);
    }
    editor.cursor = row;
    reveal(editor, height);
}

/// Changes what is listed; the cursor stays on its key.
pub(super) fn rearrange(app: &mut App, change: impl FnOnce(&mut Editor)) {
    let height = list_rows(app);
    let Some(editor) = &mut app.editor else { return };
    let path = editor.path();
    change(editor);
    follow(editor, path.as_deref(), height);
}

/// Takes the change of the cursor's key back.
pub(super) fn undo(app: &mut App) {
    let Some(path) = app.editor.as_deref().and_then(Editor::path) else { return };
    let mut undone = false;
    rearrange(app, |editor| undone = editor.draft.undo(&path));
    if !undone {
        app.say(format!("{path} is as it was"));
    }
}

pub(super) fn undo_all(app: &mut App) {
    rearrange(app, |editor| {
        let paths: Vec<String> = editor.draft.lines().iter().map(|line| line.path.clone()).collect();
        for path in paths {
            editor.draft.undo(&path);
        }
    });
}

/// The cursor to the next key that was changed, round and round.
pub(super) fn next_change(app: &mut App, by: isize) {
    let Some(editor) = &app.editor else { return };
    let rows = editor.rows();
    let changed = rows.iter().enumerate().filter(|(_, row)| matches!(row, Row::Key(line) if line.differs()));
    let changed: Vec<usize> = changed.map(|(place, _)| place).collect();
    let next = if by > 0 {
        changed.iter().find(|place| **place > editor.cursor).or(changed.first())
    } else {
        changed.iter().rfind(|place| **place < editor.cursor).or(changed.last())
    };
    match next.copied() {
        Some(row) => select(app, row),
        None => app.say("nothing was changed"),
    }
}

pub(super) fn toggle_changed(app: &mut App) {
    rearrange(app, |editor| editor.only_changed = !editor.only_changed);
}

/// Ends the filter and lists every key.
pub(super) fn show_all(app: &mut App) {
    rearrange(app, |editor| {
        editor.filter.clear();
        editor.only_changed = false;
    });
}

/// Takes a draft in place of the one that there was.
pub(super) fn replace(app: &mut App, draft: Draft) {
    rearrange(app, |editor| editor.draft = draft);
}
