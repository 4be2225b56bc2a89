//! The terminal while the dashboard has it: taken, and given back as it was however the program ends.
//!
//! While the screen is up, the process's stdout and stderr lead into a pipe: what a library or a driver
//! writes there becomes lines of the log and cannot tear the picture.

use std::fs::File;
use std::io::{self, PipeReader, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::panic;
use std::sync::{Mutex, MutexGuard, TryLockError};
use std::thread;
use std::time::Duration;

use crossterm::cursor::Show;
use crossterm::event::{DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture};
use crossterm::queue;
use crossterm::style::ResetColor;
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode,
    enable_raw_mode,
};
use ratatui::Terminal;
use ratatui::backend::{Backend, ClearType, CrosstermBackend};

/// The terminal's side of stdout and stderr while they lead elsewhere; `None` while no screen is up.
static TAKEN: Mutex<Option<Taken>> = Mutex::new(None);

struct Taken {
    stdout: OwnedFd,
    stderr: OwnedFd,
}

/// The dashboard's terminal.
pub type Screen = Terminal<CrosstermBackend<Tty>>;

/// Takes the terminal: raw mode, the alternate screen, paste as one event. What the process writes to
/// stdout and stderr from now on is read from the result.
///
/// # Errors
///
/// When the terminal refuses; it is then left as it was.
pub fn take() -> io::Result<(Screen, PipeReader)> {
    let (strays, ours) = io::pipe()?;
    let taken = Taken {
        stdout: io::stdout().as_fd().try_clone_to_owned()?,
        stderr: io::stderr().as_fd().try_clone_to_owned()?,
    };
    *lock() = Some(taken);
    restore_on_panic();
    let entered = enable_raw_mode().and_then(|()| {
        let mut tty = Tty::default();
        queue!(tty, EnterAlternateScreen, EnableBracketedPaste)?;
        tty.flush()?;
        rustix::stdio::dup2_stdout(&ours)?;
        rustix::stdio::dup2_stderr(&ours)?;
        Terminal::new(CrosstermBackend::new(tty))
    });
    match entered {
        Ok(terminal) => Ok((terminal, strays)),
        Err(error) => {
            restore();
            Err(error)
        }
    }
}

/// Takes the mouse, or gives it back.
///
/// # Errors
///
/// When the terminal is gone.
pub fn capture_mouse(screen: &mut Screen, capture: bool) -> io::Result<()> {
    let tty = screen.backend_mut();
    if capture { queue!(tty, EnableMouseCapture) } else { queue!(tty, DisableMouseCapture) }?;
    Write::flush(tty)
}

/// Takes the terminal once more, after a shell has had it while the process was halted.
///
/// # Errors
///
/// When the terminal is gone.
pub fn retake(screen: &mut Screen, mouse: bool) -> io::Result<()> {
    // What is remembered as raw may be so no more: only off and on again sets it.
    disable_raw_mode()?;
    enable_raw_mode()?;
    queue!(screen.backend_mut(), EnterAlternateScreen, EnableBracketedPaste)?;
    capture_mouse(screen, mouse)?;
    forget(screen)
}

/// Clears the screen and forgets what stood there, so that the next picture is drawn whole. ratatui's own
/// `clear` asks the terminal for its cursor: the question would go into the log, and the answer never come.
///
/// # Errors
///
/// When the terminal is gone.
pub fn forget(screen: &mut Screen) -> io::Result<()> {
    screen.backend_mut().clear_region(ClearType::All)?;
    screen.swap_buffers();
    Ok(())
}

/// Gives the terminal back as it was. Does nothing where no screen is up, so it can be called at any
/// end: by the one who took it, by a panic, by a signal.
pub fn restore() {
    // A terminal that takes no more output must not keep the process from ending.
    let Some(taken) = patient_lock().and_then(|mut taken| taken.take()) else { return };
    let mut tty = File::from(taken.stdout);
    give_back(&mut tty);
    drop(disable_raw_mode());
    let _ = rustix::stdio::dup2_stdout(&tty);
    let _ = rustix::stdio::dup2_stderr(&taken.stderr);
}

/// Ends the frame that may be under way, leaves the alternate screen, and takes nothing from the terminal any more.
pub fn give_back(tty: &mut impl Write) {
    let given_back = queue!(
        tty,
        EndSynchronizedUpdate,
        DisableMouseCapture,
        DisableBracketedPaste,
        ResetColor,
        LeaveAlternateScreen,
        Show
    )
    .and_then(|()| tty.flush());
    // Whoever has closed the terminal needs nothing back.
    drop(given_back);
}

fn lock() -> MutexGuard<'static, Option<Taken>> {
    TAKEN.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// The lock, or `None` when a write to the terminal has held it for too long.
fn patient_lock() -> Option<MutexGuard<'static, Option<Taken>>> {
    for _ in 0..50 {
        match TAKEN.try_lock() {
            Ok(taken) => return Some(taken),
            Err(TryLockError::Poisoned(poisoned)) => return Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(10)),
        }
    }
    None
}

/// A panic of the screen's own thread gives the terminal back before its message is printed; that of
/// any other thread goes to the log, like all that is written to stderr.
fn restore_on_panic() {
    let screen_thread = thread::current().id();
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        if thread::current().id() == screen_thread {
            restore();
        }
        before(panic);
    }));
}

/// Where the picture goes: the terminal that stdout was, a whole frame at a time.
#[derive(Debug, Default)]
pub struct Tty {
    frame: Vec<u8>,
}

impl Write for Tty {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.frame.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.frame.is_empty() {
            return Ok(());
        }
        // A terminal that knows these words shows the frame as a whole, and any other passes over them.
        let mut whole = Vec::with_capacity(self.frame.len() + 16);
        queue!(whole, BeginSynchronizedUpdate)?;
        whole.extend_from_slice(&self.frame);
        queue!(whole, EndSynchronizedUpdate)?;
        let written = match &*lock() {
            // A duplicate of the descriptor, so that a panic in between closes nothing that is needed.
            Some(taken) => File::from(taken.stdout.try_clone()?).write_all(&whole),
            // The terminal has been given back: nothing is written over what stands there.
            None => Ok(()),
        };
        self.frame.clear();
        written
    }
}
