//! From the session's thread to the screen: what a run says becomes what the app is told.

use std::cell::{Cell, RefCell};
use std::io::{Write, stdout};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;

use super::event_loop::Happening;
use super::outline::{catalogue, outline};
use super::reader::Request;
use super::strays::StrayLog;
use crate::app::log::{Level, LogLine, words};
use crate::app::{Begun, Msg, Parent, Playback, Run, Shown, Waiting};
use crate::config::Experiment;
use crate::data::Progress;
use crate::event::TrainEvent;
use crate::headless::{Headless, run_report};
use crate::runs::{Provenance, RunFolder};
use crate::runtime::audience::Audience;
use crate::runtime::log::now;
use crate::runtime::session::Failure;
use crate::train::{Job, Trouble};

/// Steps are told together, so often: while every core trains, each waking of the screen's thread takes one
/// of them away for a moment, and the others wait for it.
const TOGETHER: Duration = Duration::from_millis(200);

/// Tells the screen of a run, and once the screen is gone the printer of `--no-ui`.
pub struct Link {
    pub sender: Sender<Happening>,
    pub requests: Sender<Request>,
    pub strays: StrayLog,
    /// Whether the user has left the screen while the run goes on.
    pub left: Arc<AtomicBool>,
    printer: Headless,
    taken_over: Cell<bool>,
    /// Steps that the screen has not been told of, and when it was last told of any.
    held: RefCell<Vec<TrainEvent>>,
    told: Cell<Option<Instant>>,
    /// Whether a run of this process has begun.
    begun: Cell<bool>,
    /// Set while the remarks about a run that has ended come in.
    concluding: Cell<bool>,
    /// Why no run could begin.
    failure: RefCell<Option<String>>,
    farewell: RefCell<Farewell>,
}

/// Where a run has branched from another.
pub fn parent(folder: &RunFolder) -> Option<Parent> {
    let parent = Provenance::read(folder)?.parent?;
    Some(Parent { run: parent.run, step: parent.step })
}

/// What is said once the terminal is given back: results on stdout, remarks on stderr.
#[derive(Clone, Debug, Default)]
pub struct Farewell {
    pub results: String,
    pub remarks: String,
}

impl Farewell {
    /// Says it.
    pub fn say(&self) {
        // A reader that went away has seen what it wanted.
        drop(write!(stdout(), "{}", self.results));
        drop(write!(std::io::stderr(), "{}", self.remarks));
    }
}

impl Link {
    pub fn new(sender: Sender<Happening>, requests: Sender<Request>, strays: StrayLog, printer: Headless) -> Self {
        Self {
            sender,
            requests,
            strays,
            left: Arc::default(),
            printer,
            taken_over: Cell::new(false),
            held: RefCell::default(),
            told: Cell::new(None),
            begun: Cell::new(false),
            concluding: Cell::new(false),
            failure: RefCell::default(),
            farewell: RefCell::default(),
        }
    }

    /// The session is over, with that exit code; the result is what is left to be said.
    pub fn end(&self, code: u8) -> Farewell {
        self.idle(code);
        self.farewell.take()
    }

    /// Tells it, after the steps that were held back.
    fn tell(&self, msg: Msg) {
        for event in self.held.take() {
            self.send(Msg::Fact(Box::new(event)));
        }
        self.told.set(Some(Instant::now()));
        self.send(msg);
    }

    fn send(&self, msg: Msg) {
        // The screen may be gone: the run goes on.
        let _ = self.sender.send(Happening::Msg(msg));
    }

    fn log(&self, level: Level, text: String) {
        self.tell(Msg::Log(LogLine { time: now(), level, text }));
    }

    fn left(&self) -> bool {
        self.left.load(Ordering::SeqCst)
    }
}

impl Audience for Link {
    fn note(&self, line: &str) {
        if self.left() {
            self.printer.note(line);
            return;
        }
        let level = match line {
            line if line.starts_with("error:") => Level::Error,
            line if line.starts_with("warning:") => Level::Warning,
            _ => Level::Info,
        };
        line.lines().for_each(|line| self.log(level, line.to_owned()));
        if self.concluding.get() {
            self.farewell.borrow_mut().remarks += &format!("{line}\n");
        }
    }

