//! Pictures that were made for the terminal, kept as the cells that they are on the screen.
//!
//! `ratatui-image` puts a picture's bytes into the symbol of its first cell and keeps the others from being
//! written over. The cells are kept and put down again each frame: as long as nothing changes they equal those
//! of the frame before, so nothing is sent; once something else has stood in their place, everything that
//! makes the picture is sent again. So drawing needs no memory of what the terminal has seen.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt::Write;
use std::hash::{DefaultHasher, Hash, Hasher};

use image::codecs::png::PngEncoder;
use image::{DynamicImage, ExtendedColorType, ImageEncoder, RgbImage};
use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};
use ratatui::style::Color;
use ratatui_image::Image;
use ratatui_image::protocol::Protocol;
use ratatui_image::protocol::iterm2::Iterm2;
use ratatui_image::protocol::kitty::Kitty;
use ratatui_image::protocol::sixel::Sixel;

use super::{Graphics, sixel};
use crate::ui::put;

/// So many pictures are kept, and so many pixels of them: a whole playback through three planes of 28 slices,
/// and no more than what terminals grant a program.
pub const MOST_PICTURES: usize = 96;
pub const MOST_PIXELS: usize = 16 << 20;

/// A cell of a terminal that does not say how large its cells are.
const USUAL_CELL: [u16; 2] = [10, 20];

/// Colours in rows from the top, three bytes a pixel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pixels {
    pub width: usize,
    pub height: usize,
    pub rgb: Vec<u8>,
}

impl Pixels {
    /// The bytes of a PNG file of it.
    ///
    /// # Errors
    ///
    /// When it has other bytes than its size says.
    pub fn png(&self) -> image::ImageResult<Vec<u8>> {
        let side = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        let mut bytes = Vec::new();
        let encoder = PngEncoder::new(&mut bytes);
        encoder.write_image(&self.rgb, side(self.width), side(self.height), ExtendedColorType::Rgb8)?;
        Ok(bytes)
    }
}

/// The terminal's graphics, and the pictures that were made for it.
#[derive(Debug)]
pub struct Pictures {
    pub graphics: Graphics,
    /// A cell's width and height in pixels.
    pub cell: [u16; 2],
    /// Whether a tmux has to be told to pass the pictures on: only where they are forced.
    pub through_tmux: bool,
    kept: RefCell<Kept>,
}

impl Default for Pictures {
    fn default() -> Self {
        Self::new(Graphics::HalfBlocks)
    }
}

impl Pictures {
    /// None yet, on a terminal with the usual cells.
    #[must_use]
    pub fn new(graphics: Graphics) -> Self {
        Self { graphics, cell: USUAL_CELL, through_tmux: false, kept: RefCell::default() }
    }

    /// Draws the picture of `what` into a place, whose size in pixels it has. Only a picture that is not kept is
    /// painted and encoded. The result is false where the terminal shows no pictures: draw something else.
    #[must_use]
    pub fn draw(&self, what: &impl Hash, paint: impl FnOnce() -> Pixels, place: Rect, buffer: &mut Buffer) -> bool {
        // A picture one column wide would leave the cursor where the next cell expects it not to be.
        let fits = place.width >= 2 && place.intersection(buffer.area) == place && !place.is_empty();
        if self.graphics == Graphics::HalfBlocks || !fits {
            return false;
        }
        let mut hasher = DefaultHasher::new();
        (what, self.graphics, self.cell, self.through_tmux, place.width, place.height).hash(&mut hasher);
        let key = hasher.finish();
        let mut kept = self.kept.borrow_mut();
        if !kept.has(key) {
            let size = Size { width: place.width, height: place.height };
            let Some(picture) = kept.encode(self, paint(), size) else { return false };
            kept.keep(key, picture);
        }
        kept.lay(key, place, buffer);
        true
    }

    /// How many pictures were encoded so far: a frame with nothing new adds none.
    #[must_use]
    pub fn encoded(&self) -> u64 {
        self.kept.borrow().encoded
    }

    /// How many pictures are kept.
    #[must_use]
    pub fn count(&self) -> usize {
        self.kept.borrow().pictures.len()
    }
}

/// A picture as the cells that it is on the screen.
#[derive(Debug)]
struct Picture {
    cells: Buffer,
    pixels: usize,
    /// The name that the terminal knows it by, if it keeps pictures.
    id: Option<u32>,
    used: u64,
}

