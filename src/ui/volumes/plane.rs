//! A plane in its frame: the slice, and on the frame where the crosshair stands.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

use super::extent::Extent;
use super::layout::PlanePane;
use super::picture::{Evidence, Inks, Sitting, Stroke, Tones};
use super::{Stand, blocks, evidence, words};
use crate::app::volumes::{AXES, Marks, Playback};
use crate::app::words::SYNTHETIC;
use crate::app::{App, Shown};
use crate::ui::panel::panel;
use crate::ui::put;
use crate::ui::theme::{Depth, Paint, Role};

/// Draws a plane. What lies below the slice is said on the frame too, where no other pane says it.
pub fn draw(stand: &Stand, pane: &PlanePane, extent: &Extent, buffer: &mut Buffer) {
    let (app, paint) = (stand.app, stand.paint);
    let synthetic = if app.shown().is_some_and(Shown::synthetic) { SYNTHETIC } else { "" };
    panel(title(app, pane, paint), synthetic, paint, pane.area, buffer);
    if stand.has_keys(pane.plane) {
        accent_frame(pane.area, paint, buffer);
    }
    let Some(kept) = app.volumes.shown() else {
        let middle = Rect { y: pane.room.y + pane.room.height / 2, height: pane.room.height.min(1), ..pane.room };
        let text = format!("reading volume {}…", app.volumes.current);
        put(Line::styled(text, paint.text(Role::Muted)).centered(), middle, buffer);
        return;
    };
    let tones = Tones::new(app.volumes.window(), app.volumes.view.colours);
    let cuts = words::sight(app).map(|outline| &outline.cuts);
    let inks = inks(paint);
    let overlay = evidence::overlay(app);
    let how = if blocks::in_shades(paint.depth) { Evidence::InSigns } else { Evidence::InColour };
    let evidence = overlay.as_ref().map(how);
    let sitting = Sitting { volume: &kept.volume, cuts, view: &app.volumes.view, tones: &tones, inks, evidence };
    let extent = if stand.shows_pictures() && draw_pixels(stand, &sitting, pane, extent, buffer) {
        *extent
    } else {
        let extent = stand.in_half_blocks(pane, extent);
        blocks::draw(&sitting.picture(pane.plane, &extent), &extent, paint, buffer);
        extent
    };
    mark_frame(stand, pane, &extent, buffer);
    put_caption(stand, pane, &extent, buffer);
}

/// Draws the slice as a real picture; the result is false where that cannot be.
fn draw_pixels(stand: &Stand, sitting: &Sitting, pane: &PlanePane, extent: &Extent, buffer: &mut Buffer) -> bool {
    let picture = sitting.picture(pane.plane, extent);
    let pixels = || blocks::pixels(&picture, extent, stand.cell(), sitting.inks.ground);
    stand.look.pictures.draw(&(&picture, extent.margin()), pixels, extent.place, buffer)
}

/// The name, whether it has the keys, and which slice it is.
fn title<'a>(app: &App, pane: &PlanePane, paint: &Paint) -> Vec<Span<'a>> {
    let view = &app.volumes.view;
    let axis = pane.plane.axis();
    let (at, length) = (view.at.get(axis), words::size(app).get(axis).copied());
    let slice = match length {
        // Of an image there is nothing to go through.
        Some(1) => return vec![Span::styled("image", paint.text(Role::Accent).add_modifier(Modifier::BOLD))],
        length => format!(
            "  {} {}/{}",
            AXES.get(axis).copied().unwrap_or_default(),
            at.copied().unwrap_or(0),
            length.unwrap_or(1).saturating_sub(1)
        ),
    };
    let keys = view.focus == pane.plane;
    let (mark, style) = if keys {
        ("▸ ", paint.text(Role::Accent).add_modifier(Modifier::BOLD))
    } else {
        ("", paint.text(Role::Text))
    };
    let mut spans =
        vec![Span::styled(format!("{mark}{}", pane.plane.word()), style), Span::styled(slice, paint.text(Role::Muted))];
    if keys && view.playback != Playback::Still {
        spans.push(Span::styled(" ▶", paint.text(Role::Good)));
    }
    spans
}

/// The frame of the plane that has the keys.
fn accent_frame(area: Rect, paint: &Paint, buffer: &mut Buffer) {
    let area = area.intersection(buffer.area);
    let style = paint.text(Role::Accent);
    for position in area.positions() {
        let edge = position.x == area.x || position.x + 1 == area.right();
        let edge = edge || position.y == area.y || position.y + 1 == area.bottom();
        if let Some(cell) = buffer.cell_mut(position).filter(|_| edge) {
            // The words in it have their own colours.
            if cell.symbol().starts_with(|char| ('\u{2500}'..='\u{257f}').contains(&char)) {
                cell.set_style(style);
            }
        }
    }
}

fn inks(paint: &Paint) -> Inks {
    let ground = paint.rgb(Role::Background);
    match paint.depth {
        Depth::True => {
            let (crosshair, tubelet) = (paint.rgb(Role::Accent), paint.rgb(Role::Best));
            Inks { ground, crosshair, tubelet, stroke: Stroke::Veil }
        }
        Depth::Indexed => {
            let (crosshair, tubelet) = (paint.rgb(Role::Accent), paint.rgb(Role::Best));
            Inks { ground, crosshair, tubelet, stroke: Stroke::Dots }
        }
        // Only brightness is left.
        Depth::Ansi | Depth::Mono => Inks { ground, crosshair: [255; 3], tubelet: [0; 3], stroke: Stroke::Dots },
    }
}

