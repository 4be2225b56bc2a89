//! A share as a line that is thick as far as it goes.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Draws a share from 0 to 1 in a line, exact to half a cell; anything above 0 is seen.
pub fn draw(share: f64, area: Rect, [done, rest]: [Style; 2], buffer: &mut Buffer) {
    let halves = f64::from(area.width) * 2.0 * share;
    let halves = if share > 0.0 { halves.max(0.5) } else { halves };
    for (x, place) in (area.x..area.right()).zip(0_u16..) {
        let (symbol, style) = match halves - f64::from(place) * 2.0 {
            filled if filled >= 1.5 => ('━', done),
            filled if filled >= 0.5 => ('╸', done),
            _ => ('─', rest),
        };
        if let Some(cell) = buffer.cell_mut((x, area.y)).filter(|_| area.height > 0) {
            cell.set_char(symbol).set_style(style);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(share: f64) -> Buffer {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 4, 1));
        draw(share, buffer.area, [Style::new(); 2], &mut buffer);
        buffer
    }

    #[test]
    fn a_bar_is_exact_to_half_a_cell_and_shows_the_smallest_share() {
        for (share, bar) in
            [(0.0, "────"), (1e-9, "╸───"), (0.375, "━╸──"), (0.5, "━━──"), (1.0, "━━━━"), (9.0, "━━━━")]
        {
            assert_eq!(drawn(share), Buffer::with_lines([bar]), "{share}");
        }
        assert_eq!(drawn(f64::NAN), Buffer::with_lines(["────"]));
    }
}
