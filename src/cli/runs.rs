//! `runs`: every run of the runs folder, and how it ended.

pub mod keeping;
mod queues;

use std::io::{Write, stdout};
use std::path::Path;

use crate::app::runs::{RunEntry, Seeds, at_end, brief, leading};
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
    let first = |report: &Option<Report>| report.as_ref().map_or_else(|| percent(None), first);
    let notes = Notes { note: entry.note.clone(), tags: entry.tags.iter().cloned().collect() };
    let parent = entry.parent.as_ref().map(|parent| format!("  branch of {parent}")).unwrap_or_default();
    let text = format!(
        "{name:<width$}  {status:<14} {:>11}  {:>10} {:>9}  {:>9} {:>9}  {}  {notes}",
        format!("{}/{}", entry.epoch, entry.epochs),
        first(&entry.best_validation),
        first(&entry.test),
        duration(entry.wall_ms),
        bytes(entry.disk_bytes),
        data(entry) + &parent,
    );
    format!("{}\n", harmless(text.trim_end()))
}

/// The first figure of a report, which says which it is: a folder may hold runs of either kind.
fn first(report: &Report) -> String {
    let [first, _] = leading(report);
    (first.of)(report).map_or_else(|| percent(None), |value| first.cell(value))
}

fn data(entry: &RunEntry) -> String {
    if entry.synthetic { format!("{}  {SYNTHETIC}", entry.data) } else { entry.data.clone() }
}

/// A group of seeds, as its line says it.
struct Group {
    title: String,
    done: String,
    valid: String,
    test: String,
    data: String,
}

impl Group {
    fn of(seeds: &Seeds, entries: &[RunEntry]) -> Self {
        let runs = seeds.newest(entries);
        let (done, all) = (runs.iter().filter(|run| at_end(run)).count(), runs.len());
        Self {
            title: seeds.title(),
            done: format!("{done} of {all}"),
            valid: brief(&runs, |run| run.best_validation.as_ref()),
            test: brief(&runs, |run| run.test.as_ref()),
            data: runs.first().map(|run| data(run)).unwrap_or_default(),
        }
    }
}

/// How the figures of runs that differ in nothing but their seed spread.
fn seeds(entries: &[RunEntry]) -> String {
    let groups: Vec<Group> = Seeds::of(entries).iter().map(|seeds| Group::of(seeds, entries)).collect();
    if groups.is_empty() {
        return String::new();
    }
    let wide = |of: &dyn Fn(&Group) -> &str| groups.iter().map(|group| of(group).chars().count()).max().unwrap_or(0);
    let mut text =
        "\nmean ± standard deviation over seeds, of the newest run of each that has come to its end\n".to_owned();
    let (name_width, valid_width, test_width) =
        (wide(&|group| &group.title), wide(&|group| &group.valid), wide(&|group| &group.test));
    for Group { title, done, valid: best, test: last, data } in &groups {
        text += &format!(
            "{title:<name_width$}  {done} done  best valid {best:>valid_width$}  test {last:>test_width$}  {data}\n"
        );
    }
    text
}
