//! The Model screen.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::panel::panel;
use super::theme::Paint;
use crate::app::{App, Target};

/// Draws the screen.
pub fn draw(_app: &App, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    panel("model", "", paint, area, buffer);
}

/// What lies at a place of the screen.
pub fn target(_app: &App, _area: Rect, _position: Position) -> Target {
    Target::Nothing
}
