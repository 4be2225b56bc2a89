//! The keyboard and the mouse, on a thread of their own: a key is heard while a picture is drawn.

use std::thread;

use crossbeam_channel::Sender;
use crossterm::event::{self, Event, KeyEventKind, MouseButton, MouseEventKind};
use ratatui::layout::Position;

use super::event_loop::Happening;
use crate::app::key::Key;
use crate::app::{Mouse, Msg};

/// Listens until the terminal is gone or nobody wants to hear any more.
///
/// # Errors
///
/// When the system has no thread left.
pub fn listen(sender: Sender<Happening>) -> std::io::Result<()> {
    thread::Builder::new().name("input".into()).spawn(move || {
        while let Ok(event) = event::read() {
            if let Some(happening) = happening(event)
                && sender.send(happening).is_err()
            {
                return;
            }
        }
    })?;
    Ok(())
}

fn happening(event: Event) -> Option<Happening> {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => Some(Happening::Msg(Msg::Key(Key::from(key)))),
        Event::Paste(text) => Some(Happening::Msg(Msg::Paste(text))),
        Event::Resize(columns, rows) => Some(Happening::Msg(Msg::Resized { columns, rows })),
        Event::Mouse(mouse) => {
            let kind = match mouse.kind {
                MouseEventKind::Down(MouseButton::Left) => Mouse::Click,
                MouseEventKind::Drag(MouseButton::Left) => Mouse::Drag,
                MouseEventKind::ScrollUp => Mouse::WheelUp,
                MouseEventKind::ScrollDown => Mouse::WheelDown,
                _ => return None,
            };
            Some(Happening::Pointed(kind, Position { x: mouse.column, y: mouse.row }))
        }
        Event::Key(_) | Event::FocusGained | Event::FocusLost => None,
    }
}
