//! Who follows the runs of this process: the printer of `--no-ui`, or the dashboard.

use std::sync::Arc;

use super::session::Failure;
use crate::app::{Playback, Run};
use crate::config::Experiment;
use crate::data::Progress;
use crate::event::TrainEvent;
use crate::headless::Headless;
use crate::runs::RunFolder;
use crate::train::{Job, Trouble};

/// What a session tells of its runs, in the order that it happens.
pub trait Audience {
    /// A line for a person.
    fn note(&self, line: &str);

    /// What is being done to get at the data.
    fn progress(&self, progress: &Progress);

    /// Something is waited for before a run can begin.
    fn waiting(&self, what: &str);

    /// A GPU's kernels are being chosen, so many so far.
    fn tuning(&self, device: &str, chosen: u64);

    /// A run begins: its folder is there, and its data; `run` is what it has said so far, when it is resumed.
    fn begun(&self, job: &Job, run: &Run);

    /// A recorded run begins to be played; its experiment, where that can be read.
    fn replayed(&self, folder: &RunFolder, experiment: Option<Arc<Experiment>>);

    /// How it is played from now on.
    fn playing(&self, playback: Playback);

    /// A fact; `run` has taken it in already.
    fn event(&self, run: &Run, event: &TrainEvent);

    /// The run has ended; what follows are remarks about it.
    fn finish(&self, run: &Run);

    /// A run could not begin.
    fn failed(&self, failure: &Failure);

    /// Nothing is left to train; `code` is what the program would exit with.
    fn idle(&self, code: u8);

    /// What a run in trouble does: whether there is, or can be again, somebody to ask.
    fn trouble(&self) -> Trouble;
}

impl Audience for Headless {
    fn note(&self, line: &str) {
        self.note(line);
    }

    /// Without a line for every block of a download.
    fn progress(&self, progress: &Progress) {
        match progress {
            Progress::Fetching { received, total, .. } => {
                // Of a download whose length nobody tells, the beginning is all there is to say.
                let tenth = total.map_or(0, |total| received * 10 / total.max(1));
                if self.is_new_tenth(tenth) {
                    self.note(&progress.to_string());
                }
            }
            Progress::Retrying { .. }
            | Progress::Waiting { .. }
            | Progress::Taking { .. }
            | Progress::Understood { .. } => {
                self.note(&progress.to_string());
            }
            _ => {}
        }
    }

    fn waiting(&self, _what: &str) {}

    fn tuning(&self, _device: &str, _chosen: u64) {}

    fn begun(&self, _job: &Job, _run: &Run) {}

    fn replayed(&self, _folder: &RunFolder, _experiment: Option<Arc<Experiment>>) {}

    fn playing(&self, _playback: Playback) {}

    fn event(&self, run: &Run, event: &TrainEvent) {
        self.event(run, event);
    }

    fn finish(&self, run: &Run) {
        self.finish(run);
    }

    fn failed(&self, failure: &Failure) {
        self.note(&failure.to_string());
    }

    fn idle(&self, _code: u8) {}

    /// A batch queue must not hang.
    fn trouble(&self) -> Trouble {
        Trouble::Fails
    }
}