/// Arrows on the frame point at the crosshair's row and column, and a remark says what is faded.
fn mark_frame(stand: &Stand, pane: &PlanePane, extent: &Extent, buffer: &mut Buffer) {
    let view = &stand.app.volumes.view;
    let style = stand.paint.text(Role::Accent).add_modifier(Modifier::BOLD);
    let (frame, place) = (pane.area, extent.place);
    let Some([row, column]) = extent.cell_of(pane.plane.project(view.at)) else { return };
    if let Some(remark) = remark(stand, pane) {
        let width = u16::try_from(remark.chars().count()).unwrap_or(0).min(frame.width.saturating_sub(4));
        // On the side where the arrow is not.
        let left = place.x + column > frame.x + frame.width / 2;
        let x = if left { frame.x + 2 } else { frame.right().saturating_sub(2 + width) };
        let line = Rect { x, y: frame.bottom().saturating_sub(1), width, height: 1 };
        put(Line::styled(remark, stand.paint.text(Role::Muted)), line, buffer);
    }
    let arrows = [
        (frame.x, place.y + row, "▸"),
        (frame.right().saturating_sub(1), place.y + row, "◂"),
        (place.x + column, frame.bottom().saturating_sub(1), "▴"),
    ];
    for (x, y, arrow) in arrows {
        if let Some(cell) = buffer.cell_mut((x, y)).filter(|_| frame.contains((x, y).into())) {
            cell.set_symbol(arrow).set_style(style);
        }
    }
}

/// What is said on the frame: which volume it is, if the pane stands alone, or what is faded.
fn remark(stand: &Stand, pane: &PlanePane) -> Option<String> {
    if !stand.alone {
        return unseen(stand, pane).map(str::to_owned);
    }
    let method = evidence::found(stand.app).map(|(explained, _)| explained.question.method.word());
    let method = method.map_or(String::new(), |method| format!(" · {method}"));
    let epoch = words::epoch(stand.app).map_or(String::new(), |epoch| format!(" · {epoch}"));
    Some(format!(" {}{method}{epoch} ", words::in_short(stand.app)))
}

/// What the faded part of a slice is.
fn unseen(stand: &Stand, pane: &PlanePane) -> Option<&'static str> {
    let app = stand.app;
    let marked = app.volumes.view.marks != Marks::None || evidence::found(app).is_some();
    let outline = words::sight(app).filter(|_| marked)?;
    let axis = pane.plane.axis();
    let through = outline.cuts.get(axis).zip(app.volumes.view.at.get(axis));
    if through.is_some_and(|(cut, at)| !cut.sees(*at)) {
        return Some(" slice unseen ");
    }
    let along = pane.plane.project(outline.cuts.each_ref());
    along.iter().any(|cut| cut.seen() < cut.length).then_some(" faded: unseen ")
}

/// The view in a few words, where it has no pane of its own.
fn put_caption(stand: &Stand, pane: &PlanePane, extent: &Extent, buffer: &mut Buffer) {
    if pane.caption.is_empty() {
        return;
    }
    let app = stand.app;
    if let Some(lines) = evidence::in_short(app) {
        return put_evidence(stand, pane, lines, buffer);
    }
    let window = words::epoch(app).unwrap_or_else(|| words::window(app));
    let scale = words::scale(stand, extent.scale);
    let text = |text: String, role: Role| Line::styled(text, stand.paint.text(role)).centered();
    let lines = [
        text(format!("{}   value {}", words::crosshair(app), words::value(app)), Role::Text),
        text(window, Role::Muted),
        text(format!("{} · {scale}", words::colours(app)), Role::Muted),
    ];
    // With a line less it is the window that is left out, or what matters less than the look of another epoch.
    let whole = usize::from(pane.caption.height) >= lines.len();
    let least = if words::epoch(app).is_some() { 2 } else { 1 };
    let lines = lines.into_iter().enumerate().filter(|(place, _)| whole || *place != least).map(|(_, line)| line);
    for (line, y) in lines.zip(pane.caption.y..pane.caption.bottom()) {
        put(line, Rect { y, height: 1, ..pane.caption }, buffer);
    }
}

/// The evidence in a few words: which, by which weights, and with a line more where the crosshair stands.
fn put_evidence(stand: &Stand, pane: &PlanePane, [range, weights]: [String; 2], buffer: &mut Buffer) {
    let app = stand.app;
    let crosshair = format!("{}   value {}", words::crosshair(app), words::value(app));
    let lines = [(range, Role::Text), (weights, Role::Muted), (crosshair, Role::Muted)];
    for ((line, role), y) in lines.into_iter().zip(pane.caption.y..pane.caption.bottom()) {
        let line = Line::styled(line, stand.paint.text(role)).centered();
        put(line, Rect { y, height: 1, ..pane.caption }, buffer);
    }
}
