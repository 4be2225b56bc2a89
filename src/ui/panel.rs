//! The frame around a pane, the same for all.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Block, BorderType};

use super::put;
use super::theme::{Paint, Role};

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
    let (title, remark) = (spaced(title.into()), spaced(remark.into()));
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

/// The room inside of a frame around an area.
#[must_use]
pub fn inside(area: Rect) -> Rect {
    Block::bordered().inner(area)
}
