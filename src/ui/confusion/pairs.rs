//! The pairs of classes that are mixed up most, from the top.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Modifier;

use super::layout::{self, Plan, inside};
use super::{Scene, change, names, write};
use crate::app::confusion::{Cell, Pair, cells, count, is_right};
use crate::app::words::grouped;
use crate::metrics::Report;
use crate::ui::panel::panel;
use crate::ui::theme::Role;

/// Columns of count and share, with the blanks around them.
const NUMBERS: u16 = 16;
/// Columns that a share is drawn over, at most.
const BAR: u16 = 24;

/// Where the pairs of the page in sight stand.
struct List {
    inner: Rect,
    across: u16,
    width: u16,
    page: std::ops::Range<usize>,
}

impl List {
    /// The page that the cursor's pair is on; the first where the cursor is on none.
    fn of(plan: &Plan, pairs: &[Pair], cursor: Cell, name: u16) -> Self {
        let inner = inside(plan.pairs);
        let needed = NUMBERS + 2 * name.min(20) + 4;
        // Columns stand beside each other only where one is too short.
        let columns = layout::count(pairs.len().div_ceil(usize::from(inner.height).max(1)));
        let across = (inner.width / needed.max(1)).min(columns).max(1);
        let per_page = usize::from(across * inner.height);
        let here = pairs.iter().position(|pair| pair.cell == cursor).unwrap_or(0);
        Self { inner, across, width: inner.width / across, page: layout::page(here, pairs.len(), per_page) }
    }

    /// The line of a pair: down the first column, then down the next.
    fn place(&self, pair: usize) -> Rect {
        let nth = layout::count(pair - self.page.start);
        let (column, row) = (nth / self.inner.height.max(1), nth % self.inner.height.max(1));
        let place = Rect {
            x: self.inner.x + column * self.width,
            y: self.inner.y + row,
            width: self.width.saturating_sub(u16::from(self.across > 1)),
            height: 1,
        };
        place.intersection(self.inner)
    }
}

/// Draws the list in its frame.
pub fn draw(scene: &Scene, buffer: &mut Buffer) {
    let plan = &scene.plan;
    if plan.pairs.height < 3 {
        return;
    }
    let remark = match scene.before {
        Some(before) => {
            format!("{} → {} of {}", wrong(&before.report), wrong(scene.report), answers(scene.report))
        }
        None => format!("{} of {}", wrong(scene.report), answers(scene.report)),
    };
    let title = match (scene.before, scene.report.is_multi_label()) {
        (Some(before), false) => format!("changed most since epoch {}: truth → taken for", before.epoch),
        (Some(before), true) => format!("changed most since epoch {}", before.epoch),
        (None, false) => "most confused: truth → taken for".to_owned(),
        (None, true) => "answered wrongly most".to_owned(),
    };
    panel(title, remark, scene.paint, plan.pairs, buffer);
    let longest = layout::count(scene.names.iter().map(|name| name.chars().count()).max().unwrap_or(0));
    let list = List::of(plan, &scene.pairs, scene.cursor, longest);
    if scene.pairs.is_empty() {
        let text = match scene.before {
            Some(before) => format!("what is mixed up is the same as in epoch {}", before.epoch),
            None if scene.report.is_multi_label() => "every label of every volume is answered rightly".to_owned(),
            None => "nothing is mixed up: every volume is recognised".to_owned(),
        };
        let text = text.as_str();
        write(buffer, list.inner, (list.inner.x + 1, list.inner.y), text, scene.paint.text(Role::Good));
    }
    // Both names and the arrow beside the numbers.
    let room = list.width.saturating_sub(NUMBERS + 4) / 2;
    let short = names::abbreviated(&scene.names, usize::from(longest.min(room)).max(1));
    for place in list.page.clone() {
        if let Some(pair) = scene.pairs.get(place) {
            draw_pair(scene, pair, (&short, longest.min(room)), list.place(place), buffer);
        }
    }
}

/// The volumes that are taken for another class, or the labels that are answered wrongly.
fn wrong(report: &Report) -> u64 {
    cells(report).filter(|cell| !is_right(report, *cell)).map(|cell| count(report, cell)).sum()
}

/// What could be wrong.
fn answers(report: &Report) -> String {
    if report.is_multi_label() {
        return format!("{} answers", grouped((report.count * report.labels.len()) as u64));
    }
    format!("{} volumes", report.count)
}

/// How many volumes a pair has, or how many it had and has; as wide as [`NUMBERS`] says.
fn numbers(pair: &Pair) -> String {
    match pair.before {
        None => format!("{:>4} {:>6.1} %", pair.count, pair.share * 100.0),
        Some(before) => {
            let signed = |volumes| i64::try_from(volumes).unwrap_or(i64::MAX);
            let change = change::signed_count(signed(pair.count) - signed(before));
            format!("{change:>4} {:>8}", format!("{before}→{}", pair.count))
        }
    }
}

fn draw_pair(scene: &Scene, pair: &Pair, (names, name_width): (&[String], u16), line: Rect, buffer: &mut Buffer) {
    let here = pair.cell == scene.cursor;
    let mut style = scene.paint.text(Role::Text);
    if here {
        style = style.patch(scene.paint.fill(Role::Selection)).add_modifier(Modifier::BOLD);
        buffer.set_style(line.intersection(buffer.area), style);
    }
    let name = |class: usize| names.get(class).map_or("", String::as_str);
    let mark = if here { "▸" } else { " " };
    let width = usize::from(name_width);
    let (truth, numbers) = (name(pair.cell.truth), numbers(pair));
    let text = if scene.report.is_multi_label() {
        format!("{mark}{numbers}  {truth:<width$} {:<11}", scene.column(pair.cell.predicted))
    } else {
        format!("{mark}{numbers}  {truth:<width$} → {:<width$}", name(pair.cell.predicted))
    };
    write(buffer, line, (line.x, line.y), &text, style);
    let from = line.x + layout::count(text.chars().count()) + 2;
    let bar = line.right().saturating_sub(from + 1).min(BAR);
    if bar < 8 || pair.before.is_some() {
        return;
    }
    let filled = filled(pair.share, bar);
    for x in 0..bar {
        let (symbol, role) = if x < filled { ("━", Role::Warning) } else { ("┈", Role::Faint) };
        let colour = scene.paint.text(role);
        // On a reversed line a colour would become the ground.
        let reversed = style.add_modifier.contains(Modifier::REVERSED);
        write(buffer, line, (from + x, line.y), symbol, if reversed { style } else { style.patch(colour) });
    }
}

/// Columns of a share, at least one: what is there is seen.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a number of columns")]
fn filled(share: f64, of: u16) -> u16 {
    ((share.clamp(0.0, 1.0) * f64::from(of)).round() as u16).max(1)
}

/// The pair at a place of the picture, by its rank. `name` is the length of the longest class name.
pub fn pair_at(plan: &Plan, pairs: &[Pair], cursor: Cell, name: u16, position: Position) -> Option<usize> {
    if plan.pairs.height < 3 {
        return None;
    }
    let list = List::of(plan, pairs, cursor, name);
    list.page.clone().find(|&pair| list.place(pair).contains(position))
}
