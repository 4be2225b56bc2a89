//! Where the things of a run are, and who may write them.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Error, atomic};
use crate::config::Experiment;

/// The folder of one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunFolder {
    path: PathBuf,
}

impl RunFolder {
    /// Makes `<name>-<nnn>` with a number above all that are there, and its sub-folders: what was branched from a run
    /// that is gone must not be taken for a child of a new one.
    ///
    /// # Errors
    ///
    /// When the runs folder cannot be made or written.
    pub fn create(runs: &Path, name: &str) -> Result<Self, Error> {
        fs::create_dir_all(runs).map_err(Error::io("create the runs folder", runs))?;
        let taken = fs::read_dir(runs).into_iter().flatten().flatten().filter_map(|entry| {
            let number = entry.file_name().to_str()?.strip_prefix(name)?.strip_prefix('-')?.parse::<u32>().ok();
            number.filter(|number| *number < u32::MAX)
        });
        for number in taken.max().unwrap_or(0) + 1.. {
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

    /// Where the process that trains the run listens, while one does.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.path.join("control.sock")
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
        lock_file(&self.path)
    }

    /// Whether some process trains this run now.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.trainer() != Trainer::Nobody
    }

    /// Who trains this run now. A lock of another machine may not be seen from here; then a journal that grows
    /// says that somebody does.
    #[must_use]
    pub fn trainer(&self) -> Trainer {
        let Ok(mut file) = File::open(self.path.join("lock")) else { return Trainer::Nobody };
        let held = matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock));
        let mut holder = String::new();
        let _ = (&mut file).take(512).read_to_string(&mut holder);
        let elsewhere = holder.split_whitespace().nth(1).filter(|name| *name != host());
        match elsewhere {
            None if held => Trainer::Here,
            Some(host) if held || self.grows() => Trainer::Elsewhere { host: host.to_owned() },
            _ => Trainer::Nobody,
        }
    }

    /// Whether the journal was written to a short while ago.
    fn grows(&self) -> bool {
        let written = fs::metadata(self.journal()).and_then(|metadata| metadata.modified());
        written.is_ok_and(|at| at.elapsed().is_ok_and(|since| since < RECENTLY))
    }
}

/// A run of another machine whose journal has not grown for so long is taken for one that nobody trains.
const RECENTLY: Duration = Duration::from_mins(2);

/// Who trains a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trainer {
    Nobody,
    /// A process of this machine.
    Here,
    /// A process of another machine.
    Elsewhere {
        host: String,
    },
}

/// This machine's name.
fn host() -> String {
    let name = sysinfo::System::host_name().unwrap_or_default();
    name.split_whitespace().collect()
}

/// The right to write a run's folder. The system gives it back when the file closes, however the
/// process ends; the file itself stays, since removing it could let two processes lock two files.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Takes a folder for this process, by the file `lock` in it.
///
/// # Errors
///
/// [`Error::Held`] with the holder's process number and machine when another process has it.
pub(super) fn lock_file(folder: &Path) -> Result<Lock, Error> {
    let path = folder.join("lock");
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
            return Err(Error::Held { path: folder.to_path_buf(), holder: holder.trim().replacen(' ', " on ", 1) });
        }
        Err(TryLockError::Error(error)) => return Err(Error::io("lock", path)(error)),
    }
    let write = |file: &mut File| {
        file.set_len(0)?;
        writeln!(file, "{} {}", std::process::id(), host())
    };
    write(&mut file).map_err(Error::io("write", &path))?;
    Ok(Lock { _file: file })
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

/// The runs whose names a pattern fits, by name: `*` stands for any text, `?` for one character. A pattern with a
/// folder in front of it, such as `elsewhere/baseline-*`, looks there and not in the runs folder.
#[must_use]
pub fn matching(pattern: &str, runs: &Path) -> Vec<RunFolder> {
    let (place, pattern) = match pattern.rsplit_once('/') {
        Some((place, pattern)) => (Path::new(place), pattern),
        None => (runs, pattern),
    };
    let pattern: Vec<char> = pattern.chars().collect();
    let mut found = list(place);
    found.retain(|folder| fits(&pattern, &folder.name().chars().collect::<Vec<_>>()));
    found
}