    fn progress(&self, progress: &Progress) {
        let received = match progress {
            Progress::Fetching { received, total, .. } => Some((*received, *total)),
            _ => None,
        };
        let what = match progress {
            Progress::Fetching { url, .. } => format!("fetching {url}"),
            other => other.to_string(),
        };
        match progress {
            Progress::Retrying { .. } | Progress::Waiting { .. } => self.log(Level::Warning, what.clone()),
            Progress::Noted { .. } | Progress::Understood { .. } | Progress::Taking { .. } => {
                self.log(Level::Info, what.clone());
            }
            _ => {}
        }
        let failed = matches!(progress, Progress::Retrying { .. });
        self.tell(Msg::Waiting(Waiting { what, received, failed, so_far: None }));
    }

    fn waiting(&self, what: &str) {
        // What follows is about the next run.
        self.concluding.set(false);
        self.tell(Msg::Waiting(Waiting::on(what)));
    }

    fn tuning(&self, device: &str, chosen: u64) {
        let so_far = format!("{chosen} chosen so far; only the first run of a model waits for this");
        let what = format!("choosing kernels: {device}");
        self.tell(Msg::Waiting(Waiting { so_far: Some(so_far), ..Waiting::on(what) }));
    }

    fn begun(&self, job: &Job, run: &Run) {
        self.begun.set(true);
        self.concluding.set(false);
        self.strays.begin(&job.folder, job.dataset.synthetic);
        let name = job.folder.name();
        let own = Request::Own { name: name.clone(), dataset: Arc::clone(&job.dataset), folder: job.folder.clone() };
        let _ = self.requests.send(own);
        // A model that does not fit the data was refused before.
        let Some(outline) = outline(&job.experiment, &job.dataset) else { return };
        self.tell(Msg::Begun(Box::new(Begun {
            name,
            handle: job.folder.handle(),
            experiment: Arc::clone(&job.experiment),
            outline: Arc::new(outline),
            run: run.clone(),
            parent: parent(&job.folder),
        })));
        self.tell(Msg::Catalogue(Arc::new(catalogue(&job.dataset))));
    }

    fn replayed(&self, folder: &RunFolder, experiment: Option<Arc<Experiment>>) {
        self.begun.set(true);
        self.tell(Msg::Replayed(Box::new(Shown {
            name: folder.name(),
            handle: folder.handle(),
            experiment,
            parent: parent(folder),
            live: true,
            ..Shown::default()
        })));
        // What it was trained on, if it is here: the volumes are no part of a journal.
        let _ = self.requests.send(Request::Replayed(folder.clone()));
    }

    fn playing(&self, playback: Playback) {
        self.tell(Msg::Playback(playback));
    }

    fn event(&self, run: &Run, event: &TrainEvent) {
        if self.left() {
            if !self.taken_over.replace(true) {
                self.printer.take_over(run);
            }
            self.printer.event(run, event);
            return;
        }
        let recently = self.told.get().is_some_and(|told| told.elapsed() < TOGETHER);
        if matches!(event, TrainEvent::Stepped(_)) && recently {
            self.held.borrow_mut().push(event.clone());
            return;
        }
        if let Some((level, text)) = words(event) {
            self.log(level, text);
        }
        self.tell(Msg::Fact(Box::new(event.clone())));
    }

    fn finish(&self, run: &Run) {
        if self.left() {
            self.printer.finish(run);
            return;
        }
        self.concluding.set(true);
        // Nothing was left to train: the run is shown as it ended.
        if let Some(started) = run.started.as_ref().filter(|_| !self.begun.get()) {
            let _ = self.requests.send(Request::Open(started.run.clone()));
        }
        self.farewell.borrow_mut().results += &run_report(run);
    }

    fn failed(&self, failure: &Failure) {
        if self.left() {
            self.printer.note(&failure.to_string());
            return;
        }
        let text = failure.to_string();
        text.lines().for_each(|line| self.log(Level::Error, line.to_owned()));
        self.farewell.borrow_mut().remarks += &format!("{text}\n");
        self.tell(Msg::Refused { why: failure.message.clone() });
        *self.failure.borrow_mut() = Some(text);
    }

    fn idle(&self, code: u8) {
        self.tell(Msg::Ended { code, failure: self.failure.take() });
    }

    /// Whoever has left the screen can come back.
    fn trouble(&self) -> Trouble {
        Trouble::Waits
    }
}
