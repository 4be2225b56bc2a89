//! The matrix: truths down, predictions across, a number in every cell on the colour of its share.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::{Scene, change, layout, names, shade, write, write_centred};
use crate::app::confusion::{Cell, Reading, column_names, count, is_right, share, taken};
use crate::app::words::grouped;
use crate::metrics::Report;
use crate::ui::theme::Role;

/// Draws cells, heads, labels and sums.
pub fn draw(scene: &Scene, buffer: &mut Buffer) {
    draw_corner(scene, buffer);
    draw_heads(scene, buffer);
    draw_labels(scene, buffer);
    for truth in scene.plan.rows.clone() {
        for predicted in scene.plan.columns.clone() {
            let cell = Cell { truth, predicted };
            match scene.before {
                Some(before) => draw_change(scene, &before.report, cell, buffer),
                None => draw_cell(scene, cell, buffer),
            }
        }
    }
    draw_sums(scene, buffer);
}

/// What the numbers are, and what is down and what across.
fn draw_corner(scene: &Scene, buffer: &mut Buffer) {
    let plan = &scene.plan;
    let corner = Rect { x: plan.labels.x, width: plan.labels.width, ..plan.heads };
    let style = scene.paint.text(Role::Accent);
    let word = match (scene.before, scene.reading) {
        (None, reading) => reading.word(),
        (Some(_), Reading::Counts) => "± volumes",
        (Some(_), Reading::Recall) => "± % truth",
        (Some(_), Reading::Precision) => "± % pred.",
    };
    write(buffer, corner, (corner.x + 1, corner.y), word, style);
    if corner.height > 1 {
        let axes = match (scene.report.is_multi_label(), corner.width >= 15) {
            (true, _) => "label ↓",
            (false, true) => "truth ↓ pred. →",
            (false, false) => "truth ↓",
        };
        write(buffer, corner, (corner.x + 1, corner.y + 1), axes, scene.paint.text(Role::Muted));
    }
}

fn draw_heads(scene: &Scene, buffer: &mut Buffer) {
    let plan = &scene.plan;
    let room = usize::from(plan.cell_width.saturating_sub(1)).max(1);
    let heads = if scene.report.is_multi_label() {
        column_names(scene.report, room).into_iter().map(|name| [String::new(), name]).collect()
    } else if plan.heads.height > 1 {
        names::stacked(&scene.columns, room)
    } else {
        names::abbreviated(&scene.columns, room).into_iter().map(|name| [String::new(), name]).collect()
    };
    for predicted in plan.columns.clone() {
        let Some([first, second]) = heads.get(predicted) else { continue };
        let column = layout::count(predicted - plan.columns.start);
        let place = Rect { x: plan.heads.x + column * plan.cell_width, width: plan.cell_width, ..plan.heads };
        let place = place.intersection(plan.heads);
        let style = marked(scene, predicted == scene.cursor.predicted);
        let lower = Rect { y: place.bottom().saturating_sub(1), height: place.height.min(1), ..place };
        if place.height > 1 {
            write_centred(buffer, place, first, style);
        }
        write_centred(buffer, lower, second, style);
    }
}

fn draw_labels(scene: &Scene, buffer: &mut Buffer) {
    let plan = &scene.plan;
    let short = names::abbreviated(&scene.names, usize::from(plan.labels.width.saturating_sub(2)).max(1));
    for truth in plan.rows.clone() {
        let (Some(place), Some(name)) = (plan.row(truth, plan.labels), short.get(truth)) else { continue };
        let here = truth == scene.cursor.truth;
        let y = place.y + first_line(place.height);
        let style = marked(scene, here);
        if here {
            write(buffer, place, (place.x, y), "▸", style);
        }
        write(buffer, place, (place.x + 1, y), name, style);
    }
}

/// The names of the cursor's row and column stand out.
fn marked(scene: &Scene, here: bool) -> Style {
    if here { scene.paint.text(Role::Accent).add_modifier(Modifier::BOLD) } else { scene.paint.text(Role::Text) }
}

/// The line of a cell that its number stands on; a second one may follow.
pub fn first_line(height: u16) -> u16 {
    height.saturating_sub(1) / 2
}

fn draw_cell(scene: &Scene, cell: Cell, buffer: &mut Buffer) {
    let Some(place) = scene.plan.place(cell).filter(|place| !place.is_empty()) else { return };
    let volumes = count(scene.report, cell);
    let share = share(scene.report, cell, scene.reading);
    let here = cell == scene.cursor;
    let mut style = match (here, volumes) {
        (true, 0) => scene.paint.text(Role::Text),
        (false, 0) => scene.paint.text(Role::Faint),
        (_, _) => shade::style(scene.paint, share),
    };
    // The cursor leaves the cell its colour, which is what one wants to read there.
    if here || (is_right(scene.report, cell) && volumes > 0) {
        style = style.add_modifier(Modifier::BOLD);
    }
    let place = place.intersection(buffer.area);
    buffer.set_style(place, style);
    if let Some(texture) = shade::texture(scene.paint, share).filter(|_| volumes > 0) {
        let line = texture.repeat(usize::from(place.width));
        place.rows().for_each(|row| write(buffer, row, (row.x, row.y), &line, style));
    }
    if here {
        // On a texture a bracket alone would be lost.
        let textured = shade::texture(scene.paint, share).is_some();
        let corners = if textured { style.add_modifier(Modifier::REVERSED) } else { style };
        draw_corners(place, corners, buffer);
    }
    let line = |down: u16| Rect { y: place.y + down, height: 1, ..place };
    let down = first_line(place.height);
    if volumes == 0 {
        write_number(buffer, line(down), "·", (scene.plan.number, style));
        return;
    }
    let (main, second) = words(scene.reading, volumes, share, place.width);
    write_number(buffer, line(down), &main.0, (main.1.max(scene.plan.number), style));
    if place.height > down + 1 && place.width >= ROOMY {
        write_number(buffer, line(down + 1), &second.0, (second.1, style.remove_modifier(Modifier::BOLD)));
    }
}

