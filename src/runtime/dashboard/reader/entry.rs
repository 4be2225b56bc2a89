//! The runs folder as the Runs screen lists it. A run that has not changed is not read again.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use super::is_live;
use crate::app::Run;
use crate::app::runs::RunEntry;
use crate::runs::{Provenance, RunFolder, Trainer, list, read_journal};

/// What tells whether a journal has changed: its length and its time.
type Stamp = (u64, Option<SystemTime>);

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
        let metadata = fs::metadata(folder.journal());
        let stamp = metadata.map_or((0, None), |metadata| (metadata.len(), metadata.modified().ok()));
        let trainer = folder.trainer();
        if let Some((_, entry)) = self.read.get(folder.path()).filter(|(before, _)| *before == stamp) {
            return RunEntry { live: is_live(&trainer, &entry.status), ..entry.clone() };
        }
        let entry = read(folder, &trainer);
        self.read.insert(folder.path().to_path_buf(), (stamp, entry.clone()));
        entry
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
    let provenance = fs::read_to_string(folder.provenance()).ok();
    let provenance: Option<Provenance> = provenance.and_then(|text| ron::from_str(&text).ok());
    let started = run.started.clone();
    let report = |evaluated: Option<&crate::event::Evaluated>| evaluated.map(|evaluated| evaluated.report.clone());
    RunEntry {
        name,
        handle,
        live: is_live(trainer, &run.status),
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
        parent: provenance.as_ref().and_then(|provenance| provenance.parent.as_ref()).map(|parent| parent.run.clone()),
        begun: provenance.map_or_else(String::new, |provenance| provenance.started),
        experiment: folder.experiment().ok().map(Arc::new),
        status: run.status,
    }
}