#[derive(Debug, Default)]
struct Kept {
    pictures: HashMap<u64, Picture>,
    /// Counts the uses, to find the one that was used longest ago.
    clock: u64,
    next_id: u32,
    /// Pictures that the terminal keeps and that are needed no more: it is told with the next one.
    dropped: Vec<u32>,
    encoded: u64,
}

impl Kept {
    fn has(&self, key: u64) -> bool {
        self.pictures.contains_key(&key)
    }

    fn encode(&mut self, of: &Pictures, pixels: Pixels, size: Size) -> Option<Picture> {
        let count = pixels.width * pixels.height;
        let image = |pixels: Pixels| {
            let (width, height) = (u32::try_from(pixels.width).ok()?, u32::try_from(pixels.height).ok()?);
            RgbImage::from_raw(width, height, pixels.rgb).map(DynamicImage::ImageRgb8)
        };
        let mut id = None;
        let protocol = match of.graphics {
            Graphics::HalfBlocks => return None,
            Graphics::Kitty => {
                self.next_id += 1;
                id = Some(self.next_id);
                // Enlarged voxels shrink to a hundredth. Every terminal that knows placeholders can inflate.
                let compress = true;
                Protocol::Kitty(Kitty::new(image(pixels)?, size, self.next_id, of.through_tmux, compress).ok()?)
            }
            Graphics::Sixel => {
                let data = through(of.through_tmux, &(erase(size) + &sixel::encode(&pixels)));
                Protocol::Sixel(Sixel { data, size, is_tmux: of.through_tmux })
            }
            Graphics::Iterm2 => Protocol::ITerm2(Iterm2::new(image(pixels)?, size, of.through_tmux).ok()?),
        };
        self.encoded += 1;
        let mut cells = Buffer::empty(Rect { x: 0, y: 0, width: size.width, height: size.height });
        put(Image::new(&protocol), cells.area, &mut cells);
        if id.is_some() && !self.dropped.is_empty() {
            let farewell = through(of.through_tmux, &farewell(&std::mem::take(&mut self.dropped)));
            if let Some(first) = cells.content.first_mut() {
                let symbol = farewell + first.symbol();
                first.set_symbol(&symbol);
            }
        }
        Some(Picture { cells, pixels: count, id, used: self.clock })
    }

    fn keep(&mut self, key: u64, picture: Picture) {
        self.pictures.insert(key, picture);
        let pixels = |kept: &Self| kept.pictures.values().map(|picture| picture.pixels).sum::<usize>();
        while self.pictures.len() > 1 && (self.pictures.len() > MOST_PICTURES || pixels(self) > MOST_PIXELS) {
            let others = self.pictures.iter().filter(|(other, _)| **other != key);
            let Some(oldest) = others.min_by_key(|(_, picture)| picture.used).map(|(key, _)| *key) else { return };
            let dropped = self.pictures.remove(&oldest);
            self.dropped.extend(dropped.and_then(|picture| picture.id));
        }
    }

    /// Puts a picture's cells into their place.
    fn lay(&mut self, key: u64, place: Rect, buffer: &mut Buffer) {
        self.clock += 1;
        let Some(picture) = self.pictures.get_mut(&key) else { return };
        picture.used = self.clock;
        for (from, to) in picture.cells.content.iter().zip(place.positions()) {
            let Some(cell) = buffer.cell_mut(to) else { continue };
            cell.set_symbol(from.symbol()).set_diff_option(from.diff_option);
            // kitty finds a picture by the colour of its placeholders; the others keep the ground's.
            if from.fg != Color::Reset {
                cell.set_fg(from.fg);
            }
        }
    }
}

/// Erases the characters below a picture, which would show again wherever the terminal draws the cell anew.
fn erase(size: Size) -> String {
    let mut text = String::new();
    for _ in 0..size.height {
        let _ = write!(text, "\x1b[{}X\x1b[1B", size.width);
    }
    let _ = write!(text, "\x1b[{}A", size.height);
    text
}

/// Tells kitty that pictures are needed no more.
fn farewell(ids: &[u32]) -> String {
    let mut text = String::new();
    for id in ids {
        let _ = write!(text, "\x1b_Ga=d,d=I,i={id},q=2\x1b\\");
    }
    text
}

