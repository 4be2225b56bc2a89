//! Two runs side by side.

use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Rect};
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::app::App;
use crate::app::runs::{Contrast, Row, Verdict, extent, is_synthetic};
use crate::app::words::SYNTHETIC;
use crate::ui::panel::panel;
use crate::ui::text::{row, write};
use crate::ui::theme::{Paint, Role};

/// Columns of a figure's name, and between the columns.
const LABEL: u16 = 8;
const GAP: u16 = 2;
const NARROW_GAP: u16 = 1;

/// Columns of a difference: `▲ +12.3 (−10.0 … +34.6)`, and of one with its unit. Below some width it is left out.
const DIFFERENCE: u16 = 23;
const WITH_UNIT: u16 = 30;
const WITH_DIFFERENCE: u16 = 60;
const WITH_GAPS: u16 = 80;

/// Values are not further apart than that: `100.0 % (97.7 … 100.0)`, or a device's name.
const VALUE: u16 = 34;

/// Draws the screen.
pub fn draw(app: &App, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    let Some(comparison) = &app.runs.comparison else { return };
    let columns = extent(app);
    let count = u16::try_from(columns.len()).unwrap_or(1).max(1);
    // The figures need more room than the configuration.
    let width = if count > 1 { area.width * 3 / 5 } else { area.width };
    let mut x = area.x;
    for (number, rows) in columns.iter().enumerate() {
        let is_last = number + 1 == columns.len();
        let place = Rect { x, width: if is_last { area.right() - x } else { width }, ..area };
        x = place.right();
        let mut title = Line::from(if number == 0 { "differences" } else { "configuration" });
        if number == 0 && is_synthetic(app) {
            let style = paint.text(Role::Warning).add_modifier(Modifier::BOLD);
            title.push_span(Span::styled(format!("  {SYNTHETIC}"), style));
        }
        let remark = if is_last { "d or esc closes" } else { "" };
        let inner = panel(title, remark, paint, place, buffer);
        let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
        let names = [comparison.left.as_str(), comparison.right.as_str()];
        let layout = Layout::of(inner, if number == 0 { None } else { Some(rows) });
        layout.draw_names(names, number == 0, paint, buffer);
        let body = Rect { y: inner.y.saturating_add(1), height: inner.height.saturating_sub(1), ..inner };
        let settings = Layout::of(inner, Some(rows));
        for (down, line) in rows.iter().skip(comparison.scroll).take(usize::from(body.height)).enumerate() {
            let place = row(body, down);
            match line {
                Row::Setting { .. } => settings.draw(line, place, paint, buffer),
                _ => layout.draw(line, place, paint, buffer),
            }
        }
    }
}

/// Where the columns of a row stand.
struct Layout {
    area: Rect,
    label: u16,
    value: u16,
    difference: u16,
    gap: u16,
}

impl Layout {
    /// Of figures, or of settings with paths as long as those.
    fn of(area: Rect, settings: Option<&[Row]>) -> Self {
        let (label, difference) = match settings {
            None => (
                LABEL.min(area.width / 3),
                match area.width {
                    WITH_GAPS.. => WITH_UNIT,
                    WITH_DIFFERENCE.. => DIFFERENCE,
                    _ => 0,
                },
            ),
            Some(rows) => {
                let paths =
                    rows.iter().filter_map(|row| if let Row::Setting { path, .. } = row { Some(path) } else { None });
                let widest = paths.map(|path| path.width()).max().unwrap_or(0);
                (u16::try_from(widest).unwrap_or(u16::MAX).min(area.width / 2), 0)
            }
        };
        let gap = if area.width < WITH_GAPS { NARROW_GAP } else { GAP };
        let gaps = gap * (if difference > 0 { 3 } else { 2 });
        let value = (area.width.saturating_sub(label + difference + gaps) / 2).min(VALUE);
        Self { area, label, value, difference, gap }
    }

    fn column(&self, number: u16, place: Rect) -> Rect {
        let (x, width) = match number {
            0 => (0, self.label),
            1 => (self.label + self.gap, self.value),
            2 => (self.label + self.value + 2 * self.gap, self.value),
            _ => (self.label + 2 * self.value + 3 * self.gap, self.difference),
        };
        Rect { x: place.x.saturating_add(x), width: width.min(place.width.saturating_sub(x)), ..place }
    }

    fn draw_names(&self, names: [&str; 2], with_difference: bool, paint: &Paint, buffer: &mut Buffer) {
        let place = row(self.area, 0);
        let bold = |role| paint.text(role).add_modifier(Modifier::BOLD);
        let [left, right] = names;
        write(left, bold(Role::Train), Alignment::Left, self.column(1, place), buffer);
        write(right, bold(Role::Validation), Alignment::Left, self.column(2, place), buffer);
        if with_difference {
            write("difference", paint.text(Role::Muted), Alignment::Left, self.column(3, place), buffer);
        }
    }

    fn draw(&self, line: &Row, place: Rect, paint: &Paint, buffer: &mut Buffer) {
        let text = paint.text(Role::Text);
        match line {
            Row::Gap => {}
            Row::Heading(title) => {
                write(title, paint.text(Role::Accent).add_modifier(Modifier::BOLD), Alignment::Left, place, buffer);
            }
            Row::Note(note) => write(note, paint.text(Role::Muted), Alignment::Left, place, buffer),
            Row::Setting { path, left, right } => {
                write(path, paint.text(Role::Muted), Alignment::Left, self.column(0, place), buffer);
                write(left, text, Alignment::Left, self.column(1, place), buffer);
                write(right, text, Alignment::Left, self.column(2, place), buffer);
            }
            Row::Volume { index, left, right, turn, chosen } => {
                let (mark, style) =
                    if *chosen { ("›", text.add_modifier(Modifier::BOLD)) } else { (" ", paint.text(Role::Muted)) };
                write(&format!("{mark}{index:>5}"), style, Alignment::Left, self.column(0, place), buffer);
                let style = if *chosen { style } else { text };
                write(left, style, Alignment::Left, self.column(1, place), buffer);
                write(right, style, Alignment::Left, self.column(2, place), buffer);
                write(turn, paint.text(Role::Muted), Alignment::Left, self.column(3, place), buffer);
            }
            Row::Figure(contrast) => {
                write(contrast.label, paint.text(Role::Muted), Alignment::Left, self.column(0, place), buffer);
                write(&contrast.left, text, Alignment::Left, self.column(1, place), buffer);
                write(&contrast.right, text, Alignment::Left, self.column(2, place), buffer);
                self.draw_difference(contrast, place, paint, buffer);
            }
        }
    }

    fn draw_difference(&self, contrast: &Contrast, place: Rect, paint: &Paint, buffer: &mut Buffer) {
        let (mark, role) = match contrast.verdict {
            Verdict::None => ("", Role::Muted),
            Verdict::Better => ("▲ ", Role::Good),
            Verdict::Worse => ("▼ ", Role::Bad),
            Verdict::Undecided => ("≈ ", Role::Muted),
        };
        let mut line = Line::from(vec![
            Span::styled(mark, paint.text(role).add_modifier(Modifier::BOLD)),
            Span::styled(contrast.difference.as_str(), paint.text(role)),
        ]);
        let area = self.column(3, place);
        if line.width() + contrast.unit.len() <= usize::from(area.width) {
            line.push_span(Span::styled(contrast.unit, paint.text(role)));
        }
        crate::ui::put(crate::ui::text::cut_line(line, usize::from(area.width)), area, buffer);
    }
}
