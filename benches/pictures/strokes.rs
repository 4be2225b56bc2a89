//! Strokes of box drawing, joined where one goes on from another.

use std::collections::BTreeMap;
use std::fmt::Write;

/// Straight strokes, joined where one goes on from another, and curved ones as they are.
#[derive(Default)]
pub struct Strokes {
    /// By the coordinate that stays: where it runs from and to. In tenths of a pixel, so that they compare.
    across: BTreeMap<i64, Vec<(i64, i64)>>,
    down: BTreeMap<i64, Vec<(i64, i64)>>,
    curves: String,
}

#[expect(clippy::cast_possible_truncation, reason = "pixels of a screen")]
fn tenths(pixels: f64) -> i64 {
    (pixels * 10.0).round() as i64
}

#[expect(clippy::cast_precision_loss, reason = "pixels of a screen")]
fn pixels(tenths: i64) -> f64 {
    tenths as f64 / 10.0
}

impl Strokes {
    /// A stroke across or down.
    pub fn straight(&mut self, from: (f64, f64), to: (f64, f64)) {
        let ((x, y), (to_x, to_y)) = ((tenths(from.0), tenths(from.1)), (tenths(to.0), tenths(to.1)));
        if y == to_y {
            self.across.entry(y).or_default().push((x.min(to_x), x.max(to_x)));
        } else {
            self.down.entry(x).or_default().push((y.min(to_y), y.max(to_y)));
        }
    }

    /// Any other stroke, as an SVG path.
    pub fn curve(&mut self, path: &str) {
        self.curves += path;
    }

    /// All of them as one SVG path.
    pub fn path(self) -> String {
        let mut path = self.curves;
        for (y, strokes) in self.across {
            for (from, to) in joined(strokes) {
                let _ = write!(path, "M{} {}H{}", pixels(from), pixels(y), pixels(to));
            }
        }
        for (x, strokes) in self.down {
            for (from, to) in joined(strokes) {
                let _ = write!(path, "M{} {}V{}", pixels(x), pixels(from), pixels(to));
            }
        }
        path
    }
}

/// Strokes that touch are one.
fn joined(mut strokes: Vec<(i64, i64)>) -> Vec<(i64, i64)> {
    strokes.sort_unstable();
    let mut joined: Vec<(i64, i64)> = Vec::new();
    for (from, to) in strokes {
        match joined.last_mut() {
            Some((_, end)) if *end >= from => *end = (*end).max(to),
            _ => joined.push((from, to)),
        }
    }
    joined
}
