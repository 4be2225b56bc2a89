//! A volume that is played through, as long as there is nothing of the user's to show: slices, one behind the
//! other, and the voxels of the foremost.

use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Rect};

use crate::ui::colour_map::ColourMap;
use crate::ui::text::{row, write};
use crate::ui::theme::{Depth, Paint, Role};

/// The voxels of a slice along each edge; two stand above each other in a cell.
const EDGE: u16 = 12;

/// The whole picture: a frame around the slice, and two slices behind it, each further up and to the right.
pub const WIDTH: u16 = EDGE + 2 + 4;
pub const HEIGHT: u16 = EDGE / 2 + 2 + 2;

/// A slice is shown so long, and so many are gone through, there and back.
const SLICE_MS: u64 = 200;
const SLICES: u64 = 12;

/// Balls in the volume, as an organ with something in it: centre (x, y, depth), radius and brightness, in edges.
const BALLS: [([f64; 3], f64, f64); 3] =
    [([0.46, 0.52, 0.5], 0.44, 0.55), ([0.60, 0.42, 0.55], 0.20, 0.45), ([0.32, 0.64, 0.40], 0.14, 0.35)];

/// Draws the slice that is due.
pub fn draw(now_ms: u64, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    draw_frames(paint, area, buffer);
    let there_and_back = (now_ms / SLICE_MS + SLICES / 2) % (2 * SLICES);
    let slice = there_and_back.min(2 * SLICES - there_and_back);
    let depth = f64::from(u32::try_from(slice).unwrap_or(0)) / f64::from(u32::try_from(SLICES).unwrap_or(1));
    for cell_y in 0..EDGE / 2 {
        for x in 0..EDGE {
            let [upper, lower] = [2 * cell_y, 2 * cell_y + 1].map(|y| voxel(x, y, depth));
            let place = (area.x + 1 + x, area.y + 3 + cell_y);
            let Some(cell) = buffer.cell_mut(place) else { continue };
            match paint.depth {
                Depth::True | Depth::Indexed => {
                    let colour = |share: f64| paint.colour(ColourMap::Viridis.colour(share));
                    cell.set_char('▀').set_fg(colour(upper)).set_bg(colour(lower));
                }
                // Few colours: brightness is told by how much of the cell is filled.
                Depth::Ansi | Depth::Mono => {
                    cell.set_char(shade(f64::midpoint(upper, lower))).set_style(paint.text(Role::Accent));
                }
            }
        }
    }
}

fn draw_frames(paint: &Paint, area: Rect, buffer: &mut Buffer) {
    let side = "─".repeat(usize::from(EDGE));
    let open = " ".repeat(usize::from(EDGE));
    let mut rows = vec![format!("    ┌{side}┐"), format!("  ┌─┴{}┐ │", "─".repeat(usize::from(EDGE - 2)))];
    rows.push(format!("┌─┴{}┐ │ │", "─".repeat(usize::from(EDGE - 2))));
    let inside = usize::from(EDGE / 2);
    for down in 0..inside {
        rows.push(match inside - down {
            2 => format!("│{open}│ ├─┘"),
            1 => format!("│{open}├─┘"),
            _ => format!("│{open}│ │ │"),
        });
    }
    rows.push(format!("└{side}┘"));
    for (down, line) in rows.iter().enumerate() {
        write(line, paint.text(Role::Muted), Alignment::Left, row(area, down), buffer);
    }
}

/// How bright a voxel is, from 0 to 1.
fn voxel(x: u16, y: u16, depth: f64) -> f64 {
    let place = [x, y].map(|at| (f64::from(at) + 0.5) / f64::from(EDGE));
    let of_ball = |(centre, radius, brightness): ([f64; 3], f64, f64)| {
        let [cx, cy, cz] = centre;
        let [x, y] = place;
        let distance = ((x - cx).powi(2) + (y - cy).powi(2) + (depth - cz).powi(2)).sqrt();
        // Bright inside, with a soft rim.
        brightness * ((radius - distance) / radius * 2.5).clamp(0.0, 1.0)
    };
    BALLS.into_iter().map(of_ball).sum::<f64>().clamp(0.0, 1.0)
}

fn shade(share: f64) -> char {
    match share {
        ..0.1 => ' ',
        ..0.3 => '░',
        ..0.55 => '▒',
        ..0.8 => '▓',
        _ => '█',
    }
}
