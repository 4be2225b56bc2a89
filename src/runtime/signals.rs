//! Ctrl-C and SIGTERM: the first asks the run to stop with a checkpoint, the second ends at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crossbeam_channel::{Receiver, Sender, unbounded};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::event::Command;

/// The exit code of a run that was interrupted.
pub const INTERRUPTED: u8 = 130;

/// What the signals of this process have asked for.
#[derive(Clone)]
pub struct Interrupt {
    asked: Arc<AtomicBool>,
    pub commands: Receiver<Command>,
}

impl Interrupt {
    /// Whether the user has asked to stop.
    #[must_use]
    pub fn asked(&self) -> bool {
        self.asked.load(Ordering::SeqCst)
    }

    /// Listens from now on, for the rest of the process.
    ///
    /// # Errors
    ///
    /// When the system refuses the handlers.
    pub fn listen() -> std::io::Result<Self> {
        let (sender, commands) = unbounded();
        let asked = Arc::new(AtomicBool::new(false));
        let mut signals = Signals::new([SIGINT, SIGTERM])?;
        let seen = Arc::clone(&asked);
        thread::Builder::new().name("signals".into()).spawn(move || {
            for signal in &mut signals {
                obey(signal, &seen, &sender);
            }
        })?;
        Ok(Self { asked, commands })
    }
}

fn obey(signal: i32, asked: &AtomicBool, sender: &Sender<Command>) {
    if asked.swap(true, Ordering::SeqCst) {
        // The user will not wait; the last whole checkpoint is on the disk. SIGINT's own default
        // would not give our exit code.
        let _ = signal;
        signal_hook::low_level::exit(i32::from(INTERRUPTED));
    }
    // Nobody listens between two runs; the flag says it all.
    let _ = sender.send(Command::Stop);
}
