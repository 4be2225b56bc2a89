//! Leaving the terminal while training goes on in the same process.
//!
//! A shell waits for the process that it has started, and gives its prompt back when that one ends. So the program
//! stands twice while it has the screen: in front, where the shell sees it, a process that only waits, and behind it
//! the one that does everything. To leave, the one behind cuts itself off from the terminal and sends the one in
//! front home; nothing that is trained notices. Should the one in front be killed, so is the one behind.

use std::fs::File;
use std::io::{IsTerminal, Write, stderr, stdin, stdout};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus};
use std::thread;

use rustix::process::{Pid, Signal, WaitOptions, kill_process, setsid, waitpid};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGSTOP, SIGTERM, SIGTSTP, SIGUSR1};
use signal_hook::iterator::Signals;

/// Tells the process behind who stands in front of it.
const FRONT: &str = "VIVIT_TUI_FRONT";

/// Which of the two this process is.
pub enum Place {
    /// In front; the work is done, and this is the exit code.
    Front(u8),
    /// Behind, where the work has to be done.
    Behind(Front),
}

/// The process in front, if there is one.
pub struct Front(Option<Pid>);

impl Place {
    /// Starts the program once more behind this process and waits for it. Where that cannot be, this process does
    /// the work by itself and cannot leave its terminal.
    #[must_use]
    pub fn take() -> Self {
        if let Some(front) = in_front() {
            return Self::Behind(front);
        }
        let Ok(signals) = Signals::new([SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGCONT, SIGUSR1]) else {
            return Self::Behind(Front(None));
        };
        let settings = tcgetattr(stdout()).ok();
        let behind = std::env::current_exe().and_then(|program| {
            let arguments = std::env::args_os().skip(1);
            Command::new(program).args(arguments).env(FRONT, std::process::id().to_string()).spawn()
        });
        match behind {
            Ok(behind) => Self::Front(wait(&behind, signals, settings.as_ref())),
            Err(_) => Self::Behind(Front(None)),
        }
    }
}

/// The process that started this one to stand behind it.
fn in_front() -> Option<Front> {
    let pid = Pid::from_raw(std::env::var(FRONT).ok()?.parse().ok()?)?;
    // Left over from a program further up.
    (rustix::process::getppid() == Some(pid)).then_some(())?;
    die_with_it(true);
    // It may have died before the line above.
    (rustix::process::getppid() == Some(pid)).then_some(Front(Some(pid)))
}

impl Front {
    /// Whether the terminal can be left.
    #[must_use]
    pub fn can_leave(&self) -> bool {
        self.0.is_some()
    }

    /// Cuts this process off from the terminal and gives it back to the shell. What is to be said has been said.
    pub fn leave(self) {
        let Some(front) = self.0 else { return };
        die_with_it(false);
        let _ = setsid();
        fall_silent();
        let _ = kill_process(front, Signal::USR1);
    }
}

/// Whether this process is killed when the one in front is.
fn die_with_it(dies: bool) {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_parent_process_death_signal(dies.then_some(Signal::KILL));
    // Elsewhere it hears of the terminal's end alone.
    #[cfg(not(target_os = "linux"))]
    let _ = dies;
}

/// From now on nothing is read from the terminal or written to it. What leads elsewhere, into a file or a pipe, goes on
/// doing so.
pub fn fall_silent() {
    let Ok(nothing) = File::options().read(true).write(true).open("/dev/null") else { return };
    if stdin().is_terminal() {
        let _ = rustix::stdio::dup2_stdin(&nothing);
    }
    if stdout().is_terminal() {
        let _ = rustix::stdio::dup2_stdout(&nothing);
    }
    if stderr().is_terminal() {
        let _ = rustix::stdio::dup2_stderr(&nothing);
    }
}

/// Waits for the end of the one behind, and passes on what the one in front is told.
fn wait(behind: &Child, mut signals: Signals, settings: Option<&Termios>) -> u8 {
    let Some(pid) = i32::try_from(behind.id()).ok().and_then(Pid::from_raw) else { return 1 };
    // What the terminal sends reaches both; what a user sends goes to the process that the shell knows.
    let _ = thread::Builder::new().name("signals".into()).spawn(move || {
        for signal in &mut signals {
            if signal == SIGUSR1 {
                signal_hook::low_level::exit(0);
            }
            if let Some(signal) = Signal::from_named_raw(signal) {
                let _ = kill_process(pid, signal);
            }
        }
    });
    loop {
        match waitpid(Some(pid), WaitOptions::UNTRACED) {
            // The shell has to notice that its job stands still.
            Ok(Some((_, status))) if status.stopped() => {
                // Woken, this process wakes the one behind, as with every other signal.
                let _ = signal_hook::low_level::raise(SIGSTOP);
            }
            Ok(Some((_, status))) => return end(ExitStatus::from_raw(status.as_raw()), settings),
            Ok(None) | Err(rustix::io::Errno::INTR) => {}
            Err(_) => return 1,
        }
    }
}

/// The exit code. Whoever was killed could not give the terminal back.
fn end(status: ExitStatus, settings: Option<&Termios>) -> u8 {
    if let Some(code) = status.code() {
        return u8::try_from(code).unwrap_or(1);
    }
    super::dashboard::give_back();
    if let Some(settings) = settings {
        let _ = tcsetattr(stdout(), OptionalActions::Now, settings);
    }
    let signal = status.signal().unwrap_or(0);
    drop(writeln!(stderr(), "killed by signal {signal}; `vivit-tui resume` goes on from the last checkpoint"));
    u8::try_from(128 + signal).unwrap_or(1)
}
