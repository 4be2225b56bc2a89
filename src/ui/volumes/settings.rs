//! The pane of the view: where the crosshair stands, how values become colours, and what the model can see.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::blocks::{in_shades, luminance};
use super::extent::Scale;
use super::picture::Tones;
use super::volume::row;
use super::{Stand, evidence, words};
use crate::app::model::sight;
use crate::app::volumes::Marks;
use crate::app::words::{SYNTHETIC, percent};
use crate::app::{App, Outline, Shown};
use crate::ui::panel::panel;
use crate::ui::put;
use crate::ui::theme::{Paint, Role};

/// Eighths of a cell, from below.
const EIGHTHS: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/// Brightness without colours.
const SHADES: [&str; 5] = [" ", "░", "▒", "▓", "█"];

/// What the bars are.
const CAPTION: &str = "  voxels, log  ";

/// Higher bars say no more.
const HIGHEST: u16 = 12;

/// Draws the pane.
pub fn draw(stand: &Stand, scale: Scale, area: Rect, buffer: &mut Buffer) {
    let (app, paint) = (stand.app, stand.paint);
    let synthetic = if app.shown().is_some_and(Shown::synthetic) { SYNTHETIC } else { "" };
    let inner = panel("view", synthetic, paint, area, buffer);
    let plain = |text: String| vec![Span::styled(text, paint.text(Role::Text))];
    let mut lines = vec![
        row("crosshair", plain(words::crosshair(app)), paint),
        row("value", plain(words::value(app)), paint),
        row("window", plain(words::window(app)), paint),
        row("", plain(app.volumes.view.windowing.words()), paint),
        row("colours", plain(words::colours(app).to_owned()), paint),
        row("scale", plain(words::scale(stand, scale)), paint),
    ];
    if let Some(epoch) = words::epoch(app) {
        lines.push(row("look", plain(epoch), paint));
        lines.extend(words::mixed(app).map(|mixed| row("", plain(mixed.to_owned()), paint)));
    }
    if let Some(outline) = words::sight(app) {
        lines.extend(tokens(outline).into_iter().map(|(name, text)| row(name, plain(text), paint)));
        lines.push(row("unseen", plain(unseen(app, outline)), paint));
    }
    if app.volumes.view.evidence.method.is_some() && usize::from(inner.height) < lines.len() + evidence::LINES {
        // What the colours mean has to stand there; how they are drawn can be done without.
        lines.truncate(2);
    }
    let used = u16::try_from(lines.len()).unwrap_or(u16::MAX);
    put(Paragraph::new(lines), inner, buffer);
    if app.volumes.view.evidence.method.is_some() {
        // What the colours mean matters more now than what the greys do.
        let rest = Rect { y: inner.y + used, height: inner.height.saturating_sub(used), ..inner };
        let blank = u16::from(rest.height > 5);
        evidence::draw(app, paint, Rect { y: rest.y + blank, height: rest.height - blank, ..rest }, buffer);
        return;
    }
    let rest = Rect { y: inner.y + used + 1, height: inner.height.saturating_sub(used + 1), ..inner };
    let rest = Rect { x: rest.x + 1, width: rest.width.saturating_sub(2), ..rest };
    if rest.height >= 4 && rest.width >= 16 {
        draw_histogram(app, paint, rest, buffer);
    }
}

/// Where the model looks: its tubelets, or its frames and their patches.
fn tokens(outline: &Outline) -> Vec<(&'static str, String)> {
    let times = |sizes: &[usize]| sizes.iter().map(usize::to_string).collect::<Vec<_>>().join("×");
    let ([_, rows, columns], [_, height, width]) = (outline.grid(), outline.tubelet());
    if let Some(frames) = sight::frames(&outline.cuts) {
        let patches = format!("{} of {} voxels", times(&[rows, columns]), times(&[height, width]));
        return vec![("frames", frames), ("patches", patches)];
    }
    let tubelets = format!("{} of {} voxels", times(&outline.grid()), times(&outline.tubelet()));
    let mut lines = vec![("tubelets", tubelets)];
    let strides = outline.cuts.each_ref().map(|cut| cut.stride);
    if strides != outline.tubelet() {
        lines.push(("", format!("overlapping, every {}", times(&strides))));
    }
    lines
}

