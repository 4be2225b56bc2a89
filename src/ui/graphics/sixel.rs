//! Pixels as sixels, in their own colours.
//!
//! The encoder that comes with `ratatui-image` is made for photographs: it reduces the colours and spreads the
//! error, which turns a voxel of one grey into a pattern of several. A slice has few colours, so each of them
//! gets a register, and every voxel stays one.

use std::collections::HashMap;
use std::fmt::Write;
use std::ops::Range;

use super::Pixels;
use crate::ui::theme::Rgb;

/// The registers that a terminal can be expected to have.
const REGISTERS: usize = 256;

/// A band of pixels is six rows high.
const BAND: usize = 6;

/// The pixels as a sixel string, from its introducer to its end.
pub fn encode(pixels: &Pixels) -> String {
    let width = pixels.width.max(1);
    let (palette, registers) = index(pixels);
    let mut text = format!("\x1bP0;1;0q\"1;1;{};{}", pixels.width, pixels.height);
    for (register, colour) in palette.iter().enumerate() {
        let [r, g, b] = colour.map(percent);
        let _ = write!(text, "#{register};2;{r};{g};{b}");
    }
    let mut band = Band { width, bits: vec![0; palette.len() * width], spans: vec![None; palette.len()] };
    for (number, rows) in registers.chunks(BAND * width).enumerate() {
        // After the last band none begins: on the last line of a terminal that would scroll.
        if number > 0 {
            text.push('-');
        }
        band.take_in(rows);
        band.write(&mut text);
    }
    text.push_str("\x1b\\");
    text
}

/// Six rows of pixels, register by register.
struct Band {
    width: usize,
    /// For every register the six pixels of each column, as bits; all of them clear between two bands.
    bits: Vec<u8>,
    /// For every register the columns from its first to its last, if it has any.
    spans: Vec<Option<Range<usize>>>,
}

impl Band {
    fn take_in(&mut self, rows: &[u8]) {
        let mut next = 0;
        // Rows that are the same are taken in together: a voxel is many pixels high.
        for same in rows.chunks(self.width).collect::<Vec<_>>().chunk_by(|a, b| a == b) {
            let mask = (next..next + same.len()).fold(0, |mask, row| mask | 1 << row);
            next += same.len();
            let mut column = 0;
            for run in same.first().copied().unwrap_or_default().chunk_by(|a, b| a == b) {
                let register = run.first().copied().map_or(0, usize::from);
                let columns = column..column + run.len();
                column += run.len();
                let at = register * self.width;
                if let Some(bits) = self.bits.get_mut(at + columns.start..at + columns.end) {
                    for bits in bits {
                        *bits |= mask;
                    }
                }
                if let Some(span) = self.spans.get_mut(register) {
                    *span = match span.take() {
                        Some(span) => Some(span.start.min(columns.start)..span.end.max(columns.end)),
                        None => Some(columns),
                    };
                }
            }
        }
    }

    /// Writes the registers that have pixels, one over the other, and clears them.
    fn write(&mut self, text: &mut String) {
        let mut first = true;
        for (register, span) in self.spans.iter_mut().enumerate() {
            let Some(span) = span.take() else { continue };
            // Back to the band's beginning, for the next colour over the last.
            let back = if first { "" } else { "$" };
            first = false;
            let _ = write!(text, "{back}#{register}");
            let at = register * self.width;
            if span.start > 0 {
                write_run(text, span.start, 0);
            }
            if let Some(columns) = self.bits.get_mut(at + span.start..at + span.end) {
                for run in columns.chunk_by(|a, b| a == b) {
                    write_run(text, run.len(), run.first().copied().unwrap_or(0));
                }
                columns.fill(0);
            }
        }
    }
}

/// So many equal columns of six pixels.
fn write_run(text: &mut String, count: usize, bits: u8) {
    let sixel = char::from(b'?' + bits);
    if count > 3 {
        let _ = write!(text, "!{count}{sixel}");
    } else {
        text.extend(std::iter::repeat_n(sixel, count));
    }
}

/// Sixel knows colours in steps of one percent.
fn percent(value: u8) -> u32 {
    (u32::from(value) * 100 + 127) / 255
}

/// The colours, and the register of every pixel. Where there are more colours than registers (a picture that
/// has colours of its own), the lowest bits go, as few as possible.
fn index(pixels: &Pixels) -> (Vec<Rgb>, Vec<u8>) {
    for lost in 0..8 {
        let coarse = |value: &u8| (*value >> lost) << lost;
        if let Some(indexed) = try_index(pixels, coarse) {
            return indexed;
        }
    }
    (vec![[0; 3]], vec![0; pixels.width * pixels.height])
}

fn try_index(pixels: &Pixels, coarse: impl Fn(&u8) -> u8) -> Option<(Vec<Rgb>, Vec<u8>)> {
    let mut palette: Vec<Rgb> = Vec::new();
    let mut known: HashMap<Rgb, u8> = HashMap::new();
    let mut registers = Vec::with_capacity(pixels.width * pixels.height);
    let mut last: Option<(Rgb, u8)> = None;
    let mut above: &[u8] = &[];
    for row in pixels.rgb.chunks_exact(pixels.width.max(1) * 3) {
        if row == above {
            registers.extend_from_within(registers.len() - pixels.width..);
            continue;
        }
        above = row;
        for pixel in row.chunks_exact(3) {
            let colour = [pixel.first(), pixel.get(1), pixel.get(2)].map(|value| value.map_or(0, &coarse));
            // A voxel is many pixels wide: mostly the colour is the one before.
            let register = match last {
                Some((before, register)) if before == colour => register,
                _ => match known.get(&colour) {
                    Some(register) => *register,
                    None if palette.len() == REGISTERS => return None,
                    None => {
                        let register = u8::try_from(palette.len()).ok()?;
                        palette.push(colour);
                        known.insert(colour, register);
                        register
                    }
                },
            };
            last = Some((colour, register));
            registers.push(register);
        }
    }
    Some((palette, registers))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_colours_are_two_registers_and_runs_of_columns() {
        // Five red columns and one blue, seven rows: a band of six and one of one.
        let row = [[255, 0, 0]; 5].into_iter().chain([[0, 0, 255]]).flatten();
        let rgb = (0..7).flat_map(|_| row.clone()).collect();
        let text = encode(&Pixels { width: 6, height: 7, rgb });
        assert_eq!(text, "\x1bP0;1;0q\"1;1;6;7#0;2;100;0;0#1;2;0;0;100#0!5~$#1!5?~-#0!5@$#1!5?@\x1b\\");
    }

    #[test]
    fn a_picture_with_more_colours_than_registers_loses_its_lowest_bits_only() {
        let rgb = (0..=255_u8).flat_map(|value| [value, 255 - value, 0, value, 0, 0]).collect();
        let (palette, registers) = index(&Pixels { width: 512, height: 1, rgb });
        assert!(palette.len() <= REGISTERS && palette.len() > REGISTERS / 2, "{}", palette.len());
        let worst = registers.chunks(2).zip(0..=255_u8).map(|(pair, value)| value - palette[usize::from(pair[1])][0]);
        assert_eq!(worst.max(), Some(1));
    }
}
