//! The parameters part by part: how many, what share, what they cost; their sums and the memory.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};

use super::{frame, inside, mark, over, selected, width_of, write};
use crate::app::model::{self, Section};
use crate::app::words::grouped;
use crate::app::{App, Outline, OutlinePart};
use crate::ui::layout::first_line;
use crate::ui::theme::{Paint, Role};

/// Lines below the list: sums, the selected part's formula, the memory.
const BELOW: u16 = 3;

/// Where the columns of the table stand; one that has no room is not there.
struct Columns {
    name: u16,
    formula: u16,
    bar: u16,
    operations: u16,
}

/// Columns of a count of parameters, and of a share.
const COUNT: u16 = 11;
const SHARE: u16 = 8;
/// Columns of a bar, with the blank before it.
const SHORTEST_BAR: u16 = 8;
const LONGEST_BAR: u16 = 36;

impl Columns {
    fn of(parts: &[OutlinePart], width: u16) -> Self {
        let longest = |text: fn(&OutlinePart) -> &str| parts.iter().map(|part| width_of(text(part))).max().unwrap_or(0);
        // A mark and a blank before the name, a blank at the edge.
        let name = (longest(|part| &part.name) + 2).min(width.saturating_sub(COUNT));
        let left = width.saturating_sub(name + COUNT + SHARE + 1);
        let sum = operations(parts.iter().map(|part| part.flops).sum());
        let fitting = |wanted: u16, left: u16| if left >= wanted { wanted } else { 0 };
        let operations = fitting(width_of(&sum).max(width_of("MFLOP")) + 1, left);
        let left = left - operations;
        // The bars come first: the formula of the cursor's part stands below the list.
        let formula = fitting(longest(|part| &part.formula) + 2, left.saturating_sub(SHORTEST_BAR));
        let left = left - formula;
        let bar = if left >= SHORTEST_BAR { left.min(LONGEST_BAR) } else { 0 };
        Self { name, formula, bar, operations }
    }
}

/// The lines of the list in sight.
fn window(parts: usize, now: usize, inner: Rect) -> (usize, Rect) {
    let below = if inner.height > 6 { BELOW } else { 0 };
    // The sums stand right below the parts.
    let height = u16::try_from(parts).unwrap_or(u16::MAX).min(inner.height.saturating_sub(1 + below));
    let list = Rect { y: inner.y + 1, height, ..inner };
    (first_line(now, parts, usize::from(list.height)), list.intersection(inner))
}

/// Draws the table.
pub fn draw(app: &App, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let outline = app.shown().and_then(|shown| shown.outline.clone());
    let inner = frame(app, (Section::Parts, mark(app)), paint, area, buffer);
    let Some(outline) = outline else {
        write(buffer, inner, (inner.x + 1, inner.y), "not known yet", paint.text(Role::Muted));
        return;
    };
    let columns = Columns::of(&outline.parts, inner.width);
    draw_head(&columns, paint, inner, buffer);
    let now = model::part(app);
    let (first, list) = window(outline.parts.len(), now, inner);
    let largest = outline.parts.iter().map(|part| part.parameters).max().unwrap_or(0);
    for ((number, part), line) in outline.parts.iter().enumerate().skip(first).zip(list.rows()) {
        let mut style = paint.text(Role::Text);
        if number == now {
            style = selected(app, paint, &[Section::Architecture, Section::Parts]);
            buffer.set_style(line.intersection(buffer.area), style);
            write(buffer, line, (line.x, line.y), "▸", style);
        }
        let share = ratio(part.parameters, outline.parameters());
        let row = Values { share, length: Some(ratio(part.parameters, largest)), part };
        draw_part(&row, &columns, (paint, style), line, buffer);
    }
    draw_sums(app, (&outline, &columns), paint, (list, inner), buffer);
}

struct Values<'a> {
    part: &'a OutlinePart,
    /// Of all parameters.
    share: f64,
    /// Of the part that has most, where that is drawn.
    length: Option<f64>,
}

fn draw_head(columns: &Columns, paint: &Paint, inner: Rect, buffer: &mut Buffer) {
    let style = paint.text(Role::Muted);
    let line = Rect { height: inner.height.min(1), ..inner };
    write(buffer, line, (line.x + 2, line.y), "part", style);
    let mut x = line.x + columns.name;
    if columns.formula > 0 {
        write(buffer, line, (x + 2, line.y), "formula", style);
        x += columns.formula;
    }
    write(buffer, line, (x, line.y), &format!("{:>width$}", "parameters", width = usize::from(COUNT)), style);
    x += COUNT;
    write(buffer, line, (x, line.y), &format!("{:>width$}", "share", width = usize::from(SHARE)), style);
    x += SHARE + columns.bar;
    if columns.operations > 0 {
        let text = format!("{:>width$}", "MFLOP", width = usize::from(columns.operations));
        write(buffer, line, (x, line.y), &text, style);
    }
}

