//! Dots on the screen: as half-blocks where there are colours, as shades where there are none, as pixels where the
//! terminal takes pictures.

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

use super::extent::Extent;
use super::overlay::Sign;
use super::picture::Picture;
use crate::ui::graphics::Pixels;
use crate::ui::theme::{Depth, Paint, Rgb, Role};

/// Draws a picture into the place of its extent, whose cells have two dots each.
pub fn draw(picture: &Picture, extent: &Extent, paint: &Paint, buffer: &mut Buffer) {
    if in_shades(paint.depth) {
        draw_shades(picture, extent, paint, buffer);
    } else {
        draw_half_blocks(picture, extent, paint, buffer);
    }
}

/// Whether brightness is told by characters. The 16 colours are the user's own, and four of them at most are
/// greys: the characters have more to say.
pub fn in_shades(depth: Depth) -> bool {
    matches!(depth, Depth::Ansi | Depth::Mono)
}

/// `▀`: the upper dot is the character's colour, the lower one its ground's.
fn draw_half_blocks(picture: &Picture, extent: &Extent, paint: &Paint, buffer: &mut Buffer) {
    let mut colours = Colours::new(paint);
    for position in extent.place.positions() {
        let (row, column) = (usize::from(position.y - extent.place.y) * 2, usize::from(position.x - extent.place.x));
        let Some(cell) = buffer.cell_mut(position) else { continue };
        if let Some(upper) = picture.dot(row, column) {
            cell.set_symbol("▀").set_fg(colours.of(upper));
        }
        if let Some(lower) = picture.dot(row + 1, column) {
            cell.set_bg(colours.of(lower));
        }
    }
}

/// What colours become on this terminal. Looking one up among 256 takes long, and a slice has few of them.
struct Colours<'a> {
    paint: &'a Paint<'a>,
    known: Vec<(Rgb, Color)>,
}

impl<'a> Colours<'a> {
    /// More than the values of a byte, so that few of them share a place.
    const PLACES: usize = 1024;

    fn new(paint: &'a Paint<'a>) -> Self {
        let places = if paint.depth == Depth::Indexed { Self::PLACES } else { 0 };
        Self { paint, known: vec![([0; 3], paint.colour([0; 3])); places] }
    }

    fn of(&mut self, rgb: Rgb) -> Color {
        let [r, g, b] = rgb.map(usize::from);
        match self.known.get_mut((r + 5 * g + 25 * b) % Self::PLACES) {
            Some((known, colour)) if *known == rgb => *colour,
            Some(place) => {
                *place = (rgb, self.paint.colour(rgb));
                place.1
            }
            None => self.paint.colour(rgb),
        }
    }
}

/// Characters by how much of their upper and lower half is bright, of 256.
const SHADES: [(&str, [u32; 2]); 7] = [
    (" ", [0, 0]),
    ("░", [64, 64]),
    ("▒", [128, 128]),
    ("▓", [192, 192]),
    ("█", [255, 255]),
    ("▀", [255, 0]),
    ("▄", [0, 255]),
];

/// Each cell takes the character that comes nearest to its two dots.
fn draw_shades(picture: &Picture, extent: &Extent, paint: &Paint, buffer: &mut Buffer) {
    // On a light ground it is the character that is dark.
    let light = luminance(paint.rgb(Role::Background)) > 127;
    for position in extent.place.positions() {
        let (row, column) = (usize::from(position.y - extent.place.y) * 2, usize::from(position.x - extent.place.x));
        let bright = |row: usize| {
            let bright = picture.dot(row, column).map_or(0, luminance);
            if light { 255 - bright } else { bright }
        };
        let dots = [bright(row), if picture.dot(row + 1, column).is_some() { bright(row + 1) } else { 0 }];
        let distance = |of: [u32; 2]| of.into_iter().zip(dots).map(|(a, b)| a.abs_diff(b).pow(2)).sum::<u32>();
        let nearest = SHADES.iter().min_by_key(|(_, of)| distance(*of));
        if let (Some(cell), Some((symbol, _))) = (buffer.cell_mut(position), nearest) {
            cell.set_symbol(symbol).set_fg(Color::Reset).set_bg(Color::Reset);
            // Over every other cell, so that the slice stays to be seen.
            if (position.x + position.y).is_multiple_of(2) {
                put_sign(picture.sign(row, column), paint, cell);
            }
        }
    }
}

/// `+` for what speaks for the class, `-` for what speaks against it.
fn put_sign(sign: Sign, paint: &Paint, cell: &mut Cell) {
    let (symbol, colour, strong) = match sign {
        Sign::None => return,
        Sign::For => ("+", Color::Red, false),
        Sign::StronglyFor => ("+", Color::Red, true),
        Sign::Against => ("-", Color::Blue, false),
        Sign::StronglyAgainst => ("-", Color::Blue, true),
    };
    cell.set_symbol(symbol);
    if paint.depth == Depth::Ansi {
        cell.set_fg(colour);
    }
    if strong {
        cell.modifier.insert(Modifier::BOLD | Modifier::REVERSED);
    }
}

/// How bright a colour is, from 0 to 255 (Rec. 709).
pub fn luminance([r, g, b]: Rgb) -> u32 {
    (u32::from(r) * 2126 + u32::from(g) * 7152 + u32::from(b) * 722) / 10_000
}

/// The picture as pixels that fill all the cells of its extent, with the ground around it.
pub fn pixels(picture: &Picture, extent: &Extent, cell: [u16; 2], ground: Rgb) -> Pixels {
    let [cell_width, cell_height] = cell.map(usize::from);
    let width = usize::from(extent.place.width) * cell_width;
    let height = usize::from(extent.place.height) * cell_height;
    let [top, left] = extent.margin();
    let mut rgb: Vec<u8> = Vec::with_capacity(width * height * 3);
    for y in 0..height {
        let row = y.checked_sub(top);
        // Most rows are copies of the one above them: a voxel is many pixels high.
        let above = rgb.len().checked_sub(width * 3).filter(|_| picture.repeats(row));
        if let Some(above) = above {
            rgb.extend_from_within(above..);
            continue;
        }
        for x in 0..width {
            let dot = row.zip(x.checked_sub(left)).and_then(|(row, column)| picture.dot(row, column));
            rgb.extend(dot.unwrap_or(ground));
        }
    }
    Pixels { width, height, rgb }
}
