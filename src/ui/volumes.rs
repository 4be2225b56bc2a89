//! The Volumes screen: three planes of a volume with a linked crosshair, and what the model says about it.
//!
//! ```text
//! ╭ ▸ axial  d 13/27 ─────╮╭ coronal  h 13/27 ──────╮╭ sagittal  w 13/27 ─────╮
//! │        slice          ││                        ││                        │
//! ╰───────────▴───────────╯╰────────────▴───────────╯╰───────────▴────────────╯
//! ╭ validation 37 ────────╮╭ probabilities ─────────╮╭ view ──────────────────╮
//! │ label, answer, walk   ││ a bar for every class  ││ window, scale, values  │
//! ╰───────────────────────╯╰────────────────────────╯╰────────────────────────╯
//! ```

mod blocks;
mod chances;
mod evidence;
mod extent;
mod layout;
mod overlay;
mod picture;
mod plane;
mod settings;
mod still;
mod volume;
mod words;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;
use ratatui::widgets::{Paragraph, Wrap};

use self::extent::Extent;
use self::layout::{Panes, PlanePane, Wanted};
pub use self::still::Still;
use super::Look;
use super::graphics::Graphics;
use super::panel::panel;
use super::put;
use super::theme::{Depth, Paint, Role};
use crate::app::volumes::{self, Plane};
use crate::app::words::SYNTHETIC;
use crate::app::{App, Overlay, Shown, Target};

/// A half-block has one dot in its width and two in its height.
const HALF_BLOCK: [u16; 2] = [1, 2];

/// Everything that the panes are drawn from.
struct Stand<'a> {
    app: &'a App,
    look: &'a Look,
    paint: &'a Paint<'a>,
    /// A plane is all that there is room for.
    alone: bool,
}

impl Stand<'_> {
    /// Whether slices are real pictures now. What lies over the screen must be readable, and pictures would come
    /// through it. Without colours there are none either: kitty knows its pictures by a colour, and who wants no
    /// colours from a program gets none.
    fn shows_pictures(&self) -> bool {
        self.has_pictures() && matches!(self.app.overlay, Overlay::None | Overlay::CommandLine)
    }

    fn has_pictures(&self) -> bool {
        self.look.pictures.graphics != Graphics::HalfBlocks && self.look.depth != Depth::Mono
    }

    /// The dots of a cell that the panes are laid out for.
    fn cell(&self) -> [u16; 2] {
        if self.has_pictures() { self.look.pictures.cell.map(|side| side.max(2)) } else { HALF_BLOCK }
    }

    fn has_keys(&self, plane: Plane) -> bool {
        self.app.volumes.view.focus == plane
    }

    /// The extent of a pane's slice where it was laid out for a real picture but is drawn without.
    fn in_half_blocks(&self, pane: &PlanePane, laid_out: &Extent) -> Extent {
        if self.has_pictures() {
            layout::extent(&wanted(self.app, HALF_BLOCK), pane, &[*pane], self.app.volumes.view.at)
        } else {
            *laid_out
        }
    }
}

fn wanted(app: &App, cell: [u16; 2]) -> Wanted {
    let view = &app.volumes.view;
    let classes = volumes::catalogue(app).map_or(0, |catalogue| catalogue.classes.len());
    Wanted { focus: view.focus, arrangement: view.arrangement, size: words::size(app), classes, zoom: view.zoom, cell }
}

/// Draws the screen.
pub fn draw(app: &App, look: &Look, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    if let Some(message) = message(app) {
        let synthetic = if app.shown().is_some_and(Shown::synthetic) { SYNTHETIC } else { "" };
        let inner = panel("volumes", synthetic, paint, area, buffer);
        let lines: Vec<Line> = message.into_iter().map(|line| Line::styled(line, paint.text(Role::Text))).collect();
        let height = inner.height.min(u16::try_from(lines.len() * 2).unwrap_or(u16::MAX));
        let place = Rect { y: inner.y + (inner.height - height) / 2, height, ..inner };
        put(Paragraph::new(lines).wrap(Wrap { trim: true }).centered(), place, buffer);
        return;
    }
    let mut stand = Stand { app, look, paint, alone: false };
    let wanted = wanted(app, stand.cell());
    let panes = Panes::new(&wanted, area);
    stand.alone = panes.volume.is_empty();
    let extents = panes.planes.iter().map(|pane| layout::extent(&wanted, pane, &panes.planes, app.volumes.view.at));
    let extents: Vec<Extent> = extents.collect();
    for (pane, extent) in panes.planes.iter().zip(&extents) {
        plane::draw(&stand, pane, extent, buffer);
    }
    if !panes.volume.is_empty() {
        volume::draw(&stand, panes.volume, buffer);
    }
    if !panes.chances.is_empty() {
        chances::draw(&stand, panes.chances, buffer);
    }
    if let Some(extent) = extents.first().filter(|_| !panes.view.is_empty()) {
        settings::draw(&stand, extent.scale, panes.view, buffer);
    }
}

/// What stands in place of the planes when there is nothing to see in them.
fn message(app: &App) -> Option<Vec<String>> {
    let shown = app.shown()?;
    let Some(catalogue) = &shown.catalogue else {
        let waiting = "The data of this run are being opened…".to_owned();
        return Some(vec![shown.no_volumes.clone().unwrap_or(waiting)]);
    };
    let volumes = &app.volumes;
    if !volumes.walk.indices.is_empty() {
        return None;
    }
    let split = volumes.split.word();
    if catalogue.labels(volumes.split).is_empty() {
        return Some(vec![format!("The {split} split has no volumes. s goes to another split.")]);
    }
    let mut lines = vec![format!("No {split} volume: {}.", volumes.filter.words(&catalogue.classes))];
    if volumes.filter.needs_predictions()
        && let Err(why) = volumes::known(app)
    {
        lines.push(words::lacking(app, why).to_owned());
    }
    lines.push("r shows every volume again, s goes to another split.".to_owned());
    Some(lines)
}

/// What lies at a place of the screen: real pictures of slices have other sizes than those of half-blocks.
pub fn target(app: &App, look: &Look, area: Rect, position: Position) -> Target {
    let pictures = look.pictures.graphics != Graphics::HalfBlocks && look.depth != Depth::Mono;
    let cell = if pictures { look.pictures.cell.map(|side| side.max(2)) } else { HALF_BLOCK };
    if app.shown().is_none() || message(app).is_some() {
        return Target::Body;
    }
    let wanted = wanted(app, cell);
    let panes = Panes::new(&wanted, area);
    let slice = panes.planes.iter().find(|pane| pane.area.contains(position)).and_then(|pane| {
        let extent = layout::extent(&wanted, pane, &panes.planes, app.volumes.view.at);
        let [row, column] = extent.voxel_at(position)?;
        Some(Target::Slice { plane: pane.plane, row, column })
    });
    let entry = volume::entry_at(app, panes.volume, position).map(Target::Item);
    slice.or(entry).unwrap_or(Target::Body)
}
