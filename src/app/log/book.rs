//! The lines of a run, bounded in number, and where their reader stands.

mod search;

use std::collections::VecDeque;

use unicode_width::UnicodeWidthStr;

pub use self::search::found;
use super::plain::plain;
use super::{Level, LogLine, Long, Sheet};
use crate::app::wrap;

/// Lines that are kept; older ones are in `log.txt`.
pub const KEPT: usize = 20_000;

/// The lines of a run. A line has a number that it keeps when older ones are dropped.
#[derive(Clone, Debug, Default)]
pub struct Book {
    lines: VecDeque<LogLine>,
    /// The number of the first line that is still there.
    first: u64,
    /// The line that stands at the bottom of the sheet; none: the newest, whichever that is.
    bottom: Option<u64>,
    needle: String,
    /// The numbers of the lines with the needle, and the one that was jumped to.
    matches: VecDeque<u64>,
    current: Option<u64>,
}

/// A row group of the sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayOrLine<'a> {
    /// The day that begins with the next line.
    Day(&'a str),
    /// A line and its number.
    Line(u64, &'a LogLine),
}

impl Book {
    /// Adds a line, or several where its text has several.
    pub fn add(&mut self, line: &LogLine) {
        for text in line.text.lines().map(plain) {
            // Of a line that only moved a cursor nothing is left.
            if !text.is_empty() || line.level > Level::Output {
                self.push(LogLine { text, time: plain(&line.time), level: line.level });
            }
        }
    }

    fn push(&mut self, line: LogLine) {
        if self.lines.len() == KEPT {
            self.lines.pop_front();
            self.first += 1;
            if self.matches.front().is_some_and(|number| *number < self.first) {
                self.matches.pop_front();
            }
            // What was at the bottom may be gone.
            self.bottom = self.bottom.map(|bottom| bottom.max(self.first));
        }
        let number = self.end();
        if !self.needle.is_empty() && found(&line.text, &self.needle).next().is_some() {
            self.matches.push_back(number);
        }
        self.lines.push_back(line);
    }

    /// The lines that are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// How many lines were dropped.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.first
    }

    /// Whether the newest line is followed.
    #[must_use]
    pub fn follows(&self) -> bool {
        self.bottom.is_none()
    }

    #[must_use]
    pub fn needle(&self) -> &str {
        &self.needle
    }

    /// How many lines have the needle, and the place of the one that was jumped to among them, from 1.
    #[must_use]
    pub fn matches(&self) -> (usize, Option<usize>) {
        let place = self.current.and_then(|current| self.matches.binary_search(&current).ok());
        (self.matches.len(), place.map(|place| place + 1))
    }

    /// The line that was jumped to.
    #[must_use]
    pub fn current(&self) -> Option<u64> {
        self.current
    }

    /// The number behind the newest line.
    fn end(&self) -> u64 {
        self.first + self.lines.len() as u64
    }

    fn line(&self, number: u64) -> Option<&LogLine> {
        self.lines.get(usize::try_from(number.checked_sub(self.first)?).ok()?)
    }

    /// The columns of the widest line.
    #[must_use]
    pub fn widest(&self) -> usize {
        self.lines.iter().map(|line| line.text.width()).max().unwrap_or(0)
    }

    /// The lines from a number down to the first, as far as their level is shown.
    fn upwards(&self, sheet: Sheet, from: u64) -> impl Iterator<Item = (u64, &LogLine)> {
        let count = usize::try_from((from + 1).saturating_sub(self.first)).unwrap_or(0).min(self.lines.len());
        let numbered = self.lines.iter().enumerate().take(count).rev();
        let numbered = numbered.map(|(place, line)| (self.first + place as u64, line));
        numbered.filter(move |(_, line)| line.level >= sheet.least)
    }

    /// The same from the first line on.
    fn downwards(&self, sheet: Sheet, from: u64) -> impl Iterator<Item = (u64, &LogLine)> {
        let skipped = usize::try_from(from.saturating_sub(self.first)).unwrap_or(usize::MAX);
        let numbered =
            self.lines.iter().enumerate().skip(skipped).map(|(place, line)| (self.first + place as u64, line));
        numbered.filter(move |(_, line)| line.level >= sheet.least)
    }

    /// What the sheet shows, from its top: as many lines as fit above the one at the bottom. The first may
    /// have more rows than are left for it; its last ones are then the ones to show.
    #[must_use]
    pub fn visible(&self, sheet: Sheet) -> Vec<DayOrLine<'_>> {
        let bottom = self.bottom.unwrap_or(self.end()).min(self.end());
        let mut shown: Vec<DayOrLine> = Vec::new();
        let mut rows = 0;
        for (number, line) in self.upwards(sheet, bottom) {
            if let Some(DayOrLine::Line(_, below)) = shown.last()
                && starts_day(line, below)
            {
                shown.push(DayOrLine::Day(below.date()));
                rows += 1;
            }
            if rows >= sheet.rows {
                break;
            }
            shown.push(DayOrLine::Line(number, line));
            rows += height(sheet, line);
        }
        shown.reverse();
        shown
    }

    /// The line that stands at the bottom.
    fn at_bottom(&self, sheet: Sheet) -> Option<u64> {
        self.upwards(sheet, self.bottom.unwrap_or(self.end())).next().map(|(number, _)| number)
    }

    /// The lowest line that is whole when the first one stands at the top.
    fn highest_bottom(&self, sheet: Sheet) -> Option<u64> {
        let (mut rows, mut last, mut above): (usize, Option<u64>, Option<&LogLine>) = (0, None, None);
        for (number, line) in self.downwards(sheet, self.first) {
            rows += height(sheet, line) + usize::from(above.is_some_and(|above| starts_day(above, line)));
            if last.is_some() && rows > sheet.rows {
                break;
            }
            last = Some(number);
            above = Some(line);
        }
        last
    }

    /// Puts a line at the bottom, or the nearest at which the sheet is full; follows when it is the newest.
    fn put_at_bottom(&mut self, sheet: Sheet, number: u64) {
        let number = self.highest_bottom(sheet).map_or(number, |highest| number.max(highest));
        let newest = self.upwards(sheet, self.end()).next().map(|(number, _)| number);
        self.bottom = newest.filter(|newest| number < *newest).map(|_| number);
    }

    /// Goes so many lines up.
    pub(super) fn up(&mut self, sheet: Sheet, lines: usize) {
        let from = self.bottom.unwrap_or(self.end());
        if let Some((number, _)) = self.upwards(sheet, from).take(lines + 1).last() {
            self.put_at_bottom(sheet, number);
        }
    }

    /// Goes so many lines down.
    pub(super) fn down(&mut self, sheet: Sheet, lines: usize) {
        let Some(from) = self.bottom else { return };
        if let Some((number, _)) = self.downwards(sheet, from).take(lines + 1).last() {
            self.put_at_bottom(sheet, number);
        }
    }

    pub(super) fn go_to_first(&mut self, sheet: Sheet) {
        self.put_at_bottom(sheet, self.first);
    }

    pub(super) fn follow(&mut self) {
        self.bottom = None;
    }

    pub(super) fn toggle_follow(&mut self, sheet: Sheet) {
        self.bottom = match self.bottom {
            Some(_) => None,
            None => self.at_bottom(sheet),
        };
    }
}

