//! Ctrl-C, SIGTERM and a dropped line (SIGHUP): the first asks the run to stop with a checkpoint, the second ends at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crossbeam_channel::{Receiver, Sender, unbounded};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::event::Command;

/// The exit code of a run that was interrupted.
pub const INTERRUPTED: u8 = 130;

/// What the signals of this process have asked for.
#[derive(Clone)]
pub struct Interrupt {
    asked: Arc<AtomicBool>,
    running: Arc<AtomicBool>,
    pub commands: Receiver<Command>,
}

impl Interrupt {
    /// Whether the user has asked to stop.
    #[must_use]
    pub fn asked(&self) -> bool {
        self.asked.load(Ordering::SeqCst)
    }

    /// From now on a run is there to be stopped; before, nothing is lost by ending at once.
    pub fn run_begins(&self) {
        self.running.store(true, Ordering::SeqCst);
    }

    /// The run is over; what comes after it can be ended at once again.
    pub fn run_ended(&self) {
        self.running.store(false, Ordering::SeqCst);
    }

    /// Listens from now on, for the rest of the process.
    ///
    /// # Errors
    ///
    /// When the system refuses the handlers.
    pub fn listen() -> std::io::Result<Self> {
        let (sender, commands) = unbounded();
        let asked = Arc::new(AtomicBool::new(false));
        let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
        let running = Arc::new(AtomicBool::new(false));
        let seen = (Arc::clone(&asked), Arc::clone(&running));
        thread::Builder::new().name("signals".into()).spawn(move || {
            for _ in &mut signals {
                obey(&seen.0, &seen.1, &sender);
            }
        })?;
        Ok(Self { asked, running, commands })
    }
}

fn obey(asked: &AtomicBool, running: &AtomicBool, sender: &Sender<Command>) {
    // Asked twice, the user will not wait; the last whole checkpoint is on the disk.
    if asked.swap(true, Ordering::SeqCst) || !running.load(Ordering::SeqCst) {
        signal_hook::low_level::exit(i32::from(INTERRUPTED));
    }
    // The receiver lives as long as the process.
    let _ = sender.send(Command::Stop);
}
