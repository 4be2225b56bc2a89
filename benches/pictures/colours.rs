//! The colours of a cell as a screen shows them.

use vt100::{Cell, Color};

/// Red, green and blue.
pub type Rgb = (u8, u8, u8);

/// What a terminal shows where a program chooses no colour.
const FOREGROUND: Rgb = (0xd4, 0xd4, 0xd4);
pub const BACKGROUND: Rgb = (0x10, 0x10, 0x14);

/// The 16 colours of old, as most terminals show them.
const ANSI: [Rgb; 16] = [
    (0, 0, 0),
    (205, 49, 49),
    (13, 188, 121),
    (229, 229, 16),
    (36, 114, 200),
    (188, 63, 188),
    (17, 168, 205),
    (229, 229, 229),
    (102, 102, 102),
    (241, 76, 76),
    (35, 209, 139),
    (245, 245, 67),
    (59, 142, 234),
    (214, 112, 214),
    (41, 184, 219),
    (255, 255, 255),
];

/// How a cell is painted, once reversed and dim are worked out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Paint {
    pub fore: Rgb,
    pub back: Rgb,
    pub bold: bool,
    pub italic: bool,
    pub underline: bool,
}

impl Paint {
    pub fn of(cell: &Cell) -> Self {
        let (mut fore, mut back) = (rgb(cell.fgcolor(), FOREGROUND), rgb(cell.bgcolor(), BACKGROUND));
        if cell.inverse() {
            (fore, back) = (back, fore);
        }
        if cell.dim() {
            fore = blend(fore, back, 0.4);
        }
        Self { fore, back, bold: cell.bold(), italic: cell.italic(), underline: cell.underline() }
    }
}

fn rgb(colour: Color, default: Rgb) -> Rgb {
    match colour {
        Color::Default => default,
        Color::Rgb(r, g, b) => (r, g, b),
        Color::Idx(index @ 0..=15) => ANSI[usize::from(index)],
        Color::Idx(index @ 16..=231) => {
            let level = |place: u8| if place == 0 { 0 } else { 55 + 40 * place };
            let index = index - 16;
            (level(index / 36), level(index / 6 % 6), level(index % 6))
        }
        Color::Idx(index) => {
            let grey = 8 + 10 * (index - 232);
            (grey, grey, grey)
        }
    }
}

/// So much of `b` in `a`.
pub fn blend(a: Rgb, b: Rgb, share: f64) -> Rgb {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between two bytes")]
    let mix = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * share).round() as u8;
    (mix(a.0, b.0), mix(a.1, b.1), mix(a.2, b.2))
}

pub fn is_dark((r, g, b): Rgb) -> bool {
    u16::from(r) + u16::from(g) + u16::from(b) < 384
}

pub fn hex((r, g, b): Rgb) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}
