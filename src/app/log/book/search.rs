//! What is looked for in a book, and going from match to match.

use std::ops::Range;

use super::{Book, DayOrLine};
use crate::app::log::Sheet;

impl Book {
    /// Looks for a text: shows the nearest match that is in sight or above.
    pub(in crate::app::log) fn search(&mut self, sheet: Sheet, needle: &str) {
        needle.clone_into(&mut self.needle);
        self.current = None;
        self.matches.clear();
        if needle.is_empty() {
            return;
        }
        let matches =
            self.lines.iter().zip(self.first..).filter(|(line, _)| found(&line.text, needle).next().is_some());
        self.matches = matches.map(|(_, number)| number).collect();
        let bottom = self.at_bottom(sheet).unwrap_or(self.end());
        let above = self.shown_matches(sheet).rfind(|number| *number <= bottom);
        if let Some(number) = above.or_else(|| self.shown_matches(sheet).next()) {
            self.jump(sheet, number);
        }
    }

    /// The matches whose level is shown.
    fn shown_matches(&self, sheet: Sheet) -> impl DoubleEndedIterator<Item = u64> {
        let shown = move |number: &u64| self.line(*number).is_some_and(|line| line.level >= sheet.least);
        self.matches.iter().copied().filter(shown)
    }

    /// Jumps to the next match, round and round; whether there is one.
    pub(in crate::app::log) fn next_match(&mut self, sheet: Sheet) -> bool {
        let from = self.current.or(self.at_bottom(sheet)).unwrap_or(self.first);
        let after = self.shown_matches(sheet).find(|number| *number > from);
        let to = after.or_else(|| self.shown_matches(sheet).next());
        to.is_some_and(|number| self.jump(sheet, number))
    }

    /// Jumps to the match before, round and round; whether there is one.
    pub(in crate::app::log) fn previous_match(&mut self, sheet: Sheet) -> bool {
        let from = self.current.or(self.at_bottom(sheet).map(|bottom| bottom + 1)).unwrap_or(self.end());
        let before = self.shown_matches(sheet).rfind(|number| *number < from);
        let to = before.or_else(|| self.shown_matches(sheet).next_back());
        to.is_some_and(|number| self.jump(sheet, number))
    }

    /// Brings a line into sight; one that already is stays where it is.
    fn jump(&mut self, sheet: Sheet, number: u64) -> bool {
        self.current = Some(number);
        let whole = self.visible(sheet);
        let top = whole.iter().find_map(|row| if let DayOrLine::Line(number, _) = row { Some(*number) } else { None });
        let bottom = self.at_bottom(sheet).unwrap_or(number);
        if top.is_none_or(|top| number <= top) || number > bottom {
            // A third of the sheet below it shows what came of it.
            let below = self.downwards(sheet, number).take(sheet.rows / 3 + 1).last().map(|(number, _)| number);
            self.put_at_bottom(sheet, below.unwrap_or(number));
        }
        true
    }
}

/// Where a text has the needle. A needle without capitals is found whatever the case.
pub fn found<'a>(text: &'a str, needle: &'a str) -> impl Iterator<Item = Range<usize>> {
    let exact = needle.chars().any(char::is_uppercase);
    let same = move |a: char, b: char| match (a.is_ascii() && b.is_ascii(), exact) {
        (_, true) => a == b,
        (true, false) => a.eq_ignore_ascii_case(&b),
        (false, false) => a.to_lowercase().eq(b.to_lowercase()),
    };
    let mut from = 0;
    std::iter::from_fn(move || {
        let rest = text.get(from..).filter(|_| !needle.is_empty())?;
        let (start, end) = rest.char_indices().find_map(|(at, _)| {
            let mut chars = rest.get(at..)?.char_indices();
            let fits = needle.chars().all(|wanted| chars.next().is_some_and(|(_, char)| same(char, wanted)));
            let end = chars.next().map_or(rest.len(), |(after, _)| at + after);
            fits.then_some((from + at, from + end))
        })?;
        from = end;
        Some(start..end)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_capital_in_the_needle_asks_for_the_case() {
        let count = |text: &str, needle: &str| found(text, needle).count();
        assert_eq!(count("Loss loss LOSS", "loss"), 3);
        assert_eq!(count("Loss loss LOSS", "Loss"), 1);
        assert_eq!(count("ÄRGER ärger", "ärger"), 2);
        assert_eq!(count("aaaa", "aa"), 2);
        assert_eq!(count("anything", ""), 0);
    }
}
