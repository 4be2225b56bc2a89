//! What there is to see before a run can begin: what is waited for, or why there will be none.

mod slices;

use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Rect};
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::panel::panel;
use super::put;
use super::text::{cut_line, row, write};
use super::theme::{Paint, Role};
use crate::app::words::duration;
use crate::app::{App, Waiting, wrapped};

/// What turns while something is waited for, and the time that it takes for a quarter.
const TURNING: [&str; 4] = ["◐", "◓", "◑", "◒"];
const QUARTER_MS: u64 = 200;

/// Lines are not longer than a person likes to read.
const WIDEST: usize = 76;

/// Columns beside the words of a step: its mark and its time.
const BESIDE: usize = 12;

/// The mark of an attempt that failed.
const FAILED: (&str, Role) = ("▲", Role::Warning);

/// Draws it in place of a screen that shows a run.
pub fn draw(app: &App, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    if let Some(failure) = &app.failure {
        draw_failure(app, failure, paint, area, buffer);
    } else if let Some(waiting) = &app.waiting {
        let inner = panel("getting ready", "", paint, area, buffer);
        // What there is to say may need more room, and has it.
        let texts = app.preparing.done.iter().map(|(over, _)| over).chain([waiting]);
        let longest = texts.map(|step| step.what.width()).max().unwrap_or(0) + BESIDE;
        let width = usize::from(inner.width).saturating_sub(4).min(WIDEST.max(longest));
        draw_middle(&steps(app, waiting, paint, width), app.now_ms, paint, inner, buffer);
    } else {
        let inner = panel("no run", "", paint, area, buffer);
        draw_middle(&nothing(app, paint), 0, paint, inner, buffer);
    }
}

/// Draws lines below the slices of a volume, all in the middle; where there is little room, the last lines alone.
fn draw_middle(lines: &[Line], now_ms: u64, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    let height = usize::from(area.height);
    let has_picture = height > lines.len() + usize::from(slices::HEIGHT) && area.width >= slices::WIDTH;
    let picture = if has_picture { usize::from(slices::HEIGHT) + 1 + usize::from(height > 24) } else { 0 };
    let top = height.saturating_sub(lines.len() + picture) / 2;
    if has_picture {
        let place = row(area, top);
        let x = place.x + (place.width - slices::WIDTH) / 2;
        slices::draw(now_ms, paint, Rect { x, width: slices::WIDTH, height: slices::HEIGHT, ..place }, buffer);
    }
    let wide = lines.iter().map(Line::width).max().unwrap_or(0);
    let wide = u16::try_from(wide).unwrap_or(u16::MAX).min(area.width);
    let column = Rect { x: area.x + (area.width - wide) / 2, width: wide, ..area };
    let unseen = lines.len().saturating_sub(height);
    for (down, line) in lines.iter().skip(unseen).enumerate() {
        put(cut_line(line.clone(), usize::from(wide)), row(column, top + picture + down), buffer);
    }
}

/// The steps that are done, the one that is not, and how far a download is.
fn steps<'a>(app: &App, waiting: &Waiting, paint: &Paint, width: usize) -> Vec<Line<'a>> {
    let mut lines: Vec<Line> = Vec::new();
    for (over, took_ms) in &app.preparing.done {
        let mark = if over.failed { FAILED } else { ("✓", Role::Good) };
        lines.push(step(mark, &over.what, *took_ms, width, paint));
    }
    let quarter = usize::try_from(app.now_ms / QUARTER_MS).unwrap_or(0) % TURNING.len();
    let turning = (TURNING.get(quarter).copied().unwrap_or("◐"), Role::Accent);
    let mark = if waiting.failed { FAILED } else { turning };
    lines.push(step(mark, &waiting.what, app.preparing.elapsed_ms(app.now_ms), width, paint));
    if let Some((received, total)) = waiting.received {
        lines.push(Line::default());
        lines.push(bar(received, total, width, paint));
        lines.push(Line::default());
        lines.push(Line::styled(download(app, received, total), paint.text(Role::Muted)));
    }
    if let Some(so_far) = &waiting.so_far {
        lines.push(Line::styled(so_far.clone(), paint.text(Role::Muted)));
    }
    lines
}