fn draw_part(row: &Values, columns: &Columns, (paint, style): (&Paint, Style), line: Rect, buffer: &mut Buffer) {
    let name = Rect { width: columns.name, ..line };
    write(buffer, name.intersection(line), (line.x + 2, line.y), &row.part.name, style);
    let mut x = line.x + columns.name;
    let quiet = over(style, paint, Role::Muted);
    if columns.formula > 0 {
        write(buffer, line, (x + 2, line.y), &row.part.formula, quiet);
        x += columns.formula;
    }
    let count = format!("{:>width$}", grouped(row.part.parameters), width = usize::from(COUNT));
    write(buffer, line, (x, line.y), &count, style);
    x += COUNT;
    let share = format!("{:>width$}", format!("{:.1} %", row.share * 100.0), width = usize::from(SHARE));
    write(buffer, line, (x, line.y), &share, quiet);
    x += SHARE;
    if let Some(length) = row.length {
        let bar = Rect { x: x + 1, width: columns.bar.saturating_sub(1), ..line }.intersection(line);
        draw_bar(length, bar, (paint, style), buffer);
    }
    x += columns.bar;
    if columns.operations > 0 {
        let text = format!("{:>width$}", operations(row.part.flops), width = usize::from(columns.operations));
        write(buffer, line, (x, line.y), &text, quiet);
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a few columns")]
fn draw_bar(share: f64, place: Rect, (paint, style): (&Paint, Style), buffer: &mut Buffer) {
    let filled = (share.clamp(0.0, 1.0) * f64::from(place.width)).round() as u16;
    for x in 0..place.width {
        let (symbol, role) = if x < filled { ("━", Role::Accent) } else { ("┈", Role::Faint) };
        write(buffer, place, (place.x + x, place.y), symbol, over(style, paint, role));
    }
}

/// Below the list: the sums, the formula where it has no column, the memory.
fn draw_sums(
    app: &App,
    (outline, columns): (&Outline, &Columns),
    paint: &Paint,
    (list, inner): (Rect, Rect),
    buffer: &mut Buffer,
) {
    let below = Rect { y: list.bottom(), height: inner.bottom().saturating_sub(list.bottom()), ..inner };
    let mut lines = below.rows();
    let Some(sums) = lines.next() else { return };
    let all = OutlinePart {
        name: "all".to_owned(),
        formula: String::new(),
        parameters: outline.parameters(),
        flops: outline.flops(),
    };
    let bold = paint.text(Role::Text).add_modifier(Modifier::BOLD);
    draw_part(&Values { part: &all, share: 1.0, length: None }, columns, (paint, bold), sums, buffer);
    let muted = paint.text(Role::Muted);
    if let (Some(line), Some(part)) = (lines.next(), outline.parts.get(model::part(app))) {
        let text = format!("{} = {}", part.formula, grouped(part.parameters));
        write(buffer, line, (line.x + 2, line.y), &text, muted);
    }
    if let Some(line) = lines.next() {
        let long = format!(
            "memory: weights {}, a training step about {}",
            mebibytes(outline.weights_bytes),
            mebibytes(outline.training_bytes)
        );
        let short = format!("{}, training {}", mebibytes(outline.weights_bytes), mebibytes(outline.training_bytes));
        let text = if width_of(&long) + 3 <= line.width { long } else { short };
        write(buffer, line, (line.x + 2, line.y), &text, muted);
    }
}

/// The part at a place of the table.
pub fn part_at(app: &App, area: Rect, position: Position) -> Option<usize> {
    let parts = model::parts(app).len();
    let (first, list) = window(parts, model::part(app), inside(area));
    let line = list.contains(position).then(|| usize::from(position.y - list.y))?;
    Some(first + line).filter(|part| *part < parts)
}

/// Operations in millions, or a dash where there are none to speak of.
#[expect(clippy::cast_precision_loss, reason = "a figure for a person to read")]
fn operations(flops: u64) -> String {
    if flops == 0 { "–".to_owned() } else { format!("{:.3}", flops as f64 / 1e6) }
}

#[expect(clippy::cast_precision_loss, reason = "a figure for a person to read")]
fn mebibytes(bytes: u64) -> String {
    let mebibytes = bytes as f64 / f64::from(1 << 20);
    if mebibytes < 1024.0 { format!("{mebibytes:.1} MiB") } else { format!("{:.2} GiB", mebibytes / 1024.0) }
}

#[expect(clippy::cast_precision_loss, reason = "a figure for a person to read")]
fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
