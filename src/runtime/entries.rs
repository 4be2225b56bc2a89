//! The runs folder, a line for each run: for the Runs screen and for `vivit-tui runs`. A run that has not changed is not
//! read again.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use crate::app::runs::RunEntry;
use crate::app::{Run, Status};
use crate::runs::{Notes, Provenance, RunFolder, Trainer, disk_use, list, read_journal};

/// What tells whether a run has changed: the length of its journal, and the times of what may change beside it.
type Stamp = (u64, [Option<SystemTime>; 3]);

/// The entries that were read so far.
#[derive(Default)]
pub struct Entries {
    read: HashMap<PathBuf, (Stamp, RunEntry)>,
}

impl Entries {
    /// Every run of the folder.
    pub fn list(&mut self, runs: &Path) -> Vec<RunEntry> {
        let folders = list(runs);
        self.read.retain(|path, _| folders.iter().any(|folder| folder.path() == path));
        folders.iter().map(|folder| self.entry(folder)).collect()
    }

    fn entry(&mut self, folder: &RunFolder) -> RunEntry {
        let modified = |path: PathBuf| fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
        let length = fs::metadata(folder.journal()).map_or(0, |metadata| metadata.len());
        let stamp = (length, [folder.journal(), folder.notes(), folder.checkpoints()].map(modified));
        let trainer = folder.trainer();
        if let Some((_, entry)) = self.read.get(folder.path()).filter(|(before, _)| *before == stamp) {
            let (live, elsewhere) = (is_live(&trainer, &entry.status), elsewhere(&trainer));
            return RunEntry { live, elsewhere, ..entry.clone() };
        }
        let entry = read(folder, &trainer);
        self.read.insert(folder.path().to_path_buf(), (stamp, entry.clone()));
        entry
    }
}

/// Whether a run is being trained. On another machine the lock may not be seen to be given back, so there the end
/// of the journal says it.
pub(super) fn is_live(trainer: &Trainer, status: &Status) -> bool {
    match trainer {
        Trainer::Nobody => false,
        Trainer::Here => true,
        Trainer::Elsewhere { .. } => !matches!(status, Status::Finished(_) | Status::Stopped | Status::Failed(_)),
    }
}

/// The machine that trains a run, where that is another one.
fn elsewhere(trainer: &Trainer) -> Option<String> {
    match trainer {
        Trainer::Elsewhere { host } => Some(host.clone()),
        Trainer::Here | Trainer::Nobody => None,
    }
}

fn read(folder: &RunFolder, trainer: &Trainer) -> RunEntry {
    let name = folder.name();
    let handle = folder.handle();
    let live = *trainer != Trainer::Nobody;
    let unreadable = |why| RunEntry { name: folder.name(), live, unreadable: Some(why), ..RunEntry::default() };
    let reading = match read_journal(&folder.journal()) {
        Ok(reading) => reading,
        Err(error) => return unreadable(error.to_string()),
    };
    if let (true, Some(damage)) = (reading.events.is_empty(), reading.damaged.first()) {
        return unreadable(format!("no line of its journal is an event; the first: {}", damage.reason));
    }
    let run = Run::of(reading.events);
    let provenance = Provenance::read(folder);
    let parent = provenance.as_ref().and_then(|provenance| provenance.parent.as_ref());
    let parent = parent.map(|parent| parent.run.clone());
    // Notes that cannot be read are named where they are changed.
    let Notes { note, tags } = Notes::read(folder).unwrap_or_default();
    let started = run.started.clone();
    let report = |evaluated: Option<&crate::event::Evaluated>| evaluated.map(|evaluated| evaluated.report.clone());
    RunEntry {
        name,
        handle,
        live: is_live(trainer, &run.status),
        elsewhere: elsewhere(trainer),
        unreadable: None,
        epoch: run.epochs.last().map_or(0, |row| row.epoch),
        epochs: started.as_ref().map_or(0, |started| started.epochs),
        step: run.step,
        best_validation: report(run.validation_best()),
        test: report(run.test_last.as_ref()),
        wall_ms: run.elapsed_ms(),
        volumes_per_s: run.volumes_per_s(),
        device: started.as_ref().map_or_else(String::new, |started| started.device.clone()),
        data: started.as_ref().map_or_else(String::new, |started| started.data.clone()),
        synthetic: started.as_ref().is_some_and(|started| started.synthetic),
        seed: started.as_ref().map_or(0, |started| started.seed),
        parameters: started.as_ref().map_or(0, |started| started.parameters),
        begun: provenance.map_or_else(String::new, |provenance| provenance.started),
        parent,
        note,
        tags: tags.into_iter().collect(),
        disk_bytes: disk_use(folder.path()),
        experiment: folder.experiment().ok().map(Arc::new),
        status: run.status,
    }
}
