//! `runs`: every run of the runs folder, and how it ended.

pub mod keeping;
mod queues;

use std::io::{Write, stdout};
use std::path::Path;

use crate::app::words::{bytes, duration, outcome_words, percent};
use crate::app::{Run, Status};
use crate::config::experiment_files;
use crate::event::Evaluated;
use crate::runs::{Notes, RunFolder, disk_use, list, read_journal};

/// Without any argument: the runs, and the experiments that can be started.
pub fn overview(runs: &Path) -> u8 {
    table(runs);
    let experiments = experiment_files();
    let mut out = stdout().lock();
    let shown = match experiments.as_slice() {
        [] => writeln!(out, "\nno experiments/*.ron here; `vivit-tui --help` says what can be done"),
        some => some
            .iter()
            .try_fold((), |(), path| writeln!(out, "start: vivit-tui {path}"))
            .and_then(|()| writeln!(out, "`vivit-tui --help` says what else can be done")),
    };
    // A reader that went away has seen what it wanted.
    drop(shown);
    0
}

pub fn table(runs: &Path) -> u8 {
    let folders = list(runs);
    let mut text = String::new();
    if folders.is_empty() {
        text += &format!("no runs in {}\n", runs.display());
    } else {
        let width = folders.iter().map(|folder| folder.name().chars().count()).max().unwrap_or(0).max(4);
        text += &format!(
            "{:<width$}  {:<14} {:>11}  {:>10} {:>9}  {:>9} {:>9}  {}\n",
            "run", "status", "epochs", "best valid", "test", "time", "on disk", "data"
        );
        let mut all = 0;
        for folder in &folders {
            let size = disk_use(folder.path());
            all += size;
            text += &row(folder, width, size);
        }
        text += &format!("{} of {} on the disk\n", bytes(all), if folders.len() == 1 { "1 run" } else { "all runs" });
    }
    // A reader that went away has seen what it wanted.
    drop(write!(stdout(), "{text}"));
    0
}

fn row(folder: &RunFolder, width: usize, size: u64) -> String {
    let name = folder.name();
    let run = match read_journal(&folder.journal()) {
        Ok(reading) => Run::of(reading.events),
        Err(error) => return format!("{name:<width$}  unreadable: {error}\n"),
    };
    let live = folder.is_live();
    let status = match &run.status {
        Status::Finished(outcome) => outcome_words(*outcome),
        Status::Paused(_) if live => "paused",
        Status::Training | Status::Waiting if live => "training",
        Status::Training | Status::Waiting | Status::Paused(_) => "died",
        Status::Stopped => "interrupted",
        Status::Failed(_) => "failed",
    };
    let accuracy = |evaluated: Option<&Evaluated>| percent(evaluated.map(|evaluated| evaluated.report.accuracy));
    let started = run.started.as_ref();
    let epochs =
        format!("{}/{}", run.epochs.last().map_or(0, |row| row.epoch), started.map_or(0, |started| started.epochs));
    let data = started.map_or(String::new(), |started| {
        if started.synthetic { format!("{}  SYNTHETIC", started.data) } else { started.data.clone() }
    });
    // Notes that cannot be read are named where they are changed.
    let notes = Notes::read(folder).unwrap_or_default();
    let text = format!(
        "{name:<width$}  {status:<14} {epochs:>11}  {:>10} {:>9}  {:>9} {:>9}  {data}  {notes}",
        accuracy(run.validation_best()),
        accuracy(run.test_last.as_ref()),
        duration(run.elapsed_ms()),
        bytes(size),
    );
    format!("{}\n", text.trim_end())
}
