//! The frame around a pane, the same for all.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType};

use super::put;
use super::theme::{Paint, Role};
use crate::app::words::SYNTHETIC;

/// Draws a frame with a title on its left and a remark on its right; the result is the room inside.
pub fn panel<'a>(
    title: impl Into<Line<'a>>,
    remark: impl Into<Line<'a>>,
    paint: &Paint,
    area: Rect,
    buffer: &mut Buffer,
) -> Rect {
    let spaced = |line: Line<'a>| {
        let mut line = line;
        if !line.spans.is_empty() && line.width() > 0 {
            line.spans.insert(0, " ".into());
            line.spans.push(" ".into());
        }
        line
    };
    let (title, remark) = (spaced(title.into()), spaced(marked(remark.into(), paint)));
    let mut block = Block::bordered().border_type(BorderType::Rounded).border_style(paint.text(Role::Faint));
    // Where both do not fit, the title stays.
    let room = usize::from(area.width.saturating_sub(4));
    let both = title.width() + remark.width() + 2 <= room;
    block = block.title_top(title.style(paint.text(Role::Text)));
    if both && remark.width() > 0 {
        block = block.title_top(remark.style(paint.text(Role::Muted)).right_aligned());
    }
    let inner = block.inner(area);
    put(block, area, buffer);
    inner.intersection(buffer.area)
}

/// A remark with the word that made-up data carry in the colour of a warning, wherever it stands in it.
fn marked<'a>(remark: Line<'a>, paint: &Paint) -> Line<'a> {
    let spans = remark.spans.into_iter().flat_map(|span| match span.content.split_once(SYNTHETIC) {
        Some((before, after)) => vec![
            Span::styled(before.to_owned(), span.style),
            Span::styled(SYNTHETIC, paint.text(Role::Warning)),
            Span::styled(after.to_owned(), span.style),
        ],
        None => vec![span],
    });
    Line { spans: spans.collect(), ..remark }
}

/// The room inside of a frame around an area.
#[must_use]
pub fn inside(area: Rect) -> Rect {
    Block::bordered().inner(area)
}