/// Whether a line is of another day than the one above it.
fn starts_day(above: &LogLine, line: &LogLine) -> bool {
    !line.date().is_empty() && !above.date().is_empty() && line.date() != above.date()
}

/// The rows of a line.
fn height(sheet: Sheet, line: &LogLine) -> usize {
    match sheet.long {
        Long::Wrapped if line.text.width() > sheet.width => wrap(&line.text, sheet.width).len(),
        Long::Wrapped | Long::Cut(_) => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::log::Margin;

    const SHEET: Sheet = Sheet { width: 20, rows: 5, long: Long::Wrapped, least: Level::Output, margin: Margin::Words };

    fn line(text: &str) -> LogLine {
        LogLine { time: "2026-11-23T15:00:00Z".into(), level: Level::Info, text: text.into() }
    }

    fn book(count: usize) -> Book {
        let mut book = Book::default();
        (0..count).for_each(|number| book.add(&line(&format!("line {number}"))));
        book
    }

    fn texts(book: &Book) -> Vec<String> {
        let text = |row: DayOrLine| match row {
            DayOrLine::Day(day) => day.to_owned(),
            DayOrLine::Line(_, line) => line.text.clone(),
        };
        book.visible(SHEET).into_iter().map(text).collect()
    }

    #[test]
    fn the_newest_line_is_followed_until_the_reader_goes_up() {
        let mut book = book(10);
        assert_eq!(texts(&book), ["line 5", "line 6", "line 7", "line 8", "line 9"]);
        book.up(SHEET, 2);
        book.add(&line("line 10"));
        assert_eq!(texts(&book), ["line 3", "line 4", "line 5", "line 6", "line 7"]);
        book.down(SHEET, 99);
        assert!(book.follows());
        book.add(&line("line 11"));
        assert_eq!(texts(&book).last().unwrap(), "line 11");
    }

    #[test]
    fn going_up_ends_at_the_first_line_and_comes_down_at_once() {
        let mut book = book(10);
        book.up(SHEET, 99);
        assert_eq!(texts(&book), ["line 0", "line 1", "line 2", "line 3", "line 4"]);
        book.down(SHEET, 1);
        assert_eq!(texts(&book), ["line 1", "line 2", "line 3", "line 4", "line 5"]);
    }

    #[test]
    fn what_fits_at_once_is_followed_always() {
        let mut book = book(3);
        book.up(SHEET, 1);
        assert!(book.follows());
        assert_eq!(texts(&book).len(), 3);
    }

    #[test]
    fn the_oldest_lines_are_dropped_and_the_reader_stays_at_his_line() {
        let mut book = book(KEPT);
        book.up(SHEET, 100);
        let before = texts(&book);
        (0..50).for_each(|_| book.add(&line("more")));
        assert_eq!((book.len(), book.dropped()), (KEPT, 50));
        assert_eq!(texts(&book), before);
        (0..KEPT).for_each(|_| book.add(&line("more")));
        assert!(!book.visible(SHEET).is_empty(), "even when that line is gone");
    }

    #[test]
    fn long_lines_count_with_all_their_rows() {
        let mut book = Book::default();
        for _ in 0..4 {
            book.add(&line("thirty letters in several words"));
        }
        assert_eq!(book.visible(SHEET).len(), 3, "two rows each, and one row of the third");
        let cut = Sheet { long: Long::Cut(0), ..SHEET };
        assert_eq!(book.visible(cut).len(), 4);
        book.go_to_first(SHEET);
        assert_eq!(book.visible(SHEET).len(), 2, "the first line is whole");
    }

    #[test]
    fn a_new_day_is_announced() {
        let mut book = book(2);
        book.add(&LogLine { time: "2026-11-24T00:00:01Z".into(), ..line("the next day") });
        assert_eq!(texts(&book), ["line 0", "line 1", "2026-11-24", "the next day"]);
    }

    #[test]
    fn lines_below_the_level_are_left_out() {
        let mut book = book(10);
        book.add(&LogLine { level: Level::Error, ..line("out of memory") });
        (0..10).for_each(|_| book.add(&line("later")));
        let errors = Sheet { least: Level::Error, ..SHEET };
        assert_eq!(book.visible(errors).len(), 1);
    }

    #[test]
    fn matches_are_gone_through_round_and_round_and_new_ones_counted() {
        let mut book = book(30);
        book.search(SHEET, "line 2");
        assert_eq!(book.matches(), (11, Some(11)), "2 and 20 to 29, beginning at the nearest");
        assert!(book.previous_match(SHEET));
        assert_eq!(book.matches(), (11, Some(10)));
        book.next_match(SHEET);
        book.next_match(SHEET);
        assert_eq!((book.matches(), book.current()), ((11, Some(1)), Some(2)));
        assert!(texts(&book).contains(&"line 2".to_owned()));
        book.add(&line("LINE 2 again"));
        assert_eq!(book.matches().0, 12);
    }

    #[test]
    fn several_lines_of_one_text_are_several_lines() {
        let mut book = Book::default();
        book.add(&line("panicked at src/main.rs:3:\n\u{1b}[31mindex out of bounds\u{1b}[0m"));
        assert_eq!(texts(&book), ["panicked at src/main.rs:3:", "index out of bounds"]);
    }
}
