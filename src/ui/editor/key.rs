//! A key of the experiment in a row: its path, its value or what it was and is, and a remark at the end.

use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line as Words, Span};
use unicode_width::UnicodeWidthStr;

use super::{FRONT, behind, moved};
use crate::app::App;
use crate::app::editor::{self, Editor, KeyLine, Typing};
use crate::app::words::rate;
use crate::ui::footer::behind as text_behind;
use crate::ui::put;
use crate::ui::text::{cut_line, write};
use crate::ui::theme::{Paint, Role};

/// Where the columns stand.
pub struct Columns {
    paths: u16,
}

impl Columns {
    /// Paths have what they need, but leave room for the values. They stay where they are, whatever is filtered.
    pub fn of(edited: &Editor, list: Rect) -> Self {
        let longest = edited.draft.lines().iter().map(|line| line.path.width()).max().unwrap_or(0);
        let most = list.width.saturating_sub(FRONT) * 3 / 5;
        Self { paths: u16::try_from(longest).unwrap_or(u16::MAX).min(most) }
    }

    /// Where the value of a row stands.
    pub fn value(&self, line: Rect) -> Rect {
        behind(line, FRONT + self.paths + 2)
    }
}

/// Draws a key.
pub fn draw(
    app: &App,
    edited: &Editor,
    (shown, columns): (&KeyLine, &Columns),
    paint: &Paint,
    line: Rect,
    buffer: &mut Buffer,
) {
    let fixed = editor::locked(app, &shown.path).is_some();
    let quiet = paint.text(Role::Muted);
    let text = if fixed { quiet } else { paint.text(Role::Text) };
    let strong = paint.text(Role::Best).add_modifier(Modifier::BOLD);
    if shown.differs() {
        write("◆", strong, Alignment::Left, behind(line, 1), buffer);
    }
    draw_path(&shown.path, (quiet, text), Rect { width: columns.paths, ..behind(line, FRONT) }, buffer);
    let place = columns.value(line);
    if let Typing::Value { path, input, .. } = &edited.typing
        && *path == shown.path
    {
        let value = text_behind(input.value(), moved(input, place));
        buffer.set_style(place.intersection(buffer.area), paint.ground().patch(paint.fill(Role::Background)));
        let style = paint.text(Role::Text).add_modifier(Modifier::UNDERLINED);
        write(value, style, Alignment::Left, place, buffer);
        return;
    }
    let now = shown.now.as_deref().unwrap_or("–");
    let value = if shown.differs() {
        let before = shown.before.as_deref().unwrap_or("–");
        Words::from(vec![Span::styled(format!("{before} → "), quiet), Span::styled(now.to_owned(), strong)])
    } else {
        Words::styled(now.to_owned(), text)
    };
    let remark = remark(app, shown, fixed);
    let taken = u16::try_from(value.width() + 2).unwrap_or(u16::MAX);
    put(cut_line(value, usize::from(place.width)), place, buffer);
    let rest = behind(place, taken);
    if remark.width() < usize::from(rest.width) {
        let style = if remark.ends_with(BY_HAND) { paint.text(Role::Warning) } else { quiet };
        write(&remark, style, Alignment::Right, Rect { width: rest.width - 1, ..rest }, buffer);
    }
}

/// The end of what is said of a rate that was set from the dashboard.
const BY_HAND: &str = "set by hand";

/// What stands at the end of the row.
fn remark(app: &App, shown: &KeyLine, fixed: bool) -> String {
    if shown.path == "training.optimizer.learning_rate"
        && let Some((set, holds)) = editor::rate(app)
    {
        let verb = if holds { "holds" } else { "gives way" };
        return format!("{} {verb}, {BY_HAND}", rate(set));
    }
    match &shown.default {
        _ if fixed => "fixed".to_owned(),
        Some(default) if shown.now.as_ref() != Some(default) && shown.now.is_some() => format!("default {default}"),
        _ => String::new(),
    }
}

/// The path, its last part in full; what has no room is cut off in front.
fn draw_path(path: &str, (quiet, text): (Style, Style), area: Rect, buffer: &mut Buffer) {
    let room = usize::from(area.width);
    let spare = path.width().saturating_sub(room);
    let shown = if spare == 0 { path.to_owned() } else { format!("…{}", path.get(spare + 1..).unwrap_or_default()) };
    let (section, key) = shown.rsplit_once('.').map_or(("", shown.as_str()), |(section, key)| (section, key));
    let dot = if section.is_empty() { "" } else { "." };
    let line = Words::from(vec![Span::styled(format!("{section}{dot}"), quiet), Span::styled(key.to_owned(), text)]);
    put(cut_line(line, room), area, buffer);
}
