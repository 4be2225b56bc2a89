//! A terminal's screen as an SVG that looks the same in every viewer.
//!
//! Knows cells and colours, not what the program means by them. Whatever must join or fill is a shape;
//! letters are text, each run stretched to the width of its cells, so that no font moves a column.

use std::collections::BTreeMap;
use std::fmt::Write;

use vt100::{Cell, Screen};

use super::colours::{BACKGROUND, Paint, Rgb, blend, hex, is_dark};
use super::shapes::{self, Line, Weight};
use super::strokes::Strokes;

/// A cell, in pixels. Half of it is a square, so a slice drawn in half blocks keeps its proportions.
pub const WIDTH: f64 = 9.0;
pub const HEIGHT: f64 = 18.0;
const FONT_SIZE: f64 = 15.0;
const FONTS: &str =
    "'JetBrains Mono','Cascadia Mono','SF Mono',Menlo,'DejaVu Sans Mono',Consolas,'Liberation Mono',monospace";
/// The baseline, from a cell's top.
const BASELINE: f64 = 13.5;
const TITLE_BAR: f64 = 34.0;
const PADDING: f64 = 12.0;
const DOT: f64 = 2.8;

/// Draws a screen in a window of that title.
pub fn draw(screen: &Screen, title: &str) -> String {
    let (rows, columns) = screen.size();
    let mut sheet = Sheet::default();
    for row in 0..rows.get() {
        for column in 0..columns.get() {
            if let Some(cell) = screen.cell(row, column) {
                sheet.cell(cell, column, row);
            }
        }
    }
    let (width, height) = (f64::from(columns.get()) * WIDTH, f64::from(rows.get()) * HEIGHT);
    let (whole, high) = (width + 2.0 * PADDING, height + TITLE_BAR + PADDING);
    let ground = screen.cell(0, 0).map_or(BACKGROUND, |cell| Paint::of(cell).back);
    let ink = blend(ground, if is_dark(ground) { (255, 255, 255) } else { (0, 0, 0) }, 0.55);
    let edge = blend(ground, ink, 0.4);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{whole}\" height=\"{high}\" \
         viewBox=\"0 0 {whole} {high}\" role=\"img\">\n<title>{}</title>\n\
         <rect x=\".5\" y=\".5\" width=\"{}\" height=\"{}\" rx=\"9\" fill=\"{}\" stroke=\"{}\"/>\n",
        escaped(title),
        whole - 1.0,
        high - 1.0,
        hex(ground),
        hex(edge),
    );
    for (place, light) in [(0.0, "#ff5f57"), (20.0, "#febc2e"), (40.0, "#28c840")] {
        let _ = writeln!(svg, "<circle cx=\"{}\" cy=\"17\" r=\"6\" fill=\"{light}\"/>", 20.0 + place);
    }
    let _ = writeln!(
        svg,
        "<text x=\"{}\" y=\"22\" text-anchor=\"middle\" font-family=\"{FONTS}\" font-size=\"13\" fill=\"{}\">{}</text>",
        whole / 2.0,
        hex(ink),
        escaped(title),
    );
    let _ = writeln!(svg, "<g transform=\"translate({PADDING} {TITLE_BAR})\">");
    sheet.write(&mut svg, ground);
    svg + "</g>\n</svg>\n"
}

/// Letters of one look, side by side.
struct Run {
    column: u16,
    row: u16,
    paint: Paint,
    text: String,
}

/// Everything on the screen, sorted by how it is drawn.
#[derive(Default)]
struct Sheet {
    /// Rows of half a cell's height: runs of one colour, from a column up to another.
    halves: BTreeMap<u16, Vec<(u16, u16, Rgb)>>,
    /// Rectangles: x, y, width and height, by colour and percent of opacity.
    blocks: BTreeMap<(Rgb, u8), String>,
    /// Strokes of box drawing.
    lines: BTreeMap<(Rgb, Weight), Strokes>,
    dots: BTreeMap<Rgb, String>,
    /// Simple figures, filled or not.
    figures: BTreeMap<(Rgb, bool), String>,
    runs: Vec<Run>,
}

