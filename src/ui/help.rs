//! The keys of the current screen, from the tables that handle them.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph};

use super::panel::panel;
use super::put;
use super::theme::{Paint, Role};
use crate::app::key::HelpLine;
use crate::app::{App, command_line, global};

/// Draws the help over the screen, in two columns where there is room.
pub fn draw(app: &App, scroll: usize, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    put(Clear, area, buffer);
    buffer.set_style(area.intersection(buffer.area), paint.ground().patch(paint.fill(Role::Raised)));
    let title = format!("keys of the {} screen", app.screen.title());
    let inner = panel(title, "j k scroll · any other key closes", paint, area, buffer);
    let lines = lines(app, paint);
    let columns = if inner.width >= 150 { 2 } else { 1 };
    let height = usize::from(inner.height).max(1);
    let width = inner.width / columns;
    for column in 0..columns {
        let first = scroll + usize::from(column) * height;
        let shown: Vec<Line> = lines.iter().skip(first).take(height).cloned().collect();
        let place = Rect { x: inner.x + column * width, width, ..inner };
        put(Paragraph::new(shown), place, buffer);
    }
}

fn lines<'a>(app: &App, paint: &Paint) -> Vec<Line<'a>> {
    let heading = |text: String| Line::styled(text, paint.text(Role::Accent).add_modifier(Modifier::BOLD));
    let entry = |keys: String, help: &str| {
        Line::from(vec![
            Span::styled(format!("  {keys:<18}"), paint.text(Role::Text).add_modifier(Modifier::BOLD)),
            Span::styled(help.to_owned(), paint.text(Role::Muted)),
        ])
    };
    let table = |lines: Vec<HelpLine>| lines.into_iter().map(|line| entry(line.keys, line.help)).collect::<Vec<_>>();
    let own = global::screen_help(app.screen);
    let mut all = Vec::new();
    if !own.is_empty() {
        all.push(heading(app.screen.title().to_owned()));
        all.extend(table(own));
        all.push(Line::default());
    }
    all.push(heading("Everywhere".to_owned()));
    all.extend(table(crate::app::key::help(global::KEYS)));
    all.push(Line::default());
    all.push(heading("Commands, after a colon".to_owned()));
    all.extend(command_line::VERBS.iter().map(|verb| {
        let names = verb.names.iter().map(|name| format!(":{name}")).collect::<Vec<_>>().join(" ");
        entry(format!("{names} {}", verb.argument), &format!(" {}", verb.help))
    }));
    all
}
