//! The picture of the architecture in its frame, with the cursor's part marked.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::Line;

use super::lines::{self, Row};
use super::picture::{DENSE_WIDTH, Detail, Here, picture, product};
use super::{frame, inside, mark, width_of, write};
use crate::app::model::{self, Anatomy, Cut, Section, Stage, place_of, sight};
use crate::app::words::grouped;
use crate::app::{App, Shown};
use crate::ui::layout::first_line;
use crate::ui::put;
use crate::ui::theme::{Paint, Role};

/// Columns of a note beside the picture.
const NOTE: usize = 11;

/// The picture as it stands in its frame.
struct Hung {
    rows: Vec<Row>,
    /// Where its first line in sight stands.
    place: Rect,
    /// The first line in sight.
    first: usize,
    selected: Option<Stage>,
}

fn hang(app: &App, anatomy: &Anatomy, inner: Rect) -> Hung {
    let here = model::parts(app).get(model::part(app)).and_then(|part| place_of(&part.name));
    let (selected, block) = (here.map(|(stage, _)| stage), in_block(here));
    let (height, room) = (usize::from(inner.height), usize::from(inner.width));
    let fits = |detail: &Detail| room >= lines::WIDTH && picture(anatomy, *detail, block).len() <= height;
    let detail = [Detail::Whole, Detail::Boxes].into_iter().find(fits).unwrap_or(Detail::Dense);
    let mut rows = picture(anatomy, detail, block);
    let width = match detail {
        Detail::Dense => DENSE_WIDTH,
        _ if room >= lines::WIDTH + NOTE => {
            note(app, &mut rows, block);
            lines::WIDTH + NOTE
        }
        _ => lines::WIDTH,
    };
    let about = |row: &Row| row.words.iter().any(|words| words.stage.is_some() && words.stage == selected);
    let marked = rows.iter().position(about).unwrap_or(0);
    let first = first_line(marked, rows.len(), height);
    let left = inner.width.saturating_sub(u16::try_from(width).unwrap_or(u16::MAX)) / 2;
    let above = inner.height.saturating_sub(u16::try_from(rows.len()).unwrap_or(u16::MAX)) / 2;
    let place = Rect { x: inner.x + left, y: inner.y + above, ..inner }.intersection(inner);
    Hung { rows, place, first, selected }
}

/// The block that a part is in, with its encoder.
fn in_block(part: Option<(Stage, Option<usize>)>) -> Here {
    let (stage, block) = part?;
    Some((stage.coder()?, block?))
}

/// Writes the parameters of each stage beside it; of the block that the cursor stands in, or the first.
fn note(app: &App, rows: &mut [Row], here: Here) {
    for part in model::parts(app) {
        let Some((stage, of)) = place_of(&part.name) else { continue };
        let shown = here.filter(|(coder, _)| stage.coder() == Some(*coder)).map_or(1, |(_, block)| block);
        if of.is_some_and(|block| block != shown) {
            continue;
        }
        // Beside the last line of its kind: the linear of the embedding, the second norm.
        let about = |row: &&mut Row| row.words.iter().any(|words| words.stage == Some(stage));
        if let Some(row) = rows.iter_mut().rev().find(about) {
            row.note = Some((grouped(part.parameters), stage));
        }
    }
}

/// Draws the picture.
pub fn draw(app: &App, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let anatomy = app.shown().and_then(Anatomy::of);
    let inner = frame(app, (Section::Architecture, mark(app)), paint, area, buffer);
    let Some(anatomy) = anatomy else {
        let text = app.shown().map_or("", |shown: &Shown| {
            if shown.experiment.is_some() { "the model is not built yet" } else { "the model of this run is not known" }
        });
        write(buffer, inner, (inner.x + 1, inner.y), text, paint.text(Role::Muted));
        return;
    };
    let hung = hang(app, &anatomy, inner);
    let lines = hung.rows.iter().skip(hung.first).zip(hung.place.rows());
    for (row, line) in lines {
        draw_row(row, hung.selected, (paint, line), buffer);
    }
    draw_foot(&anatomy, paint, area, buffer);
}

fn draw_row(row: &Row, selected: Option<Stage>, (paint, line): (&Paint, Rect), buffer: &mut Buffer) {
    let at = |x: usize| (line.x + u16::try_from(x).unwrap_or(u16::MAX / 2), line.y);
    let style = |stage: Option<Stage>| -> Style {
        if stage.is_some() && stage == selected {
            paint.text(Role::Accent).add_modifier(Modifier::BOLD | Modifier::UNDERLINED)
        } else {
            paint.text(Role::Text)
        }
    };
    write(buffer, line, at(0), &row.frame, paint.text(Role::Muted));
    if let Some((x, shape)) = &row.shape {
        write(buffer, line, at(*x), shape, paint.text(Role::Train));
    }
    for words in &row.words {
        let style = if words.stage.is_none() && words.x >= 34 { paint.text(Role::Warning) } else { style(words.stage) };
        write(buffer, line, at(words.x), &words.text, style);
    }
    if let Some((note, stage)) = &row.note {
        let width = lines::WIDTH + NOTE - 1;
        let x = width.saturating_sub(note.chars().count());
        let ink = if Some(*stage) == selected { style(Some(*stage)) } else { paint.text(Role::Muted) };
        write(buffer, line, at(x), note, ink);
    }
}

/// On the lower edge: what is seen of what there is.
fn draw_foot(anatomy: &Anatomy, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    let [depth, height, width, _] = anatomy.volume;
    let share = anatomy.seen_share * 100.0;
    let text = if let Some(frames) = sight::frames(&anatomy.cuts) {
        format!(" sees frames {frames}: {share:.1} % ")
    } else {
        let seen = product(&anatomy.cuts.each_ref().map(Cut::seen));
        format!(" sees {seen} of {}: {share:.1} % ", product(&[depth, height, width]))
    };
    if area.height >= 3 && width_of(&text) + 4 <= area.width {
        let edge = Rect { x: area.x + 2, y: area.bottom() - 1, width: area.width - 4, height: 1 };
        put(Line::styled(text, paint.text(Role::Muted)), edge, buffer);
    }
}

/// The part at a place of the picture: of the block that the cursor stands in.
pub fn part_at(app: &App, area: Rect, position: Position) -> Option<usize> {
    let anatomy = app.shown().and_then(Anatomy::of)?;
    let hung = hang(app, &anatomy, inside(area));
    let line = position.y.checked_sub(hung.place.y).filter(|_| hung.place.contains(position))?;
    let row = hung.rows.get(hung.first + usize::from(line))?;
    let x = usize::from(position.x.saturating_sub(hung.place.x));
    let staged = || row.words.iter().filter(|words| words.stage.is_some());
    // On the words themselves, or else anywhere on their line.
    let on = staged().find(|words| (words.x..words.x + words.text.chars().count()).contains(&x));
    let stage = on.or(staged().next())?.stage?;
    let parts = model::parts(app);
    let now = in_block(parts.get(model::part(app)).and_then(|part| place_of(&part.name)));
    let now = now.filter(|(coder, _)| stage.coder() == Some(*coder)).map(|(_, block)| block);
    let fitting = |block: Option<usize>| parts.iter().position(|part| place_of(&part.name) == Some((stage, block)));
    fitting(None).or(fitting(Some(now.unwrap_or(1))))
}