fn step<'a>((mark, role): (&'a str, Role), what: &str, took_ms: u64, width: usize, paint: &Paint) -> Line<'a> {
    let took = if took_ms < 100 { String::new() } else { duration(took_ms) };
    let room = width.saturating_sub(BESIDE);
    let what = super::text::cut(what, room).into_owned();
    let text = if role == Role::Accent {
        paint.text(Role::Text).add_modifier(Modifier::BOLD)
    } else {
        paint.text(Role::Muted)
    };
    Line::from(vec![
        Span::styled(format!("{mark} "), paint.text(role).add_modifier(Modifier::BOLD)),
        Span::styled(format!("{what:<room$}"), text),
        Span::styled(format!("{took:>10}"), paint.text(Role::Muted)),
    ])
}

/// How much is there, by halves of a column.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "columns")]
fn bar<'a>(received: u64, total: Option<u64>, width: usize, paint: &Paint) -> Line<'a> {
    let share = total.map_or(0.0, |total| (received as f64 / total.max(1) as f64).clamp(0.0, 1.0));
    let halves = (share * width as f64 * 2.0) as usize;
    let filled = "━".repeat(halves / 2) + if halves % 2 == 1 { "╸" } else { "" };
    let rest = width.saturating_sub(halves.div_ceil(2));
    Line::from(vec![
        Span::styled(filled, paint.text(Role::Accent)),
        Span::styled("─".repeat(rest), paint.text(Role::Faint)),
    ])
}

/// `12.3 of 32.7 MB · 38 % · 2.1 MB/s · 10 s to go`.
#[expect(clippy::cast_precision_loss, reason = "megabytes on the screen need no more")]
fn download(app: &App, received: u64, total: Option<u64>) -> String {
    let megabytes = |bytes: f64| bytes / 1e6;
    let mut parts = match total {
        Some(total) => vec![
            format!("{:.1} of {:.1} MB", megabytes(received as f64), megabytes(total as f64)),
            format!("{:.0} %", received as f64 / total.max(1) as f64 * 100.0),
        ],
        None => vec![format!("{:.1} MB so far", megabytes(received as f64))],
    };
    parts.extend(app.preparing.bytes_per_s().map(|speed| format!("{:.1} MB/s", megabytes(speed))));
    let left = total.and_then(|total| app.preparing.remaining_ms(received, total));
    parts.extend(left.map(|left| format!("{} to go", duration(left))));
    parts.join(" · ")
}

fn nothing<'a>(app: &App, paint: &Paint) -> Vec<Line<'a>> {
    let text = |text: String| Line::styled(text, paint.text(Role::Text));
    let mut lines = vec![
        Line::styled("no run is shown", paint.text(Role::Text).add_modifier(Modifier::BOLD)),
        Line::default(),
        text("4      the runs of the runs folder; enter opens one".into()),
    ];
    if let Some(experiment) = app.runs.experiments.first() {
        lines.push(text(format!("start  vivit-tui {experiment}")));
    }
    lines.push(text("?      all keys and commands".into()));
    lines.push(text("q      quit".into()));
    lines
}

fn draw_failure(app: &App, failure: &str, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    let bold = paint.text(Role::Bad).add_modifier(Modifier::BOLD);
    let title = Line::from(Span::styled("✗ the run could not begin", bold));
    let inner = panel(title, "", paint, area, buffer);
    let side = if inner.width > 40 { 2 } else { 0 };
    let above = u16::from(inner.height > 8);
    let text =
        Rect { x: inner.x + side, y: inner.y + above, width: inner.width - 2 * side, height: inner.height - above };
    let code = app.ended.map_or(String::new(), |code| format!(" with exit code {code}"));
    let ways = format!("q quits{code} · 6 shows the log · 4 shows the runs");
    let width = usize::from(text.width);
    let mut rows: Vec<(String, Role)> = Vec::new();
    for (number, line) in failure.lines().enumerate() {
        // The first line is what happened, the others are where, and what can be done.
        let role = if number == 0 { Role::Bad } else { Role::Text };
        rows.extend(wrapped(line, width).into_iter().map(|line| (line.to_owned(), role)));
        if number == 0 {
            rows.push((String::new(), Role::Text));
        }
    }
    let room = usize::from(text.height).saturating_sub(2);
    for (down, (line, role)) in rows.iter().take(room.max(1)).enumerate() {
        write(line, paint.text(*role), Alignment::Left, row(text, down), buffer);
    }
    let below = rows.len().min(room) + 1;
    write(&ways, paint.text(Role::Muted), Alignment::Left, row(text, below), buffer);
}
