//! Where the parts of the picture stand.

use ratatui::layout::Rect;

/// From here on a screen shows all its essential panes.
pub const FULL_COLUMNS: u16 = 80;
pub const FULL_ROWS: u16 = 24;

/// The parts of the picture. A part that has no room is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The run and its state.
    pub header: Rect,
    pub tabs: Rect,
    pub body: Rect,
    pub footer: Rect,
}

impl Layout {
    /// Below 80×24 one pane and a status line are left, then the status line alone.
    #[must_use]
    pub fn of(area: Rect) -> Self {
        let tabs_height = u16::from(is_full(area));
        let header_height = u16::from(area.height >= 2);
        let footer_height = u16::from(area.height >= 6);
        let line = |y: u16, height: u16| Rect { x: area.x, y, width: area.width, height };
        let header = line(area.y, header_height);
        let tabs = line(header.bottom(), tabs_height);
        let body_height = area.height - header_height - tabs_height - footer_height;
        let body = line(tabs.bottom(), body_height);
        Self { header, tabs, body, footer: line(body.bottom(), footer_height) }
    }
}

/// Whether there is room for more than one pane.
#[must_use]
pub fn is_full(area: Rect) -> bool {
    area.width >= FULL_COLUMNS && area.height >= FULL_ROWS
}

/// The first of `len` lines that a window of `height` lines shows, so that `selected` is in it and,
/// where there is more on both sides, in its middle.
#[must_use]
pub fn first_line(selected: usize, len: usize, height: usize) -> usize {
    selected.saturating_sub(height / 2).min(len.saturating_sub(height))
}