/// The share of the voxels that no tubelet covers, and how it is shown.
fn unseen(app: &App, outline: &Outline) -> String {
    let how = match app.volumes.view.marks {
        _ if outline.cuts.iter().all(|cut| cut.seen() == cut.length) => "",
        Marks::None if evidence::found(app).is_some() => " · faded",
        Marks::None => " · t fades it",
        Marks::Margin | Marks::Tubelets => " · faded",
    };
    format!("{}{how}", percent(Some(1.0 - outline.seen_share())).trim())
}

/// How many voxels there are of each value, what colour they get, and where the crosshair's voxel stands.
#[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 cells and values")]
fn draw_histogram(app: &App, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    let Some(kept) = app.volumes.shown() else { return };
    let columns = usize::from(area.width);
    let values = |column: usize| column * 256 / columns..((column + 1) * 256 / columns).max(column * 256 / columns + 1);
    let counts: Vec<u32> =
        (0..columns).map(|column| kept.histogram.get(values(column)).map_or(0, |counts| counts.iter().sum())).collect();
    let [low, high] = app.volumes.window().ends();
    let within = |column: usize| {
        let values = values(column);
        values.end as f64 > low && (values.start as f64) <= high
    };
    let bars = Rect { height: (area.height - 2).min(HIGHEST), ..area };
    draw_bars(&counts, within, paint, bars, buffer);
    let tones = Tones::new(app.volumes.window(), app.volumes.view.colours);
    let strip = Rect { y: bars.bottom(), height: 1, ..area };
    for (column, position) in strip.positions().enumerate() {
        let values = values(column);
        let Some(cell) = buffer.cell_mut(position) else { continue };
        let colour = tones.colour(u8::try_from(usize::midpoint(values.start, values.end - 1)).unwrap_or(u8::MAX));
        if in_shades(paint.depth) {
            let shade = usize::try_from(luminance(colour) * 5 / 256).unwrap_or(0);
            cell.set_symbol(SHADES.get(shade).copied().unwrap_or(" ")).set_style(paint.text(Role::Text));
        } else {
            cell.set_symbol("█").set_fg(paint.colour(colour));
        }
    }
    let here = usize::from(kept.volume.value(app.volumes.view.at));
    let here = (0..columns).find(|column| values(*column).contains(&here)).unwrap_or(0);
    let scale = Rect { y: strip.bottom(), height: 1, ..area };
    // The ends of the scale give way to the arrow, and the caption stands on the side where it is not.
    let left = if here == 0 { " 0" } else { "0" };
    let right = if here + 3 >= columns { format!("255{:1$}", "", columns - here) } else { "255".to_owned() };
    let room = columns.saturating_sub(left.len() + right.len());
    let caption = if room >= CAPTION.len() { CAPTION } else { "" };
    let text = if here * 2 > columns {
        format!("{left}{caption:<room$}{right}")
    } else {
        format!("{left}{caption:>room$}{right}")
    };
    put(Line::styled(text, paint.text(Role::Muted)), scale, buffer);
    if let Some(cell) = buffer.cell_mut((area.x + u16::try_from(here).unwrap_or(0), scale.y)) {
        cell.set_symbol("▴").set_style(paint.text(Role::Accent));
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "eighths of a few rows")]
fn draw_bars(counts: &[u32], within: impl Fn(usize) -> bool, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    let height = |count: u32| libm::log1p(f64::from(count));
    let most = counts.iter().copied().map(height).fold(1.0, f64::max);
    for (column, count) in counts.iter().enumerate() {
        let eighths = (height(*count) / most * f64::from(area.height) * 8.0).ceil() as usize;
        // What the window shows as darkest or brightest stands back.
        let role = if within(column) { Role::Muted } else { Role::Faint };
        for row in 0..area.height {
            let above = usize::from(area.height - 1 - row) * 8;
            let part = EIGHTHS.get(eighths.saturating_sub(above).min(8)).copied().unwrap_or(" ");
            let x = area.x + u16::try_from(column).unwrap_or(0);
            if let Some(cell) = buffer.cell_mut((x, area.y + row)) {
                cell.set_symbol(part).set_style(paint.text(role));
            }
        }
    }
}
