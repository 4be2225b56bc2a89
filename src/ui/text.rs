//! Texts in a row of the picture, cut with an ellipsis where they have no room.

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// A text of at most so many columns; where something is missing stands an ellipsis.
#[must_use]
pub fn cut(text: &str, width: usize) -> Cow<'_, str> {
    if text.width() <= width {
        return Cow::Borrowed(text);
    }
    let mut used = 0;
    let fitting = text.char_indices().find(|(_, char)| {
        used += char.width().unwrap_or(0);
        used + 1 > width
    });
    let kept = fitting.and_then(|(end, _)| text.get(..end)).unwrap_or_default();
    if width == 0 { Cow::Borrowed("") } else { Cow::Owned(format!("{}…", kept.trim_end())) }
}

/// Writes a text into the first row of an area, to its left or right end.
pub fn write(text: &str, style: Style, alignment: Alignment, area: Rect, buffer: &mut Buffer) {
    let area = area.intersection(buffer.area);
    if area.is_empty() || text.is_empty() {
        return;
    }
    let text = cut(text, usize::from(area.width));
    let spare = area.width.saturating_sub(u16::try_from(text.width()).unwrap_or(u16::MAX));
    let indent = match alignment {
        Alignment::Left => 0,
        Alignment::Center => spare / 2,
        Alignment::Right => spare,
    };
    buffer.set_stringn(area.x + indent, area.y, text, usize::from(area.width - indent), style);
}

/// A line of at most so many columns, its last span cut where it has to be.
#[must_use]
pub fn cut_line(line: Line<'_>, width: usize) -> Line<'_> {
    if line.width() <= width {
        return line;
    }
    let mut room = width;
    let mut kept = Vec::new();
    for span in line.spans {
        let wide = span.width();
        if wide > room {
            kept.push(Span::styled(cut(&span.content, room).into_owned(), span.style));
            break;
        }
        room -= wide;
        kept.push(span);
    }
    Line { spans: kept, ..line }
}

/// The row so far down an area; empty below its end.
#[must_use]
pub fn row(area: Rect, down: usize) -> Rect {
    let down = u16::try_from(down).unwrap_or(u16::MAX).min(area.height);
    Rect { y: area.y.saturating_add(down), height: u16::from(down < area.height), ..area }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_ends_in_an_ellipsis_and_fits() {
        assert_eq!(cut("baseline-001", 12), "baseline-001");
        assert_eq!(cut("baseline-001", 11), "baseline-0…");
        assert_eq!(cut("two words", 5), "two…");
        assert_eq!(cut("肝臓", 3), "肝…");
        assert_eq!(cut("肝臓", 2), "…");
        assert_eq!(cut("abc", 0), "");
    }
}
