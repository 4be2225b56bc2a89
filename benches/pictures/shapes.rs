//! Characters that are drawn as what they mean, so that they join and fill as in a terminal whatever the font:
//! blocks as rectangles, box drawing as strokes, braille as dots.

use super::svg::{HEIGHT, WIDTH};

/// A rectangle in a cell: left, top, right, bottom, in eighths of the cell.
pub type Block = [u8; 4];

/// The rectangles of a block element, and how opaque they are.
pub fn blocks(char: char) -> Option<(Vec<Block>, f64)> {
    let code = char as u32;
    let eighths = u8::try_from(code & 0xf).unwrap_or(0);
    // Quadrants: upper left, upper right, lower left, lower right.
    let quadrants = |which: [bool; 4]| {
        let places = [[0, 0, 4, 4], [4, 0, 8, 4], [0, 4, 4, 8], [4, 4, 8, 8]];
        places.into_iter().zip(which).filter(|(_, set)| *set).map(|(place, _)| place).collect()
    };
    let one = |block: Block| vec![block];
    Some(match char {
        '▀' => (one([0, 0, 8, 4]), 1.0),
        '▁'..='█' => (one([0, 8 - eighths, 8, 8]), 1.0),
        '▉'..='▏' => (one([0, 0, 16 - eighths, 8]), 1.0),
        '▐' => (one([4, 0, 8, 8]), 1.0),
        '░' => (one([0, 0, 8, 8]), 0.25),
        '▒' => (one([0, 0, 8, 8]), 0.5),
        '▓' => (one([0, 0, 8, 8]), 0.75),
        '▔' => (one([0, 0, 8, 1]), 1.0),
        '▕' => (one([7, 0, 8, 8]), 1.0),
        '▖' => (quadrants([false, false, true, false]), 1.0),
        '▗' => (quadrants([false, false, false, true]), 1.0),
        '▘' => (quadrants([true, false, false, false]), 1.0),
        '▙' => (quadrants([true, false, true, true]), 1.0),
        '▚' => (quadrants([true, false, false, true]), 1.0),
        '▛' => (quadrants([true, true, true, false]), 1.0),
        '▜' => (quadrants([true, true, false, true]), 1.0),
        '▝' => (quadrants([false, true, false, false]), 1.0),
        '▞' => (quadrants([false, true, true, false]), 1.0),
        '▟' => (quadrants([false, true, true, true]), 1.0),
        _ => return None,
    })
}

/// Where the dots of a braille pattern stand in a cell, in pixels.
pub fn dots(char: char) -> Option<Vec<(f64, f64)>> {
    // Unicode counts the first six dots by column, the last two by row.
    const PLACES: [(u8, u8); 8] = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3)];
    let bits = (char as u32).checked_sub(0x2800).filter(|bits| *bits < 0x100)?;
    let place =
        |(column, row): (u8, u8)| ((f64::from(column) + 0.5) * WIDTH / 2.0, (f64::from(row) + 0.5) * HEIGHT / 4.0);
    Some((0..8).filter(|bit| bits >> bit & 1 == 1).map(|bit| place(PLACES[bit])).collect())
}

/// How thick an arm of a line is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    Light,
    Heavy,
}

/// A character of box drawing.
#[derive(Clone, Copy)]
pub enum Line {
    /// Arms from the middle: to the left, to the right, up, down.
    Arms([Option<Weight>; 4]),
    /// A quarter of a circle between two arms: whether it goes to the right, and whether down.
    Corner { right: bool, down: bool },
    /// So many dashes across, or down.
    Dashes { count: u8, down: bool, weight: Weight },
}

