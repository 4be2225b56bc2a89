//! A line of blocks: how a share did recently.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Eighths of a cell, from below. Even nothing is seen, as a line at the bottom.
const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Draws shares from 0 to 1, newest at the right end; those that have no room are left out.
pub fn draw(shares: impl DoubleEndedIterator<Item = f64>, area: Rect, style: Style, buffer: &mut Buffer) {
    for (share, x) in shares.rev().zip((area.x..area.right()).rev()) {
        if let Some(cell) = buffer.cell_mut((x, area.y)).filter(|_| !area.is_empty()) {
            cell.set_char(block(share)).set_style(style);
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
fn block(share: f64) -> char {
    let place = (share.clamp(0.0, 1.0) * 8.0).floor() as usize;
    BLOCKS.get(place.min(BLOCKS.len() - 1)).copied().unwrap_or(' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_share_stands_at_the_right_end() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 4, 1));
        draw([9.0, 0.0, 0.5, 1.0].into_iter(), Rect::new(1, 0, 3, 1), Style::new(), &mut buffer);
        assert_eq!(buffer, Buffer::with_lines([" ▁▅█"]));
        assert_eq!(block(f64::NAN), '▁');
    }
}