impl Sheet {
    fn cell(&mut self, cell: &Cell, column: u16, row: u16) {
        let paint = Paint::of(cell);
        let char = cell.contents().chars().next().unwrap_or(' ');
        let (top, bottom) = match char {
            '▀' => (paint.fore, paint.back),
            '▄' => (paint.back, paint.fore),
            '█' => (paint.fore, paint.fore),
            _ => (paint.back, paint.back),
        };
        self.fill(column, 2 * row, top);
        self.fill(column, 2 * row + 1, bottom);
        if cell.is_wide_continuation() || matches!(char, ' ' | '▀' | '▄' | '█') && !paint.underline {
            return;
        }
        let (x, y) = (f64::from(column) * WIDTH, f64::from(row) * HEIGHT);
        if let Some((blocks, opacity)) = shapes::blocks(char) {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a percentage")]
            let path = self.blocks.entry((paint.fore, (opacity * 100.0) as u8)).or_default();
            for [left, top, right, bottom] in blocks.into_iter().map(|block| block.map(f64::from)) {
                let (w, h) = ((right - left) * WIDTH / 8.0, (bottom - top) * HEIGHT / 8.0);
                let _ = write!(path, "M{} {}h{w}v{h}h-{w}z", x + left * WIDTH / 8.0, y + top * HEIGHT / 8.0);
            }
        } else if let Some(dots) = shapes::dots(char) {
            let path = self.dots.entry(paint.fore).or_default();
            for (dx, dy) in dots {
                // A stroke of no length has no ends to be round everywhere; a hair of length does.
                let _ = write!(path, "M{} {}h.01", x + dx, y + dy);
            }
        } else if let Some(line) = shapes::line(char) {
            self.line(line, paint.fore, x, y);
        } else if let Some((path, filled)) = shapes::figure(char) {
            let _ = write!(
                self.figures.entry((paint.fore, filled)).or_default(),
                "<path transform=\"translate({x} {y})\" d=\"{path}\"/>"
            );
        } else {
            self.letter(cell.contents(), paint, column, row);
        }
    }

    fn fill(&mut self, column: u16, half: u16, colour: Rgb) {
        let runs = self.halves.entry(half).or_default();
        match runs.last_mut() {
            Some((_, end, of)) if *end == column && *of == colour => *end += 1,
            _ => runs.push((column, column + 1, colour)),
        }
    }

    fn line(&mut self, line: Line, colour: Rgb, x: f64, y: f64) {
        let (middle, centre, right, bottom) = (x + WIDTH / 2.0, y + HEIGHT / 2.0, x + WIDTH, y + HEIGHT);
        match line {
            Line::Arms(arms) => {
                let ends = [(x, centre), (right, centre), (middle, y), (middle, bottom)];
                for (weight, (to_x, to_y)) in arms.into_iter().zip(ends) {
                    let Some(weight) = weight else { continue };
                    self.strokes(colour, weight).straight((middle, centre), (to_x, to_y));
                }
            }
            Line::Corner { right: to_right, down } => {
                let side = if to_right { right } else { x };
                let end = if down { bottom } else { y };
                let radius = if to_right { WIDTH / 2.0 } else { -WIDTH / 2.0 };
                let turn = if down { centre + radius.abs() } else { centre - radius.abs() };
                self.strokes(colour, Weight::Light)
                    .curve(&format!("M{side} {centre}Q{middle} {centre} {middle} {turn}V{end}"));
            }
            Line::Dashes { count, down, weight } => {
                for dash in 0..count {
                    let [from, to] = [0.15, 0.85].map(|part| (f64::from(dash) + part) / f64::from(count));
                    self.strokes(colour, weight).curve(&if down {
                        format!("M{middle} {:.2}V{:.2}", y + from * HEIGHT, y + to * HEIGHT)
                    } else {
                        format!("M{:.2} {centre}H{:.2}", x + from * WIDTH, x + to * WIDTH)
                    });
                }
            }
        }
    }

    fn strokes(&mut self, colour: Rgb, weight: Weight) -> &mut Strokes {
        self.lines.entry((colour, weight)).or_default()
    }

    /// Letters join a run of their look; what fonts draw in all widths stands alone and is fitted to its cell.
    fn letter(&mut self, letter: &str, paint: Paint, column: u16, row: u16) {
        let common = |text: &str| text.chars().all(|char| char.is_ascii() || char.is_alphabetic());
        if let Some(run) = self.runs.last_mut() {
            let end = run.column + u16::try_from(run.text.chars().count()).unwrap_or(u16::MAX);
            let beside = run.row == row && (end == column || end + 1 == column && !paint.underline);
            // Backgrounds are drawn apart.
            let alike = Paint { back: paint.back, ..run.paint } == paint;
            if beside && alike && common(letter) && common(&run.text) {
                run.text.extend((end < column).then_some(' '));
                run.text.push_str(letter);
                return;
            }
        }
        self.runs.push(Run { column, row, paint, text: letter.to_owned() });
    }

