//! `runs note`, `tag`, `rm` and `prune`: what is kept of the runs folder, and what is said of it.

use std::io::{IsTerminal, Write, stderr, stdin, stdout};
use std::path::Path;

use super::queues;
use crate::app::words::{bytes, harmless};
use crate::app::{Run, Status};
use crate::cli::args::RunsRequest;
use crate::runs::{self, Notes, RunFolder, check_removable, children, disk_use, read_journal, sweep_removed};
use crate::runtime::Failure;
use crate::train::checkpoint::{self, Stays};

/// Does it; the result is the program's exit code.
///
/// # Errors
///
/// What keeps it from being done. Of several runs nothing is then removed.
pub fn answer(what: RunsRequest, runs: &Path) -> Result<u8, Failure> {
    match what {
        RunsRequest::Note { run, text } => change(&run, runs, |notes| notes.set_note(&text.join(" "))),
        RunsRequest::Tag { run, changes } => {
            change(&run, runs, |notes| changes.iter().try_for_each(|change| notes.change_tag(change)))
        }
        RunsRequest::Queue { forget: false } => Ok(queues::list(runs)),
        RunsRequest::Queue { forget: true } => queues::forget(runs),
        RunsRequest::Rm { runs: names, yes, force } => remove(&names, runs, yes, force),
        RunsRequest::Prune { runs: names, keep_best, keep_last, dry_run } => {
            prune(&names, runs, Stays { best: keep_best > 0, last: keep_last > 0 }, dry_run)
        }
    }
}

/// Changes a run's notes, and says what they are now.
fn change(
    run: &str,
    runs: &Path,
    change: impl FnOnce(&mut Notes) -> Result<(), runs::NotesError>,
) -> Result<u8, Failure> {
    let folder = RunFolder::open(run, runs)?;
    let mut notes = Notes::read(&folder)?;
    change(&mut notes).map_err(|error| Failure::new(2, error.to_string()))?;
    notes.write(&folder)?;
    say(harmless(&format!("{}  {notes}", folder.name())).trim_end());
    Ok(0)
}

fn remove(names: &[String], runs: &Path, yes: bool, force: bool) -> Result<u8, Failure> {
    sweep_removed(runs)?;
    let mut folders: Vec<RunFolder> = Vec::new();
    for name in names {
        let folder = RunFolder::open(name, runs)?;
        check_removable(&folder, runs)?;
        if !folders.contains(&folder) {
            folders.push(folder);
        }
    }
    let going: Vec<String> = folders.iter().map(RunFolder::name).collect();
    for name in &going {
        let mut kept = children(name, runs);
        kept.retain(|child| !going.contains(child));
        if !kept.is_empty() && !force {
            let mut failure = Failure::new(1, format!("{name} is the parent of {}", kept.join(", ")));
            failure.help =
                Some("--force removes it all the same; its branches then have no parent to compare with".into());
            return Err(failure);
        }
    }
    if let Some(name) = going.iter().find(|name| !force && runs::awaited(name, runs)) {
        let mut failure = Failure::new(1, format!("{name} waits for its turn in a queue"));
        failure.help = Some(
            "`vivit-tui runs queue` shows which; --force removes it all the same, and its turn then comes to nothing"
                .into(),
        );
        return Err(failure);
    }
    let size: u64 = folders.iter().map(|folder| disk_use(folder.path())).sum();
    if !yes && !confirmed(&format!("remove {} ({})?", going.join(", "), bytes(size)))? {
        say("nothing was removed");
        return Ok(0);
    }
    for folder in &folders {
        runs::remove(folder, runs)?;
        say(&format!("removed {}", folder.name()));
    }
    say(&format!("{} freed", bytes(size)));
    Ok(0)
}

/// Asks a person; without one nothing is done.
fn confirmed(question: &str) -> Result<bool, Failure> {
    if !stdin().is_terminal() || !stderr().is_terminal() {
        let mut failure = Failure::new(2, format!("{question} there is no terminal to ask on"));
        failure.help = Some("--yes removes without asking".into());
        return Err(failure);
    }
    drop(write!(stderr(), "{question} [y/N] "));
    let mut answer = String::new();
    let read = stdin().read_line(&mut answer);
    Ok(read.is_ok() && matches!(answer.trim(), "y" | "Y" | "yes"))
}

fn prune(names: &[String], runs: &Path, stays: Stays, dry_run: bool) -> Result<u8, Failure> {
    let folders = match names {
        [] => runs::list(runs),
        some => some.iter().map(|name| RunFolder::open(name, runs)).collect::<Result<_, _>>()?,
    };
    if !dry_run {
        sweep_removed(runs)?;
    }
    let verb = if dry_run { "would remove" } else { "removed" };
    let mut freed = 0;
    for folder in &folders {
        let name = folder.name();
        let lock = match folder.lock() {
            Ok(lock) => lock,
            Err(runs::Error::Held { .. }) => {
                say(&format!("{name}: is being trained, and was left alone"));
                continue;
            }
            Err(error) => {
                say(&format!("{name}: left alone: {error}"));
                continue;
            }
        };
        let run = match read_journal(&folder.journal()) {
            Ok(reading) => Run::of(reading.events),
            Err(error) => {
                say(&format!("{name}: left alone, since nobody knows how it ended: {error}"));
                continue;
            }
        };
        if !matches!(run.status, Status::Finished(_)) {
            say(&format!("{name}: has not come to its end and can be resumed, so its checkpoints stay"));
            continue;
        }
        let best = run.validation_best().map(|best| best.step);
        let spare = checkpoint::spare(folder, best, stays);
        let size: u64 = spare.iter().map(|(_, path)| disk_use(path)).sum();
        if !dry_run {
            checkpoint::sweep(folder);
            for (_, path) in &spare {
                checkpoint::remove(path)?;
            }
        }
        drop(lock);
        let steps: Vec<String> = spare.iter().map(|(step, _)| checkpoint::name(*step)).collect();
        if !steps.is_empty() {
            say(&format!("{name}: {verb} {} ({})", steps.join(", "), bytes(size)));
        }
        freed += size;
    }
    say(&format!("{} {}", bytes(freed), if dry_run { "would be freed" } else { "freed" }));
    Ok(0)
}

fn say(line: &str) {
    // A reader that went away has seen what it wanted.
    drop(writeln!(stdout(), "{line}"));
}