/// A cell as it differs from the marked epoch's.
fn draw_change(scene: &Scene, before: &Report, cell: Cell, buffer: &mut Buffer) {
    let Some(place) = scene.plan.place(cell).filter(|place| !place.is_empty()) else { return };
    let place = place.intersection(buffer.area);
    let words = change::words(scene.report, before, cell, scene.reading);
    let mut style = change::style(scene, cell, &words);
    if cell == scene.cursor {
        // Where a number takes the corners' room, it is turned round instead.
        if place.width >= scene.plan.number + 2 {
            draw_corners(place, scene.paint.text(Role::Text).add_modifier(Modifier::BOLD), buffer);
        } else {
            style = style.add_modifier(Modifier::REVERSED);
            buffer.set_style(place, style);
        }
    }
    let down = first_line(place.height);
    let line = |down: u16| Rect { y: place.y + down, height: 1, ..place };
    let main = if words.is_empty() { "·" } else { words.as_str() };
    write_number(buffer, line(down), main, (scene.plan.number, style));
    // Below the difference what it leads to.
    if place.height > down + 1 && place.width >= ROOMY && !words.is_empty() {
        let now = count(scene.report, cell);
        let whole = format!("{}→{now}", count(before, cell));
        // The cursor's corners leave less room.
        let room = usize::from(place.width).saturating_sub(if cell == scene.cursor { 2 } else { 0 });
        let led = match scene.reading {
            Reading::Counts if whole.chars().count() <= room => whole,
            Reading::Counts => format!("→{now}"),
            Reading::Recall | Reading::Precision => change::counts(scene.report, before, cell),
        };
        write_centred(buffer, line(down + 1), &led, scene.paint.text(Role::Muted));
    }
}

/// From this width on a cell has room for `100%`, and blanks around it.
const ROOMY: u16 = 6;

/// The cursor has a shape, not only a colour.
fn draw_corners(place: Rect, style: Style, buffer: &mut Buffer) {
    let last = place.height.saturating_sub(1);
    for (down, row) in place.rows().enumerate() {
        let (left, right) = match u16::try_from(down).unwrap_or(u16::MAX) {
            _ if last == 0 => ("[", "]"),
            0 => ("┌", "┐"),
            down if down == last => ("└", "┘"),
            _ => ("│", "│"),
        };
        write(buffer, row, (row.x, row.y), left, style);
        write(buffer, row, (row.right().saturating_sub(1), row.y), right, style);
    }
}

/// The number of a cell, and the other way to say it, each with the length of the longest of its kind.
fn words(reading: Reading, volumes: u64, share: f64, width: u16) -> ((String, u16), (String, u16)) {
    let sign = if width >= ROOMY { "%" } else { "" };
    let percent = match share * 100.0 {
        percent if percent < 0.5 => format!("<1{sign}"),
        percent if (99.5..100.0).contains(&percent) => format!("99{sign}"),
        percent => format!("{percent:.0}{sign}"),
    };
    let (percent, counts) = ((percent, 3 + layout::count(sign.len())), (volumes.to_string(), 2));
    match reading {
        Reading::Counts => (counts, percent),
        Reading::Recall | Reading::Precision => (percent, counts),
    }
}

/// In the middle, as far right as the longest number of its kind would reach, so that digits stand below each
/// other; on a blank ground where there is a texture.
fn write_number(buffer: &mut Buffer, line: Rect, number: &str, (longest, style): (u16, Style)) {
    let width = layout::count(number.chars().count());
    let longest = longest.max(width).min(line.width);
    let x = line.x + (line.width + 1 - longest) / 2 + longest - width.min(longest);
    write(buffer, line, (x, line.y), number, style);
    for beside in [x.wrapping_sub(1), x + width] {
        let inside = beside > line.x && beside + 1 < line.right();
        let texture = buffer.cell((beside, line.y)).is_some_and(|cell| "░▒▓█".contains(cell.symbol()));
        if inside && texture {
            write(buffer, line, (beside, line.y), " ", style);
        }
    }
}

/// How many volumes are taken for each class.
fn draw_sums(scene: &Scene, buffer: &mut Buffer) {
    let plan = &scene.plan;
    if plan.sums.is_empty() {
        return;
    }
    let style = scene.paint.text(Role::Muted);
    let label = Rect { width: plan.labels.width, ..plan.sums };
    write(buffer, label, (label.x + 1, label.y), "all", style);
    for predicted in plan.columns.clone() {
        let column = layout::count(predicted - plan.columns.start);
        let place = Rect { x: plan.cells.x + column * plan.cell_width, width: plan.cell_width, ..plan.sums };
        let place = place.intersection(Rect { x: plan.cells.x, width: plan.cells.width, ..plan.sums });
        let all = taken(scene.report, predicted);
        let all = match scene.before {
            Some(before) => {
                let signed = |volumes| i64::try_from(volumes).unwrap_or(i64::MAX);
                change::signed_count(signed(all) - signed(taken(&before.report, predicted)))
            }
            None => grouped(all),
        };
        let all = if all.is_empty() { "·" } else { all.as_str() };
        write_number(buffer, place, all, (plan.number, style));
    }
}
