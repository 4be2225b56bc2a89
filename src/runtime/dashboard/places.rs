//! Where the runs are that the screen calls by their names: in the runs folder, or where one was opened.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::runs::{Error, RunFolder};

/// The places of runs; clones know the same.
#[derive(Clone)]
pub struct Places {
    runs: PathBuf,
    opened: Arc<Mutex<HashMap<String, RunFolder>>>,
}

impl Places {
    /// Those of the runs folder.
    pub fn new(runs: PathBuf) -> Self {
        Self { runs, opened: Arc::default() }
    }

    /// The runs folder.
    pub fn runs(&self) -> &Path {
        &self.runs
    }

    /// From now on the run of that name is this one.
    pub fn remember(&self, folder: RunFolder) {
        self.opened().insert(folder.name(), folder);
    }

    /// The run of that name, or with that path.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub fn folder(&self, run: &str) -> Result<RunFolder, Error> {
        let opened = self.opened().get(run).cloned();
        opened.map_or_else(|| RunFolder::open(run, &self.runs), Ok)
    }

    fn opened(&self) -> MutexGuard<'_, HashMap<String, RunFolder>> {
        // A map is whole whenever nobody holds it.
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
