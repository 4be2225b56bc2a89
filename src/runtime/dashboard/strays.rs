//! What libraries and drivers write to stdout and stderr while the screen is up: lines of the log.

use std::io::{BufRead, BufReader, PipeReader, Read};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crossbeam_channel::Sender;

use super::event_loop::Happening;
use crate::app::Msg;
use crate::app::log::{Level, LogLine};
use crate::runs::RunFolder;
use crate::runtime::log::{Log, now};

/// A longer line is cut: whoever writes without line feeds must not fill the memory.
const LONGEST: u64 = 16 << 10;
/// Lines that are kept for the log of a run that has not begun.
const HELD: usize = 1000;

/// The log that stray lines go to, once there is one.
#[derive(Clone, Default)]
pub struct StrayLog(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    log: Option<Log>,
    held: Vec<String>,
}

impl StrayLog {
    /// From now on lines go to the log of this run, those that came before it first.
    pub fn begin(&self, folder: &RunFolder, synthetic: bool) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut log = Log::open(folder, synthetic);
        for line in kept.held.drain(..) {
            log.line(Level::Output, &line);
        }
        kept.log = Some(log);
    }

    fn line(&self, line: &str) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(log) = &mut kept.log {
            log.line(Level::Output, line);
        } else if kept.held.len() < HELD {
            kept.held.push(line.to_owned());
        }
    }

    /// Reads stray lines until the terminal has its stdout and stderr back.
    ///
    /// # Errors
    ///
    /// When the system has no thread left.
    pub fn collect(&self, strays: PipeReader, sender: Sender<Happening>) -> std::io::Result<()> {
        let log = self.clone();
        thread::Builder::new().name("strays".into()).spawn(move || {
            let mut reader = BufReader::new(strays);
            let mut bytes = Vec::new();
            while let Ok(length) = reader.by_ref().take(LONGEST).read_until(b'\n', &mut bytes)
                && length > 0
            {
                let text = String::from_utf8_lossy(&bytes).trim_end().to_owned();
                bytes.clear();
                if text.is_empty() {
                    continue;
                }
                log.line(&text);
                let line = LogLine { time: now(), level: Level::Output, text };
                // The screen may be gone already; the log has it.
                let _ = sender.send(Happening::Msg(Msg::Log(line)));
            }
        })?;
        Ok(())
    }
}
