//! The pane of the volume: its label, what the model takes it for, and the walk that it stands in.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::blocks::in_shades;
use super::{Stand, words};
use crate::app::volumes::{self, Filter, Lacking, Order, Truths, Verdict};
use crate::app::words::{SYNTHETIC, percent};
use crate::app::{App, Shown, scrub};
use crate::ui::layout::first_line;
use crate::ui::panel::panel;
use crate::ui::put;
use crate::ui::text::cut_line;
use crate::ui::theme::{Paint, Role};

/// The room that the names of rows take.
const NAMES: usize = 10;

/// A line of a pane: what it is about, and what there is to say.
pub fn row<'a>(name: &str, value: Vec<Span<'a>>, paint: &Paint) -> Line<'a> {
    let mut line = Line::from(Span::styled(format!(" {name:<NAMES$}"), paint.text(Role::Muted)));
    line.extend(value);
    line
}

/// A right answer or a wrong one: a mark, a word and a colour.
pub fn answer(verdict: &Verdict) -> (&'static str, &'static str, Role) {
    if verdict.right() { ("✓", "right", Role::Good) } else { ("✗", "wrong", Role::Bad) }
}

/// The name of a class.
pub fn class(app: &App, class: usize) -> String {
    let names = volumes::catalogue(app).map_or(&[][..], |catalogue| catalogue.classes.as_slice());
    names.get(class).cloned().unwrap_or_else(|| format!("class {class}"))
}

