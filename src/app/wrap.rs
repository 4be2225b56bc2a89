//! Text broken into lines of some width, as the picture shows it and as scrolling counts it.

use std::ops::Range;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The lines of a text, as ranges of its bytes: broken at blanks, and within a word where it is longer than a line.
#[must_use]
pub fn wrap(text: &str, width: usize) -> Vec<Range<usize>> {
    let width = width.max(1);
    let mut lines = Vec::new();
    // The line that is being filled: where it starts, its width, and behind which blank it can be broken.
    let (mut start, mut used, mut blank) = (0, 0, None);
    for (at, char) in text.char_indices() {
        let wide = char.width().unwrap_or(0);
        if used + wide > width && at > start {
            if char == ' ' {
                lines.push(start..at);
                (start, used, blank) = (at + 1, 0, None);
                continue;
            }
            let next = blank.unwrap_or(at);
            let line = text.get(start..next).unwrap_or_default();
            lines.push(start..start + line.trim_end_matches(' ').len());
            used = text.get(next..at).map_or(0, UnicodeWidthStr::width);
            (start, blank) = (next, None);
        }
        if char == ' ' {
            blank = Some(at + 1);
        }
        used += wide;
    }
    if start < text.len() || lines.is_empty() {
        lines.push(start..text.len());
    }
    lines
}

/// The same as texts.
#[must_use]
pub fn wrapped(text: &str, width: usize) -> Vec<&str> {
    wrap(text, width).into_iter().map(|range| text.get(range).unwrap_or_default()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_at_blanks_and_long_words_where_they_must() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("one two three", 8), ["one two", "three"]);
        assert_eq!(wrapped("checkpoints/step-000031", 10), ["checkpoint", "s/step-000", "031"]);
        assert_eq!(wrapped("", 10), [""]);
    }

    #[test]
    fn no_line_is_wider_than_asked_for_and_no_letter_is_lost() {
        let text = "the loss is 2.31 — 肝臓 and a_very_long_word_without_any_blank, then  two blanks ";
        for width in 2..40 {
            let lines = wrapped(text, width);
            assert!(lines.iter().all(|line| line.width() <= width), "{width}: {lines:?}");
            let letters = |text: &str| text.chars().filter(|char| *char != ' ').collect::<String>();
            assert_eq!(letters(&lines.concat()), letters(text), "{width}");
        }
    }

    #[test]
    fn a_wide_letter_in_too_narrow_a_line_ends_the_loop_all_the_same() {
        assert_eq!(wrapped("肝臓", 1), ["肝", "臓"]);
    }
}