    fn write(self, svg: &mut String, ground: Rgb) {
        svg.push_str("<g shape-rendering=\"crispEdges\">\n");
        for (colour, path) in rectangles(self.halves, ground) {
            let _ = writeln!(svg, "<path fill=\"{}\" d=\"{path}\"/>", hex(colour));
        }
        for ((colour, percent), path) in &self.blocks {
            let opacity =
                if *percent == 100 { String::new() } else { format!(" opacity=\"{}\"", f64::from(*percent) / 100.0) };
            let _ = writeln!(svg, "<path fill=\"{}\"{opacity} d=\"{path}\"/>", hex(*colour));
        }
        svg.push_str("</g>\n<g fill=\"none\">\n");
        for ((colour, weight), strokes) in self.lines {
            let width = if weight == Weight::Heavy { 2.6 } else { 1.2 };
            let _ =
                writeln!(svg, "<path stroke=\"{}\" stroke-width=\"{width}\" d=\"{}\"/>", hex(colour), strokes.path());
        }
        for (colour, path) in self.dots {
            let _ = writeln!(
                svg,
                "<path stroke=\"{}\" stroke-width=\"{DOT}\" stroke-linecap=\"round\" d=\"{path}\"/>",
                hex(colour)
            );
        }
        svg.push_str("</g>\n");
        for ((colour, filled), paths) in self.figures {
            let (fill, stroke) = if filled { (hex(colour), "none".into()) } else { ("none".into(), hex(colour)) };
            let _ = writeln!(svg, "<g fill=\"{fill}\" stroke=\"{stroke}\" stroke-width=\"1.2\">{paths}</g>");
        }
        let _ = writeln!(svg, "<g font-family=\"{FONTS}\" font-size=\"{FONT_SIZE}\">");
        self.runs.iter().for_each(|run| write_run(run, svg));
        svg.push_str("</g>\n");
    }
}

fn write_run(run: &Run, svg: &mut String) {
    let Run { column, row, paint, text } = run;
    if !text.trim().is_empty() {
        let (x, y) = (f64::from(*column) * WIDTH, f64::from(*row) * HEIGHT + BASELINE);
        let cells = u16::try_from(text.chars().count()).unwrap_or(u16::MAX);
        let length = f64::from(cells) * WIDTH;
        let _ = write!(svg, "<text x=\"{x}\" y=\"{y}\" textLength=\"{length}\" lengthAdjust=\"spacingAndGlyphs\"");
        let _ = write!(svg, " fill=\"{}\"", hex(paint.fore));
        let marks = [
            (paint.bold, " font-weight=\"bold\""),
            (paint.italic, " font-style=\"italic\""),
            (paint.underline, " text-decoration=\"underline\""),
        ];
        marks.iter().filter(|(set, _)| *set).for_each(|(_, mark)| svg.push_str(mark));
        let _ = writeln!(svg, ">{}</text>", escaped(text));
    }
}

/// The grounds by colour: runs of the same place and colour, one below the other, are one rectangle. The
/// window has the commonest already.
fn rectangles(halves: BTreeMap<u16, Vec<(u16, u16, Rgb)>>, ground: Rgb) -> BTreeMap<Rgb, String> {
    let mut paths: BTreeMap<Rgb, String> = BTreeMap::new();
    let mut open: BTreeMap<(u16, u16, Rgb), u16> = BTreeMap::new();
    let mut close = |(from, to, colour): (u16, u16, Rgb), top: u16, bottom: u16| {
        let (x, y) = (f64::from(from) * WIDTH, f64::from(top) * HEIGHT / 2.0);
        let (w, h) = (f64::from(to - from) * WIDTH, f64::from(bottom - top) * HEIGHT / 2.0);
        if colour != ground {
            let _ = write!(paths.entry(colour).or_default(), "M{x} {y}h{w}v{h}h-{w}z");
        }
    };
    let mut end = 0;
    for (half, runs) in halves {
        end = half + 1;
        let ended: Vec<_> = open.iter().filter(|(run, _)| !runs.contains(run)).map(|(run, top)| (*run, *top)).collect();
        for (run, top) in ended {
            open.remove(&run);
            close(run, top, half);
        }
        for run in runs {
            open.entry(run).or_insert(half);
        }
    }
    for (run, top) in open {
        close(run, top, end);
    }
    paths
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
