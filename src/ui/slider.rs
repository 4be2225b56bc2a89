//! The slider over the epochs, in the last line of the screens that look at one.
//!
//! ```text
//!  newest  8/60 ━┿━┿━★━◈━┿━□━●┈┈┈┈┈┈┈┈┈┈┈┈┈┈  ★ best 3  ◈ marked 4  □ checkpoint 6
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use super::layout::{FULL_COLUMNS, FULL_ROWS};
use super::put;
use super::theme::{Paint, Role};
use crate::app::scrub::{self, Track};
use crate::app::words::signed;
use crate::app::{App, Target};

/// Its signs: where one looks, and what there is to find.
const HERE: &str = "●";
const MARKED: &str = "◈";
const BEST: &str = "★";
const KEPT: &str = "□";

/// From here on its signs are explained in words.
const WORDS: u16 = 110;

/// Columns between two epochs from which each has a notch.
const NOTCH: u64 = 3;

/// What stands in the place of an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Sign {
    ToCome,
    Done,
    Notch,
    Kept,
    Best,
    Marked,
    Here,
}

/// The body of a screen, and below it the slider, empty where there is none.
pub fn divide(app: &App, body: Rect) -> (Rect, Rect) {
    let rows = u16::from(is_due(app) && body.height > 1);
    let screen = Rect { height: body.height - rows, ..body };
    (screen, Rect { y: screen.bottom(), height: rows, ..body })
}

/// A small terminal has no room to spare; the keys do the same without it.
fn is_due(app: &App) -> bool {
    let full = app.columns >= FULL_COLUMNS && app.rows >= FULL_ROWS;
    full && scrub::is_on(app.screen) && scrub::track(app).is_some()
}

/// Where its parts stand: words, the track, and more words.
struct Parts {
    track: Track,
    before: Rect,
    line: Rect,
    after: Rect,
}

impl Parts {
    fn of(app: &App, area: Rect) -> Option<Self> {
        let track = scrub::track(app)?;
        let before = count(before_words(app, track).chars().count()).min(area.width);
        let after_width = after_words(app, area.width).iter().map(|(_, text)| text.chars().count()).sum::<usize>();
        // What stands behind the track has the same length wherever one looks, so that the track holds still.
        let after = count(after_width + 2).min((area.width - before) / 2);
        let line = Rect { x: area.x + before, width: area.width - before - after, ..area };
        let after = Rect { x: line.right(), width: after, ..area };
        Some(Self { track, before: Rect { width: before, ..area }, line, after })
    }

    /// The column of an epoch, from the left of the track.
    fn column(&self, epoch: u64) -> u16 {
        let Track { first, last, .. } = self.track;
        let widest = u64::from(self.line.width.saturating_sub(1));
        let of = (last - first).max(1);
        let column = (epoch.clamp(first, last) - first).saturating_mul(widest).saturating_add(of / 2) / of;
        u16::try_from(column).unwrap_or(0)
    }

    /// The epoch that is nearest to a column.
    fn epoch(&self, column: u16) -> u64 {
        let Track { first, last, .. } = self.track;
        let widest = u64::from(self.line.width.saturating_sub(1)).max(1);
        let column = u64::from(column.min(self.line.width.saturating_sub(1)));
        first + (column.saturating_mul(last - first).saturating_add(widest / 2)) / widest
    }

    /// The epoch above or below a place of the picture.
    fn at(&self, position: Position) -> u64 {
        self.epoch(position.x.saturating_sub(self.line.x))
    }

    fn has_notches(&self) -> bool {
        let Track { first, last, .. } = self.track;
        u64::from(self.line.width) >= NOTCH * (last - first + 1)
    }

    /// What is seen in every column.
    fn signs(&self, app: &App) -> Vec<Sign> {
        let mut signs = vec![Sign::ToCome; usize::from(self.line.width)];
        let reached = self.column(self.track.reached);
        signs.iter_mut().take(usize::from(reached) + 1).for_each(|sign| *sign = Sign::Done);
        let mut put = |epoch: u64, wanted: Sign| {
            if let Some(sign) = signs.get_mut(usize::from(self.column(epoch))) {
                *sign = wanted.max(*sign);
            }
        };
        if self.has_notches() {
            scrub::stops(app).for_each(|row| put(row.epoch, Sign::Notch));
        }
        scrub::kept_epochs(app).for_each(|epoch| put(epoch, Sign::Kept));
        let single =
            [(scrub::best(app), Sign::Best), (scrub::marked(app), Sign::Marked), (scrub::in_sight(app), Sign::Here)];
        for (row, sign) in single {
            if let Some(row) = row {
                put(row.epoch, sign);
            }
        }
        signs
    }
}

