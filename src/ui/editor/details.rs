//! What stands below the editor's list: the key under the cursor, what its value must be, and what is wrong.

use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Rect};
use ratatui::style::Modifier;

use super::behind;
use crate::app::editor::{self, Editor, Fault, KeyLine, Row, Typing};
use crate::app::words::rate;
use crate::app::{App, wrapped};
use crate::ui::text::{row, write};
use crate::ui::theme::{Paint, Role};

/// Draws it. With a single line, what is wrong takes it.
pub fn draw(app: &App, edited: &Editor, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let (said, role) = said(app, edited);
    let room = usize::from(area.width).saturating_sub(2);
    let said = wrapped(&said, room);
    let mut down = 0;
    if area.height > 1 {
        write(&"─".repeat(usize::from(area.width)), paint.text(Role::Faint), Alignment::Left, row(area, 0), buffer);
        down = 1;
        let about = about(edited);
        let lines = usize::from(area.height).saturating_sub(1 + said.len()).max(1);
        for line in wrapped(&about, room).into_iter().take(lines) {
            write(line, paint.text(Role::Muted), Alignment::Left, behind(row(area, down), 1), buffer);
            down += 1;
        }
    }
    let strong = if role == Role::Muted { Modifier::empty() } else { Modifier::BOLD };
    for line in said {
        write(line, paint.text(role).add_modifier(strong), Alignment::Left, behind(row(area, down), 1), buffer);
        down += 1;
    }
}

/// The key under the cursor with what it was, and what its value must be.
fn about(edited: &Editor) -> String {
    let rows = edited.rows();
    let Some(Row::Key(line)) = rows.get(edited.cursor()) else { return String::new() };
    let expected = editor::expected(&line.path).map_or_else(String::new, |rule| format!(" takes {rule}"));
    format!("{}{expected}", line.path)
}

/// What is most worth to be said.
fn said(app: &App, edited: &Editor) -> (String, Role) {
    if let Typing::Value { fault, .. } = &edited.typing {
        return match fault {
            Some(Fault::Refused(words)) => (format!("! {words}"), Role::Bad),
            Some(Fault::Unfit(words)) => (format!("then also: {words}"), Role::Warning),
            None => ("enter takes it, esc leaves it as it was".to_owned(), Role::Muted),
        };
    }
    let rows = edited.rows();
    let under = rows.get(edited.cursor());
    if let Some(Row::Key(line)) = under
        && let Some(why) = editor::locked(app, &line.path)
    {
        return (format!("fixed: {why}"), Role::Muted);
    }
    if let Some(complaint) = editor::complaint(app) {
        return (format!("! it cannot be started yet: {}", complaint.words), Role::Bad);
    }
    let words = match under {
        Some(Row::Start) => "enter starts it; s does from anywhere",
        Some(Row::From) => "→ and f: an earlier checkpoint; ← and F: a later one, or where it stands",
        Some(Row::When) => "→ and t: when its turn comes",
        Some(Row::Key(line)) => return by_hand(app, line).unwrap_or_else(|| (value(line), Role::Muted)),
        Some(Row::Gap) | None => "",
    };
    (words.to_owned(), Role::Muted)
}

/// That another rate than the experiment's holds.
fn by_hand(app: &App, line: &KeyLine) -> Option<(String, Role)> {
    let (set, holds) = editor::rate(app).filter(|_| line.path == "training.optimizer.learning_rate")?;
    let words = if holds {
        format!("{} was set by hand and holds in the branch, unless a key of the optimizer is changed", rate(set))
    } else {
        format!("{} was set by hand and gives way, because a key of the optimizer is changed", rate(set))
    };
    Some((words, Role::Warning))
}

/// The value of a key with what it was and would be.
fn value(line: &KeyLine) -> String {
    let now = line.now.as_deref().unwrap_or("no longer there");
    let mut words = format!("= {now}");
    match &line.before {
        Some(before) if line.differs() => words += &format!(" · before {before} (u takes it back)"),
        None => words += " · not there before (u takes it back)",
        _ => {}
    }
    match &line.default {
        Some(default) if line.now.as_ref() == Some(default) => words += " · the default",
        Some(default) => words += &format!(" · default {default}"),
        None => {}
    }
    words
}
