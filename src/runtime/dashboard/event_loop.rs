//! The loop: what happened goes into the app, the picture to the terminal. Generic over the terminal.
//!
//! Input is taken in at once. The picture is drawn when something changed: at once for what the user
//! did, but at most 30 times a second; and for what merely came in, four times a second, or less often where a picture
//! takes long.

use std::io;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError};
use ratatui::Terminal;
use ratatui::backend::Backend;
use ratatui::layout::Position;

use crate::app::{App, Effect, LONGEST_TICK_MS, Leave, Mouse, Msg, next_tick_ms, update};
use crate::event::TrainEvent;
use crate::ui::{Look, dragged, target, view};

/// What comes over the channel: the mouse knows its place, and only the picture knows what lies there.
#[derive(Debug)]
pub enum Happening {
    Msg(Msg),
    Pointed(Mouse, Position),
}

/// At most 30 pictures a second.
const SHORTEST: Duration = Duration::from_millis(33);
/// Facts alone are drawn between so often…
const FACTS_SHORTEST: Duration = Duration::from_millis(250);
/// …and so often, and in between so that pictures take this share of the time. While every core trains,
/// whoever takes one for a moment keeps the others waiting as well.
const FACTS_LONGEST: Duration = Duration::from_secs(1);
const FACTS_SHARE: u32 = 200;

/// How soon the picture has to follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Urgency {
    None,
    /// Something came in.
    Soon,
    /// The user waits for it.
    Now,
}

/// Does what the app asks for, on the terminal or elsewhere.
pub type Perform<'a, B> = dyn FnMut(&mut Terminal<B>, &App, Effect) -> io::Result<()> + 'a;

/// Runs until the app wants to leave. `perform` does what the app asks for.
///
/// # Errors
///
/// When the terminal is gone.
pub fn run<B: Backend<Error = io::Error>>(
    terminal: &mut Terminal<B>,
    app: &mut App,
    look: &mut Look,
    happenings: &Receiver<Happening>,
    perform: &mut Perform<B>,
) -> io::Result<Leave> {
    let begun = Instant::now();
    let mut drawn = Drawn::default();
    let mut urgency = Urgency::Now;
    let mut resized = true;
    loop {
        if drawn.is_due(urgency) {
            let started = Instant::now();
            if resized {
                look.pictures.cell = cell_size().unwrap_or(look.pictures.cell);
                resized = false;
            }
            terminal.draw(|frame| view(app, look, frame))?;
            drawn = Drawn { at: Some(started), took: started.elapsed() };
            urgency = Urgency::None;
        }
        let tick = Duration::from_millis(next_tick_ms(app));
        let first = match happenings.recv_timeout(drawn.wait(urgency).min(tick)) {
            Ok(happening) => Some(happening),
            Err(RecvTimeoutError::Timeout) => None,
            // Nobody is left who could tell anything, not even the keyboard.
            Err(RecvTimeoutError::Disconnected) => return Ok(Leave::Now),
        };
        let now = Happening::Msg(Msg::Tick { now_ms: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX) });
        // What has piled up is taken in together, so that a burst of facts cannot hold up a key behind it.
        for happening in std::iter::once(now).chain(first).chain(happenings.try_iter()) {
            resized |= matches!(happening, Happening::Msg(Msg::Resized { .. }));
            let (msg, urgent) = understand(app, look, happening);
            let noticed = app.notice.is_some();
            let effects = update(app, msg);
            urgency = urgency.max(urgent);
            // A tick alone changes the picture when it takes a notice away, or while something plays.
            if noticed != app.notice.is_some() || plays(app) {
                urgency = Urgency::Now;
            }
            for effect in effects {
                match effect {
                    Effect::Quit(leave) => return Ok(leave),
                    other => perform(terminal, app, other)?,
                }
            }
        }
    }
}

/// A cell's width and height in pixels, where the terminal tells the kernel.
fn cell_size() -> Option<[u16; 2]> {
    let size = crossterm::terminal::window_size().ok()?;
    let cell = [size.width.checked_div(size.columns)?, size.height.checked_div(size.rows)?];
    (cell[0] > 0 && cell[1] > 0).then_some(cell)
}

/// Whether the picture moves by itself.
fn plays(app: &App) -> bool {
    next_tick_ms(app) < LONGEST_TICK_MS
}

/// What a happening means to the app, and how soon it must be seen.
fn understand(app: &App, look: &Look, happening: Happening) -> (Msg, Urgency) {
    match happening {
        Happening::Pointed(mouse, position) => {
            let area = ratatui::layout::Rect::new(0, 0, app.columns, app.rows);
            let find = if mouse == Mouse::Drag { dragged } else { target };
            (Msg::Mouse(mouse, find(app, look, area, position)), Urgency::Now)
        }
        Happening::Msg(msg) => {
            let urgency = match &msg {
                Msg::Tick { .. } => Urgency::None,
                Msg::Machine(_) | Msg::Log(_) | Msg::Runs(_) | Msg::Followed { .. } => Urgency::Soon,
                Msg::Fact(event) => match **event {
                    TrainEvent::Stepped(_) | TrainEvent::LoaderTuned { .. } | TrainEvent::EpochFinished(_) => {
                        Urgency::Soon
                    }
                    _ => Urgency::Now,
                },
                _ => Urgency::Now,
            };
            (msg, urgency)
        }
    }
}

/// The last picture: when it was begun, and how long it took.
#[derive(Default)]
struct Drawn {
    at: Option<Instant>,
    took: Duration,
}

impl Drawn {
    /// How long the next picture has to wait still.
    fn wait(&self, urgency: Urgency) -> Duration {
        let Some(at) = self.at else { return Duration::ZERO };
        let apart = match urgency {
            Urgency::None => return Duration::MAX,
            Urgency::Soon => (self.took * FACTS_SHARE).clamp(FACTS_SHORTEST, FACTS_LONGEST),
            Urgency::Now => SHORTEST,
        };
        apart.saturating_sub(at.elapsed())
    }

    fn is_due(&self, urgency: Urgency) -> bool {
        urgency != Urgency::None && self.wait(urgency).is_zero()
    }
}