/// Wraps a sequence so that tmux passes it on.
fn through(tmux: bool, sequence: &str) -> String {
    if tmux { format!("\x1bPtmux;{}\x1b\\", sequence.replace('\x1b', "\x1b\x1b")) } else { sequence.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CELL: [u16; 2] = [2, 4];

    fn pixels(place: Rect, value: u8) -> Pixels {
        let (width, height) = (usize::from(place.width * CELL[0]), usize::from(place.height * CELL[1]));
        Pixels { width, height, rgb: vec![value; width * height * 3] }
    }

    fn pictures(graphics: Graphics) -> Pictures {
        Pictures { cell: CELL, ..Pictures::new(graphics) }
    }

    fn draw(pictures: &Pictures, value: u8, place: Rect) -> Buffer {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 6));
        assert!(pictures.draw(&value, || pixels(place, value), place, &mut buffer));
        buffer
    }

    const PLACE: Rect = Rect { x: 1, y: 1, width: 4, height: 2 };

    #[test]
    fn the_same_picture_is_encoded_once_and_sent_once() {
        for graphics in [Graphics::Kitty, Graphics::Sixel, Graphics::Iterm2] {
            let pictures = pictures(graphics);
            let (first, second) = (draw(&pictures, 7, PLACE), draw(&pictures, 7, PLACE));
            assert_eq!(pictures.encoded(), 1, "{graphics:?}");
            assert!(first.diff(&second).is_empty(), "{graphics:?}");
            draw(&pictures, 8, PLACE);
            draw(&pictures, 7, Rect { width: 5, ..PLACE });
            assert_eq!(pictures.encoded(), 3, "another picture, another size");
        }
    }

    #[test]
    fn what_comes_after_a_picture_is_written_over_all_of_it() {
        for graphics in [Graphics::Kitty, Graphics::Sixel, Graphics::Iterm2] {
            let with = draw(&pictures(graphics), 7, PLACE);
            let without = Buffer::empty(with.area);
            let written: Vec<(u16, u16)> = with.diff(&without).iter().map(|(x, y, _)| (*x, *y)).collect();
            assert!(PLACE.positions().all(|place| written.contains(&(place.x, place.y))), "{graphics:?}");
        }
    }

    #[test]
    fn pictures_used_long_ago_are_let_go_and_kitty_is_told() {
        let pictures = pictures(Graphics::Kitty);
        let count = u8::try_from(MOST_PICTURES).unwrap();
        (0..count).for_each(|value| drop(draw(&pictures, value, PLACE)));
        draw(&pictures, 0, PLACE);
        draw(&pictures, count, PLACE);
        assert_eq!(pictures.count(), MOST_PICTURES);
        let last = draw(&pictures, count + 1, PLACE);
        // Of the first two the second was used longer ago: picture 2 by kitty's count.
        assert!(last[(1, 1)].symbol().starts_with("\x1b_Ga=d,d=I,i=2,q=2\x1b\\\x1b_G"));
        assert_eq!(pictures.encoded(), u64::from(count) + 2);
    }

    #[test]
    fn large_pictures_are_fewer() {
        let pictures = pictures(Graphics::Sixel);
        let mut kept = pictures.kept.borrow_mut();
        for key in 0..5 {
            let cells = Buffer::empty(PLACE);
            kept.keep(key, Picture { cells, pixels: MOST_PIXELS / 2, id: None, used: key });
        }
        let mut keys: Vec<u64> = kept.pictures.keys().copied().collect();
        keys.sort_unstable();
        assert_eq!(keys, [3, 4]);
    }

    #[test]
    fn where_a_picture_cannot_be_drawn_the_caller_is_told() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 6));
        let halfblocks = Pictures::new(Graphics::HalfBlocks);
        assert!(!halfblocks.draw(&0, || pixels(PLACE, 0), PLACE, &mut buffer));
        let outside = Rect { x: 10, ..PLACE };
        assert!(!pictures(Graphics::Sixel).draw(&0, || pixels(outside, 0), outside, &mut buffer));
        assert_eq!(buffer, Buffer::empty(buffer.area));
    }

    #[test]
    fn tmux_passes_on_what_is_wrapped() {
        assert_eq!(through(true, "\x1b[1A"), "\x1bPtmux;\x1b\x1b[1A\x1b\\");
    }
}