/// What a character of box drawing looks like.
pub fn line(char: char) -> Option<Line> {
    let arms = |letters: &str| {
        // Left, right, up, down: `-` is light, `=` is heavy.
        let arm = |letter| match letter {
            '-' => Some(Weight::Light),
            '=' => Some(Weight::Heavy),
            _ => None,
        };
        let mut letters = letters.chars().map(arm);
        Line::Arms(std::array::from_fn(|_| letters.next().flatten()))
    };
    let dashes = |count, down, weight| Line::Dashes { count, down, weight };
    Some(match char {
        '╭' => Line::Corner { right: true, down: true },
        '╮' => Line::Corner { right: false, down: true },
        '╰' => Line::Corner { right: true, down: false },
        '╯' => Line::Corner { right: false, down: false },
        '─' => arms("--  "),
        '│' => arms("  --"),
        '┌' => arms(" - -"),
        '┐' => arms("-  -"),
        '└' => arms(" -- "),
        '┘' => arms("- - "),
        '├' => arms(" ---"),
        '┤' => arms("- --"),
        '┬' => arms("-- -"),
        '┴' => arms("--- "),
        '┼' => arms("----"),
        '╴' => arms("-   "),
        '╶' => arms(" -  "),
        '╵' => arms("  - "),
        '╷' => arms("   -"),
        '━' => arms("==  "),
        '┃' => arms("  =="),
        '╸' => arms("=   "),
        '╺' => arms(" =  "),
        '╹' => arms("  = "),
        '╻' => arms("   ="),
        '╾' => arms("=-  "),
        '╼' => arms("-=  "),
        '┏' => arms(" = ="),
        '┓' => arms("=  ="),
        '┗' => arms(" == "),
        '┛' => arms("= = "),
        '╌' => dashes(2, false, Weight::Light),
        '╎' => dashes(2, true, Weight::Light),
        '┄' => dashes(3, false, Weight::Light),
        '┆' => dashes(3, true, Weight::Light),
        '┈' => dashes(4, false, Weight::Light),
        '┊' => dashes(4, true, Weight::Light),
        '╍' => dashes(2, false, Weight::Heavy),
        '┅' => dashes(3, false, Weight::Heavy),
        _ => return None,
    })
}

/// The outline of a simple figure that fonts draw in all sizes, as an SVG path within a cell, and whether it is filled.
pub fn figure(char: char) -> Option<(String, bool)> {
    let (x, y) = (WIDTH / 2.0, HEIGHT / 2.0);
    let circle = |r: f64| format!("M{} {y}a{r} {r} 0 1 0 {d} 0a{r} {r} 0 1 0 -{d} 0z", x - r, d = 2.0 * r);
    let square = |r: f64| format!("M{} {}h{d}v{d}h-{d}z", x - r, y - r, d = 2.0 * r);
    let diamond = |r: f64| format!("M{x} {}l{r} {r}l-{r} {r}l-{r} -{r}z", y - r);
    // A triangle whose tip points into a direction.
    let tip = |dx: f64, dy: f64, r: f64| {
        let (ax, ay) = (x + dx * r, y + dy * r);
        let (bx, by) = (x - dx * r - dy * r, y - dy * r + dx * r);
        let (cx, cy) = (x - dx * r + dy * r, y - dy * r - dx * r);
        format!("M{ax} {ay}L{bx} {by}L{cx} {cy}z")
    };
    Some(match char {
        '●' => (circle(3.6), true),
        '○' => (circle(3.2), false),
        '•' => (circle(2.2), true),
        '·' => (circle(1.1), true),
        '■' => (square(3.4), true),
        '□' => (square(3.2), false),
        '▪' => (square(2.2), true),
        '◆' => (diamond(4.2), true),
        '◇' => (diamond(4.0), false),
        '▲' => (tip(0.0, -1.0, 3.8), true),
        '▼' => (tip(0.0, 1.0, 3.8), true),
        '▶' | '►' => (tip(1.0, 0.0, 3.8), true),
        '◀' | '◄' => (tip(-1.0, 0.0, 3.8), true),
        '△' => (tip(0.0, -1.0, 3.6), false),
        '▽' => (tip(0.0, 1.0, 3.6), false),
        '▸' => (tip(1.0, 0.0, 2.6), true),
        '◂' => (tip(-1.0, 0.0, 2.6), true),
        '▴' => (tip(0.0, -1.0, 2.6), true),
        '▾' => (tip(0.0, 1.0, 2.6), true),
        _ => return None,
    })
}
