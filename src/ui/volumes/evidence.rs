//! What is said of the model's evidence: for which class, by which weights, and what its colours mean.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::blocks::in_shades;
use super::overlay::{Overlay, Scale};
use super::picture::cover;
use super::volume::{class, row};
use super::words;
use crate::app::volumes::{self, Sight, Spread, Verdict, evidence};
use crate::app::words::{percent, signed_unless_zero};
use crate::app::{App, wrapped};
use crate::event::{Evidence, Explained, Method, OfClass};
use crate::ui::put;
use crate::ui::theme::{Paint, Role};

/// Lines that all of it takes.
pub const LINES: usize = 5;

/// A strip of colours is no longer than this.
const STRIP: u16 = 28;

/// The evidence that can be drawn: of the volume that is shown, by a model whose tubelets are known.
pub fn found(app: &App) -> Option<(&Explained, &Evidence)> {
    let Some(Sight::Known(explained)) = evidence(app) else { return None };
    let found = explained.found.as_ref().ok()?;
    let fits = words::sight(app).is_some_and(|outline| outline.tokens() == found.values.len());
    fits.then_some((explained, found))
}

/// The overlay over the slices.
pub fn overlay(app: &App) -> Option<Overlay<'_>> {
    let (explained, found) = found(app)?;
    Some(Overlay::new(explained.question.method, found, &words::sight(app)?.cuts))
}

/// Lines of words where the view has no pane of its own.
pub fn in_short(app: &App) -> Option<[String; 2]> {
    let method = app.volumes.view.evidence.method?;
    let Some((explained, found)) = found(app) else { return Some([state(app, method), String::new()]) };
    let [low, high] = found.ends().map(|value| number(method, value));
    let range = match method {
        Method::Occlusion => format!("p({}) drops {low} … {high}", class(app, found.class)),
        Method::Rollout => format!("rollout: shares {low} … {high}"),
    };
    Some([range, explained.to_string()])
}

/// What there is instead of evidence.
fn state(app: &App, method: Method) -> String {
    match evidence(app) {
        Some(Sight::Known(Explained { found: Err(_), .. })) => format!("no {}: see the log", method.word()),
        Some(Sight::Known(_)) => format!("{} of another model", method.word()),
        _ => format!("{}: looking…", method.word()),
    }
}

/// A value with its sign: a drop in hundredths of the probability, or a share.
pub fn number(method: Method, value: f32) -> String {
    match method {
        Method::Occlusion => signed_unless_zero(f64::from(value), 3),
        Method::Rollout => format!("{:.1} %", value * 100.0),
    }
}

/// Draws what the pane of the view has room for, the most important first.
pub fn draw(app: &App, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    let Some(method) = app.volumes.view.evidence.method else { return };
    let plain = |name: &str, text: String| row(name, vec![Span::styled(text, paint.text(Role::Text))], paint);
    let Some((explained, found)) = found(app) else {
        let mut lines = vec![plain("evidence", state(app, method))];
        if let Some(Sight::Known(Explained { found: Err(why), .. })) = evidence(app) {
            let width = usize::from(area.width).saturating_sub(2);
            let warning = |line: &str| Line::styled(format!(" {line}"), paint.text(Role::Warning));
            lines.extend(wrapped(why, width).into_iter().map(warning));
        }
        put(Paragraph::new(lines), area, buffer);
        return;
    };
    let here = words::sight(app).and_then(|outline| Spread::new(&found.values, &outline.cuts).at(app.volumes.view.at));
    let here = here.map_or("unseen".to_owned(), |value| number(method, value));
    let [low, high] = found.ends().map(|value| number(method, value));
    let (what, of) = match method {
        Method::Occlusion => (about(app, found), "drop"),
        Method::Rollout => ("rollout, for any class".to_owned(), "shares"),
    };
    let above = vec![plain("evidence", what), plain(of, format!("{low} … {high}"))];
    let below = vec![plain("weights", explained.to_string()), plain("here", here)];
    let [above_area, strip, below_area] =
        [(0, 2), (2, 1), (3, 2)].map(|(y, height)| Rect { y: area.y + y, height, ..area }.intersection(area));
    put(Paragraph::new(above), above_area, buffer);
    put(Paragraph::new(below), below_area, buffer);
    if !strip.is_empty() {
        draw_strip(Scale::of(method, found), method, paint, strip, buffer);
    }
}

/// The class, and what the whole volume gives it.
fn about(app: &App, found: &Evidence) -> String {
    let whole = percent(Some(f64::from(found.probability())));
    let labels = volumes::catalogue(app).map(|all| all.labels_of(app.volumes.split, app.volumes.current));
    let none = labels.is_some_and(|labels| labels.len() > 1 && labels.iter().all(|label| *label == 0));
    let label = match app.volumes.view.evidence.class {
        OfClass::Label if none => " (no label)",
        OfClass::Label => " (label)",
        // By other weights, or in more views than one: there is no room to say more.
        OfClass::Taken if volumes::verdict(app, app.volumes.current).is_ok_and(|shown| differs(found, &shown)) => " ≠",
        OfClass::Taken | OfClass::Class(_) => "",
    };
    format!("p({}) {}{label}", class(app, found.class), whole.trim())
}

/// Whether the volume is taken for another class than the answer that is shown says.
fn differs(found: &Evidence, shown: &Verdict) -> bool {
    !shown.is_multi_label() && found.taken != shown.predicted
}

/// The colours from end to end, or the signs that stand for them.
fn draw_strip(scale: Scale, method: Method, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    let [low, high] = scale.ends();
    let (left, right) = (number(method, low), number(method, high));
    let width = |text: &str| u16::try_from(text.chars().count()).unwrap_or(0);
    if in_shades(paint.depth) {
        let words = match method {
            Method::Occlusion => "+ for, - against; strongest reversed",
            Method::Rollout => "+ much of it; most reversed",
        };
        put(Line::styled(format!(" {words}"), paint.text(Role::Muted)), Rect { height: 1, ..area }, buffer);
        return;
    }
    let room = area.width.saturating_sub(width(&left) + width(&right) + 4).min(STRIP);
    let line = Rect { height: 1, ..area };
    put(Line::styled(format!(" {left}"), paint.text(Role::Muted)), line, buffer);
    let first = area.x + 2 + width(&left);
    for column in 0..room {
        let share = f32::from(column) / f32::from(room.saturating_sub(1).max(1));
        let (colour, covers) = scale.ink(low + share * (high - low));
        if let Some(cell) = buffer.cell_mut((first + column, area.y)) {
            // As over a voxel of a middle grey.
            cell.set_symbol("█").set_fg(paint.colour(cover([96; 3], colour, covers)));
        }
    }
    let end = Rect { x: first + room + 1, width: width(&right), ..line };
    put(Line::styled(right, paint.text(Role::Muted)), end.intersection(line), buffer);
}
