//! The keys and commands, from the tables that handle them.

use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Rect};
use ratatui::style::Modifier;
use ratatui::widgets::Clear;

use super::panel::panel;
use super::put;
use super::text::{row, write};
use super::theme::{Paint, Role};
use crate::app::App;
use crate::app::help::{Row, page};

/// Draws the help over the screen, in two or three columns where there is room.
pub fn draw(app: &App, scroll: usize, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    put(Clear, area, buffer);
    buffer.set_style(area.intersection(buffer.area), paint.ground().patch(paint.fill(Role::Raised)));
    let page = page(app, scroll);
    let remark = match (scroll, page.last) {
        (_, 0) => "any key closes".to_owned(),
        (0, _) => "↓ more · any other key closes".to_owned(),
        (scroll, last) if scroll >= last => "↑ more · any other key closes".to_owned(),
        _ => "↑↓ more · any other key closes".to_owned(),
    };
    let of = if app.editor.is_some() { "editor" } else { app.screen.title() };
    let inner = panel(format!("help · {of}"), remark, paint, area, buffer);
    let count = u16::try_from(page.columns.len()).unwrap_or(1).max(1);
    let width = inner.width / count;
    for (column, rows) in (0..count).zip(&page.columns) {
        let place = Rect { x: inner.x + column * width, width, ..inner };
        for (down, line) in rows.iter().enumerate() {
            draw_row(line, paint, row(place, down), buffer);
        }
    }
}

fn draw_row(line: &Row, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    let bold = |role| paint.text(role).add_modifier(Modifier::BOLD);
    let from = |column: usize| {
        let column = u16::try_from(column).unwrap_or(u16::MAX).min(area.width);
        Rect { x: area.x + column, width: area.width - column, ..area }
    };
    match line {
        Row::Gap => {}
        Row::Heading(title) => write(title, bold(Role::Accent), Alignment::Left, from(1), buffer),
        Row::Entry { keys, width, help } => {
            write(keys, bold(Role::Text), Alignment::Left, from(2), buffer);
            write(help, paint.text(Role::Muted), Alignment::Left, from(width + 4), buffer);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::app::room::Room;
    use crate::ui::layout::Layout;
    use ratatui::layout::Rect;

    #[test]
    fn the_room_that_scrolling_counts_with_is_the_room_that_is_drawn() {
        for columns in [0, 1, 2, 39, 79, 80, 81, 120, 300] {
            for rows in 0..70 {
                let body = Layout::of(Rect::new(0, 0, columns, rows)).body;
                let room = Room { columns: usize::from(body.width), rows: usize::from(body.height) };
                assert_eq!(Room::body(columns, rows), room, "{columns}×{rows}");
            }
        }
    }
}