/// Draws the slider.
pub fn draw(app: &App, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let Some(parts) = Parts::of(app, area) else { return };
    let chosen = scrub::looked_at(app).is_some();
    let role = if chosen { Role::Accent } else { Role::Muted };
    let style = paint.text(role).add_modifier(if chosen { Modifier::BOLD } else { Modifier::empty() });
    put(Span::styled(before_words(app, parts.track), style), parts.before, buffer);
    for (sign, x) in parts.signs(app).into_iter().zip(parts.line.x..parts.line.right()) {
        let (symbol, style) = drawn(sign, paint);
        put(Span::styled(symbol, style), Rect { x, width: 1, ..parts.line }, buffer);
    }
    let after = after_words(app, area.width).into_iter();
    let after =
        after.map(|(kind, text)| Span::styled(text, kind.map_or(paint.text(Role::Muted), |sign| drawn(sign, paint).1)));
    put(
        after.collect::<Line>(),
        Rect { x: parts.after.x + 2, width: parts.after.width.saturating_sub(2), ..parts.after },
        buffer,
    );
}

fn drawn(sign: Sign, paint: &Paint) -> (&'static str, Style) {
    let bold = |role| paint.text(role).add_modifier(Modifier::BOLD);
    match sign {
        Sign::ToCome => ("┈", paint.text(Role::Faint)),
        Sign::Done => ("━", paint.text(Role::Muted)),
        Sign::Notch => ("┿", paint.text(Role::Muted)),
        Sign::Kept => (KEPT, paint.text(Role::Text)),
        Sign::Best => (BEST, bold(Role::Best)),
        Sign::Marked => (MARKED, bold(Role::Text)),
        Sign::Here => (HERE, bold(Role::Accent)),
    }
}

/// ` epoch 12/60 `, or ` newest 23/60 `: always as long.
fn before_words(app: &App, track: Track) -> String {
    let word = if scrub::looked_at(app).is_some() { "epoch " } else { "newest" };
    let epoch = scrub::in_sight(app).map_or(0, |row| row.epoch);
    let digits = track.last.to_string().len();
    format!(" {word} {epoch:>digits$}/{} ", track.last)
}

/// What the signs are of, or what has changed since the marked epoch; a sign and what is said of it stand apart.
fn after_words(app: &App, width: u16) -> Vec<(Option<Sign>, String)> {
    let words = width >= WORDS;
    let digits = scrub::track(app).map_or(1, |track| track.last.to_string().len());
    let entry = |sign: Sign, symbol: &str, word: &str, epoch: Option<u64>| {
        let epoch = epoch.map_or("–".to_owned(), |epoch| epoch.to_string());
        let word = if words { format!("{word} ") } else { String::new() };
        [(Some(sign), symbol.to_owned()), (None, format!(" {word}{epoch:<digits$}  "))]
    };
    if let Some(since) = scrub::versus(app) {
        let gain = scrub::in_sight(app).and_then(|row| scrub::gain(row, since));
        let (accuracy, loss) = gain.unwrap_or_default();
        let (accuracy, loss) = (signed(accuracy * 100.0, 1), signed(loss, 3));
        let (name, points) = if words { ("accuracy", " points") } else { ("acc.", "") };
        let mut line = Vec::from(entry(Sign::Marked, MARKED, "since", Some(since.epoch)));
        line.push((None, format!("{name} {accuracy:>5}{points}  loss {loss:>6} ")));
        return line;
    }
    let best = entry(Sign::Best, BEST, "best", scrub::best(app).map(|row| row.epoch));
    let marked = scrub::marked(app).map(|row| entry(Sign::Marked, MARKED, "marked", Some(row.epoch)));
    let kept = entry(Sign::Kept, KEPT, "checkpoint", scrub::nearest_epoch(app));
    [Some(best), marked, Some(kept)].into_iter().flatten().flatten().collect()
}

/// What lies at a place of the slider.
pub fn target(app: &App, area: Rect, position: Position) -> Option<Target> {
    area.contains(position).then(|| {
        let parts = Parts::of(app, area);
        Target::Slider(parts.filter(|parts| parts.line.contains(position)).map(|parts| parts.at(position)))
    })
}

/// The epoch above or below the mouse, for one that has hold of the slider.
pub fn dragged(app: &App, area: Rect, position: Position) -> Target {
    Target::Slider(Parts::of(app, area).map(|parts| parts.at(position)))
}

/// Columns of a text.
fn count(number: usize) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(width: u16, first: u64, last: u64) -> Parts {
        let line = Rect::new(13, 20, width, 1);
        let track = Track { first, reached: last, last };
        Parts { track, before: Rect::default(), line, after: Rect::default() }
    }

    #[test]
    fn every_epoch_that_has_a_column_of_its_own_is_found_there_again() {
        for (width, first, last) in [(40, 1, 8), (8, 1, 8), (60, 7, 60), (1, 1, 1), (90, 1, 1), (3, 2, 3)] {
            let parts = parts(width, first, last);
            for epoch in first..=last {
                assert!(parts.column(epoch) < width);
                assert_eq!(parts.epoch(parts.column(epoch)), epoch, "{width} columns, {first} to {last}");
            }
        }
    }

    #[test]
    fn of_more_epochs_than_columns_the_ends_can_be_reached() {
        let parts = parts(50, 1, 1000);
        assert_eq!((parts.column(1), parts.column(1000)), (0, 49));
        assert_eq!((parts.epoch(0), parts.epoch(49), parts.epoch(9999)), (1, 1000, 1000));
        assert!(!parts.has_notches());
    }
}