/// The names of the classes that a volume has; where it has none, that.
fn classes_of(app: &App, labels: &[u8]) -> String {
    let names: Vec<String> =
        labels.iter().enumerate().filter(|(_, label)| **label > 0).map(|(number, _)| class(app, number)).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// The label of a volume in words, where it is known.
fn label(app: &App, index: usize) -> Option<String> {
    let catalogue = volumes::catalogue(app)?;
    match catalogue.labels_of(app.volumes.split, index) {
        [] => None,
        [label] if catalogue.answers() == 1 => Some(class(app, usize::from(*label))),
        labels => Some(classes_of(app, labels)),
    }
}

/// Draws the pane.
pub fn draw(stand: &Stand, area: Rect, buffer: &mut Buffer) {
    let (app, paint) = (stand.app, stand.paint);
    let synthetic = if app.shown().is_some_and(Shown::synthetic) { SYNTHETIC } else { "" };
    let title = format!("{} {}", app.volumes.split.word(), app.volumes.current);
    let inner = panel(title, synthetic, paint, area, buffer);
    let width = usize::from(inner.width);
    let lines: Vec<Line> = facts(app, paint).into_iter().map(|line| cut_line(line, width)).collect();
    put(Paragraph::new(lines), inner, buffer);
    draw_walk(app, paint, walk_area(app, area), buffer);
}

fn facts<'a>(app: &App, paint: &Paint) -> Vec<Line<'a>> {
    let volumes = &app.volumes;
    let plain = |text: String| vec![Span::styled(text, paint.text(Role::Text))];
    let bold = |text: String, role| Span::styled(text, paint.text(role).add_modifier(Modifier::BOLD));
    let place = match volumes.order {
        Order::File => words::place(app),
        order => format!("{} · {}", words::place(app), order.words()),
    };
    let mut lines = vec![row("walk", plain(place), paint)];
    if volumes.filter != Filter::ALL {
        let classes = volumes::catalogue(app).map_or(&[][..], |catalogue| catalogue.classes.as_slice());
        lines.push(row("only", vec![Span::styled(volumes.filter.words(classes), paint.text(Role::Accent))], paint));
    }
    if let Some(label) = label(app, volumes.current) {
        lines.push(row("label", vec![bold(label, Role::Text)], paint));
    }
    if let Ok(verdict) = volumes::verdict(app, volumes.current) {
        let (mark, word, role) = answer(&verdict);
        let (name, taken, word) = said(app, &verdict, word);
        let spans =
            vec![bold(format!("{mark} {taken}"), role), Span::styled(format!(" · {word}"), paint.text(Role::Text))];
        lines.push(row(name, spans, paint));
        let sure = percent(Some(verdict.confidence()));
        lines.push(row("loss", plain(format!("{} · confidence {}", words::loss(verdict.loss()), sure.trim())), paint));
        lines.push(row("by", plain(words::source(verdict.source)), paint));
    }
    if let Some(before) = volumes::verdict_before(app, volumes.current) {
        lines.push(before_row(app, &before, paint));
    }
    lines
}

/// What the model says of a volume: what to call that, the classes, and how right it is.
fn said(app: &App, verdict: &Verdict, word: &str) -> (&'static str, String, String) {
    if !verdict.is_multi_label() {
        return ("taken for", class(app, verdict.predicted), word.to_owned());
    }
    let said: Vec<u8> = (0..verdict.labels.len()).map(|class| u8::from(verdict.says(class))).collect();
    let right = format!("{} of {} right", verdict.right_answers(), verdict.labels.len());
    ("said", classes_of(app, &said), right)
}

/// What the marked epoch took the volume for.
fn before_row<'a>(app: &App, before: &Result<Verdict, Lacking>, paint: &Paint) -> Line<'a> {
    let epoch = scrub::versus(app).map_or(0, |row| row.epoch);
    let name = format!("epoch {epoch}");
    match before {
        Ok(verdict) => {
            let (mark, word, role) = answer(verdict);
            let (_, taken, _) = said(app, verdict, word);
            let rest = format!(" · {}", percent(Some(verdict.confidence())).trim());
            row(
                &name,
                vec![
                    Span::styled(format!("{mark} {taken}"), paint.text(role)),
                    Span::styled(rest, paint.text(Role::Muted)),
                ],
                paint,
            )
        }
        Err(why) => row(&name, vec![Span::styled(words::lacking(app, *why), paint.text(Role::Muted))], paint),
    }
}

/// Where the walk is listed: below the facts, if there is room for more than the volume itself.
pub fn walk_area(app: &App, area: Rect) -> Rect {
    // The frame, the facts and a line between.
    let known = volumes::verdict(app, app.volumes.current).is_ok();
    let compared = volumes::verdict_before(app, app.volumes.current).is_some();
    let facts = if known { 5 } else { 2 } + u16::from(app.volumes.filter != Filter::ALL) + u16::from(compared);
    let above = 1 + facts + 1;
    if area.height < above + 4 {
        return Rect::default();
    }
    let y = area.y + above;
    Rect { x: area.x + 1, y, width: area.width.saturating_sub(2), height: area.bottom() - 1 - y }
}

/// The walk's entry under a place.
pub fn entry_at(app: &App, area: Rect, position: Position) -> Option<usize> {
    let area = walk_area(app, area);
    if !area.contains(position) {
        return None;
    }
    let place = first_entry(app, area) + usize::from(position.y - area.y);
    (place < app.volumes.walk.indices.len()).then_some(place)
}

fn first_entry(app: &App, area: Rect) -> usize {
    let walk = &app.volumes.walk;
    let place = walk.place_of(app.volumes.current).unwrap_or(walk.place());
    first_line(place, walk.indices.len(), usize::from(area.height))
}

/// The volumes around the one that is looked at.
fn draw_walk(app: &App, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    let first = first_entry(app, area);
    let entries = app.volumes.walk.indices.iter().skip(first);
    for (index, y) in entries.zip(area.y..area.bottom()) {
        let line = Rect { y, height: 1, ..area };
        if *index == app.volumes.current {
            buffer.set_style(line.intersection(buffer.area), paint.fill(Role::Selection));
        }
        put(entry(app, *index, usize::from(area.width), paint), line, buffer);
    }
}

/// `▸ 37 ✗ heart        liver         62 %`
fn entry<'a>(app: &App, index: usize, width: usize, paint: &Paint) -> Line<'a> {
    let volumes = &app.volumes;
    let here = if index == volumes.current { "▸" } else { " " };
    let count = volumes::catalogue(app).map_or(0, |catalogue| Truths::of_data(catalogue, volumes.split).count());
    let label = label(app, index).unwrap_or_default();
    let digits = count.saturating_sub(1).to_string().len();
    let number = Span::styled(format!("{here}{index:>digits$} "), paint.text(Role::Muted));
    let Ok(verdict) = volumes::verdict(app, index) else {
        return Line::from(vec![number, Span::styled(label, paint.text(Role::Text))]);
    };
    let (mark, _, role) = answer(&verdict);
    // What is selected by being reversed would be a patchwork in colours.
    let role = if index == volumes.current && in_shades(paint.depth) { Role::Text } else { role };
    // The number, the mark, two names with a blank behind each, and the confidence.
    let names = width.saturating_sub(digits + 2 + 2 + 2 + 5) / 2;
    let cut = |name: String| name.chars().take(names).collect::<String>();
    let gap = |name: &str| Span::raw(" ".repeat(names + 1 - name.chars().count().min(names)));
    let (label, taken) = (cut(label), if verdict.right() { String::new() } else { cut(said(app, &verdict, "").1) });
    let (after_label, after_taken) = (gap(&label), gap(&taken));
    Line::from(vec![
        number,
        Span::styled(mark, paint.text(role).add_modifier(Modifier::BOLD)),
        Span::raw(" "),
        Span::styled(label, paint.text(Role::Text)),
        after_label,
        Span::styled(taken, paint.text(role)),
        after_taken,
        Span::styled(format!("{:3.0} %", verdict.confidence() * 100.0), paint.text(Role::Muted)),
    ])
}
