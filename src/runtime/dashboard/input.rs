//! The keyboard and the mouse, on a thread of their own: a key is heard while a picture is drawn.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crossbeam_channel::Sender;
use crossterm::event::{self, Event, KeyEventKind, MouseButton, MouseEventKind};
use ratatui::layout::Position;
use signal_hook::consts::SIGWINCH;

use super::event_loop::Happening;
use crate::app::key::Key;
use crate::app::{Mouse, Msg};

/// How soon the keyboard is left alone once nobody wants to hear it, if it is not woken. The last millisecond of each
/// such wait crossterm spends in turning round, which costs a core more than all pictures where it is done often.
const PATIENCE: Duration = Duration::from_secs(1);

/// The thread that listens.
pub struct Keyboard {
    over: Arc<AtomicBool>,
    listening: JoinHandle<()>,
}

impl Keyboard {
    /// Listens no more: what is typed from now on is for whoever has the terminal next.
    pub fn stop(self) {
        self.over.store(true, Ordering::SeqCst);
        // As if the terminal had another size: that ends the wait.
        let _ = signal_hook::low_level::raise(SIGWINCH);
        // It has died where the terminal is gone.
        let _ = self.listening.join();
    }
}

/// Listens until the terminal is gone or nobody wants to hear any more.
///
/// # Errors
///
/// When the system has no thread left.
pub fn listen(sender: Sender<Happening>) -> std::io::Result<Keyboard> {
    let over = Arc::new(AtomicBool::new(false));
    let ended = Arc::clone(&over);
    let listening = thread::Builder::new().name("input".into()).spawn(move || {
        while !ended.load(Ordering::SeqCst) {
            match event::poll(PATIENCE) {
                Ok(true) => {}
                Ok(false) => continue,
                Err(_) => return,
            }
            let Ok(event) = event::read() else { return };
            if let Some(happening) = happening(event)
                && sender.send(happening).is_err()
            {
                return;
            }
        }
    })?;
    Ok(Keyboard { over, listening })
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
