//! `runs`: every run of the runs folder, and how it ended.

pub mod keeping;
mod queues;

use std::io::{Write, stdout};
use std::path::Path;

use crate::app::runs::{RunEntry, Seeds, at_end, brief};
use crate::app::words::{SYNTHETIC, bytes, duration, harmless, percent, status_word};
use crate::config::experiment_files;
use crate::metrics::Report;
use crate::runs::Notes;
use crate::runtime::Entries;

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

/// Every run of the folder, then the groups of seeds among them.
pub fn table(runs: &Path) -> u8 {
    let entries = Entries::default().list(runs);
    let mut text = String::new();
    if entries.is_empty() {
        text += &format!("no runs in {}\n", runs.display());
    } else {
        let width = entries.iter().map(|entry| entry.name.chars().count()).max().unwrap_or(0).max(4);
        text += &format!(
            "{:<width$}  {:<14} {:>11}  {:>10} {:>9}  {:>9} {:>9}  {}\n",
            "run", "status", "epochs", "best valid", "test", "time", "on disk", "data"
        );
        for entry in &entries {
            text += &row(entry, width);
        }
        let all: u64 = entries.iter().map(|entry| entry.disk_bytes).sum();
        text += &format!("{} of {} on the disk\n", bytes(all), if entries.len() == 1 { "1 run" } else { "all runs" });
        text += &seeds(&entries);
    }
    // A reader that went away has seen what it wanted.
    drop(write!(stdout(), "{text}"));
    0
}

fn row(entry: &RunEntry, width: usize) -> String {
    let name = &entry.name;
    if let Some(why) = &entry.unreadable {
        return format!("{name:<width$}  unreadable: {why}\n");
    }
    let status = status_word(&entry.status, entry.live).to_lowercase();
    let accuracy = |report: &Option<Report>| percent(report.as_ref().map(|report| report.accuracy));
    let notes = Notes { note: entry.note.clone(), tags: entry.tags.iter().cloned().collect() };
    let parent = entry.parent.as_ref().map(|parent| format!("  branch of {parent}")).unwrap_or_default();
    let text = format!(
        "{name:<width$}  {status:<14} {:>11}  {:>10} {:>9}  {:>9} {:>9}  {}  {notes}",
        format!("{}/{}", entry.epoch, entry.epochs),
        accuracy(&entry.best_validation),
        accuracy(&entry.test),
        duration(entry.wall_ms),
        bytes(entry.disk_bytes),
        data(entry) + &parent,
    );
    format!("{}\n", harmless(text.trim_end()))
}

fn data(entry: &RunEntry) -> String {
    if entry.synthetic { format!("{}  {SYNTHETIC}", entry.data) } else { entry.data.clone() }
}

/// How the figures of runs that differ in nothing but their seed spread.
fn seeds(entries: &[RunEntry]) -> String {
    let groups = Seeds::of(entries);
    if groups.is_empty() {
        return String::new();
    }
    let width = groups.iter().map(|seeds| seeds.title().chars().count()).max().unwrap_or(0);
    let mut text =
        "\nmean ± standard deviation over seeds, of the newest run of each that has come to its end\n".to_owned();
    for group in &groups {
        let runs = group.newest(entries);
        let (done, all) = (runs.iter().filter(|run| at_end(run)).count(), runs.len());
        let best = brief(&runs, |run| run.best_validation.as_ref());
        let last = brief(&runs, |run| run.test.as_ref());
        let data = runs.first().map(|run| data(run)).unwrap_or_default();
        text += &format!(
            "{:<width$}  {done} of {all} done  best valid {best:>13}  test {last:>13}  {data}\n",
            group.title()
        );
    }
    text
}