fn fits(pattern: &[char], name: &[char]) -> bool {
    let (mut pattern, mut name) = (pattern, name);
    // Where the last `*` stands and what it has not taken yet: no earlier one could do better, so none is tried again.
    let mut star: Option<(&[char], &[char])> = None;
    loop {
        match (pattern, name) {
            (['*', after @ ..], _) => {
                star = Some((after, name));
                pattern = after;
            }
            ([], []) => return true,
            ([wanted, after @ ..], [found, rest @ ..]) if *wanted == '?' || wanted == found => {
                (pattern, name) = (after, rest);
            }
            _ => {
                let Some((after, [_, rest @ ..])) = star else { return false };
                star = Some((after, rest));
                (pattern, name) = (after, rest);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_one_name_are_numbered() {
        let runs = tempfile::tempdir().unwrap();
        let names: Vec<String> = (0..3).map(|_| RunFolder::create(runs.path(), "a").unwrap().name()).collect();
        assert_eq!(names, ["a-001", "a-002", "a-003"]);
        // A number is not given again as long as there are later ones.
        fs::remove_dir_all(runs.path().join("a-001")).unwrap();
        assert_eq!(RunFolder::create(runs.path(), "a").unwrap().name(), "a-004");
    }

    #[test]
    fn a_second_holder_is_refused_and_told_who_has_it() {
        let runs = tempfile::tempdir().unwrap();
        let folder = RunFolder::create(runs.path(), "a").unwrap();
        let lock = folder.lock().unwrap();
        assert!(folder.is_live());
        assert_eq!(folder.trainer(), Trainer::Here);
        let message = folder.lock().unwrap_err().to_string();
        assert!(message.contains(&std::process::id().to_string()), "{message}");
        drop(lock);
        assert!(!folder.is_live());
        folder.lock().unwrap();
    }

    #[test]
    fn a_run_of_another_machine_is_trained_as_long_as_its_journal_grows() {
        let runs = tempfile::tempdir().unwrap();
        let folder = RunFolder::create(runs.path(), "a").unwrap();
        fs::write(folder.path().join("lock"), "77 somewhere-else\n").unwrap();
        assert_eq!(folder.trainer(), Trainer::Nobody);
        fs::write(folder.journal(), "").unwrap();
        assert_eq!(folder.trainer(), Trainer::Elsewhere { host: "somewhere-else".into() });
        let before = std::time::SystemTime::now() - 2 * RECENTLY;
        File::options().write(true).open(folder.journal()).unwrap().set_modified(before).unwrap();
        assert_eq!(folder.trainer(), Trainer::Nobody);
    }

    #[test]
    fn a_pattern_names_the_runs_that_it_fits() {
        let runs = tempfile::tempdir().unwrap();
        for name in ["base", "base", "baseline"] {
            let folder = RunFolder::create(runs.path(), name).unwrap();
            fs::write(folder.config(), "").unwrap();
            fs::write(folder.journal(), "").unwrap();
        }
        let names =
            |pattern: &str| -> Vec<String> { matching(pattern, runs.path()).iter().map(RunFolder::name).collect() };
        assert_eq!(names("base-*"), ["base-001", "base-002"]);
        assert_eq!(names("*-00?"), ["base-001", "base-002", "baseline-001"]);
        assert_eq!(names("*line*1"), ["baseline-001"]);
        assert_eq!(names("b*a*se*-0*1"), ["base-001", "baseline-001"]);
        assert!(names(&format!("{}x", "*a".repeat(30))).is_empty());
        assert!(names("base").is_empty() && names("?base-001").is_empty());
        let elsewhere = format!("{}/base-*", runs.path().display());
        assert_eq!(matching(&elsewhere, Path::new("nowhere")).len(), 2);
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
