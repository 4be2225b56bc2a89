//! Where the things of a run are, and who may write them.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use super::{Error, atomic};
use crate::config::Experiment;

/// The folder of one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunFolder {
    path: PathBuf,
}

impl RunFolder {
    /// Makes `<name>-<nnn>` with the first free number, and its sub-folders.
    ///
    /// # Errors
    ///
    /// When the runs folder cannot be made or written.
    pub fn create(runs: &Path, name: &str) -> Result<Self, Error> {
        fs::create_dir_all(runs).map_err(Error::io("create the runs folder", runs))?;
        for number in 1u32.. {
            let path = runs.join(format!("{name}-{number:03}"));
            match fs::create_dir(&path) {
                Ok(()) => {
                    let folder = Self { path };
                    for part in [folder.checkpoints(), folder.predictions()] {
                        fs::create_dir(&part).map_err(Error::io("create", &part))?;
                    }
                    atomic::sync_parent(&folder.path)?;
                    return Ok(folder);
                }
                // Another process may take the number between a look and the making: only the making counts.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(Error::io("create the run's folder", path)(error)),
            }
        }
        Err(Error::Damaged { path: runs.to_path_buf(), reason: "no free number is left for a run".into() })
    }

    /// The run that a user names: a folder's path, or a name in the runs folder.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchRun`] with the nearest name, [`Error::NotARun`].
    pub fn open(name: &str, runs: &Path) -> Result<Self, Error> {
        let places = [PathBuf::from(name), runs.join(name)];
        // A folder that only happens to have the run's name does not hide the run.
        let found = places.iter().find(|path| path.join("config.ron").is_file());
        let Some(path) = found.or(places.iter().find(|path| path.is_dir())).cloned() else {
            let names = list(runs).into_iter().map(|folder| folder.name());
            let nearest = names
                .map(|known| (strsim::damerau_levenshtein(name, &known), known))
                .min()
                .filter(|(distance, _)| *distance <= 3)
                .map(|(_, known)| known);
            return Err(Error::NoSuchRun { name: name.to_owned(), runs: runs.to_path_buf(), nearest });
        };
        let folder = Self { path };
        for (missing, path) in [("config.ron", folder.config()), ("events.jsonl", folder.journal())] {
            if !path.is_file() {
                return Err(Error::NotARun { path: folder.path, missing });
            }
        }
        Ok(folder)
    }

    /// The folder's own name, `<name>-<nnn>`.
    #[must_use]
    pub fn name(&self) -> String {
        let real = self.path.canonicalize().unwrap_or_else(|_| self.path.clone());
        real.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }

    /// How the command line calls the run: by its name in the usual runs folder, else by its path.
    #[must_use]
    pub fn handle(&self) -> String {
        match self.path.parent() {
            Some(parent) if parent == Path::new("runs") => self.name(),
            _ => self.path.display().to_string(),
        }
    }

    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The resolved experiment.
    #[must_use]
    pub fn config(&self) -> PathBuf {
        self.path.join("config.ron")
    }

    #[must_use]
    pub fn provenance(&self) -> PathBuf {
        self.path.join("provenance.ron")
    }

    #[must_use]
    pub fn journal(&self) -> PathBuf {
        self.path.join("events.jsonl")
    }

    #[must_use]
    pub fn checkpoints(&self) -> PathBuf {
        self.path.join("checkpoints")
    }

    #[must_use]
    pub fn predictions(&self) -> PathBuf {
        self.path.join("predictions")
    }

    #[must_use]
    pub fn summary(&self) -> PathBuf {
        self.path.join("summary.json")
    }

    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.path.join("log.txt")
    }

    /// What the user has noted beside the run.
    #[must_use]
    pub fn notes(&self) -> PathBuf {
        self.path.join("notes.ron")
    }

    /// The experiment as the run resolved it.
    ///
    /// # Errors
    ///
    /// When the file is missing or damaged.
    pub fn experiment(&self) -> Result<Experiment, crate::config::Error> {
        Experiment::read(&self.config(), &[])
    }

    /// Takes the run for this process; given back when the lock is dropped or the process dies.
    ///
    /// # Errors
    ///
    /// [`Error::Held`] with the holder's process number when another process has it.
    pub fn lock(&self) -> Result<Lock, Error> {
        let path = self.path.join("lock");
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(Error::io("open the lock", &path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let _ = file.take(64).read_to_string(&mut holder);
                return Err(Error::Held { path: self.path.clone(), holder: holder.trim().to_owned() });
            }
            Err(TryLockError::Error(error)) => return Err(Error::io("lock", path)(error)),
        }
        let write = |file: &mut File| {
            file.set_len(0)?;
            writeln!(file, "{}", std::process::id())
        };
        write(&mut file).map_err(Error::io("write", &path))?;
        Ok(Lock { _file: file })
    }

    /// Whether some process trains this run now.
    #[must_use]
    pub fn is_live(&self) -> bool {
        File::open(self.path.join("lock"))
            .is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
    }
}

/// The right to write a run's folder. The system gives it back when the file closes, however the
/// process ends; the file itself stays, since removing it could let two processes lock two files.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// All runs of a runs folder, by name; none when the folder is missing.
#[must_use]
pub fn list(runs: &Path) -> Vec<RunFolder> {
    let mut folders: Vec<RunFolder> = fs::read_dir(runs)
        .into_iter()
        .flatten()
        .flatten()
        // What is being removed is no run any more.
        .filter(|entry| !entry.file_name().as_encoded_bytes().starts_with(b"."))
        .map(|entry| RunFolder { path: entry.path() })
        .filter(|folder| folder.config().is_file() && folder.journal().is_file())
        .collect();
    folders.sort_by(|a, b| a.path.cmp(&b.path));
    folders
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_one_name_are_numbered() {
        let runs = tempfile::tempdir().unwrap();
        let names: Vec<String> = (0..3).map(|_| RunFolder::create(runs.path(), "a").unwrap().name()).collect();
        assert_eq!(names, ["a-001", "a-002", "a-003"]);
    }

    #[test]
    fn a_second_holder_is_refused_and_told_who_has_it() {
        let runs = tempfile::tempdir().unwrap();
        let folder = RunFolder::create(runs.path(), "a").unwrap();
        let lock = folder.lock().unwrap();
        assert!(folder.is_live());
        let message = folder.lock().unwrap_err().to_string();
        assert!(message.contains(&std::process::id().to_string()), "{message}");
        drop(lock);
        assert!(!folder.is_live());
        folder.lock().unwrap();
    }

    #[test]
    fn a_misspelt_run_gets_the_nearest_name() {
        let runs = tempfile::tempdir().unwrap();
        let folder = RunFolder::create(runs.path(), "baseline").unwrap();
        fs::write(folder.config(), "").unwrap();
        fs::write(folder.journal(), "").unwrap();
        let help = RunFolder::open("baselime-001", runs.path()).unwrap_err().help().unwrap();
        assert!(help.contains("baseline-001"), "{help}");
    }
}
